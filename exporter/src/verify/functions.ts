// Which functions grow, and which of them surely: over profiles taken after forced collections all along the window.
// A heap profile is a sample (one allocation in `period` bytes), so that what a function holds is known to within the
// root of what it holds times the period. Pure over decoded profiles.

import { growthOf, type GrowthCapture } from '../profile/growth.js';
import type { ApiBlamed } from '../server/api.js';
import { wanderOf } from './curves.js';
import { fitLine } from '../leak/statistics.js';
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
  return blamed.map((each) => ({
    function: each.function,
    file: each.file,
    line: each.line,
    growthBytes: each.growthBytes,
    growthBytesPerSecond: each.growthBytesPerSecond,
    share: each.share,
    sure: isSure(each, seconds, periodBytes),
    stack: each.stack,
  }));
}

function isSure({ history = [] }: ApiBlamed, seconds: readonly number[], periodBytes: number): boolean {
  const n = history.length;
  if (n < 3) return false;
  const middle = n >> 1;
  const growth = history[n - 1]! - history[0]!;
  const early = history[middle]! - history[0]!;
  const late = history[n - 1]! - history[middle]!;
  if (Math.min(early, late) < LEAST_HALF_SHARE * growth) return false;
  // What was allocated since the first profile was sampled anew: its count is as sure as its root.
  const sampling = Math.sqrt(periodBytes * Math.max(growth, periodBytes));
  if (growth < SURE * sampling) return false;
  if (n < LEAST_FOR_NOISE) return true;
  const line = fitLine(seconds, history, 0, n);
  const wander = wanderOf(history.map((value, i) => value - line.intercept - line.slope * seconds[i]!));
  return line.slope * seconds[n - 1]! >= SURE * wander.rise;
}
