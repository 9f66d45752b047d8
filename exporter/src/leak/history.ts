// What the detector remembers of one process: minima per bin on four time scales, in rings of fixed size that lie side by
// side in two arrays. A bin of a coarser level is the minimum of its children (the median on the coarsest, where minima of
// a whole night would hide the day), the mean of their load and the sum of their collections.

import { COLUMN, COLUMN_COUNT } from './channels.js';
import { MISSING, pack, unpack } from './compact.js';
import type { Window } from './evidence.js';
import type { LevelSettings } from './settings.js';
import {
  damaged,
  floatsToText,
  numbersOf,
  packedToText,
  setNumbers,
  textToFloats,
  textToPacked,
  type DetectorSnapshot,
} from './snapshot.js';
import { median } from './statistics.js';

/** Kept as floats: what slopes are taken of first of all. Other columns are packed. */
const FLOATS: readonly number[] = [COLUMN.live, COLUMN.commit];
const FLOAT_COUNT = FLOATS.length;
const PACKED_COUNT = COLUMN_COUNT - FLOAT_COUNT;
/** Place of each column among those of its kind. */
const IS_FLOAT = Array.from({ length: COLUMN_COUNT }, (_, c) => FLOATS.includes(c));
const PLACE = IS_FLOAT.map((isFloat, c) => IS_FLOAT.slice(0, c).filter((other) => other === isFloat).length);

/** A ring of bins. Bin numbers count from the start of the process (plus the offset of the detector). */
export class Level {
  /** Number of the newest bin; -1 before the first. */
  last = -1;
  /** Bins from `last - size + 1` to `last` are held. */
  size = 0;
  /** A bit for each column that ever held a value. */
  private seen = 0;

  constructor(
    readonly settings: LevelSettings,
    private readonly floats: Float32Array,
    private readonly packed: Uint16Array,
    /** Bins of the levels before in the arrays. */
    private readonly binsBefore: number,
  ) {}

  /** Whether a column ever held a value. */
  has(column: number): boolean {
    return (this.seen & (1 << column)) !== 0;
  }

  put(bin: number, values: Float64Array): void {
    const { capacity } = this.settings;
    const gap = this.last < 0 ? 1 : bin - this.last;
    if (gap <= 0) return;
    for (let cleared = Math.min(gap, capacity) - 1; cleared >= 0; cleared--) {
      const slot = (bin - cleared) % capacity;
      for (let c = 0; c < COLUMN_COUNT; c++) this.set(c, slot, cleared === 0 ? values[c]! : NaN);
    }
    this.size = this.last < 0 ? 1 : Math.min(capacity, this.size + gap);
    this.last = bin;
  }

  private set(column: number, slot: number, value: number): void {
    if (!Number.isNaN(value)) this.seen |= 1 << column;
    const at = this.startOf(column) + slot;
    if (IS_FLOAT[column]) this.floats[at] = value;
    else this.packed[at] = pack(value);
  }

  /** Where a column begins in the array of its kind. */
  private startOf(column: number): number {
    const columns = IS_FLOAT[column] ? FLOAT_COUNT : PACKED_COUNT;
    return columns * this.binsBefore + PLACE[column]! * this.settings.capacity;
  }

  /** The value of a bin; NaN when it is not held. */
  at(column: number, bin: number): number {
    if (bin > this.last || bin <= this.last - this.size) return NaN;
    const at = this.startOf(column) + (bin % this.settings.capacity);
    return IS_FLOAT[column] ? this.floats[at]! : unpack(this.packed[at]!);
  }

  /** Values of a column over the bins that are held, oldest first; how many those are. */
  read(column: number, out: Float64Array): number {
    const { capacity } = this.settings;
    const start = this.startOf(column);
    const { floats, packed, last, size } = this;
    const isFloat = IS_FLOAT[column]!;
    let slot = (last - size + 1) % capacity;
    for (let i = 0; i < size; i++) {
      out[i] = isFloat ? floats[start + slot]! : unpack(packed[start + slot]!);
      if (++slot === capacity) slot = 0;
    }
    return size;
  }

  /** How many values of a column are held, their lowest, and the lowest of the newest three. Reused: read it at once. */
  outline(column: number): Readonly<Outline> {
    const { capacity } = this.settings;
    const start = this.startOf(column);
    const isFloat = IS_FLOAT[column]!;
    const values = isFloat ? this.floats : this.packed;
    let low = Infinity;
    let newest = Infinity;
    let count = 0;
    let slot = this.last % capacity;
    for (let i = 0; i < this.size; i++) {
      // Packing keeps the order.
      const value = values[start + slot]!;
      if (isFloat ? value === value : value !== MISSING) {
        if (value < low) low = value;
        if (++count === 3) newest = low;
      }
      if (--slot < 0) slot = capacity - 1;
    }
    outline.count = count;
    outline.low = isFloat || count === 0 ? low : unpack(low);
    outline.newest = isFloat || count < 3 ? newest : unpack(newest);
    return outline;
  }

  save(): DetectorSnapshot['levels'][number] {
    return numbersOf(this);
  }

  restore(saved: DetectorSnapshot['levels'][number]): void {
    setNumbers(this, saved, ['binsBefore']);
    const { capacity } = this.settings;
    if (!Number.isSafeInteger(this.last) || this.last < -1 || !(this.size >= 0 && this.size <= capacity))
      throw damaged('bins that no level holds');
  }
}

interface Outline {
  count: number;
  low: number;
  newest: number;
}
const outline: Outline = { count: 0, low: 0, newest: 0 };

const LONGEST_WINDOW = 96;
/** Share of the bins whose load must be known. */
const LEAST_LOAD_SHARE = 0.7;
const windowT = new Float64Array(LONGEST_WINDOW);
const windowY = new Float64Array(LONGEST_WINDOW);
const windowLoad = new Float64Array(LONGEST_WINDOW);

/** The bins of one level and column that hold a value, from `sinceAge` on. One window at a time: it is reused. */
export function fillWindow(
  history: History,
  levelIndex: number,
  column: number,
  sinceAge = -Infinity,
): Window {
  const level = history.levels[levelIndex]!;
  const { binSeconds } = level.settings;
  let n = 0;
  let known = 0;
  let lastLoad = NaN;
  if (level.has(column)) {
    const size = level.read(column, windowY);
    level.read(COLUMN.load, windowLoad);
    for (let i = 0; i < size; i++) {
      const load = windowLoad[i]!;
      if (!Number.isNaN(load)) lastLoad = load;
      const value = windowY[i]!;
      const at = (level.last - size + i + 1.5) * binSeconds - history.offsetSeconds;
      if (Number.isNaN(value) || at < sinceAge) continue;
      windowT[n] = at;
      windowY[n] = value;
      windowLoad[n] = lastLoad;
      if (!Number.isNaN(load)) known++;
      n++;
    }
  }
  for (let i = n - 1, next = NaN; i >= 0; i--) {
    if (Number.isNaN(windowLoad[i]!)) windowLoad[i] = next;
    else next = windowLoad[i]!;
  }
  return { n, t: windowT, y: windowY, load: n > 0 && known >= LEAST_LOAD_SHARE * n ? windowLoad : null };
}

/** The same without load, for slopes and shapes. */
export function fillValues(
  history: History,
  levelIndex: number,
  column: number,
  sinceAge = -Infinity,
): Pick<Window, 'n' | 't' | 'y'> {
  const level = history.levels[levelIndex]!;
  const { binSeconds } = level.settings;
  let n = 0;
  const size = level.has(column) ? level.read(column, windowY) : 0;
  let at = (level.last - size + 1.5) * binSeconds - history.offsetSeconds;
  for (let i = 0; i < size; i++, at += binSeconds) {
    const value = windowY[i]!;
    if (Number.isNaN(value) || at < sinceAge) continue;
    windowT[n] = at;
    windowY[n++] = value;
  }
  return { n, t: windowT, y: windowY };
}

/** Values of a bin that is made of its children; one a level, since the bins of several levels may end at once. */
const summaries: Float64Array[] = [];

export class History {
  readonly levels: Level[];
  private readonly floats: Float32Array;
  private readonly packed: Uint16Array;
  /** The bin of the level above that each level is filling now; -1 for none. */
  private readonly open: number[];

  constructor(
    private readonly settings: readonly LevelSettings[],
    /** Seconds by which the bins begin before the start of the process. */
    readonly offsetSeconds: number,
  ) {
    const bins = settings.reduce((sum, { capacity }) => sum + capacity, 0);
    this.floats = new Float32Array(bins * FLOAT_COUNT).fill(NaN);
    this.packed = new Uint16Array(bins * PACKED_COUNT).fill(MISSING);
    let before = 0;
    this.levels = settings.map((s) => {
      before += s.capacity;
      return new Level(s, this.floats, this.packed, before - s.capacity);
    });
    this.open = settings.slice(1).map(() => -1);
    while (summaries.length < settings.length) summaries.push(new Float64Array(COLUMN_COUNT));
  }

  /**
   * Closes a bin of the finest level and what it completes above. `closed` is called for each level whose bin
   * was closed.
   */
  add(bin: number, values: Float64Array, closed: (level: number) => void): void {
    this.take(0, bin, values, closed);
  }

  private take(level: number, bin: number, values: Float64Array, closed: (level: number) => void): void {
    const { binSeconds, skipSeconds } = this.settings[level]!;
    if (skipSeconds > 0 && bin * binSeconds - this.offsetSeconds < skipSeconds) return;
    const above = this.settings[level + 1];
    const ratio = above ? above.binSeconds / binSeconds : Infinity;
    const parent = Math.floor(bin / ratio);
    // After a gap the bin above ends without its last child.
    if (above && this.open[level]! >= 0 && this.open[level] !== parent) this.close(level + 1, closed);
    this.levels[level]!.put(bin, values);
    closed(level);
    if (!above) return;
    this.open[level] = parent;
    // The last child completes the bin: no need to wait for the next one.
    if ((bin + 1) % ratio === 0) this.close(level + 1, closed);
  }

  private close(level: number, closed: (level: number) => void): void {
    const bin = this.open[level - 1]!;
    this.open[level - 1] = -1;
    const values = summaries[level]!;
    this.summarize(level, bin, values);
    this.take(level, bin, values, closed);
  }

  private summarize(level: number, bin: number, out: Float64Array): void {
    const children = this.levels[level - 1]!;
    const ratio = this.settings[level]!.binSeconds / this.settings[level - 1]!.binSeconds;
    const isCoarsest = level === this.settings.length - 1;
    for (let c = 0; c < COLUMN_COUNT; c++) {
      let count = 0;
      let low = Infinity;
      let sum = 0;
      for (let child = bin * ratio; child < (bin + 1) * ratio; child++) {
        const value = children.at(c, child);
        if (Number.isNaN(value)) continue;
        childValues[count++] = value;
        sum += value;
        if (value < low) low = value;
      }
      if (count === 0) out[c] = NaN;
      else if (c === COLUMN.load) out[c] = sum / count;
      else if (c === COLUMN.collections) out[c] = sum;
      else out[c] = isCoarsest ? median(childValues, count) : low;
    }
  }

  save(): Pick<DetectorSnapshot, 'levels' | 'bins'> {
    return {
      levels: this.levels.map((level) => level.save()),
      bins: { floats: floatsToText(this.floats), packed: packedToText(this.packed), open: [...this.open] },
    };
  }

  restore({ levels, bins }: Pick<DetectorSnapshot, 'levels' | 'bins'>): void {
    if (levels.length !== this.levels.length || bins.open.length !== this.open.length)
      throw damaged('other levels');
    levels.forEach((level, i) => this.levels[i]!.restore(level));
    this.floats.set(textToFloats(bins.floats, this.floats.length));
    this.packed.set(textToPacked(bins.packed, this.packed.length));
    bins.open.forEach((bin, i) => (this.open[i] = bin));
  }
}

const childValues = new Float64Array(16);
