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
/** The live heap's points may lie closer: each is a collection of its own. */
const LEAST_GC_SECONDS = 2;
/** A goal this far above what it is set from (live heap and stacks) proves a GOGC above Go's default of 100. */
const SURE_ABOVE = 1.05;
/** Go never sets the goal below this times GOGC/100 (heapMinimum of runtime/mgcpacer.go): less heap proves nothing. */
const HEAP_MINIMUM_BYTES = 4 * 1024 * 1024;
/** Floats keep milliseconds over so long; then the times are counted from a later moment. */
const REBASE_SECONDS = 7200;

/** The points of one channel, for as long as no others are asked for. */
const pointT = new Float64Array(CAPACITY);
const pointY = new Float64Array(CAPACITY);

export class Recent {
  /** Times count from `base`, an age of the process. */
  private readonly times: (Float32Array | null)[] = CHANNELS.map(() => null);
  private readonly values: (Float32Array | null)[] = CHANNELS.map(() => null);
  private base = 0;
  /** The highest that each channel stood before the points that are held. */
  private readonly held = new Float64Array(CHANNELS.length).fill(-Infinity);
  private readonly counts = new Int32Array(CHANNELS.length);
  private gcCount = NaN;
  /** Largest (NextGC - HeapAlloc) / (HeapAlloc + stacks): GOGC/100 at least, where it was not told. */
  private seenGrowth = 1;

  /** Takes a sample; true when a point was added to any channel. */
  add(age: number, sample: LeakSample, growth: number): boolean {
    if (age - this.base > REBASE_SECONDS) this.rebase(age);
    let added = this.addLive(age, sample, growth);
    added = this.put(COLUMN.commit, age, sample.commitBytes, POINT_SECONDS) || added;
    this.put(COLUMN.goroutines, age, sample.goroutines, POINT_SECONDS);
    this.put(COLUMN.nonGo, age, sample.nonGoBytes, POINT_SECONDS);
    this.put(COLUMN.stacks, age, sample.stacksBytes, POINT_SECONDS);
    this.put(COLUMN.handles, age, sample.handles, POINT_SECONDS);
    return added;
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
    return this.put(COLUMN.live, age, isOff ? heap : Math.min(heap, next / (1 + growth)), LEAST_GC_SECONDS);
  }

  private put(channel: number, age: number, value: number | null, apart: number): boolean {
    if (value === null) return false;
    const t = (this.times[channel] ??= new Float32Array(CAPACITY));
    const y = (this.values[channel] ??= new Float32Array(CAPACITY));
    const n = this.counts[channel]!;
    if (n > 0 && Math.floor((this.base + t[n - 1]!) / apart) === Math.floor(age / apart)) {
      if (value < y[n - 1]!) y[n - 1] = value;
      return false;
    }
    if (n === CAPACITY) {
      this.held[channel] = Math.max(this.held[channel]!, y[0]!);
      t.copyWithin(0, 1);
      y.copyWithin(0, 1);
    } else this.counts[channel] = n + 1;
    t[Math.min(n, CAPACITY - 1)] = age - this.base;
    y[Math.min(n, CAPACITY - 1)] = value;
    return true;
  }

  /** The highest that a channel stood before a point of it, by its index. */
  highestBefore(channel: number, index: number): number {
    let high = this.held[channel]!;
    const y = this.values[channel];
    if (y) for (let i = 0; i < index; i++) if (y[i]! > high) high = y[i]!;
    return high;
  }

  private rebase(age: number): void {
    const moved = age - this.base;
    this.times.forEach((t) => t?.forEach((at, i) => (t[i] = at - moved)));
    this.base = age;
  }

  /** The points of a channel from `sinceAge` on. One channel at a time: the arrays are reused. */
  points(channel: number, sinceAge: number): { t: Float64Array; y: Float64Array; from: number; n: number } {
    const t = this.times[channel];
    const y = this.values[channel];
    const n = this.counts[channel]!;
    let from = 0;
    for (let i = 0; t && y && i < n; i++) {
      pointT[i] = this.base + t[i]!;
      pointY[i] = y[i]!;
      if (pointT[i]! < sinceAge) from = i + 1;
    }
    return { t: pointT, y: pointY, from, n };
  }

  save(): DetectorSnapshot['recent'] {
    return {
      numbers: numbersOf(this),
      counts: Array.from(this.counts),
      held: Array.from(this.held, plain),
      times: this.times.map((t) => (t === null ? null : floatsToText(t))),
      values: this.values.map((y) => (y === null ? null : floatsToText(y))),
    };
  }

  static restore(saved: DetectorSnapshot['recent']): Recent {
    const recent = setNumbers(new Recent(), saved.numbers);
    const { counts, held, times, values } = saved;
    for (const list of [counts, held, times, values])
      if (list.length !== CHANNELS.length) throw damaged('other channels');
    CHANNELS.forEach((_, c) => {
      const t = times[c];
      const y = values[c];
      recent.times[c] = typeof t === 'string' ? textToFloats(t, CAPACITY) : null;
      recent.values[c] = typeof y === 'string' ? textToFloats(y, CAPACITY) : null;
      recent.held[c] = Number(held[c]);
      const isThere = recent.times[c] !== null && recent.values[c] !== null;
      if (counts[c]! > (isThere ? CAPACITY : 0)) throw damaged('more points than there is room for');
      recent.counts[c] = counts[c]!;
    });
    return recent;
  }
}
