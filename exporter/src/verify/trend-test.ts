// Whether a series of clean readings grows as a leak does: steadily, on to the end, by more than chance and by enough
// to matter. Meant for readings right after forced garbage collections at even times, which have no sawtooth. Pure.
// Sources: Mann-Kendall and Sen as in leak/statistics.ts.

import { median, trend } from '../leak/statistics.js';
import { centred, fitFill, fitLoadRobustly, fitParabola, wanderOf } from './curves.js';

export interface TrendSettings {
  /** Least readings that a judgement needs. */
  leastPoints: number;
  /** Least growth a minute, as a share of the level at the beginning. */
  leastSharePerMinute: number;
  /** Least growth over the whole window, in the unit of the series: below it readings differ by themselves. */
  leastRise: number;
  /** Whether it may level off is told by a second window: only a slowing-down that is seen counts. */
  levelsOffElsewhere?: boolean;
}

export interface TrendInput {
  /** Ascending, seconds. */
  atSeconds: readonly number[];
  values: readonly number[];
  /** What explains growth without being one (allocation rate); same length, or absent. */
  load?: readonly number[];
}

/**
 * `growing`: a leak by every test. `undecided`: it rises, and longer watching would tell. `steady`: it does not rise, or
 * what rose has ended. `unknown`: too few readings.
 */
export type TrendState = 'growing' | 'undecided' | 'steady' | 'unknown';

/** Why a rise is not called a leak, or (`grows`) is. */
export type TrendReason =
  | 'grows'
  | 'too_few_points'
  | 'no_rise'
  | 'too_small'
  | 'may_be_chance'
  | 'ended'
  | 'one_jump'
  | 'slows_down'
  | 'may_level_off'
  | 'follows_load';

export interface TrendResult {
  state: TrendState;
  reason: TrendReason;
  /** Median of the first third of the readings. */
  level: number;
  /** Sen's slope with an interval of 95 %. */
  perSecond: number;
  lowerPerSecond: number;
  upperPerSecond: number;
  /** Slope times the length of the window. */
  rise: number;
  /** The rise over what noise alone would make. */
  certainty: number;
}

const INTERVAL_Z = 1.96;
/**
 * Readings that share one lowest value: requests and batches that come and go are cut away, a leak is not. What a reading
 * holds too much (requests in flight, what was allocated during the collection) is never too little, so that the lowest
 * of many is nearly free of it.
 */
const ENVELOPE = 4;
/** A long series is cut into so many. */
const ENVELOPES = 20;
/** Series shorter than this many envelopes are judged as they are. */
const LEAST_ENVELOPES = 10;
/** Mann-Kendall's Z, corrected for autocorrelation. */
const LEAST_Z = 2;
/** The rise over what noise alone would make. */
const LEAST_CERTAINTY = 3;
/** Slope of the second half over that of the whole: below it the growth has ended or is ending. */
const LEAST_LATE_SHARE = 0.4;
/** Share of the growth between the middles of the outer thirds that each of the two steps between thirds must bring. */
const LEAST_THIRD_SHARE = 0.2;
/** The curvature over what noise alone would bend, from which a growth is said to slow down. */
const SLOWING_CERTAINTY = 2.2;
/** Curvature is only believed where the slope at the end has fallen below this share of that at the beginning. */
const SLOWING_RATIO = 0.75;
/** A rise with at least this Z is worth watching on. */
const UNDECIDED_Z = 1.5;
/** Two levels must leave over less than this share of what a line leaves over. */
const JUMP_SHARE = 0.8;
/** So much more curvature than was seen may be there: a leak is sure when the slope at the end still is... */
const LEVELLING_Z = 0.3;
/** ...this share of that at the beginning. What fills within the window ends lower. */
const LEVELLING_RATIO = 0.35;
/** t-value from which the load is believed to move the series. */
const LOAD_T = 3;
/** What the load moves is known to within so many errors. */
const LOAD_UNSURE_Z = 3;

/** Judges one series. */
export function testTrend(input: TrendInput, settings: TrendSettings): TrendResult {
  const { atSeconds: t, values: y, load } = input;
  const n = y.length;
  if (n < settings.leastPoints) {
    return {
      state: 'unknown',
      reason: 'too_few_points',
      level: median(y),
      perSecond: 0,
      lowerPerSecond: -Infinity,
      upperPerSecond: Infinity,
      rise: 0,
      certainty: 0,
    };
  }
  if (load === undefined) return judge(t, y, settings);
  const { perLoad, unsurePerLoad } = movedBy(t, load, y);
  const mean = load.reduce((sum, value) => sum + value, 0) / n;
  const rest = perLoad === 0 ? y : y.map((value, i) => value - perLoad * (load[i]! - mean));
  const without = judge(t, rest, settings);
  if (without.state === 'growing') {
    // What the load may still have moved, while it rises itself, must not be what makes the growth.
    const span = t[n - 1]! - t[0]!;
    const loadRise = Math.max(0, trend(t, load, 0, n, INTERVAL_Z).slope * span);
    const leastRise = Math.max(
      settings.leastRise,
      (settings.leastSharePerMinute * without.level * span) / 60,
    );
    const isSure = without.rise - unsurePerLoad * loadRise >= leastRise;
    return isSure ? without : { ...without, state: 'undecided', reason: 'follows_load' };
  }
  if (perLoad === 0 || without.state === 'undecided') return without;
  // It would have been called a leak, and it follows the load: that is to be said.
  const raw = judge(t, y, settings);
  return raw.state === 'growing' ? { ...raw, state: 'undecided', reason: 'follows_load' } : without;
}

/** What a unit of load moves, where that is sure, and by how much more it may be. */
function movedBy(
  t: readonly number[],
  load: readonly number[],
  y: readonly number[],
): { perLoad: number; unsurePerLoad: number } {
  const fit = fitLoadRobustly(centred(t), load, y);
  if (!fit) return { perLoad: 0, unsurePerLoad: 0 };
  const unsure = LOAD_UNSURE_Z * fit.error;
  if (fit.perLoad >= LOAD_T * fit.error) return { perLoad: fit.perLoad, unsurePerLoad: unsure };
  return { perLoad: 0, unsurePerLoad: Math.max(0, fit.perLoad + unsure) };
}

function judge(allT: readonly number[], allY: readonly number[], settings: TrendSettings): TrendResult {
  const [t, y] = envelope(allT, allY);
  const n = y.length;
  const span = t[n - 1]! - t[0]!;
  const whole = trend(t, y, 0, n, INTERVAL_Z);
  const rise = whole.slope * span;
  const [first, middle, last] = thirds(y);
  const x = centred(t);
  const { level, tilt, curve } = fitParabola(x, y);
  const wander = wanderOf(y.map((value, i) => value - level - tilt * x[i]! - curve * x[i]! * x[i]!));
  const result = (state: TrendState, reason: TrendReason, perSecond = whole.slope): TrendResult => ({
    state,
    reason,
    level: first,
    perSecond,
    lowerPerSecond: Math.min(whole.lower, perSecond),
    upperPerSecond: Math.max(whole.upper, perSecond),
    rise: perSecond * span,
    certainty: wander.rise > 0 ? (perSecond * span) / wander.rise : perSecond > 0 ? Infinity : 0,
  });
  if (whole.z < UNDECIDED_Z || rise <= 0) return result('steady', 'no_rise');
  const leastPerSecond = Math.max(settings.leastRise / span, (settings.leastSharePerMinute * first) / 60);
  if (whole.slope < leastPerSecond) {
    // Of a small heap it is too small so far: twice the time brings twice as much.
    const isShareMet = whole.slope >= (settings.leastSharePerMinute * first) / 60;
    const isSure = whole.z >= LEAST_Z && whole.lower > 0 && rise >= LEAST_CERTAINTY * wander.rise;
    return result(
      isShareMet && isSure && rise >= settings.leastRise / 2 ? 'undecided' : 'steady',
      'too_small',
    );
  }

  const slowing =
    -curve > SLOWING_CERTAINTY * wander.curve && tilt + 2 * curve < SLOWING_RATIO * (tilt - 2 * curve);
  // A cache that fills, with or without a leak beside it: what is left when the filling is taken away?
  if (slowing) {
    const beside = growthBesideFill(t, y, leastPerSecond);
    if (beside !== undefined) return result('growing', 'grows', beside);
  }
  const late = trend(t, y, n >> 1, n, INTERVAL_Z);
  const goesOn =
    late.slope >= LEAST_LATE_SHARE * whole.slope && last - middle >= LEAST_THIRD_SHARE * (last - first);
  if (!goesOn) {
    const isSlower = late.slope >= leastPerSecond && late.z >= LEAST_Z;
    return result(isSlower ? 'undecided' : 'steady', 'ended');
  }
  if (slowing) return result('undecided', 'slows_down');
  if (isOneJump(t, y)) return result('undecided', 'one_jump');
  const bend = Math.min(0, curve - LEVELLING_Z * wander.curve);
  const mayLevelOff = tilt + 2 * bend < LEVELLING_RATIO * (tilt - 2 * bend);
  const certain =
    middle - first >= LEAST_THIRD_SHARE * (last - first) &&
    whole.z >= LEAST_Z &&
    whole.lower > 0 &&
    rise >= LEAST_CERTAINTY * wander.rise;
  if (!certain) return result('undecided', 'may_be_chance');
  return !settings.levelsOffElsewhere && mayLevelOff
    ? result('undecided', 'may_level_off')
    : result('growing', 'grows');
}

/** The slope beside a filling is less sure than that of a line alone: the two share what they explain. */
const FILL_UNSURE = 2.5;
/** The second half, where the filling is over, may differ from that slope by this factor. */
const FILL_DIFFERS = 1.4;

/** Units a second that grow on beside something that has filled; undefined where that is not sure. */
function growthBesideFill(
  t: readonly number[],
  y: readonly number[],
  leastPerSecond: number,
): number | undefined {
  const n = y.length;
  const fill = fitFill(t, y);
  const latter = trend(t, y, n >> 1, n, INTERVAL_Z).slope;
  if (!fill || Math.min(fill.perSecond, latter) < leastPerSecond) return undefined;
  if (fill.perSecond > FILL_DIFFERS * latter) return undefined;
  const wander = wanderOf(fill.residuals).rise * FILL_UNSURE;
  return fill.perSecond * (t[n - 1]! - t[0]!) > LEAST_CERTAINTY * wander ? fill.perSecond : undefined;
}

/** The lowest reading of every few. */
function envelope(t: readonly number[], y: readonly number[]): [number[], number[]] {
  const wanted = Math.max(ENVELOPE, Math.round(y.length / ENVELOPES));
  const size = Math.max(1, Math.min(wanted, Math.floor(y.length / LEAST_ENVELOPES)));
  const at: number[] = [];
  const low: number[] = [];
  for (let i = y.length % size; i + size <= y.length; i += size) {
    let best = i;
    for (let j = i + 1; j < i + size; j++) if (y[j]! < y[best]!) best = j;
    at.push(t[best]!);
    low.push(y[best]!);
  }
  return [at, low];
}

function thirds(y: readonly number[]): [number, number, number] {
  const n = y.length;
  const a = Math.floor(n / 3);
  const b = Math.ceil((2 * n) / 3);
  return [median(y.slice(0, a)), median(y.slice(a, b)), median(y.slice(b))];
}

/** Whether two levels with one jump between them explain the series better than a line. */
function isOneJump(t: readonly number[], y: readonly number[]): boolean {
  const n = y.length;
  const mean = y.reduce((sum, value) => sum + value, 0) / n;
  const meanT = t.reduce((sum, value) => sum + value, 0) / n;
  let tt = 0;
  let ty = 0;
  let total = 0;
  for (let i = 0; i < n; i++) {
    tt += (t[i]! - meanT) ** 2;
    ty += (t[i]! - meanT) * (y[i]! - mean);
    total += (y[i]! - mean) ** 2;
  }
  const lineSquares = total - (ty * ty) / tt;
  let before = 0;
  let least = Infinity;
  for (let i = 1; i < n; i++) {
    before += y[i - 1]! - mean;
    least = Math.min(least, total - (before * before) / i - (before * before) / (n - i));
  }
  return least < JUMP_SHARE * lineSquares;
}
