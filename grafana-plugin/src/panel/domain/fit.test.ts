import { describe, expect, it } from 'vitest';
import { bandAt, slopeBand } from './fit';

const MINUTE_MS = 60_000;

describe('slopeBand', () => {
  const atMs = Array.from({ length: 11 }, (_, i) => i * MINUTE_MS);
  const slope = { perSecond: 1000, lowerPerSecond: 900, upperPerSecond: 1100 };

  it('lays the line through the points, whatever one outlier says', () => {
    const values = atMs.map((at) => 5_000_000 + at);
    values[4] = 90_000_000;
    const band = slopeBand(atMs, values, slope, null, 'live_heap');
    expect(band).not.toBeNull();
    expect(bandAt(band!, 10 * MINUTE_MS).fit).toBeCloseTo(5_600_000, 3);
  });

  it('is narrowest in the middle and holds the fit everywhere', () => {
    const band = slopeBand(
      atMs,
      atMs.map((at) => at),
      slope,
      null,
      'live_heap',
    )!;
    const widths = [0, 5, 10].map((minute) => {
      const at = bandAt(band, minute * MINUTE_MS);
      expect(at.lower).toBeLessThanOrEqual(at.fit);
      expect(at.upper).toBeGreaterThanOrEqual(at.fit);
      return at.upper - at.lower;
    });
    expect(widths).toEqual([60_000, 0, 60_000]);
  });

  it('begins at the onset and wants three points', () => {
    const values = atMs.map((at) => at);
    expect(slopeBand(atMs, values, slope, 6 * MINUTE_MS, 'commit')?.fromMs).toBe(6 * MINUTE_MS);
    expect(slopeBand(atMs, values, slope, 9 * MINUTE_MS, 'commit')).toBeNull();
    expect(slopeBand([0, 1, 2], [null, 1, null], slope, null, 'commit')).toBeNull();
  });
});
