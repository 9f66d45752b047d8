import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { testTrend, type TrendReason, type TrendState } from './trend-test.js';

const MIB = 2 ** 20;
const SETTINGS = { leastPoints: 12, leastSharePerMinute: 0.005, leastRise: 128 * 1024 };

/** Readings every 3 s for three minutes. */
const AT = Array.from({ length: 61 }, (_, i) => 3 * i);

/** Noise of about one unit that is the same every time: an irrational rotation, twice folded. */
const noise = (i: number) => 2 * ((((i * 0.618034) % 1) + ((i * i * 0.414214) % 1)) / 1 - 1);

const series = (shape: (at: number) => number, noiseMib = 0.15) =>
  AT.map((at, i) => (50 + shape(at) + noiseMib * noise(i)) * MIB);

describe('testTrend', () => {
  const cases: [string, (at: number) => number, TrendState, TrendReason][] = [
    ['nothing', () => 0, 'steady', 'no_rise'],
    ['1 % a minute', (at) => (0.5 * at) / 60, 'growing', 'grows'],
    ['2 % a minute in steps', (at) => Math.floor(at / 15) * 0.25, 'growing', 'grows'],
    ['0.3 % a minute', (at) => (0.15 * at) / 60, 'steady', 'too_small'],
    ['a cache that fills', (at) => 20 * (1 - Math.exp(-at / 60)), 'undecided', 'slows_down'],
    [
      'a leak beside a cache that fills fast',
      (at) => 20 * (1 - Math.exp(-(at + 45) / 15)) + at / 20,
      'growing',
      'grows',
    ],
    ['growth that ended', (at) => 5 * Math.min(1, at / 80), 'steady', 'ended'],
    ['one jump', (at) => (at < 95 ? 0 : 5), 'steady', 'no_rise'],
    ['batches that come and go', (at) => (at % 30 < 9 ? 20 : 0), 'steady', 'no_rise'],
    ['1 % a minute under batches', (at) => (at % 30 < 9 ? 20 : 0) + (0.5 * at) / 60, 'growing', 'grows'],
    ['a sawtooth', (at) => (10 * (at % 45)) / 45, 'steady', 'no_rise'],
  ];
  it.each(cases)('%s: %#', (_, shape, state, reason) => {
    expect(testTrend({ atSeconds: AT, values: series(shape) }, SETTINGS)).toMatchObject({ state, reason });
  });

  it('says the slope with an interval that holds it', () => {
    const slope = (0.5 * MIB) / 60;
    const { perSecond, lowerPerSecond, upperPerSecond, level } = testTrend(
      { atSeconds: AT, values: series((at) => (0.5 * at) / 60) },
      SETTINGS,
    );
    expect(perSecond / slope).toBeCloseTo(1, 1);
    expect(lowerPerSecond).toBeLessThan(slope);
    expect(upperPerSecond).toBeGreaterThan(slope);
    expect(level / MIB).toBeCloseTo(50, 0);
  });

  it('does not take what follows the load for a leak', () => {
    const load = AT.map((at, i) => 100 + at / 2 + 2 * noise(3 * i));
    const values = load.map((each, i) => (30 + each / 10 + 0.1 * noise(i)) * MIB);
    expect(testTrend({ atSeconds: AT, values, load }, SETTINGS)).toMatchObject({
      state: 'undecided',
      reason: 'follows_load',
    });
    expect(testTrend({ atSeconds: AT, values }, SETTINGS).state).toBe('growing');
  });

  it('finds a leak beneath what the load moves', () => {
    const load = AT.map((at, i) => 100 + 40 * Math.sin(at / 20) + 3 * noise(7 * i));
    const values = load.map((each, i) => (30 + each / 40 + AT[i]! / 200 + 0.1 * noise(i)) * MIB);
    expect(testTrend({ atSeconds: AT, values }, SETTINGS).state).not.toBe('growing');
    expect(testTrend({ atSeconds: AT, values, load }, SETTINGS)).toMatchObject({ reason: 'grows' });
  });

  it('is not misled by a load that rises beside a leak and moves nothing', () => {
    const load = AT.map((at, i) => 100 + at / 2 + 5 * noise(3 * i));
    const values = AT.map((at, i) => (50 + (0.5 * at) / 60 + 0.02 * noise(i)) * MIB);
    expect(testTrend({ atSeconds: AT, values, load }, SETTINGS).reason).toBe('grows');
  });

  it('leaves undecided what may level off, unless a second window tells', () => {
    const values = series((at) => (0.5 * at) / 60 - (at / 180) ** 2 / 2.2, 0.02);
    expect(testTrend({ atSeconds: AT, values }, SETTINGS).reason).toBe('slows_down');
    const noisy = series((at) => (0.75 * at) / 60 - 1.3 * (at / 180) ** 2, 0.3);
    expect(testTrend({ atSeconds: AT, values: noisy }, SETTINGS).reason).toBe('may_level_off');
    const settings = { ...SETTINGS, levelsOffElsewhere: true };
    expect(testTrend({ atSeconds: AT, values: noisy }, settings).reason).toBe('grows');
  });

  it('judges nothing by too few readings', () => {
    expect(testTrend({ atSeconds: [0, 1, 2], values: [1, 2, 3] }, SETTINGS).state).toBe('unknown');
  });

  it('never calls what falls or stands still a leak', () => {
    const falling = fc.array(fc.double({ min: 0, max: 1e12, noNaN: true }), { minLength: 12, maxLength: 80 });
    fc.assert(
      fc.property(falling, (values) => {
        values.sort((a, b) => b - a);
        const result = testTrend({ atSeconds: values.map((_, i) => i), values }, SETTINGS);
        expect(result.state).not.toBe('growing');
      }),
    );
  });
});
