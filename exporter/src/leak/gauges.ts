// The slopes that a verdict shows: growth per second with a 95 % interval, honest about its width.

import { COLUMN } from './channels.js';
import { fillWindow, type History } from './history.js';
import { fitLine, fitLoad, lag1, trend, type Numbers } from './statistics.js';
import type { Slope } from './types.js';

/**
 * Interval of the Sen slope at z = 1.96 x 1.7: the bins of a real service are not independent beyond lag 1, and
 * this factor brings the coverage of the interval to 95 % over the benchmark.
 */
const INTERVAL_Z = 3.3;
/** No interval is narrower than this share of the slope: load and clock have errors of their own. */
const LEAST_RELATIVE_ERROR = 0.02;
/** Bins from which on a slope is told at all. */
export const LEAST_SLOPE_BINS = 4;

/** Two-sided 95 % quantile of Student's t. */
export function studentT95(freedom: number): number {
  const exact = [12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228];
  return freedom < 1 ? 12.706 : freedom <= 10 ? exact[Math.floor(freedom) - 1]! : 1.96 + 2.6 / freedom;
}

/** Slope over [from, to) by least squares; the interval is widened for autocorrelation. Cheap: for every channel. */
export function quickSlope(t: Numbers, y: Numbers, from: number, to: number): Slope {
  const n = to - from;
  const line = fitLine(t, y, from, to);
  const r = lag1(t, y, from, to);
  const effective = Math.max(3, (n * (1 - r)) / (1 + r));
  const reach = studentT95(effective - 2) * line.slopeError * Math.sqrt((1 + r) / (1 - r));
  return { perSecond: line.slope, lowerPerSecond: line.slope - reach, upperPerSecond: line.slope + reach };
}

/** Slope of a channel from `sinceAge` on, robust and load-adjusted; null when too little is there. */
export function robustSlope(
  history: History,
  level: number,
  column: number,
  sinceAge: number,
  adjustForLoad: boolean,
): Slope | null {
  const window = fillWindow(history, level, column, sinceAge);
  if (window.n < LEAST_SLOPE_BINS) return null;
  const { n, t, y, load } = window;
  if (adjustForLoad && load !== null && column !== COLUMN.goroutines) {
    const fit = fitLoad(t, load, y, n);
    if (fit.k > 0 && fit.tValue > 2) for (let i = 0; i < n; i++) y[i]! -= fit.k * load[i]!;
  }
  const result = trend(t, y, 0, n, INTERVAL_Z);
  const least = LEAST_RELATIVE_ERROR * Math.abs(result.slope);
  return {
    perSecond: result.slope,
    lowerPerSecond: Math.min(result.lower, result.slope - least),
    upperPerSecond: Math.max(result.upper, result.slope + least),
  };
}

/** The level whose bins suit a span: some dozen bins. */
export function levelForSpan(history: History, spanSeconds: number): number {
  const levels = history.levels;
  for (let level = 0; level < levels.length - 2; level++) {
    const { binSeconds, capacity } = levels[level]!.settings;
    if (spanSeconds <= 0.9 * binSeconds * capacity) return level;
  }
  return levels.length - 2;
}
