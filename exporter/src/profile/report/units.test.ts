import { describe, expect, it } from 'vitest';
import { general } from './go-format.js';
import { percentage, scale, scaledLabel } from './units.js';

// Expected texts are those of Go's fmt and of google/pprof's measurement_test.go.
describe('values with units', () => {
  it.each([
    [0, 'bytes', 'auto', '0'],
    [1024, 'bytes', 'auto', '1kB'],
    [-1536, 'bytes', 'auto', '-1.50kB'],
    [524_928, 'bytes', 'kB', '512.62kB'],
    [1, 'bytes', 'MB', '0'],
    [1_500_000_000, 'nanoseconds', 'auto', '1.50s'],
    [7_200_000_000_000, 'ns', 'auto', '2hrs'],
    [42, 'count', 'minimum', '42'],
    [3, 'goroutine', 'auto', '3'],
    [5, 'apples', 'pears', '5pears'],
  ])('%d %s in %s is %s', (value, from, to, expected) => {
    expect(scaledLabel(value, from, to)).toBe(expected);
  });

  it('falls back to the base unit of the kind', () => {
    expect(scale(10, 'MB', 'seconds')).toEqual({ value: 10 * 2 ** 20, unit: 'B' });
  });

  it.each([
    [100, 100, '  100%'],
    [99_949, 100_000, '99.95%'],
    [99_950, 100_000, '  100%'],
    [1, 3, '33.33%'],
    [61, 100_000, '0.061%'],
    [1, 800, ' 0.12%'],
    [0, 5, '    0%'],
    [-50, 100, '50.00%'],
    [1, 0, '    0%'],
    [1, 10_000_000, '1e-05%'],
  ])('%d of %d is "%s"', (value, total, expected) => {
    expect(percentage(value, total)).toBe(expected);
  });

  it('rounds ties to even and writes exponents as Go does', () => {
    expect(general(0.125, 2)).toBe('0.12');
    expect(general(0.375, 2)).toBe('0.38');
    expect(general(123456, 2)).toBe('1.2e+05');
    expect(general(0.00001234, 2)).toBe('1.2e-05');
  });
});
