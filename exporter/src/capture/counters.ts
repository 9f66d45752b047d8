// What the captures count of themselves, for /metrics.

import type { CaptureTrigger } from '../server/api.js';
import type { CaptureResult } from './jobs/runner.js';
import type { StoreState } from './store/store.js';

export interface CaptureMetrics {
  captures: { target: string; trigger: CaptureTrigger; result: CaptureResult; count: number }[];
  storeBytes: number;
  storeCaptures: number;
  /** Anything but 'ok' means that captures are stopped. */
  storeState: StoreState;
  /** Captures that wait or run, follow-ups included. */
  queueLength: number;
  /** Alerts received, each by its own status. */
  alerts: { status: 'firing' | 'resolved'; count: number }[];
  alertsForUnknownTargets: number;
  alertsUnusable: number;
  openIncidents: number;
  /** The fastest growing allocators of open incidents, at most five a target. */
  allocatorGrowth: { target: string; function: string; bytesPerSecond: number }[];
  pyroscope: { pushed: number; failed: number } | undefined;
}

export class CaptureCounters {
  readonly alerts = { firing: 0, resolved: 0 };
  alertsForUnknownTargets = 0;
  alertsUnusable = 0;
  readonly #captures = new Map<string, CaptureMetrics['captures'][number]>();

  captured(target: string, trigger: CaptureTrigger, result: CaptureResult): void {
    const key = `${target}\0${trigger}\0${result}`;
    const counter = this.#captures.get(key);
    if (counter) counter.count++;
    else this.#captures.set(key, { target, trigger, result, count: 1 });
  }

  captures(): CaptureMetrics['captures'] {
    return [...this.#captures.values()].map((counter) => ({ ...counter }));
  }
}
