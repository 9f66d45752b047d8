// Normal against now: what the heap after a collection, its peak, the GC rate, the objects and the goroutines of a
// target usually are (median and spread, by hour of day once there are days of it), and what they are at present. Time
// in which the target leaks is no part of normal. Pure and bounded: the last hour by minutes, the last eight days by
// hours, about 4 KB a target.

import { z } from 'zod';
import { MISSING, pack, unpack } from './compact.js';
import {
  damaged,
  numbersOf,
  packedToText,
  plain,
  plainNumber,
  plainNumbers,
  setNumbers,
  textToPacked,
  type PlainNumber,
} from './snapshot.js';
import { median } from './statistics.js';

export const BASELINE_SIGNALS = [
  'live_heap',
  'live_heap_peak',
  'gc_rate',
  'heap_objects',
  'goroutines',
] as const;
export type BaselineSignal = (typeof BASELINE_SIGNALS)[number];

const floats = z.array(plainNumber).max(64);
const baselineSchema = z.object({
  /** Raised when the meaning of a field changes. */
  version: z.literal(2),
  numbers: plainNumbers,
  packed: z.string().max(8192),
  collections: floats,
  within: floats,
  sums: floats,
  seen: floats,
});
export type BaselineSnapshot = z.infer<typeof baselineSchema>;

/** Missing values are null, never 0. Times are Unix seconds. */
export interface BaselineSample {
  atSeconds: number;
  startedAtSeconds: number;
  liveHeapBytes: number | null;
  heapObjects: number | null;
  goroutines: number | null;
  gcCount: number | null;
}

export interface Deviation {
  signal: BaselineSignal;
  /** Median of the time before any present growth: bytes, collections a second, or a count. */
  normal: number;
  /** Robust standard deviation of it. */
  spread: number;
  /** Null when nothing was heard of it in the last minutes. */
  now: number | null;
  /** now / normal; null where normal is 0. */
  ratio: number | null;
  /** Hours that normal rests on; a fraction in the first hours. */
  hours: number;
  /** Whether only hours at this time of the day were looked at. */
  byHourOfDay: boolean;
}

const SIGNALS = BASELINE_SIGNALS.length;
/** Row of the minutes after those of the signals: 1 where the minute counts to normal. */
const COUNTS = SIGNALS;
const LIVE_HEAP = BASELINE_SIGNALS.indexOf('live_heap');
const PEAK = BASELINE_SIGNALS.indexOf('live_heap_peak');
const GC_RATE = BASELINE_SIGNALS.indexOf('gc_rate');
const HEAP_OBJECTS = BASELINE_SIGNALS.indexOf('heap_objects');
const GOROUTINES = BASELINE_SIGNALS.indexOf('goroutines');
const MINUTE = 60;
const MINUTES = 60;
const HOURS = 8 * 24;
/** A process builds itself up for so long after its start: no part of normal. */
const START_SECONDS = 180;
/** Collections come as rarely as every two minutes: their rate is taken over so many minutes. */
const RATE_MINUTES = 5;
/** Minutes of an hour without which it is not kept. */
const LEAST_MINUTES_OF_HOUR = 10;
/** Normal is told from so many minutes on; from so many hours on it rests on hours. */
const LEAST_MINUTES = 5;
const LEAST_HOURS = 3;
/** The hour of the day, with the one before and after it, counts from so many days on. */
const LEAST_DAYS = 3;
/** "Now" is the median of so many minutes, none of them older than `NOW_MINUTES`. */
const NOW_VALUES = 3;
const NOW_MINUTES = 5;
/** Of the normal distribution: standard deviation over median absolute deviation. */
const MAD_TO_SIGMA = 1.4826;
/** Weight of a new hour in the mean spread within an hour. */
const SPREAD_WEIGHT = 0.1;

export class Baseline {
  /** Per signal a ring of hours, then per signal one of minutes, then whether a minute counts to normal; packed. */
  private packed: Uint16Array = new Uint16Array(SIGNALS * HOURS + (SIGNALS + 1) * MINUTES);
  /** Collections so far, at the end of each of the last minutes. */
  private readonly collections: number[] = new Array<number>(RATE_MINUTES + 1).fill(NaN);
  /** Mean spread within an hour. */
  private readonly within: number[] = new Array<number>(SIGNALS).fill(NaN);
  private lastMinute = -1;
  private lastHour = -1;
  // The open minute.
  private minute = -1;
  private startedAt = NaN;
  private readonly sums: number[] = new Array<number>(SIGNALS).fill(0);
  private readonly seen: number[] = new Array<number>(SIGNALS).fill(0);
  private gcCount = NaN;
  private leaks = false;
  private cached: { growingSince: number | null; deviations: Deviation[] } | null = null;

  /** Takes a sample. `leakingSince`: onset of a leak that is going on; null otherwise. */
  push(sample: BaselineSample, leakingSince: number | null): void {
    const minute = Math.floor(sample.atSeconds / MINUTE);
    if (minute !== this.minute) {
      if (this.minute >= 0) this.closeMinute();
      if (minute <= this.lastMinute) this.forgetFrom(minute);
      this.minute = minute;
    }
    if (Math.abs(sample.startedAtSeconds - this.startedAt) > 2) this.collections.fill(NaN);
    this.startedAt = sample.startedAtSeconds;
    this.leaks = leakingSince !== null;
    if (leakingSince !== null) this.exclude(leakingSince);
    this.add(LIVE_HEAP, sample.liveHeapBytes);
    if (sample.liveHeapBytes !== null) {
      this.sums[PEAK] = Math.max(this.sums[PEAK]!, sample.liveHeapBytes);
      this.seen[PEAK] = 1;
    }
    if (sample.gcCount !== null) {
      if (sample.gcCount < this.gcCount) this.collections.fill(NaN);
      this.gcCount = sample.gcCount;
      this.seen[GC_RATE] = 1;
    }
    this.add(HEAP_OBJECTS, sample.heapObjects);
    this.add(GOROUTINES, sample.goroutines);
  }

  /** Normal against now of each signal of which normal is known. `growingSince`: what came later is not normal. */
  deviations(growingSince: number | null): Deviation[] {
    if (this.cached === null || this.cached.growingSince !== growingSince)
      this.cached = { growingSince, deviations: this.compute(growingSince ?? Infinity) };
    return this.cached.deviations;
  }

  private add(signal: number, value: number | null): void {
    if (value === null) return;
    this.sums[signal]! += value;
    this.seen[signal]!++;
  }

  private closeMinute(): void {
    const { minute, sums, seen } = this;
    this.cached = null;
    const from = this.lastMinute < 0 ? minute : Math.max(this.lastMinute + 1, minute - MINUTES + 1);
    if (this.lastMinute >= 0) {
      const hour = Math.floor(this.lastMinute / MINUTES);
      if (Math.floor(minute / MINUTES) !== hour) this.closeHour(hour);
    }
    for (let m = from; m <= minute; m++) {
      this.forgetMinute(m);
    }
    this.collections[minute % this.collections.length] = seen[GC_RATE]! > 0 ? this.gcCount : NaN;
    for (let s = 0; s < SIGNALS; s++) {
      if (s === GC_RATE) this.packed[atMinute(s, minute)] = pack(this.gcRate(minute));
      else if (seen[s]! > 0) this.packed[atMinute(s, minute)] = pack(sums[s]! / seen[s]!);
    }
    const isNormal = !this.leaks && minute * MINUTE >= this.startedAt + START_SECONDS;
    this.packed[atMinute(COUNTS, minute)] = isNormal ? 1 : 0;
    this.lastMinute = minute;
    this.minute = -1;
    sums.fill(0);
    seen.fill(0);
  }

  /** Collections a second over the last minutes; NaN while too few of them are known. */
  private gcRate(minute: number): number {
    const { collections } = this;
    const now = collections[minute % collections.length]!;
    for (let back = RATE_MINUTES; back > 1; back--) {
      const before = collections[(minute - back + MINUTES) % collections.length]!;
      if (!Number.isNaN(before)) return Math.max(0, now - before) / (back * MINUTE);
    }
    return NaN;
  }

  private closeHour(hour: number): void {
    for (let h = Math.max(this.lastHour + 1, hour - HOURS + 1); h <= hour; h++) {
      this.forgetHour(h);
    }
    this.lastHour = hour;
    for (let s = 0; s < SIGNALS; s++) {
      const values: number[] = [];
      for (let m = hour * MINUTES; m < (hour + 1) * MINUTES && m <= this.lastMinute; m++) {
        if (m <= this.lastMinute - MINUTES || this.packed[atMinute(COUNTS, m)] === 0) continue;
        const value = unpack(this.packed[atMinute(s, m)]!);
        if (!Number.isNaN(value)) values.push(value);
      }
      if (values.length < LEAST_MINUTES_OF_HOUR) continue;
      const middle = s === PEAK ? Math.max(...values) : median(values);
      this.packed[atHour(s, hour)] = pack(middle);
      // How the highest of an hour strays within it means nothing.
      const spread = s === PEAK ? 0 : deviation(values, middle);
      const mean = this.within[s]!;
      this.within[s] = Number.isNaN(mean) ? spread : mean + SPREAD_WEIGHT * (spread - mean);
    }
  }

  /** Takes what was noted since the onset of a leak out of normal. */
  private exclude(sinceSeconds: number): void {
    const since = Math.floor(sinceSeconds / MINUTE);
    for (let m = Math.max(since, this.lastMinute - MINUTES + 1); m <= this.lastMinute; m++) {
      if (m >= 0 && this.packed[atMinute(COUNTS, m)] === 1) {
        this.packed[atMinute(COUNTS, m)] = 0;
        this.cached = null;
      }
    }
    for (
      let h = Math.max(0, Math.floor(since / MINUTES), this.lastHour - HOURS + 1);
      h <= this.lastHour;
      h++
    ) {
      this.forgetHour(h);
    }
  }

  /** The clock was set back: what was noted of times to come goes. */
  private forgetFrom(minute: number): void {
    for (let m = Math.max(0, minute, this.lastMinute - MINUTES + 1); m <= this.lastMinute; m++) {
      this.forgetMinute(m);
    }
    const hour = Math.floor(minute / MINUTES);
    for (let h = Math.max(0, hour, this.lastHour - HOURS + 1); h <= this.lastHour; h++) {
      this.forgetHour(h);
    }
    this.lastMinute = minute - 1;
    this.lastHour = Math.min(this.lastHour, hour - 1);
    this.cached = null;
  }

  private forgetMinute(minute: number): void {
    for (let row = 0; row <= COUNTS; row++) this.packed[atMinute(row, minute)] = MISSING;
    this.collections[minute % this.collections.length] = NaN;
  }

  private forgetHour(hour: number): void {
    for (let s = 0; s < SIGNALS; s++) this.packed[atHour(s, hour)] = MISSING;
  }

  private compute(before: number): Deviation[] {
    const out: Deviation[] = [];
    const beforeMinute = before / MINUTE;
    const hour = Math.floor(this.lastMinute / MINUTES);
    for (let s = 0; s < SIGNALS; s++) {
      const all: number[] = [];
      const sameTime: number[] = [];
      const days = new Set<number>();
      for (let h = Math.max(0, this.lastHour - HOURS + 1); h <= this.lastHour; h++) {
        const value = unpack(this.packed[atHour(s, h)]!);
        if (Number.isNaN(value) || (h + 1) * MINUTES > beforeMinute) continue;
        all.push(value);
        const apart = (((h - hour) % 24) + 24) % 24;
        if (apart > 1 && apart < 23) continue;
        sameTime.push(value);
        days.add(Math.round((hour - h) / 24));
      }
      const byHourOfDay = days.size >= LEAST_DAYS;
      const fromHours = all.length >= LEAST_HOURS;
      let values = byHourOfDay ? sameTime : all;
      if (!fromHours) values = this.cleanMinutes(s, beforeMinute);
      if (!fromHours && values.length < LEAST_MINUTES) continue;
      const normal = median(values);
      const inside = fromHours && !Number.isNaN(this.within[s]!) ? this.within[s]! : 0;
      const now = this.now(s, fromHours);
      out.push({
        signal: BASELINE_SIGNALS[s]!,
        normal,
        spread: Math.hypot(deviation(values, normal), inside),
        now,
        ratio: now === null || normal <= 0 ? null : now / normal,
        hours: fromHours ? values.length : values.length / MINUTES,
        byHourOfDay,
      });
    }
    return out;
  }

  private cleanMinutes(signal: number, before: number): number[] {
    const values: number[] = [];
    for (let m = Math.max(0, this.lastMinute - MINUTES + 1); m <= this.lastMinute && m < before; m++) {
      const value = unpack(this.packed[atMinute(signal, m)]!);
      if (!Number.isNaN(value) && this.packed[atMinute(COUNTS, m)] === 1) values.push(value);
    }
    return values;
  }

  private now(signal: number, overHours: boolean): number | null {
    // Against the highest of an hour stands the highest of the last hour.
    const isPeak = signal === PEAK && overHours;
    const values: number[] = [];
    for (let back = 0; back < (isPeak ? MINUTES : NOW_MINUTES) && back <= this.lastMinute; back++) {
      const value = unpack(this.packed[atMinute(signal, this.lastMinute - back)]!);
      if (!Number.isNaN(value)) values.push(value);
      if (!isPeak && values.length === NOW_VALUES) break;
    }
    if (values.length === 0) return null;
    return isPeak ? Math.max(...values) : median(values);
  }

  /** Its whole memory, for saving. */
  snapshot(): BaselineSnapshot {
    return {
      version: 2,
      numbers: numbersOf(this),
      packed: packedToText(this.packed),
      collections: this.collections.map(plain),
      within: this.within.map(plain),
      sums: this.sums.map(plain),
      seen: [...this.seen],
    };
  }

  /** A baseline that goes on where the saved one stood. Throws `state_damaged` when it is none. */
  static restore(saved: unknown): Baseline {
    const parsed = baselineSchema.safeParse(saved);
    if (!parsed.success) throw damaged(`baseline: ${parsed.error.issues[0]?.path.join('.') ?? ''}`);
    const from = parsed.data;
    const baseline = setNumbers(new Baseline(), from.numbers);
    for (const number of [baseline.minute, baseline.lastMinute, baseline.lastHour])
      if (!Number.isSafeInteger(number) || number < -1) throw damaged('baseline: a time that is none');
    baseline.packed = textToPacked(from.packed, baseline.packed.length);
    fill(baseline.collections, from.collections);
    fill(baseline.within, from.within);
    fill(baseline.sums, from.sums);
    fill(baseline.seen, from.seen);
    return baseline;
  }
}

function atHour(signal: number, hour: number): number {
  return signal * HOURS + (hour % HOURS);
}

function atMinute(row: number, minute: number): number {
  return SIGNALS * HOURS + row * MINUTES + (minute % MINUTES);
}

function fill(to: number[], from: readonly PlainNumber[]): void {
  if (to.length !== from.length) throw damaged(`baseline: expected ${to.length} values`);
  from.forEach((value, i) => (to[i] = Number(value)));
}

function deviation(values: readonly number[], middle: number): number {
  return MAD_TO_SIGMA * median(values.map((value) => Math.abs(value - middle)));
}
