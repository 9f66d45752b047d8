// Curves through a series by least squares, and how far noise alone would have bent or tilted them. Pure.
// Noise is taken as two kinds at once: readings that differ (white, variance w) and a level that wanders (a random walk,
// variance q a second). Their shares come from the squared differences at a short and at a long lag.

import { median } from '../leak/statistics.js';

/** y = level + tilt x + curve x², x running from -1 to 1 over the window. */
export interface Parabola {
  level: number;
  tilt: number;
  curve: number;
}

/** Coefficients of the columns that fit y best; undefined where they cannot be told apart. */
export function leastSquares(columns: readonly (readonly number[])[], y: readonly number[]) {
  const p = columns.length;
  const rows = columns.map((a) => [
    ...columns.map((b) => a.reduce((sum, value, k) => sum + value * b[k]!, 0)),
    a.reduce((sum, value, k) => sum + value * y[k]!, 0),
  ]);
  const scales = rows.map((row, i) => row[i]!);
  // Gauss-Jordan; the columns are few and of like size.
  for (let i = 0; i < p; i++) {
    const pivot = rows[i]![i]!;
    if (!(Math.abs(pivot) > 1e-10 * scales[i]!)) return undefined;
    for (let j = 0; j <= p; j++) rows[i]![j]! /= pivot;
    for (let r = 0; r < p; r++) {
      const factor = rows[r]![i]!;
      if (r === i || factor === 0) continue;
      for (let j = 0; j <= p; j++) rows[r]![j]! -= factor * rows[i]![j]!;
    }
  }
  return rows.map((row) => row[p]!);
}

/** Times on a scale from -1 to 1. */
export function centred(t: readonly number[]): number[] {
  const middle = (t[0]! + t.at(-1)!) / 2;
  const half = (t.at(-1)! - t[0]!) / 2;
  return t.map((at) => (at - middle) / half);
}

export function fitParabola(x: readonly number[], y: readonly number[]): Parabola {
  const columns = [x.map(() => 1), x, x.map((value) => value * value)];
  const [level = y[0]!, tilt = 0, curve = 0] = leastSquares(columns, y) ?? [];
  return { level, tilt, curve };
}

export interface Wander {
  /** Standard deviation of the rise of a line over the window that noise alone makes. */
  rise: number;
  /** The same of the coefficient `curve` of a parabola. */
  curve: number;
}

/**
 * A parabola takes away part of what it is to be measured against: random walks of 20 to 60 points, fitted and measured,
 * keep 0.58 to 0.62 of their variance. The factors of `rise` and `curve` come from the same runs.
 */
const KEPT_OF_WALK = 0.6;
const WALK_RISE = 1.17;
const WALK_CURVE = 0.25;
const WHITE_RISE = 11.4;
const WHITE_CURVE = 10.3;
/** The long lag, as a share of the series. */
const LONG_LAG_SHARE = 1 / 6;

/** What noise alone would do to a line and a parabola through `residuals`, which lie `count` to the window. */
export function wanderOf(residuals: readonly number[]): Wander {
  const n = residuals.length;
  const lag = Math.max(2, Math.round(n * LONG_LAG_SHARE));
  const near = meanSquareAt(residuals, 1);
  const far = meanSquareAt(residuals, lag);
  const walk = Math.max(0, (far - near) / (lag - 1));
  const white = Math.max(0, (near - walk) / 2);
  const walked = (walk / KEPT_OF_WALK) * (n - 1);
  return {
    rise: Math.sqrt(WALK_RISE * walked + (WHITE_RISE * white) / n),
    curve: Math.sqrt(WALK_CURVE * walked + (WHITE_CURVE * white) / n),
  };
}

function meanSquareAt(values: readonly number[], lag: number): number {
  let sum = 0;
  for (let i = 0; i + lag < values.length; i++) sum += (values[i + lag]! - values[i]!) ** 2;
  return sum / Math.max(1, values.length - lag);
}

export interface Fill {
  /** Time constant of what fills, seconds. */
  tauSeconds: number;
  /** What grows on beside it, in units a second. */
  perSecond: number;
  residuals: number[];
}

/**
 * A line and something that fills: y = a + b t + c exp(-t / tau). The time constant is looked for up to `longest` of the
 * window: what takes longer cannot be told from a line. Undefined where nothing fills by this model.
 */
export function fitFill(
  t: readonly number[],
  y: readonly number[],
  longest = LONGEST_FILL,
): Fill | undefined {
  const span = t.at(-1)! - t[0]!;
  const at = t.map((each) => (each - t[0]!) / span);
  let best: (Fill & { squares: number; step: number }) | undefined;
  for (let step = 0; step < FILL_STEPS; step++) {
    const tau = FASTEST_FILL * (longest / FASTEST_FILL) ** (step / (FILL_STEPS - 1));
    const decay = at.map((each) => Math.exp(-each / tau));
    const fitted = leastSquares([at.map(() => 1), at, decay], y);
    if (!fitted) continue;
    const [a, b, c] = fitted as [number, number, number];
    if (c >= 0) continue;
    const residuals = y.map((value, i) => value - a - b * at[i]! - c * decay[i]!);
    const squares = residuals.reduce((sum, value) => sum + value * value, 0);
    if (best && squares >= best.squares) continue;
    best = { tauSeconds: tau * span, perSecond: b / span, residuals, squares, step };
  }
  // The best at the slow end means that a still slower one would fit better.
  return best && best.step < FILL_STEPS - 1 ? best : undefined;
}

const FILL_STEPS = 48;
const FASTEST_FILL = 1 / 40;
const LONGEST_FILL = 1 / 8;

/** Rounds of reweighting: the weights stand still before. */
const ROBUST_ROUNDS = 8;
/** Residuals beyond so many deviations weigh less: Huber's constant for 95 % efficiency. */
const HUBER = 1.345;
/** Median absolute deviation to standard deviation. */
const MAD_TO_DEVIATION = 1.4826;

/**
 * What a unit of load adds to y beside a parabola over the time (x from -1 to 1), and the standard error of it, by a
 * robust regression: a few big requests that come and go do not count. Undefined where time explains the load.
 * Source: Huber 1964.
 */
export function fitLoadRobustly(
  x: readonly number[],
  load: readonly number[],
  y: readonly number[],
): { perLoad: number; error: number } | undefined {
  const mean = load.reduce((sum, each) => sum + each, 0) / load.length;
  if (!(mean > 0)) return undefined;
  const relative = load.map((each) => each / mean - 1);
  const overTime = [x.map(() => 1), x, x.map((value) => value * value)];
  const columns = [...overTime, relative];
  let roots = x.map(() => 1);
  let perLoad = 0;
  let deviation = 0;
  for (let round = 0; round < ROBUST_ROUNDS; round++) {
    const fit = leastSquares(
      columns.map((column) => column.map((value, i) => value * roots[i]!)),
      y.map((value, i) => value * roots[i]!),
    );
    if (!fit) return undefined;
    perLoad = fit[3]!;
    const off = residualsOf(columns, fit, y).map(Math.abs);
    deviation = MAD_TO_DEVIATION * median(off);
    if (deviation === 0) break;
    roots = off.map((each) => Math.sqrt(Math.min(1, (HUBER * deviation) / Math.max(each, deviation / 1e6))));
  }
  const explained = leastSquares(overTime, relative);
  if (!explained) return undefined;
  const free = residualsOf(overTime, explained, relative).reduce((sum, value) => sum + value * value, 0);
  return { perLoad: perLoad / mean, error: deviation / Math.sqrt(free) / mean };
}

function residualsOf(
  columns: readonly (readonly number[])[],
  fit: readonly number[],
  y: readonly number[],
): number[] {
  return y.map((value, i) => columns.reduce((rest, column, j) => rest - fit[j]! * column[i]!, value));
}
