// Leaks that leave no hours: a process that will hit its limit within the hour is judged within a fifth of the time
// that is left, on at least a minute of evidence.

import { CHANNELS, COLUMN, COUNT_RISE } from './channels.js';
import { emptyGrowth, type Growth } from './evidence.js';
import { limitLeft } from './growth.js';
import { quickSlope } from './gauges.js';
import type { Known } from './known.js';
import { median } from './statistics.js';

/** Only what hits the limit sooner is urgent. */
const URGENT_SECONDS = 3600;
/** Share of the time left that the evidence must cover. */
const SHARE = 0.2;
const LEAST_SECONDS = 60;
const LEAST_POINTS = 6;
/** Without so many collections in the last minutes the commit follows garbage. */
const LEAST_COLLECTIONS = 3;
/** A process builds itself up for so long after its start. */
const START_SECONDS = 10;
/** Each third of the time must bring this share of the mean pace, the last no less than this of the first. */
const LEAST_THIRD = 0.5;
const NOT_SETTLING = 0.8;
/** Share of the rise that must lie above everything held before. */
const NEWS = 0.5;
/**
 * A spike of work begins as a leak does. While more than this share of the limit is left, only growth that lasts
 * longer than spikes do is called, and from outside, without Go metrics, none.
 */
const FAR = 0.45;
const LONG_SECONDS = 480;
/** Least share of the way to the limit, counted from the level at the onset, that is already gone. */
const LEAST_GONE = 0.1;

/** Share of the time and of the bytes of an urgent leak that its cause must account for. */
const SHARE_OF_TIME = 0.7;
const SHARE_OF_CAUSE = 0.5;

/** Growth of the live heap or the commit that leaves no time to wait; null when there is none. */
export function urgentGrowth(known: Known, channel: number): Growth | null {
  const left = limitLeft(known, channel);
  if (left === Infinity) return null;
  const all = known.recent.points(channel, START_SECONDS);
  const { t, y, n } = all;
  let lowest = Infinity;
  for (let i = all.from; i < n; i++) if (y[i]! < lowest) lowest = y[i]!;
  // The gate that nearly always ends it here.
  if (!(y[n - 1]! - lowest >= LEAST_GONE * left)) return null;
  // The shortest window that is long enough for its own slope is the freshest; longer ones follow for slower growth.
  for (const seconds of [LEAST_SECONDS, 150, 300, 720]) {
    let from = n - 1;
    while (from > all.from && t[n - 1]! - t[from]! < seconds) from--;
    if (n - from < LEAST_POINTS || (channel === COLUMN.commit && seconds === LEAST_SECONDS)) continue;
    const span = t[n - 1]! - t[from]!;
    if (span < seconds) return null;
    const slope = quickSlope(t, y, from, n);
    if (slope.lowerPerSecond <= 0) continue;
    const eta = left / slope.perSecond;
    if (eta > URGENT_SECONDS || span < SHARE * eta) continue;
    const rise = slope.perSecond * span;
    if (rise < Math.max(known.settings.leastRiseBytes * 2, LEAST_GONE * (left + rise))) continue;
    if (y[n - 1]! < known.recent.highestBefore(channel, from) + NEWS * rise) continue;
    if (shareLeft(known) > FAR && (!known.hasGo || seconds < LONG_SECONDS)) continue;
    if (!isEven(t, y, from, n)) continue;
    return straight(t, y, from, n, slope.perSecond);
  }
  return null;
}

/** Growth of a cause over the time of an urgent leak: a good part of the bytes, or goroutines by the hundred. */
export function growthAlong(known: Known, channel: number, urgent: Growth): Growth | null {
  const { t, y, from, n } = known.recent.points(channel, urgent.onsetAt);
  if (n - from < LEAST_POINTS || t[n - 1]! - t[from]! < SHARE_OF_TIME * urgent.durationSeconds) return null;
  const slope = quickSlope(t, y, from, n);
  if (slope.lowerPerSecond <= 0 || !isEven(t, y, from, n)) return null;
  const rise = slope.perSecond * (t[n - 1]! - t[from]!);
  const count = COUNT_RISE[CHANNELS[channel]!];
  const least = count ? Math.max(count.least, count.share * y[from]!) : SHARE_OF_CAUSE * urgent.rise;
  return rise < least ? null : straight(t, y, from, n, slope.perSecond);
}

function straight(t: Float64Array, y: Float64Array, from: number, n: number, perSecond: number): Growth {
  const span = t[n - 1]! - t[from]!;
  const rise = perSecond * span;
  return {
    ...emptyGrowth(),
    endAt: t[n - 1]!,
    onsetAt: t[from]!,
    durationSeconds: span,
    rise,
    from: y[n - 1]! - rise,
    to: y[n - 1]!,
    perSecond,
    thirds: [1 / 3, 1 / 3, 1 / 3],
    steps: n - from,
    evenness: 1,
    factor: y[n - 1]! / Math.max(1, y[n - 1]! - rise),
  };
}

function shareLeft(known: Known): number {
  const left = limitLeft(known, COLUMN.commit);
  return left / Math.max(1, left + known.lastCommit);
}

function isEven(t: Float64Array, y: Float64Array, from: number, n: number): boolean {
  const quarter = Math.max(2, Math.floor((n - from) / 4));
  const level = (at: number): { t: number; y: number } => ({
    t: median(t.subarray(at, at + quarter)),
    y: median(y.subarray(at, at + quarter)),
  });
  const marks = [0, 1, 2, 3].map((k) => level(from + Math.round((k * (n - from - quarter)) / 3)));
  const paces = [1, 2, 3].map(
    (k) => (marks[k]!.y - marks[k - 1]!.y) / Math.max(1e-9, marks[k]!.t - marks[k - 1]!.t),
  );
  const mean = (marks[3]!.y - marks[0]!.y) / (marks[3]!.t - marks[0]!.t);
  return paces.every((pace) => pace >= LEAST_THIRD * mean) && paces[2]! >= NOT_SETTLING * paces[0]!;
}

/** Without Go metrics a first climb cannot be told from a heap on its way to its first collection. */
export function mayBeUrgent(known: Known, channel: number): boolean {
  if (channel === COLUMN.live) return true;
  if (!known.hasGo) return known.age > known.settings.birthSeconds * 8;
  const { from, n } = known.recent.points(COLUMN.live, known.age - 2 * LEAST_SECONDS);
  return n - from >= LEAST_COLLECTIONS;
}
