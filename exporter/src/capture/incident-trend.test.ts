import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { incidentRecordSchema } from './incident-record.js';
import { extendTrend, MAX_TREND_POINTS, trendIsDue, trendWindow } from './incident-trend.js';
import { incidentOf } from './records.testing.js';

const OPENED_MS = Date.parse('2026-06-01T12:00:00.000Z');
const MINUTE_MS = 60_000;
const at = (minute: number) => new Date(OPENED_MS + minute * MINUTE_MS).toISOString();

describe('the time of an incident', () => {
  it.each([
    ['open, until now', {}, 90, -30, 90],
    ['since before it was opened', { since: at(-60) }, 5, -90, 5],
    ['resolved, and a while after', { state: 'resolved', closedAt: at(20) }, 90, -30, 30],
    ['ended by exit, and no longer', { state: 'ended_by_exit', closedAt: at(20) }, 90, -30, 20],
  ] as const)('%s', (_, changes, nowMinute, fromMinute, toMinute) => {
    const window = trendWindow(incidentOf(changes), OPENED_MS + nowMinute * MINUTE_MS);
    expect(window).toEqual({
      fromMs: OPENED_MS + fromMinute * MINUTE_MS,
      toMs: OPENED_MS + toMinute * MINUTE_MS,
    });
  });

  it('is written down at once, then as often as a picture of it changes', () => {
    const due = (minute: number, lastMinute?: number) =>
      trendIsDue(
        incidentOf(
          lastMinute === undefined
            ? {}
            : { trend: { atMs: [OPENED_MS + lastMinute * MINUTE_MS], signals: {}, parts: {} } },
        ),
        OPENED_MS + minute * MINUTE_MS,
      );
    expect([due(0), due(1, 0), due(2, 0), due(600, 590), due(600, 585)]).toEqual([
      true,
      false,
      true,
      false,
      true,
    ]);
  });
});

describe('extendTrend', () => {
  const series = (fromMinute: number, count: number, height = 0) => ({
    atMs: Array.from({ length: count }, (_, i) => OPENED_MS + (fromMinute + i) * MINUTE_MS),
    signals: { commit: Array.from({ length: count }, (_, i) => height + i + 0.25) },
    parts: {},
    gcCount: [],
  });

  it('is null without samples, and what they say with few', () => {
    expect(extendTrend(null, series(0, 0))).toBeNull();
    expect(extendTrend(null, series(0, 3))).toEqual({
      atMs: series(0, 3).atMs,
      signals: { commit: [0, 1, 2] },
      parts: {},
    });
  });

  it('keeps what memory has forgotten, and takes the rest from memory', () => {
    const kept = extendTrend(null, series(0, 5));
    const next = { ...series(3, 4, 100), parts: { garbage: [1, 2, 3, 4] } };
    expect(extendTrend(kept, next)).toEqual({
      atMs: series(0, 7).atMs,
      signals: { commit: [0, 1, 2, 100, 101, 102, 103] },
      parts: { garbage: [null, null, null, 1, 2, 3, 4] },
    });
  });

  it('stays small, whatever comes, and keeps both ends', () => {
    const gaps = fc.array(fc.integer({ min: 1, max: 1e7 }), { minLength: 1, maxLength: 700 });
    fc.assert(
      fc.property(fc.array(gaps, { minLength: 1, maxLength: 4 }), (parts) => {
        let now = OPENED_MS;
        let trend: ReturnType<typeof extendTrend> = null;
        for (const part of parts) {
          const atMs = part.map((gap) => (now += gap));
          const samples = { atMs, signals: { commit: atMs.map(() => 1) }, parts: {}, gcCount: [] };
          trend = extendTrend(trend, samples);
          expect(trend!.atMs.length).toBeLessThanOrEqual(MAX_TREND_POINTS);
          expect(trend!.atMs).toEqual(trend!.atMs.toSorted((a, b) => a - b));
          expect(trend!.atMs.at(-1)).toBe(now);
          expect(trend!.signals.commit).toHaveLength(trend!.atMs.length);
        }
      }),
      { numRuns: 50 },
    );
  });

  it('is read from records without one, and a damaged one costs no incident', () => {
    const { trend: _, ...older } = incidentOf({});
    expect(incidentRecordSchema.parse(older).trend).toBeNull();
    expect(incidentRecordSchema.parse({ ...older, trend: { atMs: 'x' } }).trend).toBeNull();
    const trend = extendTrend(null, series(0, 300));
    expect(incidentRecordSchema.parse({ ...older, trend }).trend).toEqual(trend);
  });
});
