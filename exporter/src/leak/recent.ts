// The last minutes in fine points: for slopes from the first minute on, and for leaks that leave no hours. The live
// heap gives one point a garbage collection (repeats within a cycle would make the error look small), other channels
// the minimum of ten seconds.

import { CHANNELS, COLUMN } from './channels.js';
import { NO_NEXT_GC } from './open-bin.js';
import {
  damaged,
  floatsToText,
  numbersOf,
  plain,
  setNumbers,
  textToFloats,
  type DetectorSnapshot,
} from './snapshot.js';
import type { LeakSample } from './types.js';

/** Ten-second points: thirteen minutes, enough for a fifth of the hour that is left. */
const CAPACITY = 80;
const POINT_SECONDS = 10;
/** The live heap's points may lie closer: each is a collection of its own. The older half is thinned out. */
const LEAST_GC_SECONDS = 2;
const THINNED_SECONDS = 15;
/** So many places are made at once; the oldest points go when thinning makes fewer. */
const LEAST_FREED = 8;
/** A goal this far above what it is set from (live heap and stacks) proves a GOGC above Go's default of 100. */
const SURE_ABOVE = 1.05;
/** Go never sets the goal below this times GOGC/100 (heapMinimum of runtime/mgcpacer.go): less heap proves nothing. */
const HEAP_MINIMUM_BYTES = 4 * 1024 * 1024;
/** Floats keep milliseconds over so long; then the times are counted from a later moment. */
const REBASE_SECONDS = 7200;

/** Rows of CAPACITY floats: times and values of the live heap, then the times that the other channels share. */
const LIVE_TIMES = 0;
const LIVE_VALUES = 1;
const SLOT_TIMES = 2;
const SLOT_CHANNELS: readonly number[] = [
  COLUMN.commit,
  COLUMN.goroutines,
  COLUMN.nonGo,
  COLUMN.stacks,
  COLUMN.handles,
];
const ROWS = SLOT_TIMES + 1 + SLOT_CHANNELS.length;
/** Row of the values of each channel; -1 where none are kept. */
const ROW = CHANNELS.map((_, c) => {
  if (c === COLUMN.live) return LIVE_VALUES;
  const place = SLOT_CHANNELS.indexOf(c);
  return place < 0 ? -1 : SLOT_TIMES + 1 + place;
});

/** The points of one channel, for as long as no others are asked for. */
const pointT = new Float64Array(CAPACITY);
const pointY = new Float64Array(CAPACITY);

export class Recent {
  /** Times count from `base`, an age of the process. A channel without a value at a time holds NaN there. */
  private readonly rows = new Float32Array(ROWS * CAPACITY);
  private base = 0;
  private livePoints = 0;
  private slots = 0;
  /** The highest that each channel stood before the points that are held. */
  private readonly held: number[] = CHANNELS.map(() => -Infinity);
  private gcCount = NaN;
  /** Largest (NextGC - HeapAlloc) / (HeapAlloc + stacks): GOGC/100 at least, where it was not told. */
  private seenGrowth = 1;

  /** Takes a sample; true when a point of the live heap or the commit was added. */
  add(age: number, sample: LeakSample, growth: number): boolean {
    if (age - this.base > REBASE_SECONDS) this.rebase(age);
    const added = this.addLive(age, sample, growth);
    if (!this.isInSlot(age)) this.openSlot(age);
    const isNew = this.put(COLUMN.commit, sample.commitBytes);
    this.put(COLUMN.goroutines, sample.goroutines);
    this.put(COLUMN.nonGo, sample.nonGoBytes);
    this.put(COLUMN.stacks, sample.stacksBytes);
    this.put(COLUMN.handles, sample.handles);
    return added || isNew;
  }

  private addLive(age: number, sample: LeakSample, told: number): boolean {
    const { gcCount, heapAllocBytes: heap, nextGcBytes: next } = sample;
    if (gcCount === null || heap === null) return false;
    const collected = !Number.isNaN(this.gcCount) && gcCount > this.gcCount;
    this.gcCount = gcCount;
    const isOff = next === null || next >= NO_NEXT_GC;
    if (!isOff && heap >= HEAP_MINIMUM_BYTES) {
      const least = (next - heap) / (heap + (sample.stacksBytes ?? 0));
      if (least > SURE_ABOVE) this.seenGrowth = Math.max(this.seenGrowth, least);
    }
    if (!collected) return false;
    const growth = told > 0 ? told : this.seenGrowth;
    return this.putLive(age, isOff ? heap : Math.min(heap, next / (1 + growth)));
  }

  private putLive(age: number, value: number): boolean {
    const { rows, livePoints: n } = this;
    const values = LIVE_VALUES * CAPACITY;
    if (n > 0 && isSame(this.base + rows[n - 1]!, age, LEAST_GC_SECONDS)) {
      if (value < rows[values + n - 1]!) rows[values + n - 1] = value;
      return false;
    }
    if (n === CAPACITY) this.thinLive();
    rows[this.livePoints] = age - this.base;
    rows[values + this.livePoints++] = value;
    return true;
  }

  /** Of the older half one point each quarter of a minute stays, the lowest. */
  private thinLive(): void {
    const { rows } = this;
    const values = LIVE_VALUES * CAPACITY;
    let kept = 0;
    for (let i = 1; i < CAPACITY; i++) {
      const isOld = i < CAPACITY / 2;
      if (isOld && isSame(this.base + rows[kept]!, this.base + rows[i]!, THINNED_SECONDS)) {
        if (rows[values + i]! >= rows[values + kept]!) continue;
      } else kept++;
      rows[kept] = rows[i]!;
      rows[values + kept] = rows[values + i]!;
    }
    this.livePoints = kept + 1;
    const dropped = LEAST_FREED - (CAPACITY - this.livePoints);
    if (dropped <= 0) return;
    for (let i = 0; i < dropped; i++) this.hold(COLUMN.live, rows[values + i]!);
    rows.copyWithin(0, dropped, this.livePoints);
    rows.copyWithin(values, values + dropped, values + this.livePoints);
    this.livePoints -= dropped;
  }

  private isInSlot(age: number): boolean {
    const { slots } = this;
    const last = this.base + this.rows[SLOT_TIMES * CAPACITY + slots - 1]!;
    return slots > 0 && isSame(last, age, POINT_SECONDS);
  }

  private openSlot(age: number): void {
    const { rows } = this;
    const isFull = this.slots === CAPACITY;
    const slot = isFull ? CAPACITY - 1 : this.slots++;
    if (isFull) for (const c of SLOT_CHANNELS) this.hold(c, rows[ROW[c]! * CAPACITY]!);
    for (let row = SLOT_TIMES; row < ROWS; row++) {
      const start = row * CAPACITY;
      if (isFull) rows.copyWithin(start, start + 1, start + CAPACITY);
      rows[start + slot] = row === SLOT_TIMES ? age - this.base : NaN;
    }
  }

  /** Puts a value into the newest slot; true when the channel had none there. */
  private put(channel: number, value: number | null): boolean {
    if (value === null) return false;
    const at = ROW[channel]! * CAPACITY + this.slots - 1;
    const before = this.rows[at]!;
    if (!(value >= before)) this.rows[at] = value;
    return Number.isNaN(before);
  }

  private hold(channel: number, value: number): void {
    if (value > this.held[channel]!) this.held[channel] = value;
  }

  /** By how much the newest point of a channel lies above the lowest; NaN without points. Cheap. */
  riseOf(channel: number): number {
    const { rows } = this;
    const values = ROW[channel]! * CAPACITY;
    const end = values + (channel === COLUMN.live ? this.livePoints : this.slots);
    let low = Infinity;
    let newest = NaN;
    for (let i = values; i < end; i++) {
      const y = rows[i]!;
      if (Number.isNaN(y)) continue;
      newest = y;
      if (y < low) low = y;
    }
    return newest - low;
  }

  /** The highest that a channel stood before a point of it, by its index. */
  highestBefore(channel: number, index: number): number {
    let high = this.held[channel]!;
    const { y } = this.points(channel, -Infinity);
    for (let i = 0; i < index; i++) if (y[i]! > high) high = y[i]!;
    return high;
  }

  private rebase(age: number): void {
    const moved = age - this.base;
    for (let i = 0; i < this.livePoints; i++) this.rows[LIVE_TIMES * CAPACITY + i]! -= moved;
    for (let i = 0; i < this.slots; i++) this.rows[SLOT_TIMES * CAPACITY + i]! -= moved;
    this.base = age;
  }

  /** The points of a channel from `sinceAge` on. One channel at a time: the arrays are reused. */
  points(channel: number, sinceAge: number): { t: Float64Array; y: Float64Array; from: number; n: number } {
    const { rows, base } = this;
    const isLive = channel === COLUMN.live;
    const times = (isLive ? LIVE_TIMES : SLOT_TIMES) * CAPACITY;
    const values = ROW[channel]! * CAPACITY;
    const held = values < 0 ? 0 : isLive ? this.livePoints : this.slots;
    let n = 0;
    let from = 0;
    for (let i = 0; i < held; i++) {
      const y = rows[values + i]!;
      if (Number.isNaN(y)) continue;
      pointT[n] = base + rows[times + i]!;
      pointY[n] = y;
      n++;
      if (pointT[n - 1]! < sinceAge) from = n;
    }
    return { t: pointT, y: pointY, from, n };
  }

  save(): DetectorSnapshot['recent'] {
    return {
      numbers: numbersOf(this),
      held: Array.from(this.held, plain),
      rows: floatsToText(this.rows),
    };
  }

  static restore(saved: DetectorSnapshot['recent']): Recent {
    const recent = setNumbers(new Recent(), saved.numbers);
    for (const count of [recent.livePoints, recent.slots])
      if (!Number.isSafeInteger(count) || count < 0 || count > CAPACITY)
        throw damaged('more points than there is room for');
    if (saved.held.length !== CHANNELS.length) throw damaged('other channels');
    saved.held.forEach((value, c) => (recent.held[c] = Number(value)));
    recent.rows.set(textToFloats(saved.rows, ROWS * CAPACITY));
    return recent;
  }
}

/** Whether two times lie in the same stretch of so many seconds. */
function isSame(a: number, b: number, seconds: number): boolean {
  return Math.floor(a / seconds) === Math.floor(b / seconds);
}
