// The verdict of each target as gauges, and its memory in parts.

import { LEAK_STATES } from '../leak/types.js';
import { isCountSignal, MEMORY_PARTS, type Signal } from '../signals.js';
import type { TargetStatus } from '../watch/types.js';
import type { Family, MetricSource } from './families.js';

const BYTE_SLOPE = 'leakline_leak_slope_bytes_per_second';
const COUNT_SLOPE = 'leakline_leak_slope_per_second';

const gauge = (name: string, help: string, labels: string[]): Family => ({
  name,
  help,
  type: 'gauge',
  labels,
});

const FAMILIES: Family[] = [
  gauge(BYTE_SLOPE, 'Growth of a signal in bytes per second.', ['target', 'signal']),
  gauge(`${BYTE_SLOPE}_lower`, 'Lower end of the 95 % interval of the growth.', ['target', 'signal']),
  gauge(`${BYTE_SLOPE}_upper`, 'Upper end of the 95 % interval of the growth.', ['target', 'signal']),
  gauge(COUNT_SLOPE, 'Growth of a count (goroutines, handles) per second.', ['target', 'signal']),
  gauge(`${COUNT_SLOPE}_lower`, 'Lower end of the 95 % interval of the growth of a count.', [
    'target',
    'signal',
  ]),
  gauge(`${COUNT_SLOPE}_upper`, 'Upper end of the 95 % interval of the growth of a count.', [
    'target',
    'signal',
  ]),
  gauge('leakline_leak_suspected', '1 while the signal is judged to leak.', ['target', 'signal', 'pattern']),
  gauge('leakline_leak_state', 'State of the verdict: 1 for the present one.', ['target', 'state']),
  gauge('leakline_leak_since_timestamp_seconds', 'Onset of the present growth, Unix time.', ['target']),
  gauge('leakline_time_to_limit_seconds', 'Time until the nearest limit at the present growth.', [
    'target',
    'limit',
  ]),
  gauge('leakline_baseline_ratio', 'A signal now over what is normal for it.', ['target', 'signal']),
  gauge('leakline_memory_part_bytes', 'Memory of the process by part; the parts add up to the commit.', [
    'target',
    'part',
  ]),
];

export function leakMetrics(targets: () => readonly TargetStatus[]): MetricSource {
  return {
    families: FAMILIES,
    collect(add) {
      for (const { name: target, verdict, baseline, lastSample, health } of targets()) {
        if (health === 'exited') continue;
        for (const part of MEMORY_PARTS) {
          add('leakline_memory_part_bytes', { target, part }, lastSample?.accounting?.parts[part]);
        }
        for (const { signal, ratio } of baseline ?? []) {
          add('leakline_baseline_ratio', { target, signal }, ratio ?? undefined);
        }
        if (!verdict) continue;
        for (const state of LEAK_STATES) {
          add('leakline_leak_state', { target, state }, verdict.state === state ? 1 : 0);
        }
        for (const [signal, slope] of Object.entries(verdict.slopes)) {
          const name = isCountSignal(signal as Signal) ? COUNT_SLOPE : BYTE_SLOPE;
          add(name, { target, signal }, slope.perSecond);
          add(`${name}_lower`, { target, signal }, slope.lowerPerSecond);
          add(`${name}_upper`, { target, signal }, slope.upperPerSecond);
          if (!verdict.leaking.includes(signal as Signal))
            add('leakline_leak_suspected', { target, signal }, 0);
        }
        for (const signal of verdict.leaking) {
          const pattern = signal === 'gc_pressure' ? signal : (verdict.pattern ?? 'linear');
          add('leakline_leak_suspected', { target, signal, pattern }, 1);
        }
        add('leakline_leak_since_timestamp_seconds', { target }, verdict.sinceSeconds ?? undefined);
        if (verdict.timeToLimit) {
          const { limit, seconds } = verdict.timeToLimit;
          add('leakline_time_to_limit_seconds', { target, limit }, seconds);
        }
      }
    },
  };
}
