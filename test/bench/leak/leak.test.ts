// A slice of the benchmark as a test: few seeds of every family, the gates of the whole set with room for chance.

import { expect, test } from 'vitest';
import { judgeSeries } from '../../../exporter/src/leak/series.js';
import { evaluate, familiesOf, PUBLIC_SALT, toView } from './evaluate.js';
import { aggregate, type View } from './score.mjs';
import { makeSeries } from './simulator.mjs';

const SALTS = { public: PUBLIC_SALT, own: 'leakline-own' } as const;

test.each(['public', 'own'] as const)('finds leaks and keeps quiet otherwise on the %s families', (set) => {
  const result = evaluate({
    set,
    salt: SALTS[set],
    seeds: [1, set === 'public' ? 1 : 2],
    views: ['full', 'process'],
    rules: false,
    share: { index: 0, of: 1 },
  });
  const full = aggregate(result.rows['leakline, full view']!);
  const outside = aggregate(result.rows['leakline, process view']!);
  expect(full.recall).toBe(1);
  // From outside nothing is urgent before two hours of age: some of what lives for less is missed.
  expect(outside.recall).toBeGreaterThanOrEqual(set === 'own' ? 0.9 : 0.95);
  // The slice holds some 20 to 40 healthy days: one false alarm is chance, and already 0.03 to 0.05 a day.
  expect(full.falseAlarms).toBeLessThanOrEqual(1);
  expect(outside.faPerDay).toBeLessThan(0.08);
  expect(full.ttdRatioMedian).toBeLessThan(3.5);
  expect(full.slopeErrMedian).toBeLessThan(0.05);
  expect(full.ciCoverage).toBeGreaterThan(0.85);
  expect(full.patternAcc).toBeGreaterThan(0.9);
});

test.each(['full', 'process'] as View[])('decides without looking ahead (%s view)', (view) => {
  for (const name of ['leak_medium', 'leak_stops', 'diurnal_first_day', 'leak_fast', 'leak_restart']) {
    const family = familiesOf('public').find((f) => f.name === name)!;
    const series = toView(makeSeries(family, 3, PUBLIC_SALT).rec, view);
    const cut = Math.floor(series.samples.length * 0.6);
    const cutAt = series.samples[cut - 1]![0]!;
    const clip = (alerts: [number, number | null][]) =>
      alerts.filter(([on]) => on <= cutAt).map(([on, off]) => [on, off === null || off > cutAt ? null : off]);
    const part = judgeSeries({ ...series, samples: series.samples.slice(0, cut) });
    expect(clip(part.alerts)).toEqual(clip(judgeSeries(series).alerts));
  }
});
