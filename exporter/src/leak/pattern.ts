// The shape of a series in one word.

import { COLUMN } from './channels.js';
import { fillValues, type History } from './history.js';
import { levelForSpan } from './gauges.js';
import { median, ratchet } from './statistics.js';
import type { LeakPattern } from './types.js';

const low = new Float64Array(96);

/** A leak by steps: few bins hold most of the rise, each well above the noise between them. */
export function leakShape(
  history: History,
  column: number,
  sinceAge: number,
  nowAge: number,
): 'linear' | 'step' {
  const { n, y } = fillValues(history, levelForSpan(history, nowAge - sinceAge), column, sinceAge);
  if (n < 8) return 'linear';
  ratchet(y, n, low);
  const rise = low[n - 1]! - low[0]!;
  const noise: number[] = [];
  for (let i = 1; i < n; i++) noise.push(Math.abs(y[i]! - y[i - 1]!));
  const sigma = 1.4826 * median(noise);
  const least = Math.max(4 * sigma, 0.035 * rise);
  let steps = 0;
  let inSteps = 0;
  for (let i = 1; i < n; i++) {
    const d = low[i]! - low[i - 1]!;
    if (d > least) {
      steps++;
      inSteps += d;
    }
  }
  return inSteps > 0.65 * rise && steps <= 0.3 * n ? 'step' : 'linear';
}

/** The shape of a process that does not leak; null when too little is known of it. */
export function healthyShape(history: History, hasGo: boolean): LeakPattern | null {
  const coarse = history.levels.length - 2;
  let window = fillValues(history, coarse, COLUMN.commit);
  if (window.n < 6) window = fillValues(history, coarse - 1, COLUMN.commit);
  const { n, y } = window;
  if (n < 3) return null;
  let least = Infinity;
  let most = -Infinity;
  for (let i = 0; i < n; i++) {
    if (y[i]! < least) least = y[i]!;
    if (y[i]! > most) most = y[i]!;
  }
  const swing = most - least;
  if (swing < 0.08 * least) return hasGo ? 'sawtooth' : 'flat';
  // Went up, came well down, and went up again, or fell from where it had stood: not one movement but a swing.
  let peak = smoothed(y, n, 0);
  let deepest = 0;
  for (let i = 1; i < n; i++) {
    const value = smoothed(y, n, i);
    if (value > peak) peak = value;
    else deepest = Math.max(deepest, peak - value);
  }
  if (deepest > SWING_BACK * swing) return 'periodic';
  ratchet(y, n, low);
  const rise = low[n - 1]! - low[0]!;
  if (rise <= 0.6 * swing) return 'periodic';
  let largest = 0;
  let where = 0;
  for (let i = 1; i < n; i++) {
    const d = low[i]! - low[i - 1]!;
    if (d <= largest) continue;
    largest = d;
    where = window.t[i]!;
  }
  // A step soon after the start is the warm-up itself.
  return largest > 0.6 * rise && where > WARM_UP_SECONDS ? 'step_once' : 'warmup';
}

/** Share of the swing that must be given back for a swing to be called one. */
const SWING_BACK = 0.4;
const WARM_UP_SECONDS = 4 * 3600;

function smoothed(y: Float64Array, n: number, i: number): number {
  const a = y[Math.max(0, i - 1)]!;
  const b = y[i]!;
  const c = y[Math.min(n - 1, i + 1)]!;
  return Math.max(Math.min(a, b), Math.min(Math.max(a, b), c));
}
