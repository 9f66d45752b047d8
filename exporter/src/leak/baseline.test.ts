import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Baseline, type BaselineSample, type BaselineSignal } from './baseline.js';
import { pack, unpack } from './compact.js';

const START = 1_700_000_000 - (1_700_000_000 % 86_400);
const HOUR = 3600;
const MIB = 2 ** 20;

interface Shape {
  live?: (seconds: number) => number;
  gcPerSecond?: (seconds: number) => number;
  leakingSince?: (seconds: number) => number | null;
}

function feed(baseline: Baseline, fromSeconds: number, toSeconds: number, shape: Shape = {}): void {
  let collections = 0;
  for (let s = fromSeconds; s < toSeconds; s += 15) {
    collections += 15 * (shape.gcPerSecond?.(s) ?? 0.1);
    const sample: BaselineSample = {
      atSeconds: START + s,
      startedAtSeconds: START,
      liveHeapBytes: shape.live?.(s) ?? 100 * MIB,
      heapObjects: 1_000_000,
      goroutines: 50,
      gcCount: Math.floor(collections),
    };
    const since = shape.leakingSince?.(s) ?? null;
    baseline.push(sample, since === null ? null : START + since);
  }
}

function of(baseline: Baseline, signal: BaselineSignal, growingSince: number | null = null) {
  return baseline
    .deviations(growingSince === null ? null : START + growingSince)
    .find((d) => d.signal === signal);
}

describe('Baseline', () => {
  test('knows nothing in the first minutes, then what is normal', () => {
    const baseline = new Baseline();
    feed(baseline, 0, 300);
    expect(baseline.deviations(null)).toEqual([]);
    feed(baseline, 300, 1200);
    expect(of(baseline, 'live_heap')).toMatchObject({ byHourOfDay: false });
    expect(of(baseline, 'live_heap')!.normal / (100 * MIB)).toBeCloseTo(1, 2);
    expect(of(baseline, 'live_heap')!.ratio).toBeCloseTo(1, 2);
    expect(of(baseline, 'goroutines')!.normal).toBeCloseTo(50, 0);
    expect(of(baseline, 'heap_objects')!.now! / 1_000_000).toBeCloseTo(1, 2);
    expect(of(baseline, 'gc_rate')!.normal).toBeCloseTo(0.1, 2);
  });

  test.each([
    ['in the first hour', 40 * 60],
    ['after a day', 26 * HOUR],
  ])('tells a leak %s against the time before it', (_, onset) => {
    const baseline = new Baseline();
    const live = (s: number) => 100 * MIB * (1 + Math.max(0, s - onset) / 1800);
    const end = onset + 1800;
    feed(baseline, 0, end, {
      live,
      leakingSince: (s) => (s > onset + 600 ? onset : null),
      gcPerSecond: (s) => (s > onset ? 0.4 : 0.1),
    });
    const heap = of(baseline, 'live_heap', onset)!;
    expect(heap.normal / (100 * MIB)).toBeCloseTo(1, 1);
    expect(heap.ratio).toBeGreaterThan(1.8);
    expect(of(baseline, 'live_heap_peak', onset)!.ratio).toBeGreaterThan(1.8);
    expect(of(baseline, 'gc_rate', onset)!.ratio).toBeCloseTo(4, 0);
    // What was learned of a leak stays out of normal when it has ended.
    feed(baseline, end, end + 1200);
    expect(of(baseline, 'live_heap')!.normal / (100 * MIB)).toBeCloseTo(1, 1);
  });

  test('holds the night against nights once there are days of it', () => {
    const baseline = new Baseline();
    const live = (s: number) => ((s / HOUR) % 24 >= 8 && (s / HOUR) % 24 < 20 ? 300 : 100) * MIB;
    feed(baseline, 0, 27 * HOUR, { live });
    expect(of(baseline, 'live_heap')!.byHourOfDay).toBe(false);
    feed(baseline, 27 * HOUR, 5 * 24 * HOUR + 3 * HOUR, { live });
    const night = of(baseline, 'live_heap')!;
    expect(night.byHourOfDay).toBe(true);
    expect(night.normal / (100 * MIB)).toBeCloseTo(1, 2);
    expect(night.spread).toBeLessThan(5 * MIB);
    feed(baseline, 5 * 24 * HOUR + 3 * HOUR, 5 * 24 * HOUR + 14 * HOUR, { live });
    expect(of(baseline, 'live_heap')!.normal / (300 * MIB)).toBeCloseTo(1, 2);
  });

  test('says no ratio where normal is 0 and no value where nothing is heard', () => {
    const baseline = new Baseline();
    feed(baseline, 0, 1800, { gcPerSecond: () => 0 });
    expect(of(baseline, 'gc_rate')).toMatchObject({ normal: 0, now: 0, ratio: null });
    const sample = {
      atSeconds: START + 1 * HOUR,
      startedAtSeconds: START,
      gcCount: null,
      liveHeapBytes: null,
    };
    for (let s = 0; s < 400; s += 15)
      baseline.push({ ...sample, atSeconds: sample.atSeconds + s, heapObjects: null, goroutines: 7 }, null);
    expect(of(baseline, 'live_heap')).toMatchObject({ now: null, ratio: null });
  });

  test('goes on after the clock was set back', () => {
    const baseline = new Baseline();
    feed(baseline, 0, 10 * HOUR);
    feed(baseline, 2 * HOUR, 6 * HOUR, { live: () => 200 * MIB });
    expect(of(baseline, 'live_heap')!.now! / (200 * MIB)).toBeCloseTo(1, 2);
    expect(of(baseline, 'live_heap')!.hours).toBe(5);
  });

  test('takes any sequence of samples', () => {
    const value = fc.oneof(fc.double({ min: 0, max: 1e12, noNaN: true }), fc.constant(null));
    const time = fc.double({ min: 0, max: 2e9, noNaN: true });
    const sample = fc.record({
      atSeconds: time,
      startedAtSeconds: time,
      liveHeapBytes: value,
      heapObjects: value,
      goroutines: value,
      gcCount: value,
    });
    fc.assert(
      fc.property(fc.array(fc.tuple(sample, fc.option(time)), { maxLength: 60 }), (samples) => {
        const baseline = new Baseline();
        for (const [s, since] of samples) baseline.push(s, since);
        for (const { normal, spread, now, ratio } of baseline.deviations(null)) {
          expect(normal).toBeGreaterThanOrEqual(0);
          expect(spread).toBeGreaterThanOrEqual(0);
          if (now !== null && ratio !== null) expect(ratio).toBeCloseTo(now / normal, 6);
        }
      }),
      { numRuns: 200 },
    );
  });
});

test('numbers in 16 bits keep 0.05 %', () => {
  expect(unpack(pack(NaN))).toBeNaN();
  expect(unpack(pack(0))).toBe(0);
  fc.assert(
    fc.property(fc.double({ min: 2 ** -11, max: 2 ** 50, noNaN: true }), (value) => {
      expect(Math.abs(unpack(pack(value)) / value - 1)).toBeLessThan(0.0005);
    }),
  );
});
