// When to take a capture, and of what. Pure: the state of the moment in, jobs out.

import type { Config } from '../../config/schema.js';
import type { ProfileKind } from '../../server/api.js';
import type { TargetStatus } from '../../watch/types.js';
import type { IncidentRecord } from '../incident-record.js';
import type { CaptureJob, TargetAlert } from './job.js';
import { buildOf, idOf, START_TOLERANCE_MS, type CaptureRecord } from '../record.js';

type CaptureConfig = Config['capture'];

export interface ScheduleState {
  nowMs: number;
  host: string;
  config: CaptureConfig;
  /** Captures of a target of this host, newest first. */
  capturesOf(target: string): readonly CaptureRecord[];
  /** Jobs that wait or run. */
  jobs: readonly CaptureJob[];
}

/** A follow-up wants this many collections between it and the capture before it, to show what survives. */
const FOLLOW_UP_GCS = 2;
/** A follow-up of a process that does not collect is taken after this many times the configured wait. */
const FOLLOW_UP_PATIENCE = 3;

/** What every capture takes. `goroutineleak` is asked for where the target lists it; its absence is no failure. */
export function kindsOf(config: CaptureConfig): ProfileKind[] {
  const kinds: ProfileKind[] = ['heap', 'goroutine', 'goroutineleak'];
  if (config.goroutineDebug2) kinds.push('goroutine_debug2');
  return kinds;
}

/** Captures for a firing that was not known, or for a verdict (alert null): at once, and a follow-up for a new incident. */
export function jobsForIncident(
  incident: IncidentRecord,
  alert: TargetAlert | null,
  status: TargetStatus | undefined,
  state: ScheduleState,
): CaptureJob[] {
  const { config, nowMs, host } = state;
  if (!config.enabled) return [];
  const target = incident.target;
  const jobs: CaptureJob[] = [];
  const firing = alert && {
    fingerprint: alert.fingerprint,
    startsAt: alert.startsAt,
    name: alert.name,
  };
  const common = { target, kinds: kindsOf(config), alert: firing, incident: incident.id, queuedAtMs: nowMs };
  if (!isCooling(target, state)) {
    const facts = alert ? ['alert', alert.fingerprint, alert.startsAt] : ['verdict', incident.id];
    jobs.push({
      ...common,
      id: idOf(host, target, ...facts),
      trigger: alert ? 'alert' : 'verdict',
      notBeforeMs: nowMs,
    });
  }
  const followUpId = idOf(host, target, 'follow_up', incident.id);
  if (!isKnown(followUpId, incident, state)) {
    const gcCount = status?.lastSample?.runtime?.gcCount;
    jobs.push({
      ...common,
      id: followUpId,
      trigger: 'follow_up',
      notBeforeMs: nowMs + config.followUp,
      latestMs: nowMs + FOLLOW_UP_PATIENCE * config.followUp,
      // The capture at the firing forces one itself.
      ...(gcCount !== undefined && { minGcCount: gcCount + FOLLOW_UP_GCS + (config.gc ? 1 : 0) }),
      ...(status?.startedAtMs !== undefined && { processStartedAtMs: status.startedAtMs }),
    });
  }
  return jobs.filter(({ id }) => !isKnown(id, incident, state));
}

/**
 * The follow-up of a capture that was taken later than it was asked for (it had to wait for `minGcInterval`): the time
 * and the collections between the two count from when it was taken. `gcCount`: collections of the target by then.
 */
export function followUpAfter(
  followUp: CaptureJob,
  takenAtMs: number,
  gcCount: number | undefined,
  config: Pick<CaptureConfig, 'followUp'>,
): CaptureJob {
  return {
    ...followUp,
    notBeforeMs: takenAtMs + config.followUp,
    latestMs: takenAtMs + FOLLOW_UP_PATIENCE * config.followUp,
    ...(gcCount !== undefined && { minGcCount: gcCount + FOLLOW_UP_GCS }),
  };
}

/** The after-picture, once an incident: when its alerts are resolved, or when a verdict without alerts is healthy again. */
export function jobsForResolve(
  incident: IncidentRecord,
  alert: TargetAlert | null,
  state: ScheduleState,
): CaptureJob[] {
  if (!state.config.enabled) return [];
  const id = idOf(state.host, incident.target, 'resolved', incident.id);
  if (isKnown(id, incident, state)) return [];
  return [
    {
      id,
      target: incident.target,
      trigger: 'resolved',
      kinds: kindsOf(state.config),
      alert: alert && { fingerprint: alert.fingerprint, startsAt: alert.startsAt, name: alert.name },
      incident: incident.id,
      queuedAtMs: state.nowMs,
      notBeforeMs: state.nowMs,
      ...(incident.processStartedAt !== null && {
        processStartedAtMs: Date.parse(incident.processStartedAt),
      }),
    },
  ];
}

/**
 * A baseline is due once the target is warm and healthy, and again every so often while it stays so; for a new build
 * at once when that is warm. `warmSinceMs`: start of the process, or when it was first seen where that is not told.
 */
export function baselineIsDue(
  status: TargetStatus,
  warmSinceMs: number,
  hasOpenIncident: boolean,
  state: ScheduleState,
): boolean {
  const { config, nowMs } = state;
  if (!config.enabled || status.health !== 'up' || status.pprofUrl === undefined) return false;
  if (status.verdict?.state !== 'healthy' || hasOpenIncident) return false;
  if (nowMs - warmSinceMs < config.baseline.after) return false;
  if (state.jobs.some((job) => job.target === status.name)) return false;
  const build = buildOf(status.go);
  const last = state
    .capturesOf(status.name)
    .find((c) => c.trigger === 'baseline' && (c.state === 'failed' || buildOf(c) === build));
  if (!last) return true;
  const ageMs = nowMs - Date.parse(last.takenAt);
  // A failed one is tried again after the cooldown, not with every tick.
  return ageMs >= (last.state === 'failed' ? Math.max(config.cooldown, MIN_RETRY_MS) : config.baseline.every);
}

/** Even with no cooldown configured, a baseline that failed is not tried again at once. */
const MIN_RETRY_MS = 60_000;

/** The healthy picture to compare an incident with: the newest of its build from before the growth began. `captures`: of its target. */
export function baselineOf(
  incident: IncidentRecord,
  captures: readonly CaptureRecord[],
): CaptureRecord | undefined {
  const before = incident.since ?? incident.openedAt;
  const build = captures.find((c) => incident.captures.includes(c.id) && c.state !== 'failed');
  return captures.find(
    (c) =>
      c.baseline &&
      c.takenAt < before &&
      c.profiles.some(({ kind }) => kind === 'heap') &&
      (!build || buildOf(c) === buildOf(build)),
  );
}

export type Readiness =
  | { state: 'ready' }
  /** Its moment is past: the process is gone, or a day has gone by. */
  | { state: 'void' }
  | { state: 'waiting'; reason: 'time' | 'gc_count' | 'gc_interval'; untilMs: number };

/** Whether a job can be taken now. `lastForcedGcMs`: when a capture last forced a collection in this target. */
export function readinessOf(
  job: CaptureJob,
  status: TargetStatus | undefined,
  lastForcedGcMs: number | undefined,
  { nowMs, config }: Pick<ScheduleState, 'nowMs' | 'config'>,
): Readiness {
  if (nowMs - job.queuedAtMs > JOB_LAPSES_MS) return { state: 'void' };
  if (job.processStartedAtMs !== undefined && status) {
    if (status.health === 'exited') return { state: 'void' };
    const moved = Math.abs((status.startedAtMs ?? job.processStartedAtMs) - job.processStartedAtMs);
    if (moved > START_TOLERANCE_MS) return { state: 'void' };
  }
  if (nowMs < job.notBeforeMs) return { state: 'waiting', reason: 'time', untilMs: job.notBeforeMs };
  const gcCount = status?.lastSample?.runtime?.gcCount;
  if (job.minGcCount !== undefined && gcCount !== undefined && gcCount < job.minGcCount) {
    const untilMs = job.latestMs ?? 0;
    if (nowMs < untilMs) return { state: 'waiting', reason: 'gc_count', untilMs };
  }
  if (forcesGc(job, config) && lastForcedGcMs !== undefined) {
    // A clock that was set back must not hold captures up for longer than the interval.
    const untilMs = lastForcedGcMs + config.minGcInterval;
    if (nowMs >= lastForcedGcMs && nowMs < untilMs) {
      return { state: 'waiting', reason: 'gc_interval', untilMs };
    }
  }
  return { state: 'ready' };
}

/** A picture of a moment that is a day gone is of no use (the disk was full, the exporter off). */
const JOB_LAPSES_MS = 24 * 3_600_000;

export function forcesGc(job: Pick<CaptureJob, 'kinds'>, config: Pick<CaptureConfig, 'gc'>): boolean {
  return config.gc && job.kinds.some((kind) => kind === 'heap' || kind === 'allocs');
}

function isCooling(target: string, { nowMs, config, capturesOf, jobs }: ScheduleState): boolean {
  const automatic = (trigger: string) => trigger === 'alert' || trigger === 'verdict';
  if (jobs.some((job) => job.target === target && automatic(job.trigger))) return true;
  const last = capturesOf(target).find((c) => automatic(c.trigger));
  if (!last) return false;
  const sinceMs = nowMs - Date.parse(last.takenAt);
  return sinceMs >= 0 && sinceMs < config.cooldown;
}

function isKnown(id: string, { target }: { target: string }, { capturesOf, jobs }: ScheduleState): boolean {
  return jobs.some((job) => job.id === id) || capturesOf(target).some((capture) => capture.id === id);
}
