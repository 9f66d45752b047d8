// Which functions grow, and which of them surely: over profiles taken after forced collections all along the window.
// A heap profile is a sample (one allocation in `period` bytes), so that what a function holds is known to within the
// root of what it holds times the period. Pure over decoded profiles.

import { growthOf, type GrowthCapture } from '../profile/growth.js';
import type { ApiBlamed } from '../server/api.js';
import { wanderOf } from './curves.js';
import { fitLine } from '../leak/statistics.js';
import { testTrend, type TrendSettings } from './trend-test.js';
import type { FunctionResult } from './types.js';

/** Rows that a result holds. */
const MOST_FUNCTIONS = 10;
/** The growth over what sampling and noise would make. */
const SURE = 3;
/** Each half must bring at least this share of the growth. */
const LEAST_HALF_SHARE = 0.2;
/** Fewer profiles have no noise of their own to measure. */
const LEAST_FOR_NOISE = 8;

export interface FunctionInput {
  captures: readonly GrowthCapture[];
  mainModule?: string;
}

/** Growth by the nearest own code, surest first; empty with fewer than three profiles. */
export function judgeFunctions({ captures, mainModule }: FunctionInput): FunctionResult[] {
  if (captures.length < 3) return [];
  const { blamed } = growthOf(captures, {
    ...(mainModule === undefined ? {} : { mainModule }),
    limit: MOST_FUNCTIONS,
  });
  const seconds = captures.map(({ takenAtMs }) => (takenAtMs - captures[0]!.takenAtMs) / 1000);
  const periodBytes = Math.max(1, captures.at(-1)!.profile.period);
  return blamed.map((each) => judgeFunction(each, seconds, periodBytes));
}

/** One function by what it held at each profile. */
export function judgeFunction(
  each: ApiBlamed,
  seconds: readonly number[],
  periodBytes: number,
): FunctionResult {
  const history = each.history ?? [];
  const sure = isSure(history, seconds, periodBytes);
  const isLasting =
    sure &&
    halfShare(history) >= LEAST_HALF_OF_LEAK &&
    drawdown(history) <= MOST_DRAWDOWN_SHARE * each.growthBytes;
  const grown = isLasting ? testTrend({ atSeconds: seconds, values: history }, FUNCTION_SETTINGS) : undefined;
  const leaks = grown?.state === 'growing';
  return {
    function: each.function,
    file: each.file,
    line: each.line,
    growthBytes: each.growthBytes,
    growthBytesPerSecond: each.growthBytesPerSecond,
    ...(leaks && { lowerBytesPerSecond: Math.min(grown.lowerPerSecond, each.growthBytesPerSecond) }),
    share: each.share,
    sure,
    leaks,
    stack: each.stack,
  };
}

/** A leak brings half in each half; a cache that fills within two or three windows brings a third in the second. */
const LEAST_HALF_OF_LEAK = 0.37;
/** What leaks is never given back: a fall on the way by more than this share of the growth is no leak. */
const MOST_DRAWDOWN_SHARE = 0.1;

/** The share of the growth that the poorer half of the time brought. */
function halfShare(history: readonly number[]): number {
  const [first, middle, last] = [history[0]!, history[history.length >> 1]!, history.at(-1)!];
  return last > first ? Math.min(middle - first, last - middle) / (last - first) : 0;
}

/** The deepest fall from what was reached before. */
function drawdown(history: readonly number[]): number {
  let highest = -Infinity;
  let deepest = 0;
  for (const level of history) {
    highest = Math.max(highest, level);
    deepest = Math.max(deepest, highest - level);
  }
  return deepest;
}

/** The sampling of the profile sets the least rise, and nothing else. */
const FUNCTION_SETTINGS: TrendSettings = { leastPoints: 12, leastSharePerMinute: 0, leastRise: 0 };

function isSure(history: readonly number[], seconds: readonly number[], periodBytes: number): boolean {
  const n = history.length;
  if (n < 3) return false;
  const growth = history[n - 1]! - history[0]!;
  if (halfShare(history) < LEAST_HALF_SHARE) return false;
  // What was allocated since the first profile was sampled anew: its count is as sure as its root.
  const sampling = Math.sqrt(periodBytes * Math.max(growth, periodBytes));
  if (growth < SURE * sampling) return false;
  if (n < LEAST_FOR_NOISE) return true;
  const line = fitLine(seconds, history, 0, n);
  const wander = wanderOf(history.map((value, i) => value - line.intercept - line.slope * seconds[i]!));
  return line.slope * seconds[n - 1]! >= SURE * wander.rise;
}
