// How high each main channel stood in the last eight days: per half hour the maximum of its one-minute and of its
// five-minute minima. Growth into territory that was held before is no news.

import { COLUMN } from './channels.js';
import { MISSING, pack, unpack } from './compact.js';
import { numbersOf, packedToText, setNumbers, textToPacked, type DetectorSnapshot } from './snapshot.js';

export const PEAK_SECONDS = 1800;
const CAPACITY = 384;
/** Live heap, commit, goroutines: the others are judged by the coarse levels of the history. */
export const PEAK_CHANNELS = 3;

export class Peaks {
  /** Per channel CAPACITY one-minute maxima, then CAPACITY five-minute maxima. */
  private values: Uint16Array = new Uint16Array(PEAK_CHANNELS * 2 * CAPACITY);
  private load: Uint16Array = new Uint16Array(CAPACITY);
  private last = -1;
  private first = -1;
  private loadCount = 0;
  private loadMean = 0;

  /** `seconds` on the scale of the history's bins. */
  add(seconds: number, level: 0 | 1, values: Float64Array): void {
    const slot = Math.floor(seconds / PEAK_SECONDS);
    if (slot < this.last) return;
    if (slot > this.last) {
      if (this.first < 0) this.first = slot;
      for (let s = Math.max(this.last + 1, slot - CAPACITY + 1); s <= slot; s++) {
        const i = s % CAPACITY;
        for (let k = 0; k < PEAK_CHANNELS * 2; k++) this.values[k * CAPACITY + i] = MISSING;
        this.load[i] = MISSING;
      }
      this.last = slot;
      this.loadCount = 0;
    }
    const i = slot % CAPACITY;
    for (let c = 0; c < PEAK_CHANNELS; c++) {
      const at = (c * 2 + level) * CAPACITY + i;
      // Packing keeps the order: what is missing is the least of all.
      const value = pack(values[c]!);
      if (value > this.values[at]!) this.values[at] = value;
    }
    const load = values[COLUMN.load]!;
    if (level === 0 && !Number.isNaN(load)) {
      const n = ++this.loadCount;
      this.loadMean = n === 1 ? load : this.loadMean + (load - this.loadMean) / n;
      this.load[i] = pack(this.loadMean);
    }
  }

  /** Highest value, load-adjusted, in the half hours that ended before `seconds`; -Infinity without any. */
  before(seconds: number, channel: number, level: 0 | 1, loadFactor: number, loadMean: number): number {
    let high = -Infinity;
    let highest = MISSING;
    const end = Math.floor(seconds / PEAK_SECONDS);
    for (let s = Math.max(this.first, this.last - CAPACITY + 1); s < end && s <= this.last; s++) {
      const i = s % CAPACITY;
      const packed = this.values[(channel * 2 + level) * CAPACITY + i]!;
      if (packed === MISSING) continue;
      if (loadFactor <= 0) {
        if (packed > highest) highest = packed;
        continue;
      }
      const load = unpack(this.load[i]!);
      const value = unpack(packed) - (Number.isNaN(load) ? 0 : loadFactor * (load - loadMean));
      if (value > high) high = value;
    }
    return highest === MISSING ? high : unpack(highest);
  }

  save(): DetectorSnapshot['peaks'] {
    return { numbers: numbersOf(this), values: packedToText(this.values), load: packedToText(this.load) };
  }

  static restore(saved: DetectorSnapshot['peaks']): Peaks {
    const peaks = setNumbers(new Peaks(), saved.numbers);
    peaks.values = textToPacked(saved.values, PEAK_CHANNELS * 2 * CAPACITY);
    peaks.load = textToPacked(saved.load, CAPACITY);
    return peaks;
  }
}
