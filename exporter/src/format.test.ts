import { expect, test } from 'vitest';
import { formatBytes, formatBytesPerSecond, formatDuration, formatTime } from './format.js';

test.each([
  [0, '0 B'],
  [999, '999 B'],
  [1024, '1 KiB'],
  [1536, '1.5 KiB'],
  [432_013_312, '412 MiB'],
  [-3_000, '-2.93 KiB'],
  [1_300_000_000, '1.21 GiB'],
  [NaN, '?'],
])('formatBytes(%d) is %s', (bytes, text) => expect(formatBytes(bytes)).toBe(text));

test.each([
  [1_270_000, '1.21 MiB/s'],
  [10, '35.2 KiB/h'],
  [0.1, '8.44 KiB/d'],
  [0, '0 B/s'],
])('formatBytesPerSecond(%d) is %s', (rate, text) => expect(formatBytesPerSecond(rate)).toBe(text));

test.each([
  [0.25, '250 ms'],
  [45, '45 s'],
  [59.7, '1 min'],
  [720, '12 min'],
  [22_200, '6 h 10 min'],
  [273_600, '3 d 4 h'],
  [86_399, '1 d'],
  [Infinity, '?'],
])('formatDuration(%d) is %s', (seconds, text) => expect(formatDuration(seconds)).toBe(text));

test('formatTime is RFC 3339 in UTC', () => expect(formatTime(0)).toBe('1970-01-01T00:00:00Z'));
