// The last minutes in fine points: for slopes from the first minute on, and for leaks that leave no hours. The live
// heap gives one point a garbage collection (repeats within a cycle would make the error look small), other channels
// the minimum of ten seconds.

import { CHANNELS, COLUMN } from './channels.js';
import { NO_NEXT_GC } from './open-bin.js';
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

export class Recent {
  private readonly times: (Float64Array | null)[] = CHANNELS.map(() => null);
  private readonly values: (Float64Array | null)[] = CHANNELS.map(() => null);
  /** The highest that each channel stood before the points that are held. */
  private readonly held = new Float64Array(CHANNELS.length).fill(-Infinity);
  private readonly counts = new Int32Array(CHANNELS.length);
  private gcCount = NaN;
  /** Largest (NextGC - HeapAlloc) / (HeapAlloc + stacks): GOGC/100 at least, where it was not told. */
  private seenGrowth = 1;

  /** Takes a sample; true when a point was added to any channel. */
  add(age: number, sample: LeakSample, growth: number): boolean {
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
    const t = (this.times[channel] ??= new Float64Array(CAPACITY));
    const y = (this.values[channel] ??= new Float64Array(CAPACITY));
    const n = this.counts[channel]!;
    if (n > 0 && Math.floor(t[n - 1]! / apart) === Math.floor(age / apart)) {
      if (value < y[n - 1]!) y[n - 1] = value;
      return false;
    }
    if (n === CAPACITY) {
      this.held[channel] = Math.max(this.held[channel]!, y[0]!);
      t.copyWithin(0, 1);
      y.copyWithin(0, 1);
    } else this.counts[channel] = n + 1;
    t[Math.min(n, CAPACITY - 1)] = age;
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

  /** The points of a channel from `sinceAge` on. */
  points(channel: number, sinceAge: number): { t: Float64Array; y: Float64Array; from: number; n: number } {
    const t = this.times[channel];
    const y = this.values[channel];
    const n = this.counts[channel]!;
    if (!t || !y) return { t: EMPTY, y: EMPTY, from: 0, n: 0 };
    let from = 0;
    while (from < n && t[from]! < sinceAge) from++;
    return { t, y, from, n };
  }
}

const EMPTY = new Float64Array(0);
