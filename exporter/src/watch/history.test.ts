import { expect, test } from 'vitest';
import { SampleHistory } from './history.js';

test('keeps every sample of the last hour and minutes of a day before it, in order', () => {
  const history = new SampleHistory();
  const step = 5_000;
  const day = 86_400_000;
  for (let at = 0; at < 2 * day; at += step) history.push({ atMs: at, signals: { commit: at } });
  const series = history.series(0, Infinity);
  const fine = series.atMs.filter((at) => at >= 2 * day - 3_600_000);
  expect(fine).toHaveLength(720);
  expect(series.atMs[0]).toBe(day);
  expect(series.atMs).toEqual([...series.atMs].sort((a, b) => a - b));
  expect(new Set(series.atMs).size).toBe(series.atMs.length);
  expect(series.signals.commit).toEqual(series.atMs);
});

test('gives the asked range, null where a value was not known, and no column that never had one', () => {
  const history = new SampleHistory();
  history.push({ atMs: 1_000, signals: { commit: 5 } });
  history.push({ atMs: 2_000, signals: { commit: 6, live_heap: 3 } });
  history.push({ atMs: 3_000, signals: { live_heap: 4 } });
  expect(history.series(2_000, 3_000)).toEqual({
    atMs: [2_000, 3_000],
    signals: { commit: [6, null], live_heap: [3, 4] },
    parts: {},
    gcCount: [null, null],
  });
});
