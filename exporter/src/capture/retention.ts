// What to delete: by age, by count and by bytes, a target and in all. Pure. What a person would miss most is kept
// longest: the baselines of the running build, and whatever an open incident holds.

import type { IncidentRecord } from './incident-record.js';
import { newestFirst } from './store/index-of-captures.js';
import { buildOf, sizeOf, type CaptureRecord } from './record.js';

export interface RetentionLimits {
  maxAgeMs: number;
  maxPerTarget: number;
  maxBytesPerTarget: number;
  maxBytes: number;
  /** Baselines kept of the newest build of a target. */
  keepBaselines: number;
}

export interface RetentionPlan {
  captures: string[];
  incidents: string[];
}

/** Closed incidents are small, but a flapping alert must not fill a disk with them. */
export const MAX_INCIDENTS = 1000;

export function planRetention(
  captures: readonly CaptureRecord[],
  incidents: readonly IncidentRecord[],
  limits: RetentionLimits,
  nowMs: number,
): RetentionPlan {
  const cherished = cherishedIds(captures, incidents, limits.keepBaselines);
  const deleted = new Set<string>();
  for (const { id } of supersededBaselines(captures, limits.keepBaselines)) {
    if (!cherished.has(id)) deleted.add(id);
  }
  // The order in which captures go when there are too many: the ordinary ones first, each oldest first.
  const leaving = [...captures].sort(
    (a, b) => Number(cherished.has(a.id)) - Number(cherished.has(b.id)) || newestFirst(b, a),
  );

  for (const capture of leaving) {
    const ageMs = nowMs - Date.parse(capture.takenAt);
    if (ageMs > limits.maxAgeMs && !cherished.has(capture.id)) deleted.add(capture.id);
  }
  for (const ofTarget of byTarget(leaving).values()) {
    trim(ofTarget, deleted, () => 1, limits.maxPerTarget);
    trim(ofTarget, deleted, sizeOf, limits.maxBytesPerTarget);
  }
  trim(leaving, deleted, sizeOf, limits.maxBytes);

  return { captures: [...deleted], incidents: planIncidents(captures, incidents, deleted, limits, nowMs) };
}

function trim(
  leaving: readonly CaptureRecord[],
  deleted: Set<string>,
  weigh: (capture: CaptureRecord) => number,
  limit: number,
): void {
  const kept = leaving.filter(({ id }) => !deleted.has(id));
  let total = kept.reduce((sum, capture) => sum + weigh(capture), 0);
  for (const capture of kept) {
    if (total <= limit) return;
    const weight = weigh(capture);
    if (weight === 0) continue;
    total -= weight;
    deleted.add(capture.id);
  }
}

function cherishedIds(
  captures: readonly CaptureRecord[],
  incidents: readonly IncidentRecord[],
  keepBaselines: number,
): Set<string> {
  const ids = new Set<string>();
  for (const incident of incidents) {
    if (incident.state !== 'open') continue;
    for (const id of incident.captures) ids.add(id);
    if (incident.baselineCapture !== null) ids.add(incident.baselineCapture);
  }
  for (const ofTarget of byTarget([...captures].sort(newestFirst)).values()) {
    const newest = ofTarget.find((capture) => capture.state !== 'failed');
    if (!newest) continue;
    const baselines = ofTarget.filter((c) => c.baseline && buildOf(c) === buildOf(newest));
    for (const { id } of baselines.slice(0, keepBaselines)) ids.add(id);
  }
  return ids;
}

/** Baselines beyond the last few are superseded, whatever room there is. */
function supersededBaselines(captures: readonly CaptureRecord[], keep: number): CaptureRecord[] {
  const superseded: CaptureRecord[] = [];
  for (const ofTarget of byTarget([...captures].sort(newestFirst)).values()) {
    const seen = new Map<string, number>();
    for (const capture of ofTarget) {
      if (!capture.baseline) continue;
      const count = (seen.get(buildOf(capture)) ?? 0) + 1;
      seen.set(buildOf(capture), count);
      if (count > keep) superseded.push(capture);
    }
  }
  return superseded;
}

function planIncidents(
  captures: readonly CaptureRecord[],
  incidents: readonly IncidentRecord[],
  deleted: ReadonlySet<string>,
  limits: RetentionLimits,
  nowMs: number,
): string[] {
  const kept = new Set(captures.filter(({ id }) => !deleted.has(id)).map(({ id }) => id));
  const closed = incidents
    .filter(({ state }) => state !== 'open')
    .sort((a, b) => (a.openedAt < b.openedAt ? 1 : -1));
  return closed
    .filter((incident, rank) => {
      if (rank >= MAX_INCIDENTS) return true;
      const closedMs = Date.parse(incident.closedAt ?? incident.openedAt);
      return nowMs - closedMs > limits.maxAgeMs && !incident.captures.some((id) => kept.has(id));
    })
    .map(({ id }) => id);
}

/** Two hosts may watch targets of one name. */
function byTarget(captures: readonly CaptureRecord[]): Map<string, CaptureRecord[]> {
  const groups = new Map<string, CaptureRecord[]>();
  for (const capture of captures) {
    const key = `${capture.host}\0${capture.target}`;
    const group = groups.get(key);
    if (group) group.push(capture);
    else groups.set(key, [capture]);
  }
  return groups;
}
