// What a diagnosis waits for, in words, with how far it is. Pure.

import { formatDuration } from '../format.js';
import type { Verdict } from '../leak/types.js';
import type { Waiting } from './types.js';

export interface WaitingInput {
  verdict: Verdict;
  elapsedMs: number;
  durationMs: number;
  untilVerdict: boolean;
  /** Collections seen since the attach; undefined where the runtime is not read. */
  collections: number | undefined;
  /** Points right after forced collections. */
  points: number;
  /** Whether collections are forced, that is, whether points will come. */
  isForcing: boolean;
}

/** Points that a judgement needs (verify/channels.ts LEAST_POINTS), and collections that a slope needs. */
export const POINTS_NEEDED = 12;
const COLLECTIONS_NEEDED = 4;

export function waitingFor(input: WaitingInput): Waiting {
  const { verdict, elapsedMs, durationMs, points, collections, isForcing } = input;
  if (verdict.state !== 'leaking') {
    if (isForcing && points < POINTS_NEEDED) {
      const left = POINTS_NEEDED - points;
      return {
        text: `${left} more garbage ${left === 1 ? 'collection' : 'collections'} until the heap can be judged`,
        done: points / POINTS_NEEDED,
      };
    }
    if (!isForcing && collections !== undefined && collections < COLLECTIONS_NEEDED) {
      const left = COLLECTIONS_NEEDED - collections;
      return {
        text: `${left} more garbage ${left === 1 ? 'collection' : 'collections'} until the heap has a slope`,
        done: collections / COLLECTIONS_NEEDED,
      };
    }
  }
  const left = Math.max(0, durationMs - elapsedMs);
  const time = left === 0 ? 'the last moment' : formatDuration(Math.ceil(left / 1000));
  const done = Math.min(1, elapsedMs / durationMs);
  if (verdict.state === 'growing') return { text: `${time} more to see whether the growth goes on`, done };
  if (verdict.state === 'leaking') return { text: `${time} more to measure the leak`, done };
  return { text: `${time} more${input.untilVerdict ? ' at the most, to be sure' : ' to be sure'}`, done };
}
