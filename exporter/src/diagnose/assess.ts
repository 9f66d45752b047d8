// The verdict of a diagnosis: the detector's over all samples, and a stricter look at the points right after forced
// collections, which have no noise of garbage. Pure.

import type { LeakChannel, Slope, Verdict } from '../leak/types.js';
import type { Signal } from '../signals.js';

/** What the points of one signal say (verify's judgement of a channel). */
export interface JudgedSignal {
  signal: Signal;
  state: 'growing' | 'undecided' | 'steady' | 'unknown';
  perSecond: number;
  lowerPerSecond: number;
  upperPerSecond: number;
  /** "grows by 2 MiB/s …", to stand behind the name of the signal. */
  why: string;
}

const NAMES: Partial<Record<Signal, string>> = {
  live_heap: 'the live heap',
  goroutines: 'the number of goroutines',
  non_go: 'memory outside of Go',
};

/** The most telling first: the heap is a part of the commit. */
const PRECEDENCE: readonly LeakChannel[] = [
  'goroutines',
  'live_heap',
  'non_go',
  'stacks',
  'handles',
  'commit',
];

/** What a leaked goroutine usually holds beside its stack. Beyond a multiple of it something else leaks more. */
const HEAP_OF_GOROUTINE_BYTES = 16 * 1024;
const MUCH_MORE = 4;

export const LEARNING: Verdict = {
  state: 'learning',
  sinceSeconds: null,
  channel: null,
  pattern: null,
  slopes: {},
  leaking: [],
  timeToLimit: null,
  reasons: [],
  why: 'nothing is known yet',
};

export interface AssessInput {
  /** The detector's verdict. */
  detected: Verdict | undefined;
  judged: readonly JudgedSignal[];
  /** Time between the first and the last clean point, and the least on which a leak is called by them. */
  spanSeconds: number;
  leastSeconds: number;
  /** Clean points are on their way: until there are enough, nothing is said to be well. */
  isWaiting?: boolean;
}

/** The detector's verdict, corrected by what was judged on clean points. */
export function assess(input: AssessInput): Verdict {
  const { detected = LEARNING, judged, spanSeconds, leastSeconds, isWaiting = false } = input;
  const known = judged.filter(({ state }) => state !== 'unknown');
  if (known.length === 0)
    return isWaiting && detected.state === 'healthy' ? { ...detected, state: 'learning' } : detected;
  const isSure = spanSeconds >= leastSeconds;
  const growing = isSure ? known.filter(({ state }) => state === 'growing') : [];
  const leaking = [
    ...growing.map(({ signal }) => signal),
    ...detected.leaking.filter((signal) => !isRefuted(signal, known)),
  ];
  const slopes: Partial<Record<LeakChannel, Slope>> = { ...detected.slopes };
  for (const { signal, perSecond, lowerPerSecond, upperPerSecond } of known)
    slopes[signal] = { perSecond, lowerPerSecond, upperPerSecond };
  const order = precedenceOf(slopes);
  const unique = order
    .filter((signal) => leaking.includes(signal))
    .concat([...new Set(leaking)].filter((signal) => !order.includes(signal)));
  const channel = unique[0] ?? null;
  if (channel !== null) {
    const told = growing.map(({ signal, why }) => `${NAMES[signal] ?? signal} ${why}`);
    return {
      ...detected,
      state: 'leaking',
      channel,
      leaking: unique,
      pattern: unique.includes('goroutines') ? 'goroutine' : (leakPattern(detected) ?? 'linear'),
      slopes,
      ...(told.length > 0 && { reasons: [], why: told.join('; ') }),
    };
  }
  // A cache that has just begun to fill grows evenly, too: it takes time to tell.
  const undecided = known.filter(({ state }) => state === 'undecided' || state === 'growing');
  const isRising = undecided.length > 0;
  const rising = isRising ? undecided : known;
  return {
    ...detected,
    state: isRising ? 'growing' : isSure ? 'healthy' : 'learning',
    sinceSeconds: isRising ? detected.sinceSeconds : null,
    channel: isRising ? rising[0]!.signal : null,
    leaking: [],
    pattern: leakPattern(detected) === null ? detected.pattern : null,
    slopes,
    reasons: [],
    why: rising.map(({ signal, why }) => `${NAMES[signal] ?? signal} ${why}`).join('; '),
  };
}

/** What grows by far the most is told first: a heap may keep the books of much more memory outside of it. */
function precedenceOf(slopes: Partial<Record<LeakChannel, Slope>>): readonly LeakChannel[] {
  const perSecond = (signal: Signal) => Math.max(0, slopes[signal]?.perSecond ?? 0);
  const heap = perSecond('live_heap');
  const goroutines = HEAP_OF_GOROUTINE_BYTES * perSecond('goroutines');
  const first = (signal: LeakChannel) => [signal, ...PRECEDENCE.filter((each) => each !== signal)];
  if (perSecond('non_go') > MUCH_MORE * Math.max(heap, goroutines)) return first('non_go');
  return heap > MUCH_MORE * goroutines ? first('live_heap') : PRECEDENCE;
}

/** Whether the clean points contradict the detector's call: on the signal itself, or on every part of the whole. */
function isRefuted(signal: LeakChannel, known: readonly JudgedSignal[]): boolean {
  const own = known.find((each) => each.signal === signal);
  // A heap that is not sure to grow may be a cache that fills; of the others only the lack of growth is an objection.
  if (own) return signal === 'live_heap' ? own.state !== 'growing' : own.state === 'steady';
  if (signal !== 'commit' && signal !== 'stacks') return false;
  const heap = known.find((each) => each.signal === 'live_heap');
  return heap !== undefined && known.every(({ state }) => state !== 'growing');
}

function leakPattern({ pattern }: Verdict): Verdict['pattern'] {
  return pattern === 'linear' || pattern === 'step' || pattern === 'goroutine' || pattern === 'gc_pressure'
    ? pattern
    : null;
}
