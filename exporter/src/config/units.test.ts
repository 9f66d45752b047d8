import fc from 'fast-check';
import { expect, it } from 'vitest';
import { parseByteSize, parseDuration, writeByteSize, writeDuration } from './units.js';

it.each([
  ['30s', 30_000],
  ['1h30m', 5_400_000],
  ['1.5h', 5_400_000],
  ['2d', 172_800_000],
  ['1w', 604_800_000],
  ['15min', 900_000],
  ['250ms', 250],
  ['0s', 0],
  ['', undefined],
  ['5', undefined],
  ['5 s', undefined],
  ['-5s', undefined],
  ['5S', undefined],
  ['5s!', undefined],
  [`${'9'.repeat(400)}s`, undefined],
])('the duration %j is %j ms', (text, ms) => {
  expect(parseDuration(text)).toBe(ms);
});

it.each([
  ['512MiB', 536_870_912],
  ['1.5 GB', 1_500_000_000],
  ['1048576', 1_048_576],
  ['7B', 7],
  ['2KB', 2000],
  ['512M', undefined],
  ['512mib', undefined],
  ['', undefined],
  ['-1KB', undefined],
  ['1e9', undefined],
])('the size %j is %j bytes', (text, bytes) => {
  expect(parseByteSize(text)).toBe(bytes);
});

it('writes durations and sizes that are read back', () => {
  fc.assert(
    fc.property(fc.nat({ max: 1e12 }), (value) => {
      expect(parseDuration(writeDuration(value))).toBe(value);
      expect(parseByteSize(writeByteSize(value))).toBe(value);
    }),
  );
  expect([writeDuration(600_000), writeDuration(90_000), writeDuration(691_200_000)]).toEqual([
    '10m',
    '90s',
    '8d',
  ]);
  expect([writeByteSize(2 ** 29), writeByteSize(1000)]).toEqual(['512MiB', '1000B']);
});
