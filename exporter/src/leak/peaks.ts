// How high each main channel stood in the last eight days: per half hour the maximum of its one-minute and of its
// five-minute minima. Growth into territory that was held before is no news.

import { COLUMN } from './channels.js';
import { floatsToText, numbersOf, setNumbers, textToFloats, type DetectorSnapshot } from './snapshot.js';

export const PEAK_SECONDS = 1800;
const CAPACITY = 384;
/** Live heap, commit, goroutines: the others are judged by the coarse levels of the history. */
export const PEAK_CHANNELS = 3;

export class Peaks {
  /** Per channel CAPACITY one-minute maxima, then CAPACITY five-minute maxima. */
  private values: Float32Array = new Float32Array(PEAK_CHANNELS * 2 * CAPACITY).fill(NaN);
  private load: Float32Array = new Float32Array(CAPACITY).fill(NaN);
  private last = -1;
  private first = -1;
  private loadCount = 0;

  /** `seconds` on the scale of the history's bins. */
  add(seconds: number, level: 0 | 1, values: Float64Array): void {
    const slot = Math.floor(seconds / PEAK_SECONDS);
    if (slot < this.last) return;
    if (slot > this.last) {
      if (this.first < 0) this.first = slot;
      for (let s = Math.max(this.last + 1, slot - CAPACITY + 1); s <= slot; s++) {
        const i = s % CAPACITY;
        for (let k = 0; k < PEAK_CHANNELS * 2; k++) this.values[k * CAPACITY + i] = NaN;
        this.load[i] = NaN;
      }
      this.last = slot;
      this.loadCount = 0;
    }
    const i = slot % CAPACITY;
    for (let c = 0; c < PEAK_CHANNELS; c++) {
      const at = (c * 2 + level) * CAPACITY + i;
      const value = values[c]!;
      if (!(value <= this.values[at]!) && !Number.isNaN(value)) this.values[at] = value;
    }
    const load = values[COLUMN.load]!;
    if (level === 0 && !Number.isNaN(load)) {
      const n = ++this.loadCount;
      this.load[i] = n === 1 ? load : this.load[i]! + (load - this.load[i]!) / n;
    }
  }

  /** Highest value, load-adjusted, in the half hours that ended before `seconds`; -Infinity without any. */
  before(seconds: number, channel: number, level: 0 | 1, loadFactor: number, loadMean: number): number {
    let high = -Infinity;
    const end = Math.floor(seconds / PEAK_SECONDS);
    for (let s = Math.max(this.first, this.last - CAPACITY + 1); s < end && s <= this.last; s++) {
      const i = s % CAPACITY;
      let value = this.values[(channel * 2 + level) * CAPACITY + i]!;
      if (Number.isNaN(value)) continue;
      if (loadFactor > 0) {
        const load = this.load[i]!;
        if (!Number.isNaN(load)) value -= loadFactor * (load - loadMean);
      }
      if (value > high) high = value;
    }
    return high;
  }

  save(): DetectorSnapshot['peaks'] {
    return { numbers: numbersOf(this), values: floatsToText(this.values), load: floatsToText(this.load) };
  }

  static restore(saved: DetectorSnapshot['peaks']): Peaks {
    const peaks = setNumbers(new Peaks(), saved.numbers);
    peaks.values = textToFloats(saved.values, PEAK_CHANNELS * 2 * CAPACITY);
    peaks.load = textToFloats(saved.load, CAPACITY);
    return peaks;
  }
}
