// How high each main channel stood in the last eight days: per half hour the maximum of its five-minute minima, and for
// the last two days of its one-minute minima. Growth into territory that was held before is no news.

import { COLUMN } from './channels.js';
import { MISSING, pack, unpack } from './compact.js';
import { numbersOf, packedToText, setNumbers, textToPacked, type DetectorSnapshot } from './snapshot.js';

export const PEAK_SECONDS = 1800;
const CAPACITY = 384;
/** Half hours with maxima of one-minute minima; before them those of five minutes stand in. */
const FINE_CAPACITY = 96;
/** Live heap, commit, goroutines: the others are judged by the coarse levels of the history. */
export const PEAK_CHANNELS = 3;
const LOAD_ROW = PEAK_CHANNELS;
const FINE_START = (PEAK_CHANNELS + 1) * CAPACITY;

export class Peaks {
  /** Per channel CAPACITY five-minute maxima, then the load, then per channel FINE_CAPACITY one-minute maxima. */
  private values: Uint16Array = new Uint16Array(FINE_START + PEAK_CHANNELS * FINE_CAPACITY);
  private last = -1;
  private first = -1;
  private loadCount = 0;
  private loadMean = 0;

  /** `seconds` on the scale of the history's bins. */
  add(seconds: number, level: 0 | 1, values: Float64Array): void {
    const slot = Math.floor(seconds / PEAK_SECONDS);
    if (slot < this.last) return;
    if (slot > this.last) this.advance(slot);
    for (let c = 0; c < PEAK_CHANNELS; c++) {
      const at = level === 0 ? fineAt(c, slot) : coarseAt(c, slot);
      // Packing keeps the order: what is missing is the least of all.
      const value = pack(values[c]!);
      if (value > this.values[at]!) this.values[at] = value;
    }
    const load = values[COLUMN.load]!;
    if (level === 0 && !Number.isNaN(load)) {
      const n = ++this.loadCount;
      this.loadMean = n === 1 ? load : this.loadMean + (load - this.loadMean) / n;
      this.values[coarseAt(LOAD_ROW, slot)] = pack(this.loadMean);
    }
  }

  private advance(slot: number): void {
    if (this.first < 0) this.first = slot;
    for (let s = Math.max(this.last + 1, slot - CAPACITY + 1); s <= slot; s++) {
      for (let row = 0; row <= LOAD_ROW; row++) this.values[coarseAt(row, s)] = MISSING;
      for (let c = 0; c < PEAK_CHANNELS; c++) this.values[fineAt(c, s)] = MISSING;
    }
    this.last = slot;
    this.loadCount = 0;
  }

  /** Highest value, load-adjusted, in the half hours that ended before `seconds`; -Infinity without any. */
  before(seconds: number, channel: number, level: 0 | 1, loadFactor: number, loadMean: number): number {
    let high = -Infinity;
    let highest = MISSING;
    const end = Math.floor(seconds / PEAK_SECONDS);
    for (let s = Math.max(this.first, this.last - CAPACITY + 1); s < end && s <= this.last; s++) {
      const isFine = level === 0 && s > this.last - FINE_CAPACITY;
      const packed = this.values[isFine ? fineAt(channel, s) : coarseAt(channel, s)]!;
      if (packed === MISSING) continue;
      if (loadFactor <= 0) {
        if (packed > highest) highest = packed;
        continue;
      }
      const load = unpack(this.values[coarseAt(LOAD_ROW, s)]!);
      const value = unpack(packed) - (Number.isNaN(load) ? 0 : loadFactor * (load - loadMean));
      if (value > high) high = value;
    }
    return highest === MISSING ? high : unpack(highest);
  }

  save(): DetectorSnapshot['peaks'] {
    return { numbers: numbersOf(this), values: packedToText(this.values) };
  }

  static restore(saved: DetectorSnapshot['peaks']): Peaks {
    const peaks = setNumbers(new Peaks(), saved.numbers);
    peaks.values = textToPacked(saved.values, peaks.values.length);
    return peaks;
  }
}

function coarseAt(row: number, slot: number): number {
  return row * CAPACITY + (slot % CAPACITY);
}

function fineAt(channel: number, slot: number): number {
  return FINE_START + channel * FINE_CAPACITY + (slot % FINE_CAPACITY);
}
