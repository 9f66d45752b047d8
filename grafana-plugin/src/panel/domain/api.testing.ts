// Objects of the API for unit tests: complete, and changed where a test says so.

import type { ApiCapture, ApiIncident, ApiTarget } from 'leakline/api';

export function target(change: Partial<ApiTarget> = {}): ApiTarget {
  return {
    name: 'orders-api',
    origin: 'config',
    health: 'up',
    hasPprof: true,
    labels: {},
    limits: [],
    signals: { commit: 400 * 2 ** 20, live_heap: 100 * 2 ** 20 },
    ...change,
  };
}

export function capture(id: string, takenAt: string, change: Partial<ApiCapture> = {}): ApiCapture {
  return {
    id,
    target: 'orders-api',
    takenAt,
    trigger: 'manual',
    alert: null,
    incident: null,
    baseline: false,
    kinds: ['heap', 'goroutine'],
    state: 'complete',
    failures: [],
    gcForced: true,
    sizeBytes: 1234,
    signals: {},
    ...change,
  };
}

export function incident(change: Partial<ApiIncident> = {}): ApiIncident {
  return {
    id: 'i1',
    target: 'orders-api',
    state: 'open',
    openedAt: '2026-03-01T14:10:00Z',
    closedAt: null,
    openedBy: 'alert',
    alerts: [],
    captures: [],
    baselineCapture: null,
    verdicts: [],
    growth: null,
    blamed: null,
    ...change,
  };
}
