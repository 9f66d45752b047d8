// Levels of many things at each capture: one growing row of numbers a capture.

import { trend } from '../leak/statistics.js';

/** Normal quantile of a two-sided interval of 95 %. */
const INTERVAL_Z = 1.96;
/** Fewer captures have a difference, but no interval. */
const MIN_CAPTURES_FOR_INTERVAL = 3;

export interface Slope {
  perSecond: number;
  /** Absent with two captures. */
  lowerPerSecond?: number;
  upperPerSecond?: number;
}

export class LevelHistory {
  readonly #captures: Float64Array[] = [];

  /** Starts the row of the next capture, for things numbered 0 … count - 1; more may follow later. */
  begin(count: number): Float64Array {
    const levels = new Float64Array(count);
    this.#captures.push(levels);
    return levels;
  }

  /** Levels of one thing, oldest first. */
  of(thing: number): number[] {
    return this.#captures.map((levels) => levels[thing] ?? 0);
  }

  /** Things that are or were there. */
  get count(): number {
    return this.#captures.reduce((most, levels) => Math.max(most, levels.length), 0);
  }
}

/** Sums of several histories, level by level. */
export function addInto(sums: number[], levels: readonly number[]): void {
  for (let i = 0; i < levels.length; i++) sums[i] = (sums[i] ?? 0) + levels[i]!;
}

/** Robust slope of levels over times in seconds, which ascend strictly: Sen's, with its interval from three captures on. */
export function slopeOf(seconds: readonly number[], levels: readonly number[]): Slope {
  const n = levels.length;
  if (n < MIN_CAPTURES_FOR_INTERVAL) {
    return { perSecond: n < 2 ? 0 : (levels[n - 1]! - levels[0]!) / (seconds[n - 1]! - seconds[0]!) };
  }
  const { slope, lower, upper } = trend(seconds, levels, 0, n, INTERVAL_Z);
  return { perSecond: slope, lowerPerSecond: lower, upperPerSecond: upper };
}

/**
 * The growth that is there for sure, by which things are ranked: the slope, less what its interval falls below zero.
 * What goes up and down as much as it rises ranks behind the smallest thing that only rises.
 */
export function sureGrowthPerSecond({ perSecond, lowerPerSecond }: Slope): number {
  return perSecond + Math.min(0, lowerPerSecond ?? 0);
}
