import { describe, expect, it } from 'vitest';
import type { ApiSlope, ApiVerdict } from 'leakline/api';
import type { Signal } from 'leakline/signals';
import { target } from './api.testing';
import {
  ago,
  baselineValues,
  clockTime,
  percent,
  rangeText,
  shortFile,
  shortFunction,
  slopeText,
  slopeWords,
  verdictWords,
  waitText,
} from './words';

const MIB = 2 ** 20;
const nowMs = new Date(2026, 2, 1, 15, 0).getTime();
const sinceMs = new Date(2026, 2, 1, 14, 2).getTime();

const slope = (middle: number, lower: number, upper: number): ApiSlope => ({
  perSecond: middle,
  lowerPerSecond: lower,
  upperPerSecond: upper,
});

function verdict(change: Partial<ApiVerdict>): ApiVerdict {
  return {
    state: 'leaking',
    since: new Date(sinceMs).toISOString(),
    channel: 'live_heap',
    pattern: 'linear',
    slopes: { live_heap: slope(1.21 * MIB, 1.15 * MIB, 1.27 * MIB) },
    leaking: ['live_heap'],
    timeToLimit: { limit: 'config', limitBytes: 1, seconds: 11_400 },
    why: 'the live heap rose 412 MiB',
    ...change,
  };
}

const blame = {
  function: 'example.com/shop/cache.(*Store).Put',
  file: '/src/shop/cache/store.go',
  line: 77,
  share: 0.93,
};

describe('the verdict line', () => {
  it.each([
    [
      verdict({}),
      'orders-api is leaking 1.21 MiB/s (1.15–1.27) since 14:02, linear; configured limit in 3 h 10 min',
    ],
    [
      verdict({ timeToLimit: { limit: 'gomemlimit', limitBytes: 1, seconds: 0 } }),
      'orders-api is leaking 1.21 MiB/s (1.15–1.27) since 14:02, linear; GOMEMLIMIT reached',
    ],
    [
      verdict({ state: 'growing', since: null, pattern: null, timeToLimit: null }),
      'orders-api is growing 1.21 MiB/s (1.15–1.27)',
    ],
    [
      verdict({
        channel: 'goroutines',
        pattern: 'goroutine',
        slopes: { goroutines: slope(23.7, 23.2, 24.2) },
        timeToLimit: null,
      }),
      'orders-api is leaking 23.7 goroutines/s (23.2–24.2) since 14:02, with its goroutines',
    ],
    [verdict({ state: 'healthy', since: null, channel: null }), 'orders-api is healthy'],
    [verdict({ state: 'learning', since: null, channel: null }), 'orders-api is being learnt'],
  ])('says %#', (one, headline) => {
    const words = verdictWords(target({ verdict: one }), null, nowMs);
    expect(words.headline).toBe(headline);
    expect(words.detail).toBe('The live heap rose 412 MiB');
    expect(words.headline).toContain(words.rate);
    expect(words.blame).toBeNull();
  });

  it('blames a function, its share and its line; of a healthy target nothing', () => {
    const words = verdictWords(target({ verdict: verdict({}) }), blame, nowMs);
    expect(words.blame).toEqual({ share: '93 %', function: blame.function, place: 'store.go:77' });
    const healthy = target({ verdict: verdict({ state: 'healthy' }) });
    expect(verdictWords(healthy, blame, nowMs).blame).toBeNull();
  });

  it('tells a target without a verdict and one that does not answer apart', () => {
    expect(verdictWords(target(), null, nowMs).headline).toBe('orders-api has no verdict yet');
    const down = verdictWords(target({ health: 'down', problem: 'connection refused' }), null, nowMs);
    expect(down).toMatchObject({
      state: null,
      headline: 'orders-api is not watched now',
      detail: 'Connection refused',
    });
  });
});

it.each<[Signal, number, string, string]>([
  ['commit', 1.21 * MIB, '1.21 MiB/s', '1.21 MiB/s'],
  ['live_heap', 100, '352 KiB/h', '352 KiB/h'],
  ['goroutines', 23.71, '23.7/s', '23.7 goroutines/s'],
  ['handles', 0.01, '36/h', '36 handles/h'],
  ['gdi_objects', 2, '2/s', '2 objects/s'],
])('a slope of %s is %s', (signal, perSecond, text, words) => {
  expect(slopeText(signal, perSecond)).toBe(text);
  expect(slopeWords(signal, perSecond)).toBe(words);
});

it.each<[Signal, ApiSlope, string]>([
  ['commit', slope(1.21 * MIB, 0.9 * MIB, 1.5 * MIB), '0.9–1.5'],
  ['commit', slope(1100, -100, 2300), '-0.0977–2.25'],
  ['live_heap', slope(100, 50, 150), '176–527'],
  ['goroutines', slope(0.01, 0.005, 0.02), '18–72'],
])('the range of a slope stands in its own unit: %s', (signal, given, text) => {
  expect(rangeText(signal, given)).toBe(text);
});

it.each([
  [0.5, '50 %'],
  [0.934, '93 %'],
  [0.0123, '1.2 %'],
  [0.0004, '<0.1 %'],
  [0, '0 %'],
])('the share %d is %s', (share, text) => expect(percent(share)).toBe(text));

it.each([
  [59, '59 s'],
  [599, '9 min 59 s'],
  [629, '10 min'],
  [11_430, '3 h 11 min'],
])('a wait of %d s is %s', (seconds, text) => expect(waitText(seconds)).toBe(text));

it.each([
  ['github.com/acme/shop/cache.(*Store).Put', 'cache.(*Store).Put'],
  ['main.run', 'main.run'],
  ['example.com/x/list.(*List[example.com/y.T]).Add', 'list.(*List[example.com/y.T]).Add'],
  ['', ''],
])('the short name of %s', (name, text) => expect(shortFunction(name)).toBe(text));

it('files are told by their last two parts, on every system', () => {
  expect(shortFile('/home/x/shop/cache/store.go')).toBe('cache/store.go');
  expect(shortFile('C:\\src\\shop\\main.go')).toBe('shop/main.go');
});

it('times tell their day when it is not today’s', () => {
  expect(clockTime(sinceMs, nowMs)).toBe('14:02');
  expect(clockTime(sinceMs - 86_400_000, nowMs)).toMatch(/28.* 14:02$/);
  expect(ago(nowMs - 30_000, nowMs)).toBe('just now');
  expect(ago(nowMs - 754_000, nowMs)).toBe('13 min ago');
});

it.each([
  ['bytes', 3 * MIB, 12.5 * MIB, ['3 MiB', '12.5 MiB']],
  ['count', 10_431, 1538.4, ['10,431', '1,538']],
  ['perSecond', 5.19, 5.24, ['5.19/s', '5.24/s']],
  ['perSecond', 0.5, 5.24, ['30/min', '314/min']],
  ['perSecond', 5, 0, ['5/s', '0/s']],
  ['ratio', 0.12, null, ['12 %', '–']],
] as const)('normal and now in %s: %d against %d', (unit, normal, now, texts) => {
  expect(baselineValues({ unit, normal, now })).toEqual(texts);
});
