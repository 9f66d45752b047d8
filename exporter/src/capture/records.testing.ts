// Records for the tests of this folder.

import type { IncidentRecord } from './incident-record.js';
import type { CaptureRecord } from './record.js';

/** A complete capture of `orders` with one heap profile of `bytes` bytes. */
export function recordOf({
  bytes = 1000,
  ...changes
}: Partial<CaptureRecord> & { bytes?: number }): CaptureRecord {
  return {
    version: 1,
    id: 'capture1',
    target: 'orders',
    host: 'host-1',
    takenAt: '2026-06-01T12:00:00.000Z',
    trigger: 'manual',
    alert: null,
    incident: null,
    baseline: false,
    state: 'complete',
    profiles: [{ kind: 'heap', bytes, sha256: '0'.repeat(64) }],
    failures: [],
    gcForced: true,
    labels: {},
    signals: {},
    ...changes,
  };
}

export function incidentOf(changes: Partial<IncidentRecord>): IncidentRecord {
  return {
    version: 1,
    id: 'incident1',
    target: 'orders',
    host: 'host-1',
    state: 'open',
    openedAt: '2026-06-01T12:00:00.000Z',
    closedAt: null,
    openedBy: 'alert',
    alerts: [],
    alertsNotKept: 0,
    captures: [],
    baselineCapture: null,
    verdicts: [],
    growth: null,
    blamed: null,
    since: null,
    processStartedAt: null,
    lastFiringAt: null,
    trend: null,
    ...changes,
  };
}
