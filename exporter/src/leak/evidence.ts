// The test for growth on one window of one channel: has what never falls back risen materially, evenly,
// significantly, and beyond what load explains? Cheap gates first; the pairwise trend test last.

import { fitLoad, ratchet, runningMedian3, trend } from './statistics.js';

export interface Window {
  /** Bins with a value. */
  n: number;
  /** Middle of each bin, ascending. */
  t: Float64Array;
  y: Float64Array;
  /** Load of each bin; null when too little of it is known. */
  load: Float64Array | null;
}

export interface TestSettings {
  leastRise: number;
  leastSteps: number;
  leastZ: number;
  /** Subtract what follows the load. */
  adjustForLoad: boolean;
}

export interface Growth {
  /** Middle of the last bin that the rise counts to. */
  endAt: number;
  onsetAt: number;
  durationSeconds: number;
  rise: number;
  /** Level at the start of the window and at the end of the rise. */
  from: number;
  to: number;
  perSecond: number;
  /** Shares of the rise in the three thirds of its time. */
  thirds: [number, number, number];
  steps: number;
  /** Steps per bin of the rise: 1 when each bin brought the same. */
  evenness: number;
  z: number;
  /** Bytes per unit of load that were subtracted, and the mean load they were subtracted around. */
  loadFactor: number;
  loadMean: number;
  loadLate: number;
  loadEarly: number;
  /** Factor by which the memory grew over the window, for comparison with the load's. */
  factor: number;
}

export const REFUSALS = [
  'few',
  'small',
  'load',
  'short',
  'uneven',
  'lumpy',
  'insignificant',
  'ended',
] as const;
export type Refusal = (typeof REFUSALS)[number];

const LONGEST_WINDOW = 96;
const adjusted = new Float64Array(LONGEST_WINDOW);
const smooth = new Float64Array(LONGEST_WINDOW);
const low = new Float64Array(LONGEST_WINDOW);

/** Share of the rise that must fall into the last and into the middle third of its time. */
const LEAST_LAST_THIRD = 0.18;
const LEAST_MIDDLE_THIRD = 0.15;
/** t-value from which load counts as an explanation. */
const LOAD_T = 2;
/** Bins after the end of the rise that hold it up: a rise that nothing followed is a spike. */
const SUPPORT_BINS = 3;
const LEAST_RISE_BINS = 6;
/** A rise that barely matters must be this much more significant than one twice as large. */
const SMALL_RISE_Z = 1;
/** The newest tenth of the time must bring this share of its part, or the growth has just ended. */
const STILL_RISING = 0.8;
const NEWEST = 0.1;
function middle(a: number, b: number, c: number): number {
  return Math.max(Math.min(a, b), Math.min(Math.max(a, b), c));
}

export function examine(window: Window, settings: TestSettings): Growth | Refusal {
  const { n, t, load } = window;
  let y: Float64Array = window.y;
  let loadFactor = 0;
  let loadMean = 0;
  if (settings.adjustForLoad && load !== null) {
    const fit = fitLoad(t, load, y, n);
    if (fit.k > 0 && fit.tValue > LOAD_T) {
      for (let i = 0; i < n; i++) loadMean += load[i]!;
      loadMean /= n;
      loadFactor = fit.k;
      for (let i = 0; i < n; i++) adjusted[i] = y[i]! - fit.k * (load[i]! - loadMean);
      y = adjusted;
    }
  }
  runningMedian3(y, n, smooth);
  ratchet(smooth, n, low);
  const end = n - 1 - SUPPORT_BINS;
  const from = low[0]!;
  const to = low[end]!;
  const rise = to - from;
  if (rise < settings.leastRise) return loadFactor > 0 ? 'load' : 'small';
  let onset = 0;
  for (let i = 0; i <= end; i++) if (smooth[i]! <= from + 0.1 * rise) onset = i;
  if (end - onset + 1 < LEAST_RISE_BINS) return 'short';
  const span = t[end]! - t[onset]!;
  const onsetAt = t[end]! - span / 0.9;
  const durationSeconds = t[n - 1]! - (t[end]! - span / 0.9);
  const thirds: [number, number, number] = [0, 0, 0];
  let squares = 0;
  let sum = 0;
  for (let i = onset + 1; i <= end; i++) {
    const d = low[i]! - low[i - 1]!;
    sum += d;
    squares += d * d;
    const third = Math.min(2, Math.floor((3 * ((t[i]! + t[i - 1]!) / 2 - t[onset]!)) / span)) as 0 | 1 | 2;
    thirds[third] += d;
  }
  if (!(sum > 0)) return 'small';
  for (let i = 0; i < 3; i++) thirds[i as 0 | 1 | 2] /= sum;
  if (thirds[2] < LEAST_LAST_THIRD || thirds[1] < LEAST_MIDDLE_THIRD) return 'uneven';
  const steps = (sum * sum) / squares;
  if (steps < settings.leastSteps) return 'lumpy';
  const nowAt = t[n - 1]!;
  const back = nowAt - NEWEST * (nowAt - onsetAt);
  let j = n - 3;
  while (j > onset && t[j]! > back) j--;
  const gained = middle(smooth[n - 1]!, smooth[n - 2]!, smooth[n - 3]!) - smooth[j]!;
  if (gained < (STILL_RISING * (rise * (nowAt - t[j]!))) / (nowAt - onsetAt)) return 'ended';
  const mk = trend(t, y, onset, n, 1.96);
  const least = settings.leastZ + SMALL_RISE_Z - Math.min(SMALL_RISE_Z, rise / settings.leastRise - 1);
  if (mk.z < least || mk.lower <= 0) return 'insignificant';
  let loadEarly = 0;
  let loadLate = 0;
  if (load !== null) {
    const ends = Math.max(1, Math.floor((n - onset) / 6));
    for (let i = 0; i < ends; i++) {
      loadEarly += load[onset + i]! / ends;
      loadLate += load[n - 1 - i]! / ends;
    }
  }
  return {
    endAt: t[end]!,
    onsetAt,
    durationSeconds,
    rise,
    from,
    to,
    perSecond: mk.slope,
    thirds,
    steps,
    evenness: steps / (end - onset),
    z: mk.z,
    loadFactor,
    loadMean,
    loadEarly,
    loadLate,
    factor: from > 0 ? to / from : Infinity,
  };
}

/** A growth before its fields are set, for restoring. */
export function emptyGrowth(): Growth {
  return {
    endAt: 0,
    onsetAt: 0,
    durationSeconds: 0,
    rise: 0,
    from: 0,
    to: 0,
    perSecond: 0,
    thirds: [0, 0, 0],
    steps: 0,
    evenness: 0,
    z: 0,
    loadFactor: 0,
    loadMean: 0,
    loadEarly: 0,
    loadLate: 0,
    factor: 0,
  };
}
