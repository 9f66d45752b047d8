// Leaks that leave no hours: a process that will hit its limit within the hour is judged when the growth has lasted a
// fifth of the time that is left, on at least a minute of evidence. What begins as a leak does and is none - a spike of
// work, a table that is loaded - is told by its shape and by the load; the less of the limit is used, the straighter the
// growth must be.

import { CHANNELS, COLUMN, COUNT_RISE } from './channels.js';
import { emptyGrowth, type Growth } from './evidence.js';
import { limitLeft } from './growth.js';
import { quickSlope } from './gauges.js';
import { fillValues } from './history.js';
import type { Known } from './known.js';
import { endPace, median } from './statistics.js';
import type { Slope } from './types.js';

/** Only what hits the limit sooner is urgent. */
const URGENT_SECONDS = 3600;
/** Share of the time left that the evidence must cover, and its bounds. */
const SHARE = 0.2;
const LEAST_SECONDS = 60;
const MOST_SECONDS = SHARE * URGENT_SECONDS;
/** The commit follows the heap in jumps: it is looked at over longer. */
const LEAST_COMMIT_SECONDS = 150;
/** Each window that is tried is longer than the one before by this factor. */
const WINDOW_FACTOR = 1.25;
const LEAST_POINTS = 6;
/** Without so many collections in the last minutes the commit follows garbage. */
const LEAST_COLLECTIONS = 3;
/** A process builds itself up for so long after its start. */
const START_SECONDS = 10;
/** Without Go metrics a first climb cannot be told from a heap on its way to its first collection. */
const LEAST_AGE_FROM_OUTSIDE_SECONDS = 7200;
/** Each third of the time must bring this share of the mean pace, the last no less than this of the first. */
const LEAST_THIRD = 0.5;
const NOT_SETTLING = 0.8;
/** Share of the rise that must lie above everything held before. */
const NEWS = 0.5;
/** Least share of the way to the limit, counted from the level at the onset, that is already gone. */
const LEAST_GONE = 0.1;

/** While more than this share of the limit is left, growth must be a straight line. */
const FAR = 0.45;
/** Half width of the slope's interval over the slope: up to here a line is sharp; from here on it is none. */
const SHARP = 0.1;
const VAGUE = 0.3;
/** What is less than sharp must last longer, most spikes of work are over by then. */
const LEAST_VAGUE_SECONDS = 300;
/** Pace at the end over the mean pace below which growth slows down: far from the limit, and near it. */
const LEAST_END_PACE_FAR = 0.95;
const LEAST_END_PACE = 0.85;
/** Share of the rise up to which the points at the start are the calm before it. */
const CALM = 0.1;

/** Bins of load that tell what it was before, at the least and at the most. */
const LEAST_LOADS = 3;
const MOST_LOADS = 15;
/** Growth of the load from which it may explain that of the memory, if that grew by no more than this times as much. */
const LOAD_ROSE = 1.3;
const LOAD_REACH = 1.2;
/** Share of the limit that is left when the load excuses nothing any more. */
const NEAR = 0.15;

/** Share of the time and of the bytes of an urgent leak that its cause must account for. */
const SHARE_OF_TIME = 0.7;
const SHARE_OF_CAUSE = 0.5;

/** Growth of the live heap or the commit that leaves no time to wait; null when there is none. */
export function urgentGrowth(known: Known, channel: number): Growth | null {
  const left = limitLeft(known, channel);
  // The gate that nearly always ends it here.
  if (left === Infinity || !(known.recent.riseOf(channel) >= LEAST_GONE * left)) return null;
  if (!mayBeUrgent(known, channel)) return null;
  const share = shareLeft(known);
  const all = known.recent.points(channel, START_SECONDS);
  const { t, y, n } = all;
  // The shortest window that is long enough for its own slope is the freshest; longer ones follow for slower growth.
  const shortest = channel === COLUMN.commit ? LEAST_COMMIT_SECONDS : LEAST_SECONDS;
  for (let seconds = shortest; seconds < MOST_SECONDS * WINDOW_FACTOR; seconds *= WINDOW_FACTOR) {
    const length = Math.min(seconds, MOST_SECONDS);
    let from = n - 1;
    while (from > all.from && t[n - 1]! - t[from]! < length) from--;
    const span = t[n - 1]! - t[from]!;
    if (span < length) return null;
    if (n - from < LEAST_POINTS) continue;
    const slope = quickSlope(t, y, from, n);
    if (slope.lowerPerSecond <= 0) continue;
    const secondsLeft = left / slope.perSecond;
    if (secondsLeft > URGENT_SECONDS || span < evidenceSeconds(secondsLeft, share, slope)) continue;
    const rise = slope.perSecond * span;
    if (rise < Math.max(known.settings.leastRiseBytes * 2, LEAST_GONE * (left + rise))) continue;
    if (y[n - 1]! < known.recent.highestBefore(channel, from) + NEWS * rise) continue;
    if (!isEven(t, y, from, n) || slowsDown(t, y, from, n, rise, share)) continue;
    const growth = straight(t, y, from, n, slope.perSecond);
    if (share > NEAR && followsLoad(known, t[from]!, y[n - 1]! / y[from]!)) continue;
    return share > FAR && channel === COLUMN.commit && followsLive(known, growth) ? null : growth;
  }
  return null;
}

/** How long growth must last before it is called, by the time and the share of the limit that are left. */
export function evidenceSeconds(secondsLeft: number, shareOfLimitLeft: number, slope: Slope): number {
  const width = (slope.upperPerSecond - slope.lowerPerSecond) / 2 / slope.perSecond;
  const isFar = shareOfLimitLeft > FAR;
  if (isFar && width > VAGUE) return Infinity;
  const least = isFar && width > SHARP ? LEAST_VAGUE_SECONDS : LEAST_SECONDS;
  return Math.min(MOST_SECONDS, Math.max(least, SHARE * secondsLeft));
}

/** Whether the commit grew with the live heap, which is the sharper of the two: that alone is judged then. */
function followsLive(known: Known, { onsetAt, rise }: Growth): boolean {
  const { y, from, n } = known.recent.points(COLUMN.live, onsetAt);
  if (n - from < LEAST_POINTS) return false;
  return (y[n - 1]! - y[from]!) * (1 + known.goalFactor()) >= SHARE_OF_CAUSE * rise;
}

/** Whether growth loses pace, the calm before its onset left aside. */
function slowsDown(
  t: Float64Array,
  y: Float64Array,
  from: number,
  n: number,
  rise: number,
  share: number,
): boolean {
  let onset = from;
  for (let i = from; i <= n - LEAST_POINTS; i++) if (y[i]! <= y[from]! + CALM * rise) onset = i;
  return endPace(t, y, onset, n) < (share > FAR ? LEAST_END_PACE_FAR : LEAST_END_PACE);
}

/** Whether the load has risen as much as the memory since the onset; false where the load before is not known. */
function followsLoad(known: Known, onsetAt: number, factor: number): boolean {
  const { n, t, y } = fillValues(known.history, 0, COLUMN.load);
  const halfBin = known.settings.levels[0]!.binSeconds / 2;
  let before = n;
  while (before > 0 && t[before - 1]! + halfBin > onsetAt) before--;
  if (before < LEAST_LOADS) return false;
  const early = median(y.subarray(Math.max(0, before - MOST_LOADS), before));
  let late = known.loadNow() || 0;
  for (let i = before; i < n; i++) late = Math.max(late, y[i]!);
  return late > LOAD_ROSE * early && factor < LOAD_REACH * (late / early);
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

function mayBeUrgent(known: Known, channel: number): boolean {
  if (channel === COLUMN.live) return true;
  if (!known.hasGo) return known.age > LEAST_AGE_FROM_OUTSIDE_SECONDS;
  const { from, n } = known.recent.points(COLUMN.live, known.age - 2 * LEAST_SECONDS);
  return n - from >= LEAST_COLLECTIONS;
}
