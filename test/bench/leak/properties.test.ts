// What holds of the detector for any series: the same verdict at another time, at another scale and over a restart of
// the exporter; and an answer, whatever it is given.

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { LeakDetector } from '../../../exporter/src/leak/detector.js';
import { emptySample, judgeSeries, type Answer } from '../../../exporter/src/leak/series.js';
import type { LeakSample, MemoryLimit } from '../../../exporter/src/leak/types.js';
import { familiesOf, PUBLIC_SALT } from './evaluate.js';
import { makeSeries, type SeriesRecord } from './simulator.mjs';

/** Short families of each kind: a run is some thousand samples. */
const FAMILIES = [
  'leak_fast',
  'leak_goroutine',
  'leak_native',
  'leak_restart',
  'flat_busy_5s',
  'batch_spikes',
  'short_lived',
];
const BYTES = ['private', 'ws', 'heap_alloc', 'heap_inuse', 'next_gc'];
const RUNS = 8;

const series = fc
  .record({ name: fc.constantFrom(...FAMILIES), seed: fc.integer({ min: 1, max: 40 }) })
  .map(({ name, seed }) => {
    const { rec } = makeSeries(
      familiesOf('public').find((f) => f.name === name)!,
      seed,
      PUBLIC_SALT,
    );
    return { ...rec, samples: rec.samples.slice(0, 6_000) };
  });

function mapped(record: SeriesRecord, fields: string[], change: (value: number) => number): SeriesRecord {
  const columns = fields.map((field) => record.fields.indexOf(field));
  return {
    ...record,
    samples: record.samples.map((row) =>
      row.map((value, i) => (value !== null && columns.includes(i) ? change(value) : value)),
    ),
  };
}

function check(property: fc.IProperty<unknown[]>): void {
  // Seeded: what is tested is the same in each run.
  fc.assert(property, { numRuns: RUNS, seed: 20_261 });
}

describe('the verdict is the same', () => {
  test('at another time', () => {
    check(
      fc.property(series, fc.integer({ min: 1, max: 1_000_000 }), (record, hours) => {
        const seconds = hours * 3600;
        const shifted = judgeSeries(mapped(record, ['t', 'start'], (at) => at + seconds));
        const back = (at: number | null) => (at === null ? null : Math.round((at - seconds) * 1000) / 1000);
        const plain = judgeSeries(record);
        expect(shifted.alerts.map(([on, off]) => [back(on), back(off)])).toEqual(plain.alerts);
        expect(shifted.pattern).toBe(plain.pattern);
        if (plain.slope !== null) expect(shifted.slope! / plain.slope).toBeCloseTo(1, 3);
      }),
    );
  });

  test('at another scale', () => {
    check(
      fc.property(series, fc.integer({ min: 1, max: 4 }), (record, doublings) => {
        const factor = 2 ** doublings;
        // Below this size the least rise is one in bytes, not in shares.
        fc.pre(record.samples[0]![record.fields.indexOf('private')]! > 100 * 2 ** 20);
        const scaled = mapped(record, BYTES, (value) => (value >= 2 ** 62 ? value : value * factor));
        const large = judgeSeries({ ...scaled, limit: record.limit * factor });
        const plain = judgeSeries(record);
        expect(large.alerts).toEqual(plain.alerts);
        expect(large.pattern).toBe(plain.pattern);
        if (plain.slope !== null) expect(large.slope! / factor / plain.slope).toBeCloseTo(1, 3);
      }),
    );
  });

  test('over restarts of the exporter', () => {
    check(
      fc.property(
        series,
        fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 5 }),
        (record, at) => {
          const splits = new Set(at.map((share) => Math.floor(share * (record.samples.length - 1))));
          const limits: MemoryLimit[] = [{ name: 'config', bytes: record.limit }];
          const whole = new LeakDetector({ mode: 'service', gogcPercent: record.gogc, limits });
          let split = new LeakDetector({ mode: 'service', gogcPercent: record.gogc, limits });
          samplesOf(record).forEach((sample, i) => {
            whole.push(sample);
            split.push(sample);
            if (splits.has(i)) {
              const saved: unknown = JSON.parse(JSON.stringify(split.snapshot()));
              split = LeakDetector.restore({ mode: 'service', limits }, saved);
              expect(split.verdict()).toEqual(whole.verdict());
            }
            if (split.leaking !== whole.leaking) throw new Error(`another verdict at sample ${i}`);
          });
          expect(split.verdict()).toEqual(whole.verdict());
        },
      ),
    );
  });
});

test('answers whatever it is given', () => {
  const value = fc.oneof(
    fc.constant(null),
    fc.double(),
    fc.double({ min: 0, max: 1e12 }),
    fc.constant(2 ** 63),
  );
  const time = fc.oneof(
    fc.double({ min: -1e10, max: 1e10 }),
    fc.integer({ min: 0, max: 100_000 }),
    fc.double(),
  );
  const { atSeconds: _, startedAtSeconds: __, ...values } = emptySample();
  const anySample = fc.record({
    atSeconds: time,
    startedAtSeconds: fc.oneof(fc.constant(0), time),
    ...(Object.fromEntries(Object.keys(values).map((key) => [key, value])) as Record<
      keyof typeof values,
      typeof value
    >),
  });
  fc.assert(
    fc.property(
      fc.array(anySample, { maxLength: 80 }),
      fc.constantFrom('service', 'session'),
      (samples, mode) => {
        const options = { mode: mode as 'service' | 'session', limits: [{ name: 'config', bytes: 1e9 }] };
        const detector = new LeakDetector(options);
        for (const sample of samples) detector.push(sample);
        const verdict = detector.verdict();
        for (const slope of Object.values(verdict.slopes)) expect(slope.perSecond).not.toBeNaN();
        const restored = LeakDetector.restore(options, JSON.parse(JSON.stringify(detector.snapshot())));
        expect(restored.verdict()).toEqual(verdict);
      },
    ),
    { numRuns: 300, seed: 20_262 },
  );
});

test.each<[string, (answer: Answer) => unknown]>([['an empty series', (answer) => answer.alerts]])(
  'says nothing of %s',
  (_, of) => {
    expect(of(judgeSeries({ id: 1, fields: ['t', 'start', 'private'], samples: [] }))).toEqual([]);
  },
);

function samplesOf(record: SeriesRecord): LeakSample[] {
  const at = (row: (number | null)[], field: string) => row[record.fields.indexOf(field)] ?? null;
  return record.samples.map((row) => ({
    ...emptySample(),
    atSeconds: at(row, 't')!,
    startedAtSeconds: at(row, 'start')!,
    commitBytes: at(row, 'private'),
    heapAllocBytes: at(row, 'heap_alloc'),
    nextGcBytes: at(row, 'next_gc'),
    goroutines: at(row, 'goroutines'),
    gcCount: at(row, 'gc_count'),
    cpuSeconds: at(row, 'cpu'),
  }));
}
