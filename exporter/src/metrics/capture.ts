// Captures, their store and the incidents in numbers; the functions that grow in open incidents.

import type { CaptureMetrics } from '../capture/counters.js';
import type { Family, MetricSource } from './families.js';

const family = (type: 'gauge' | 'counter', name: string, help: string, labels: string[] = []): Family => ({
  name: `leakline_${name}`,
  help,
  type,
  labels,
});

const FAMILIES: Family[] = [
  family('counter', 'captures_total', 'Captures by what asked for them and how they ended.', [
    'target',
    'trigger',
    'result',
  ]),
  family('gauge', 'captures', 'Captures in the store.'),
  family('gauge', 'capture_store_bytes', 'Size of all captures in the store.'),
  family('gauge', 'capture_store_limit_bytes', 'Size at which the oldest captures are deleted.'),
  family('gauge', 'capture_store_up', '1 while captures can be stored; the state says why not.', ['state']),
  family('gauge', 'capture_queue_length', 'Captures that wait or run, follow-ups included.'),
  family('counter', 'alerts_received_total', 'Alerts received by the webhook, by status.', ['status']),
  family(
    'counter',
    'alerts_unmatched_total',
    'Alerts received that name no known target, or cannot be used.',
    ['reason'],
  ),
  family('gauge', 'incidents_open', 'Open incidents.'),
  family(
    'gauge',
    'allocator_growth_bytes_per_second',
    'Growth of the fastest growing functions of open incidents, at most five a target.',
    ['target', 'function'],
  ),
  family('counter', 'pyroscope_pushes_total', 'Captures pushed to Pyroscope, by result.', ['result']),
];

/** `metrics` is undefined while captures are off. */
export function captureMetrics(
  metrics: () => CaptureMetrics | undefined,
  limitBytes: () => number,
): MetricSource {
  return {
    families: FAMILIES,
    collect(add) {
      const now = metrics();
      if (!now) return;
      for (const { target, trigger, result, count } of now.captures) {
        add('leakline_captures_total', { target, trigger, result }, count);
      }
      add('leakline_captures', {}, now.storeCaptures);
      add('leakline_capture_store_bytes', {}, now.storeBytes);
      add('leakline_capture_store_limit_bytes', {}, limitBytes());
      add('leakline_capture_store_up', { state: now.storeState }, now.storeState === 'ok' ? 1 : 0);
      add('leakline_capture_queue_length', {}, now.queueLength);
      for (const { status, count } of now.alerts) add('leakline_alerts_received_total', { status }, count);
      add('leakline_alerts_unmatched_total', { reason: 'unknown_target' }, now.alertsForUnknownTargets);
      add('leakline_alerts_unmatched_total', { reason: 'unusable' }, now.alertsUnusable);
      add('leakline_incidents_open', {}, now.openIncidents);
      for (const { target, function: name, bytesPerSecond } of now.allocatorGrowth) {
        add('leakline_allocator_growth_bytes_per_second', { target, function: name }, bytesPerSecond);
      }
      if (now.pyroscope) {
        add('leakline_pyroscope_pushes_total', { result: 'pushed' }, now.pyroscope.pushed);
        add('leakline_pyroscope_pushes_total', { result: 'failed' }, now.pyroscope.failed);
      }
    },
  };
}
