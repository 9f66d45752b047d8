// From a window of one channel to a decision: what the growth might be instead of a leak, and how long to wait.

import { raiseAlarm } from './alarm.js';
import { CHANNELS, COLUMN, COUNT_RISE } from './channels.js';
import { examine, type Growth, type Window } from './evidence.js';
import { fillWindow } from './history.js';
import type { ChannelState, Known } from './known.js';
import { PEAK_CHANNELS } from './peaks.js';

/** Ratio between the rises of two thirds from which growth counts as slowing down. */
const SLOWING = 0.8;
/** Share of the rise that must lie above everything held before. */
const NEWS = 0.2;
const LEAST_COLLECTIONS = 3;
/** Mann-Kendall's Z from which no longer wait is asked for. */
const PLAIN_Z = 5;
/** A first climb is as even as this: 1 is a straight line. Leaks under a collector reach 0.5 to 0.8. */
const FIRST_CLIMB_EVENNESS = 0.9;
/** Share of the way to the limit that is left when nothing is waited for any more. */
const NEAR_LIMIT = 0.15;
/** Growth of the load from which it may explain growth of memory. */
const LOAD_ROSE = 1.2;

/** Rise of a channel, above the lowest that it held, that matters on a level: bytes, or things. */
export function leastRise(known: Known, level: number, c: number, lowest: number): number {
  const channel = CHANNELS[c]!;
  const count = COUNT_RISE[channel];
  if (count !== undefined) return Math.max(count.least, count.share * lowest);
  const floor = Number.isFinite(known.lowestCommit) ? known.lowestCommit : 0;
  const bytes = Math.max(known.settings.leastRiseBytes, known.settings.levels[level]!.riseShare * floor);
  return c === COLUMN.live ? bytes / (1 + known.goalFactor()) : bytes;
}

/**
 * Tests one channel on one level, when a bin of it was closed. Raises the alarm and says so, or notes in the
 * channel what is waited for or why the growth is none.
 */
export function testChannel(known: Known, level: number, c: number): boolean {
  const state = known.channels[c]!;
  const ring = known.history.levels[level]!;
  const settings = ring.settings;
  // The gate that nearly always ends it here.
  const { count, low, newest } = ring.outline(c);
  if (count < settings.leastBins) return false;
  const least = leastRise(known, level, c, low);
  if (!(newest - low >= least)) return false;
  const window = fillWindow(known.history, level, c);
  const isCount = COUNT_RISE[CHANNELS[c]!] !== undefined;
  const growth = examine(window, {
    leastRise: least,
    leastSteps: settings.leastSteps,
    leastZ: known.settings.leastZ,
    adjustForLoad: !isCount,
  });
  if (typeof growth === 'string') {
    state.refusal = { reason: growth, at: known.age, settlesAt: NaN };
    return false;
  }
  const left = headroom(known, c, window);
  const [first, , third] = growth.thirds;
  // The rise of each third over that before: below one it is a curve that settles, at rise x q / (1 - q) more.
  const q = Math.sqrt(third / Math.max(first, 1e-9));
  const toCome = (third * growth.rise * q) / (1 - q);
  if (q < SLOWING && toCome < 0.8 * left) {
    state.refusal = {
      reason: 'settling',
      at: known.age,
      settlesAt: growth.to + toCome,
    };
    return false;
  }
  if (growth.to < heldBefore(known, level, c, growth) + NEWS * growth.rise) {
    state.refusal = { reason: 'known', at: known.age, settlesAt: NaN };
    return false;
  }
  if (unfinishedCycle(known, level, isCount, growth)) {
    state.refusal = { reason: 'unfinished', at: known.age, settlesAt: NaN };
    return false;
  }
  if (!(state.runSeenAt > known.age - known.settings.runGapSeconds) || Number.isNaN(state.runFrom))
    state.runFrom = growth.onsetAt;
  else state.runFrom = Math.min(state.runFrom, growth.onsetAt);
  state.runSeenAt = known.age;
  const patienceSeconds = patience(known, growth, state, left);
  if (growth.durationSeconds >= patienceSeconds) {
    state.alarm = raiseAlarm(growth, level, known.age);
    state.waiting = null;
    return true;
  }
  state.waiting = { growth, level, patienceSeconds, at: known.age };
  return false;
}

/** What is left until the limit, in units of the channel; Infinity without a limit. */
function headroom(known: Known, c: number, window: Window): number {
  const count = COUNT_RISE[CHANNELS[c]!];
  if (count !== undefined) {
    let lowest = Infinity;
    for (let i = 0; i < window.n; i++) if (window.y[i]! < lowest) lowest = window.y[i]!;
    return Math.max(20 * lowest, count.plenty) - window.y[window.n - 1]!;
  }
  return limitLeft(known, c);
}

/** Bytes of the live heap or the commit until the nearest limit; Infinity without one. */
export function limitLeft(known: Known, c: number): number {
  let least = Infinity;
  for (const limit of known.limits) if (limit.name !== 'gomemlimit') least = Math.min(least, limit.bytes);
  const left = Math.max(0, least - known.lastCommit);
  return c === COLUMN.live ? left / ((1 + known.goalFactor()) * 1.1) : left;
}

/** The highest that the channel, load-adjusted, had stood before the onset. */
function heldBefore(known: Known, level: number, c: number, growth: Growth): number {
  if (level <= 1 && c < PEAK_CHANNELS) {
    return known.peaks.before(
      growth.onsetAt + known.history.offsetSeconds,
      c,
      level as 0 | 1,
      growth.loadFactor,
      growth.loadMean,
    );
  }
  let high = -Infinity;
  for (let l = 2; l < known.history.levels.length; l++) {
    const ring = known.history.levels[l]!;
    for (let bin = ring.last - ring.size + 1; bin <= ring.last; bin++) {
      if ((bin + 1) * ring.settings.binSeconds - known.history.offsetSeconds > growth.onsetAt) break;
      let value = ring.at(c, bin);
      if (Number.isNaN(value)) continue;
      if (growth.loadFactor > 0) {
        const load = ring.at(COLUMN.load, bin);
        if (!Number.isNaN(load)) value -= growth.loadFactor * (load - growth.loadMean);
      }
      if (value > high) high = value;
    }
  }
  return high;
}

/** Fewer than three collections since the onset while the heap swings: the commit follows garbage. */
function unfinishedCycle(known: Known, level: number, isCount: boolean, growth: Growth): boolean {
  if (!known.hasGo || isCount) return false;
  const ring = known.history.levels[level]!;
  let collections = NaN;
  let low = Infinity;
  let high = -Infinity;
  for (let bin = ring.last - ring.size + 1; bin <= ring.last; bin++) {
    if ((bin + 1) * ring.settings.binSeconds - known.history.offsetSeconds <= growth.onsetAt) continue;
    const inBin = ring.at(COLUMN.collections, bin);
    // Those of the bin of the onset may have come before it.
    if (!Number.isNaN(inBin)) collections = Number.isNaN(collections) ? 0 : collections + Math.round(inBin);
    const heap = ring.at(COLUMN.heap, bin);
    if (heap < low) low = heap;
    if (heap > high) high = heap;
  }
  return collections < LEAST_COLLECTIONS && high - low > 0.5 * growth.rise;
}

/** How long this growth must last before it is called a leak, seconds. */
function patience(known: Known, growth: Growth, state: ChannelState, headroom: number): number {
  const { settings } = known;
  const p = known.hasGo ? settings.patience.go : settings.patience.process;
  const calm = Math.max(0, Math.min(growth.onsetAt, state.runFrom));
  const { smallRise, bigRise, discount } = settings.slowGrowth;
  const slow = 1 - Math.min(1, Math.max(0, (growth.factor - 1 - smallRise) / (bigRise - smallRise)));
  const fresh = p.freshSeconds * (1 - discount * slow);
  let wait = fresh - Math.max(0, fresh - p.settledSeconds) * Math.min(1, calm / p.settledAfterSeconds);
  wait /= 1 + known.credit;
  wait *= Math.max(1, Math.min(1.6, 1 + (PLAIN_Z - growth.z) * 0.3));
  const eta = headroom / Math.max(growth.perSecond, 1e-9);
  // A heap that no collection has cut yet climbs from birth, as smoothly as the program allocates. From outside
  // that cannot be told from a leak: the limit hurries nothing until it is near.
  const firstClimb =
    !known.hasGo &&
    calm < settings.birthSeconds &&
    growth.evenness > FIRST_CLIMB_EVENNESS &&
    known.credit === 0;
  const near = headroom < NEAR_LIMIT * (headroom + known.lastCommit);
  if (!firstClimb || near)
    wait = Math.min(wait, Math.max(settings.leastEvidenceSeconds, settings.urgencyShare * eta));
  const loadRatio = growth.loadEarly > 0 ? growth.loadLate / growth.loadEarly : 1;
  if (loadRatio > LOAD_ROSE && growth.factor < 1.1 * loadRatio) {
    wait = Math.max(wait, settings.loadHoldSeconds);
  }
  return wait;
}
