// From what the watch knows to the shapes of the API.

import type { BaselineSignal, Deviation } from '../leak/baseline.js';
import type { Verdict } from '../leak/types.js';
import type { TargetStatus } from '../watch/types.js';
import type { ApiBaselineSignal, ApiTarget, ApiVerdict } from './api.js';

/** RFC 3339 with milliseconds; undefined stays undefined. */
export function apiTime(ms: number): string {
  return new Date(ms).toISOString();
}

export function presentVerdict(verdict: Verdict): ApiVerdict {
  return {
    state: verdict.state,
    since: verdict.sinceSeconds === null ? null : apiTime(verdict.sinceSeconds * 1000),
    channel: verdict.channel,
    pattern: verdict.pattern,
    slopes: verdict.slopes,
    leaking: verdict.leaking,
    timeToLimit: verdict.timeToLimit,
    why: verdict.why,
    reasons: verdict.reasons,
  };
}

export function presentTarget(status: TargetStatus): ApiTarget {
  const { lastSample, verdict, go } = status;
  return {
    name: status.name,
    origin: status.origin,
    health: status.health,
    problem: status.problem,
    pid: status.pid,
    startedAt: status.startedAtMs === undefined ? undefined : apiTime(status.startedAtMs),
    executable: status.executable,
    goVersion: go.goVersion,
    module: go.module,
    moduleVersion: go.moduleVersion,
    revision: go.revision,
    hasPprof: status.pprofUrl !== undefined,
    labels: status.labels,
    limits: status.limits,
    sampledAt: lastSample && apiTime(lastSample.atMs),
    signals: lastSample?.signals ?? {},
    accounting: lastSample?.accounting,
    verdict: verdict && presentVerdict(verdict),
    baseline: status.baseline?.map(presentBaseline),
  };
}

const BASELINE_UNITS: Record<BaselineSignal, ApiBaselineSignal['unit']> = {
  live_heap: 'bytes',
  live_heap_peak: 'bytes',
  gc_rate: 'perSecond',
  heap_objects: 'count',
  goroutines: 'count',
};

function presentBaseline(deviation: Deviation): ApiBaselineSignal {
  return { ...deviation, unit: BASELINE_UNITS[deviation.signal] };
}
