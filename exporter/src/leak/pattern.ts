// The shape of a series in one word.

import { COLUMN } from './channels.js';
import { fillWindow, type History } from './history.js';
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
  const { n, y } = fillWindow(history, levelForSpan(history, nowAge - sinceAge), column, sinceAge);
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
  let window = fillWindow(history, coarse, COLUMN.commit);
  if (window.n < 6) window = fillWindow(history, coarse - 1, COLUMN.commit);
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
  let high = -Infinity;
  let dipped = false;
  const old = Math.floor(0.6 * n);
  for (let i = 0; i < old; i++) {
    if (y[i]! > high) high = y[i]!;
  }
  for (let i = 1, peak = y[0]!; i < n; i++) {
    if (y[i]! > peak) peak = y[i]!;
    if (y[i]! < 0.95 * peak) dipped = true;
  }
  if (high >= 0.97 * most && dipped) return 'periodic';
  ratchet(y, n, low);
  const rise = low[n - 1]! - low[0]!;
  if (rise > 0.6 * swing) {
    let largest = 0;
    for (let i = 1; i < n; i++) largest = Math.max(largest, low[i]! - low[i - 1]!);
    return largest > 0.6 * rise ? 'step_once' : 'warmup';
  }
  return 'periodic';
}
