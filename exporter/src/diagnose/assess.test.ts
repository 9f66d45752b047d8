import { describe, expect, it } from 'vitest';
import type { Verdict } from '../leak/types.js';
import { assess, LEARNING, type JudgedSignal } from './assess.js';
import { waitingFor, type WaitingInput } from './waiting.js';

const MIB = 2 ** 20;

function judged(signal: JudgedSignal['signal'], state: JudgedSignal['state'], perSecond = 0): JudgedSignal {
  return {
    signal,
    state,
    perSecond,
    lowerPerSecond: perSecond * 0.9,
    upperPerSecond: perSecond * 1.1,
    why: state,
  };
}

const detected = (state: Verdict['state'], ...leaking: Verdict['leaking']): Verdict => ({
  ...LEARNING,
  state,
  leaking,
  channel: leaking[0] ?? null,
  pattern: leaking.length > 0 ? 'linear' : 'flat',
  why: 'as the detector saw it',
});

const over = (seconds: number) => ({ spanSeconds: seconds, leastSeconds: 60 });

describe('the verdict of a diagnosis', () => {
  it.each<[string, Parameters<typeof assess>[0], Partial<Verdict>]>([
    ['nothing is known', { detected: undefined, judged: [], ...over(0) }, { state: 'learning' }],
    [
      'only the detector speaks',
      { detected: detected('leaking', 'commit'), judged: [], ...over(0) },
      { state: 'leaking', channel: 'commit' },
    ],
    [
      'too few points',
      { detected: detected('healthy'), judged: [judged('live_heap', 'unknown')], ...over(10) },
      { state: 'healthy', why: 'as the detector saw it' },
    ],
    [
      'too few points, and more will come: not said to be well',
      {
        detected: detected('healthy'),
        judged: [judged('live_heap', 'unknown')],
        ...over(10),
        isWaiting: true,
      },
      { state: 'learning' },
    ],
    [
      'clean points grow, the detector is patient',
      { detected: detected('healthy'), judged: [judged('live_heap', 'growing', MIB)], ...over(60) },
      {
        state: 'leaking',
        channel: 'live_heap',
        leaking: ['live_heap'],
        pattern: 'linear',
        why: 'the live heap growing',
      },
    ],
    [
      'clean points grow, for too short a time',
      { detected: detected('healthy'), judged: [judged('live_heap', 'growing', MIB)], ...over(30) },
      { state: 'growing', channel: 'live_heap', leaking: [] },
    ],
    [
      'a cache fills: the detector is refuted',
      {
        detected: detected('leaking', 'live_heap', 'commit'),
        judged: [judged('live_heap', 'undecided', MIB), judged('goroutines', 'steady')],
        ...over(120),
      },
      { state: 'growing', leaking: [], channel: 'live_heap', pattern: null },
    ],
    [
      'the commit rises with garbage',
      { detected: detected('leaking', 'commit'), judged: [judged('live_heap', 'steady')], ...over(120) },
      { state: 'healthy', leaking: [], channel: null, why: 'the live heap steady' },
    ],
    [
      'goroutines that the detector is sure of are not refuted by doubt',
      {
        detected: detected('leaking', 'goroutines'),
        judged: [judged('live_heap', 'steady'), judged('goroutines', 'undecided', 3)],
        ...over(120),
      },
      { state: 'leaking', leaking: ['goroutines'], channel: 'goroutines' },
    ],
    [
      'descriptors are not refuted by the heap',
      { detected: detected('leaking', 'handles'), judged: [judged('live_heap', 'steady')], ...over(120) },
      { state: 'leaking', leaking: ['handles'], channel: 'handles', why: 'as the detector saw it' },
    ],
    [
      'goroutines that explain the heap go first',
      {
        detected: detected('healthy'),
        judged: [judged('live_heap', 'growing', 80_000), judged('goroutines', 'growing', 10)],
        ...over(120),
      },
      { channel: 'goroutines', pattern: 'goroutine', leaking: ['goroutines', 'live_heap'] },
    ],
    [
      'a heap that goroutines do not explain goes first',
      {
        detected: detected('healthy'),
        judged: [judged('live_heap', 'growing', 4 * MIB), judged('goroutines', 'growing', 10)],
        ...over(120),
      },
      { channel: 'live_heap', leaking: ['live_heap', 'goroutines'] },
    ],
    [
      'memory outside of Go goes before the heap that keeps its books',
      {
        detected: detected('healthy'),
        judged: [judged('live_heap', 'growing', 7400), judged('non_go', 'growing', 4 * MIB)],
        ...over(60),
      },
      { channel: 'non_go', leaking: ['non_go', 'live_heap'] },
    ],
    [
      'a heap goes before memory outside of Go that grows as well',
      {
        detected: detected('healthy'),
        judged: [judged('live_heap', 'growing', MIB), judged('non_go', 'growing', 2 * MIB)],
        ...over(60),
      },
      { channel: 'live_heap', leaking: ['live_heap', 'non_go'] },
    ],
    [
      'flat, for too short a time',
      { detected: detected('learning'), judged: [judged('live_heap', 'steady')], ...over(20) },
      { state: 'learning' },
    ],
  ])('%s', (_, input, verdict) => expect(assess(input)).toMatchObject(verdict));
});

describe('what is waited for', () => {
  const input: WaitingInput = {
    verdict: LEARNING,
    elapsedMs: 30_000,
    durationMs: 180_000,
    untilVerdict: false,
    collections: 2,
    points: 10,
    isForcing: true,
  };
  it.each<[Partial<WaitingInput>, string, number]>([
    [{}, '2 more garbage collections until the heap can be judged', 10 / 12],
    [{ points: 11 }, '1 more garbage collection until the heap can be judged', 11 / 12],
    [{ isForcing: false }, '2 more garbage collections until the heap has a slope', 0.5],
    [{ points: 12 }, '2 min 30 s more to be sure', 1 / 6],
    [{ points: 12, untilVerdict: true }, '2 min 30 s more at the most, to be sure', 1 / 6],
    [
      { points: 12, verdict: detected('growing') },
      '2 min 30 s more to see whether the growth goes on',
      1 / 6,
    ],
    [{ verdict: detected('leaking', 'live_heap') }, '2 min 30 s more to measure the leak', 1 / 6],
    [{ isForcing: false, collections: undefined, elapsedMs: 200_000 }, 'the last moment more to be sure', 1],
  ])('%j', (change, text, done) => expect(waitingFor({ ...input, ...change })).toEqual({ text, done }));
});
