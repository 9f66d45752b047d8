import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { endPace, trend } from './statistics.js';

describe('trend', () => {
  test('takes the slope and its bounds from the order of all pairwise slopes', () => {
    const values = fc.array(fc.oneof(fc.integer({ min: -5, max: 5 }), fc.integer({ min: -1e9, max: 1e9 })), {
      minLength: 3,
      maxLength: 40,
    });
    fc.assert(
      fc.property(values, (y) => {
        const t = y.map((_, i) => i * 60 + (i % 3));
        const slopes = y
          .flatMap((from, i) => y.slice(i + 1).map((to, k) => (to - from) / (t[i + 1 + k]! - t[i]!)))
          .sort((a, b) => a - b);
        const middle = slopes.length >> 1;
        const { slope, lower, upper } = trend(t, y, 0, y.length, 1.96);
        const median =
          slopes.length % 2 === 1 ? slopes[middle]! : (slopes[middle - 1]! + slopes[middle]!) / 2;
        expect(slope === median).toBe(true);
        expect(slopes.some((each) => each === lower)).toBe(true);
        expect(slopes.some((each) => each === upper)).toBe(true);
        expect(lower).toBeLessThanOrEqual(slope);
        expect(upper).toBeGreaterThanOrEqual(slope);
      }),
      { numRuns: 300, seed: 20_263 },
    );
  });
});

test.each([
  ['a straight line', (x: number) => 5 + 3 * x, 1],
  ['growth that has come to rest', (x: number) => 1 - (1 - x) ** 2, 0],
  ['growth that gathers pace', (x: number) => x * x, 2],
])('tells the pace at the end of %s', (_, of, expected) => {
  const t = Array.from({ length: 20 }, (_, i) => i * 10);
  const y = t.map((at) => of(at / 190));
  expect(endPace(t, y, 0, 20)).toBeCloseTo(expected, 6);
});
