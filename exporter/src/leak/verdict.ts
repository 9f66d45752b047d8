// The verdict in the form that the world sees: state, slopes, pattern, time to limit, and why.

import type { Signal } from '../signals.js';
import { CHANNELS, COLUMN, COUNT_RISE, type Channel } from './channels.js';
import { levelForSpan, quickSlope, robustSlope } from './gauges.js';
import { leastRise } from './growth.js';
import { fillValues } from './history.js';
import type { Known } from './known.js';
import { healthyShape, leakShape } from './pattern.js';
import type { LeakChannel, LeakPattern, LeakState, Slope, Verdict, VerdictReason } from './types.js';
import { growthReason, reasonsInWords } from './words.js';

/** Of several leaking channels the one that says most is named. */
const PRECEDENCE: Record<Channel, number> = {
  goroutines: 0,
  live_heap: 1,
  non_go: 2,
  stacks: 3,
  handles: 4,
  gdi_objects: 5,
  user_objects: 6,
  commit: 7,
};
/** Slopes look back no further: what leaks in the last day is what matters. */
const LONGEST_SLOPE_SECONDS = 86_400;
/** Until there are so many bins of the finest level, slopes come from the points of the last minutes. */
const LEAST_FINE_BINS = 10;
const LEAST_POINTS = 5;
const LEAST_SPAN_SECONDS = 20;
/** What a process does in its first seconds says nothing. */
const FIRST_SECONDS = 10;

interface Growing {
  c: number;
  sinceAge: number;
  reason: VerdictReason;
}

/** Composes the verdict. */
export function composeVerdict(known: Known): Verdict {
  const slopes: Partial<Record<Signal, Slope>> = {};
  const leaking: LeakChannel[] = [];
  let since = Infinity;
  let growing: Growing | null = null;
  const reasons: VerdictReason[] = [];
  let primary = -1;
  for (let c = 0; c < CHANNELS.length; c++) {
    const signal = CHANNELS[c]!;
    const state = known.channels[c]!;
    const waiting =
      state.waiting !== null &&
      known.age - state.waiting.at <= 2.5 * known.settings.levels[state.waiting.level]!.binSeconds
        ? state.waiting
        : null;
    if (state.alarm !== null) {
      leaking.push(signal);
      since = Math.min(since, state.alarm.sinceAt);
      if (primary < 0 || PRECEDENCE[signal] < PRECEDENCE[CHANNELS[primary]!]) primary = c;
      reasons.push(growthReason(signal, state.alarm.growth, known.age));
    } else if (waiting !== null) {
      const left = waiting.patienceSeconds - waiting.growth.durationSeconds;
      growing ??= {
        c,
        sinceAge: waiting.growth.onsetAt,
        reason: { ...growthReason(signal, waiting.growth, known.age), patienceSeconds: left },
      };
    }
  }
  const { gcPressure } = known;
  if (gcPressure.isOn) {
    leaking.push('gc_pressure');
    since = Math.min(since, gcPressure.sinceAge);
    reasons.push(gcPressure.reason());
  }
  const isLeaking = leaking.length > 0;
  const sinceAge = isLeaking ? since : (growing?.sinceAge ?? NaN);
  for (let c = 0; c < CHANNELS.length; c++) {
    // What leaks or grows, and the two that a person looks at first, over the whole growth; others over the last hour.
    const isMain = c === COLUMN.live || c === COLUMN.commit || c === (isLeaking ? primary : growing?.c);
    const slope = slopeOf(known, c, isMain || known.channels[c]!.alarm !== null ? sinceAge : NaN);
    if (slope !== null) slopes[CHANNELS[c]!] = slope;
  }
  let state: LeakState;
  if (isLeaking) state = 'leaking';
  else if (growing !== null) state = 'growing';
  else if (Object.keys(slopes).length === 0) state = 'learning';
  else {
    growing = risingNow(known, slopes);
    state = growing === null ? 'healthy' : 'growing';
  }
  const channel = isLeaking ? primary : (growing?.c ?? -1);
  let pattern: LeakPattern | null;
  if (leaking.includes('goroutines')) pattern = 'goroutine';
  else if (isLeaking && primary < 0) pattern = 'gc_pressure';
  else if (primary >= 0) pattern = leakShape(known.history, primary, since, known.age);
  else pattern = pausedPattern(known) ?? healthyShape(known.history, known.hasGo);
  const told = isLeaking ? reasons : [growing?.reason ?? whyNot(known)];
  return {
    state,
    sinceSeconds:
      isLeaking || growing !== null
        ? known.wallClock(Math.max(0, isLeaking ? since : growing!.sinceAge))
        : null,
    channel: channel >= 0 ? CHANNELS[channel]! : isLeaking ? 'gc_pressure' : null,
    pattern,
    slopes,
    leaking,
    timeToLimit: timeToLimit(known, slopes.commit),
    reasons: told,
    why: reasonsInWords(told),
  };
}

function slopeOf(known: Known, c: number, sinceAge: number): Slope | null {
  if (!Number.isNaN(sinceAge)) {
    const from = Math.max(sinceAge, known.age - LONGEST_SLOPE_SECONDS);
    const level = levelForSpan(known.history, known.age - from);
    const slope = robustSlope(known.history, level, c, from, COUNT_RISE[CHANNELS[c]!] === undefined);
    if (slope !== null) return slope;
  }
  const window = fillValues(known.history, 0, c);
  if (window.n >= LEAST_FINE_BINS) return quickSlope(window.t, window.y, 0, window.n);
  const { t, y, from, n } = known.recent.points(c, FIRST_SECONDS);
  if (n - from < LEAST_POINTS || t[n - 1]! - t[from]! < LEAST_SPAN_SECONDS) return null;
  return quickSlope(t, y, from, n);
}

/** Growth that the interval is sure of and that would matter, before any test could be made of it. */
function risingNow(known: Known, slopes: Partial<Record<Signal, Slope>>): Growing | null {
  for (let c = 0; c < CHANNELS.length; c++) {
    const slope = slopes[CHANNELS[c]!];
    if (slope === undefined || slope.lowerPerSecond <= 0) continue;
    const window = fillValues(known.history, 0, c);
    const { low } = known.history.levels[0]!.outline(c);
    const recent = known.recent.points(c, FIRST_SECONDS);
    const sinceAge = window.n >= LEAST_FINE_BINS ? window.t[0]! : recent.t[recent.from]!;
    if (slope.lowerPerSecond * (known.age - sinceAge) < 0.25 * leastRise(known, 1, c, low)) continue;
    return {
      c,
      sinceAge,
      reason: { kind: 'rising', signal: CHANNELS[c]!, durationSeconds: known.age - sinceAge },
    };
  }
  return null;
}

function timeToLimit(known: Known, slope: Slope | undefined): Verdict['timeToLimit'] {
  if (slope === undefined || slope.perSecond <= 0) return null;
  let nearest: Verdict['timeToLimit'] = null;
  for (const limit of known.limits) {
    const seconds = Math.max(0, limit.bytes - known.lastCommit) / slope.perSecond;
    if (nearest === null || seconds < nearest.seconds)
      nearest = { limit: limit.name, limitBytes: limit.bytes, seconds };
  }
  return nearest;
}

function whyNot(known: Known): VerdictReason {
  let newest = -Infinity;
  let reason: VerdictReason = { kind: 'none' };
  for (let c = 0; c < CHANNELS.length; c++) {
    const { refusal } = known.channels[c]!;
    if (refusal === null || known.age - refusal.at > known.settings.runGapSeconds || refusal.at <= newest)
      continue;
    newest = refusal.at;
    const { reason: why, settlesAt } = refusal;
    reason = {
      kind: 'refused',
      signal: CHANNELS[c]!,
      refusal: why,
      ...(why === 'settling' && { settlesAt }),
    };
  }
  return reason;
}

/** A leak that stands still without falling back, or that was there before a restart moments ago, is still one. */
function pausedPattern({ pastLeak, life, age, credit, lastCommit, settings }: Known): LeakPattern | null {
  if (pastLeak === null) return null;
  if (pastLeak.life !== life)
    return age < settings.afterRestartSeconds && credit > 0 ? pastLeak.pattern : null;
  return lastCommit >= pastLeak.floor ? pastLeak.pattern : null;
}
