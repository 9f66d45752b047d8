// What the detector remembers of one process: minima per bin on four time scales, in rings of fixed size.
// A bin of a coarser level is the minimum of its children (the median on the coarsest, where minima of a whole
// night would hide the day), the mean of their load and the last GC count.

import { COLUMN, COLUMN_COUNT } from './channels.js';
import type { LevelSettings } from './settings.js';
import type { Window } from './evidence.js';
import {
  damaged,
  floatsToText,
  numbersOf,
  plain,
  setNumbers,
  textToFloats,
  type DetectorSnapshot,
  type PlainNumber,
} from './snapshot.js';
import { median } from './statistics.js';

/** A ring of bins. Bin numbers count from the start of the process (plus the offset of the detector). */
export class Level {
  readonly columns: (Float32Array | null)[] = new Array<Float32Array | null>(COLUMN_COUNT).fill(null);
  /** Number of the newest bin; -1 before the first. */
  last = -1;
  /** Bins from `last - size + 1` to `last` are held. */
  size = 0;

  constructor(readonly settings: LevelSettings) {}

  put(bin: number, values: Float64Array): void {
    const { capacity } = this.settings;
    const gap = this.last < 0 ? 1 : bin - this.last;
    if (gap <= 0) return;
    const cleared = Math.min(gap, capacity);
    for (let c = 0; c < COLUMN_COUNT; c++) {
      let column = this.columns[c]!;
      const value = values[c]!;
      if (column === null) {
        if (Number.isNaN(value)) continue;
        column = new Float32Array(capacity).fill(NaN);
        this.columns[c] = column;
      }
      for (let i = 0; i < cleared; i++) column[(bin - i) % capacity] = NaN;
      column[bin % capacity] = value;
    }
    this.size = this.last < 0 ? 1 : Math.min(capacity, this.size + gap);
    this.last = bin;
  }

  /** The value of a bin; NaN when it is not held. */
  at(column: number, bin: number): number {
    const values = this.columns[column]!;
    if (values === null || bin > this.last || bin <= this.last - this.size) return NaN;
    return values[bin % this.settings.capacity]!;
  }

  /** Smallest of the newest `count` values that are there and inside the newest 2 x count bins; NaN without. */
  lowOfNewest(column: number, count: number): number {
    let low = Infinity;
    let found = 0;
    for (let bin = this.last; bin > this.last - this.size && bin > this.last - 2 * count; bin--) {
      const value = this.at(column, bin);
      if (Number.isNaN(value)) continue;
      if (value < low) low = value;
      if (++found === count) break;
    }
    return found > 0 ? low : NaN;
  }

  save(): DetectorSnapshot['levels'][number] {
    return {
      numbers: numbersOf(this),
      columns: this.columns.map((column) => (column === null ? null : floatsToText(column))),
    };
  }

  restore(saved: DetectorSnapshot['levels'][number]): void {
    setNumbers(this, saved.numbers);
    const { capacity } = this.settings;
    if (!Number.isSafeInteger(this.last) || this.last < -1 || !(this.size >= 0 && this.size <= capacity))
      throw damaged('bins that no level holds');
    for (let c = 0; c < COLUMN_COUNT; c++) {
      const text = saved.columns[c];
      this.columns[c] = typeof text === 'string' ? textToFloats(text, capacity) : null;
    }
  }
}

/** Children of the bin that is open on a coarser level. */
interface Rollup {
  bin: number;
  count: number;
  values: Float64Array;
  loadSum: number;
  loadCount: number;
  /** Children of the coarsest level, for their median. */
  children: Float64Array[] | null;
}

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
  const values = level.columns[column]!;
  const loads = level.columns[COLUMN.load]!;
  const { capacity, binSeconds } = level.settings;
  let n = 0;
  let known = 0;
  let lastLoad = NaN;
  if (values !== null) {
    for (let bin = level.last - level.size + 1; bin <= level.last; bin++) {
      const load = loads === null ? NaN : loads[bin % capacity]!;
      if (!Number.isNaN(load)) lastLoad = load;
      const value = values[bin % capacity]!;
      const at = (bin + 0.5) * binSeconds - history.offsetSeconds;
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

export class History {
  readonly levels: Level[];
  private readonly rollups: Rollup[];

  constructor(
    private readonly settings: readonly LevelSettings[],
    /** Seconds by which the bins begin before the start of the process. */
    readonly offsetSeconds: number,
  ) {
    this.levels = settings.map((s) => new Level(s));
    this.rollups = settings.slice(1).map((_, i) => ({
      bin: -1,
      count: 0,
      values: new Float64Array(COLUMN_COUNT).fill(NaN),
      loadSum: 0,
      loadCount: 0,
      children: i === settings.length - 2 ? [] : null,
    }));
  }

  /** Middle of a bin, seconds since the start of the process. */
  timeOf(level: number, bin: number): number {
    return (bin + 0.5) * this.settings[level]!.binSeconds - this.offsetSeconds;
  }

  /**
   * Closes a bin of the finest level and what it completes above. `closed` is called for each level whose bin
   * was closed, finest first.
   */
  add(bin: number, values: Float64Array, closed: (level: number) => void): void {
    if (this.kept(0, bin)) {
      this.levels[0]!.put(bin, values);
      closed(0);
      this.roll(1, bin, values, closed);
    }
  }

  private kept(level: number, bin: number): boolean {
    const { binSeconds, skipSeconds } = this.settings[level]!;
    return bin * binSeconds - this.offsetSeconds >= skipSeconds || skipSeconds === 0;
  }

  private roll(level: number, childBin: number, values: Float64Array, closed: (level: number) => void): void {
    if (level >= this.settings.length) return;
    const rollup = this.rollups[level - 1]!;
    const ratio = this.settings[level]!.binSeconds / this.settings[level - 1]!.binSeconds;
    const bin = Math.floor(childBin / ratio);
    if (rollup.bin >= 0 && bin !== rollup.bin) this.close(level, closed);
    if (rollup.count === 0) rollup.bin = bin;
    rollup.count++;
    for (let c = 0; c <= COLUMN.heap; c++) {
      const value = values[c]!;
      if (!(value >= rollup.values[c]!)) rollup.values[c] = Number.isNaN(value) ? rollup.values[c]! : value;
    }
    if (!Number.isNaN(values[COLUMN.gcCount]!)) rollup.values[COLUMN.gcCount] = values[COLUMN.gcCount]!;
    const load = values[COLUMN.load]!;
    if (!Number.isNaN(load)) {
      rollup.loadSum += load;
      rollup.loadCount++;
    }
    rollup.children?.push(Float64Array.from(values));
    // The last child completes the bin: no need to wait for the next one.
    if ((childBin + 1) % ratio === 0) this.close(level, closed);
  }

  private close(level: number, closed: (level: number) => void): void {
    const rollup = this.rollups[level - 1]!;
    const { bin, values, children } = rollup;
    if (rollup.count === 0) return;
    if (children !== null) {
      for (let c = 0; c <= COLUMN.heap; c++) {
        values[c] = median(children.map((child) => child[c]!).filter((v) => !Number.isNaN(v)));
      }
      children.length = 0;
    }
    values[COLUMN.load] = rollup.loadCount > 0 ? rollup.loadSum / rollup.loadCount : NaN;
    const out = Float64Array.from(values);
    rollup.bin = -1;
    rollup.count = 0;
    rollup.loadSum = 0;
    rollup.loadCount = 0;
    values.fill(NaN);
    if (!this.kept(level, bin)) return;
    this.levels[level]!.put(bin, out);
    closed(level);
    this.roll(level + 1, bin, out, closed);
  }

  save(): Pick<DetectorSnapshot, 'levels' | 'rollups'> {
    return {
      levels: this.levels.map((level) => level.save()),
      rollups: this.rollups.map((rollup) => ({
        numbers: numbersOf(rollup),
        values: Array.from(rollup.values, plain),
        children: rollup.children?.map((child) => Array.from(child, plain)) ?? null,
      })),
    };
  }

  restore(saved: Pick<DetectorSnapshot, 'levels' | 'rollups'>): void {
    if (saved.levels.length !== this.levels.length || saved.rollups.length !== this.rollups.length) {
      throw damaged('other levels');
    }
    saved.levels.forEach((level, i) => this.levels[i]!.restore(level));
    saved.rollups.forEach((from, i) => {
      const rollup = this.rollups[i]!;
      setNumbers(rollup, from.numbers);
      rollup.values = column(from.values);
      if (rollup.children !== null) rollup.children = (from.children ?? []).map(column);
    });
  }
}

function column(values: PlainNumber[]): Float64Array {
  if (values.length !== COLUMN_COUNT) throw damaged(`expected ${COLUMN_COUNT} columns`);
  return Float64Array.from(values, Number);
}
