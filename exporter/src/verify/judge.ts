// The verdict on one run: signals, functions, operations and the stored run against the limits. Pure.

import { formatBytes, formatBytesPerSecond, significant } from '../format.js';
import type { TakenGrowth } from './growth.js';
import { compareWithBaseline, type Baseline } from './baseline.js';
import { channelResult, judgeChannel, SIGNAL_SETTINGS, type ChannelInput } from './channels.js';
import { liveHeapOf } from './live-heap.js';
import type { VerifyLimits } from './options.js';
import type { TrendReason, TrendResult } from './trend-test.js';
import type {
  BaselineComparison,
  ChannelResult,
  Failure,
  FunctionResult,
  GoroutineResult,
  OperationsResult,
  Place,
} from './types.js';

/** One reading, right after a forced collection. Unknown is absent. */
export interface Reading {
  /** Seconds since the watch began. */
  atSeconds: number;
  heapAllocBytes: number;
  nextGcBytes?: number;
  goroutines?: number;
  /** Cumulative. */
  totalAllocBytes?: number;
}

/** A signal of the system, at times of its own. */
export interface Series {
  atSeconds: readonly number[];
  values: readonly number[];
}

export interface JudgeInput {
  readings: readonly Reading[];
  /** Memory outside of Go, where the system tells it. */
  nonGo?: Series;
  /** Length of a window; readings that go on beyond it were taken to be sure. */
  windowSeconds: number;
  growth: TakenGrowth;
  limits: VerifyLimits;
  operations?: OperationsResult;
  baseline?: { file: string; run: Baseline };
  /** Only what is worse than the stored run fails. */
  onlyRegressions?: boolean;
}

export interface Judgement {
  failures: Failure[];
  channels: ChannelResult[];
  functions: FunctionResult[];
  goroutines: GoroutineResult[];
  baseline?: BaselineComparison;
  /** Growth is seen and not sure: longer watching would tell. */
  isUndecided: boolean;
  liveHeapBytes: number[];
}

const MINUTE = 60;
/** Readings over more than this many windows were extended. */
const EXTENDED = 1.3;
/** A filling whose time constant is a window has slowed down to 0.37 of itself in the next one. */
const LEAST_OF_FIRST = 0.6;

export function judgeRun(input: JudgeInput): Judgement {
  const { readings, growth, limits, operations } = input;
  const functions = growth.functions.map((each) =>
    operations && operations.perSecond > 0
      ? { ...each, bytesPerOperation: each.growthBytesPerSecond / operations.perSecond }
      : each,
  );
  const atSeconds = readings.map((reading) => reading.atSeconds);
  const liveHeapBytes = readings.length === 0 ? [] : liveHeapOf(atSeconds, heapReadings(readings));
  const heap = judgeHeap(input, atSeconds, liveHeapBytes, functions);
  const channels = [heap];
  const { windowSeconds, nonGo } = input;
  const goroutines = channelOf(
    'goroutines',
    goroutineSeries(readings),
    windowSeconds,
    perSecondOf(limits.goroutineGrowthPerMinute),
  );
  if (goroutines) channels.push(goroutines);
  const native = nonGo && channelOf('non_go', nonGo, windowSeconds);
  if (native) channels.push(native);

  const isWorthNaming = heap.failed || heap.state === 'undecided';
  const named = functions.filter(({ sure }) => sure || isWorthNaming);
  const failures: Failure[] = [
    ...heapFailure(heap, functions),
    ...goroutineFailure(goroutines, growth.goroutines),
    ...nativeFailure(native),
    ...functionFailures(functions, limits),
    ...operationFailure(heap, functions, operations, limits),
  ];
  const judged = { channels, functions: named, goroutines: growth.goroutines, liveHeapBytes };
  const isUndecided = failures.length === 0 && channels.some(({ state }) => state === 'undecided');
  if (!input.baseline) return { ...judged, failures, isUndecided };
  const baseline = compareWithBaseline(input.baseline, heap, functions, operations);
  const regressions = regressionFailures(baseline, heap);
  return {
    ...judged,
    failures: input.onlyRegressions ? regressions : [...failures, ...regressions],
    baseline,
    isUndecided,
  };
}

function heapReadings(readings: readonly Reading[]) {
  return readings.map(({ heapAllocBytes, nextGcBytes }) => ({ heapAllocBytes, nextGcBytes }));
}

function judgeHeap(
  { readings, limits, windowSeconds }: JudgeInput,
  atSeconds: readonly number[],
  values: readonly number[],
  functions: readonly FunctionResult[],
): ChannelResult {
  const allowedPerSecond = perSecondOf(limits.heapGrowthPerMinute);
  const load = allocationRates(readings);
  const input = { signal: 'live_heap' as const, atSeconds, values, ...(load && { load }) };
  const judged = judgeWindows(
    { ...input, ...(allowedPerSecond !== undefined && { allowedPerSecond }) },
    windowSeconds,
  );
  const named = leakOfFunctions(judged, functions);
  if (named === undefined) return judged;
  const { perSecond: namedPerSecond, lowerPerSecond: namedLower } = named;
  const { level, perSecond, lowerPerSecond, upperPerSecond, rise, certainty } = judged;
  const trend: TrendResult = {
    state: 'growing',
    reason: 'grows',
    level,
    // What the functions hold more is known better than what the heap as a whole does.
    perSecond: namedPerSecond,
    lowerPerSecond: Math.min(namedPerSecond, Math.max(namedLower, lowerPerSecond)),
    upperPerSecond: Math.max(namedPerSecond, upperPerSecond),
    rise: perSecond === 0 ? 0 : (rise * namedPerSecond) / perSecond,
    certainty: certainty ?? Infinity,
  };
  return channelResult('live_heap', trend, allowedPerSecond);
}

/** What no function can unsettle: it may itself be what fills, or what follows the load. */
const SETTLED: ReadonlySet<TrendReason> = new Set(['slows_down', 'follows_load']);
/** What a function grows by may be somewhat more than the heap could have by its interval. */
const NAMED_EXCEEDS = 1.3;
/** What may still level off is only settled by functions that are this share of it. */
const NAMED_SHARE = 0.7;

/**
 * The heap as a whole is noisy; a function that holds on to what it allocates is not. Bytes a second of the functions
 * that grow as leaks do, where that is enough to matter and the heap can have grown by as much.
 */
export function leakOfFunctions(
  heap: Pick<ChannelResult, 'state' | 'reason' | 'level' | 'perSecond' | 'upperPerSecond'>,
  functions: readonly Pick<FunctionResult, 'leaks' | 'growthBytesPerSecond' | 'lowerBytesPerSecond'>[],
): { perSecond: number; lowerPerSecond: number } | undefined {
  if (heap.state === 'growing' || heap.state === 'unknown' || SETTLED.has(heap.reason)) return undefined;
  const leaking = functions.filter(({ leaks }) => leaks);
  const perSecond = leaking.reduce((sum, { growthBytesPerSecond }) => sum + growthBytesPerSecond, 0);
  const leastPerSecond = (SIGNAL_SETTINGS.live_heap.leastSharePerMinute * heap.level) / MINUTE;
  if (perSecond <= leastPerSecond || perSecond > NAMED_EXCEEDS * heap.upperPerSecond) return undefined;
  if (heap.reason === 'may_level_off' && perSecond < NAMED_SHARE * heap.perSecond) return undefined;
  const lowerPerSecond = leaking.reduce((sum, { lowerBytesPerSecond = 0 }) => sum + lowerBytesPerSecond, 0);
  return { perSecond, lowerPerSecond };
}

/** Bytes allocated a second before each reading; the first takes that of the second. */
export function allocationRates(readings: readonly Reading[]): number[] | undefined {
  if (readings.length < 2) return undefined;
  const rates: number[] = [];
  for (let i = 1; i < readings.length; i++) {
    const [before, now] = [readings[i - 1]!, readings[i]!];
    if (before.totalAllocBytes === undefined || now.totalAllocBytes === undefined) return undefined;
    rates.push((now.totalAllocBytes - before.totalAllocBytes) / (now.atSeconds - before.atSeconds));
  }
  return [rates[0]!, ...rates];
}

/**
 * What was watched for longer than a window must grow in the whole and in its last window alike. Whether it levels off
 * is then told by the last window against the first.
 */
function judgeWindows(input: ChannelInput, windowSeconds: number): ChannelResult {
  const whole = judgeChannel(input);
  const end = input.atSeconds.at(-1) ?? 0;
  if (end <= EXTENDED * windowSeconds) return whole;
  const from = input.atSeconds.findIndex((at) => at >= end - windowSeconds);
  const to = input.atSeconds.findIndex((at) => at > windowSeconds);
  const last = judgeChannel({ ...part(input, from), levelsOffElsewhere: true });
  if (last.state !== 'growing') return last;
  if (whole.reason !== 'may_level_off') return whole;
  const first = judgeChannel({ ...part(input, 0, to), levelsOffElsewhere: true });
  const isAsFast = last.perSecond >= LEAST_OF_FIRST * first.perSecond;
  return isAsFast ? judgeChannel({ ...input, levelsOffElsewhere: true }) : whole;
}

function part(input: ChannelInput, from: number, to?: number): ChannelInput {
  return {
    ...input,
    atSeconds: input.atSeconds.slice(from, to),
    values: input.values.slice(from, to),
    ...(input.load && { load: input.load.slice(from, to) }),
  };
}

/** Undefined where there are too few values: the system tells them when it is cheap, or not at all. */
function channelOf(
  signal: 'goroutines' | 'non_go',
  { atSeconds, values }: Series,
  windowSeconds: number,
  allowedPerSecond?: number,
): ChannelResult | undefined {
  if (values.length < SIGNAL_SETTINGS[signal].leastPoints) return undefined;
  const allowed = allowedPerSecond === undefined ? {} : { allowedPerSecond };
  return judgeWindows({ signal, atSeconds, values, ...allowed }, windowSeconds);
}

function goroutineSeries(readings: readonly Reading[]): Series {
  const known = readings.filter(({ goroutines }) => goroutines !== undefined);
  return {
    atSeconds: known.map(({ atSeconds }) => atSeconds),
    values: known.map(({ goroutines }) => goroutines!),
  };
}

function perSecondOf(perMinute: number | undefined): number | undefined {
  return perMinute === undefined ? undefined : perMinute / MINUTE;
}

function heapFailure(heap: ChannelResult, functions: readonly FunctionResult[]): Failure[] {
  if (!heap.failed) return [];
  const [first] = functions;
  const whose = first ? `; ${first.function} holds ${Math.round(100 * first.share)} % of the growth` : '';
  return [{ kind: 'heap_leak', message: `the live heap ${heap.why}${whose}`, ...placeOf(first) }];
}

function goroutineFailure(
  channel: ChannelResult | undefined,
  [first]: readonly GoroutineResult[],
): Failure[] {
  if (!channel?.failed) return [];
  const from = first?.createdBy ? `; started by ${first.createdBy.function}` : '';
  const at = first?.blockedAt ? `, waiting in ${first.blockedAt.function}` : '';
  const message = `the number of goroutines ${channel.why}${from}${at}`;
  return [{ kind: 'goroutine_leak', message, ...placeOf(first?.createdBy ?? undefined) }];
}

function nativeFailure(channel: ChannelResult | undefined): Failure[] {
  if (!channel?.failed) return [];
  const message = `memory outside of Go ${channel.why}: cgo, a library or mmap; no Go profile shows it`;
  return [{ kind: 'native_leak', message }];
}

function functionFailures(functions: readonly FunctionResult[], limits: VerifyLimits): Failure[] {
  const allowed = perSecondOf(limits.functionGrowthPerMinute);
  if (allowed === undefined) return [];
  return functions
    .filter(({ sure, growthBytesPerSecond }) => sure && growthBytesPerSecond > allowed)
    .map((each) => ({
      kind: 'function_growth',
      message:
        `${each.function} grows by ${formatBytesPerSecond(each.growthBytesPerSecond)}; ` +
        `${formatBytesPerSecond(allowed)} are allowed`,
      ...placeOf(each),
    }));
}

function operationFailure(
  heap: ChannelResult,
  [first]: readonly FunctionResult[],
  operations: OperationsResult | undefined,
  { bytesPerOperation }: VerifyLimits,
): Failure[] {
  if (bytesPerOperation === undefined || !operations || operations.perSecond === 0) return [];
  // The interval and not the middle of it: a limit is exceeded when even the least that is likely exceeds it.
  if (heap.lowerPerSecond / operations.perSecond <= bytesPerOperation) return [];
  if (heap.reason === 'ended' || heap.reason === 'one_jump' || heap.reason === 'slows_down') return [];
  const kept = heap.perSecond / operations.perSecond;
  const message = `${perOperationInWords(kept)} stay in the heap; ${perOperationInWords(bytesPerOperation)} are allowed`;
  return [{ kind: 'bytes_per_operation', message, ...placeOf(first) }];
}

function regressionFailures({ changes }: BaselineComparison, heap: ChannelResult): Failure[] {
  return (
    changes
      // What grows anew while the heap as a whole does not takes the place of something else: a cache at work.
      .filter(({ change }) => change === 'regressed' || (change === 'new' && heap.state === 'growing'))
      .map(({ place, unit, was, now }) => {
        const inWords = unit === 'bytes_per_operation' ? perOperationInWords : formatBytesPerSecond;
        const what = place ? place.function : 'the live heap';
        const message = `${what} was ${inWords(was)} in the stored run and is now ${inWords(now)}`;
        return { kind: 'regression', message, ...placeOf(place) };
      })
  );
}

/** "812 B/operation". */
export function perOperationInWords(bytes: number): string {
  const amount = Math.abs(bytes) < 10 ? `${significant(bytes, 2)} B` : formatBytes(bytes);
  return `${amount}/operation`;
}

function placeOf(place: Place | undefined): { place?: Place } {
  if (!place) return {};
  return { place: { function: place.function, file: place.file, line: place.line } };
}
