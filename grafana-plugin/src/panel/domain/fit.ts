// The fitted slope of a verdict, laid over a series: the line and the band of its interval.

import type { ApiSlope } from 'leakline/api';
import type { Signal } from 'leakline/signals';

export interface SlopeBand {
  fromMs: number;
  toMs: number;
  /** Where the line passes through: the middle of the window. */
  middleMs: number;
  height: number;
  slope: ApiSlope;
  /** The signal that the slope is of. */
  signal: Signal;
}

/** Fit and ends of the interval at one time. The band is an hourglass: narrowest in the middle. */
export function bandAt(band: SlopeBand, atMs: number): { fit: number; lower: number; upper: number } {
  const seconds = (atMs - band.middleMs) / 1000;
  const low = band.height + band.slope.lowerPerSecond * seconds;
  const high = band.height + band.slope.upperPerSecond * seconds;
  return {
    fit: band.height + band.slope.perSecond * seconds,
    lower: Math.min(low, high),
    upper: Math.max(low, high),
  };
}

/** Fewer points than this say nothing of where the line lies. */
const FEWEST_POINTS = 3;

function median(values: number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

/**
 * The verdict tells the slope but not the height: the line is laid through the median of what is left when the slope
 * is taken off the points since the onset.
 */
export function slopeBand(
  atMs: readonly number[],
  values: readonly (number | null)[],
  slope: ApiSlope,
  sinceMs: number | null,
  signal: Signal,
): SlopeBand | null {
  const points: [number, number][] = [];
  for (let i = 0; i < atMs.length; i++) {
    const value = values[i];
    if (value !== null && value !== undefined && (sinceMs === null || atMs[i]! >= sinceMs)) {
      points.push([atMs[i]!, value]);
    }
  }
  if (points.length < FEWEST_POINTS) return null;
  const fromMs = points[0]![0];
  const toMs = points[points.length - 1]![0];
  const middleMs = (fromMs + toMs) / 2;
  const height = median(points.map(([at, value]) => value - (slope.perSecond * (at - middleMs)) / 1000));
  return { fromMs, toMs, middleMs, height, slope, signal };
}
