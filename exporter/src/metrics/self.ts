// Leakline about itself: which targets answer, what sampling costs.

import type { Watcher } from '../watch/watcher.js';
import { VERSION } from '../version.js';
import type { MetricSource } from './families.js';

export function selfMetrics(watch: Watcher): MetricSource {
  return {
    families: [
      {
        name: 'leakline_target_up',
        help: 'Whether the Go runtime of the target answered at the last sample.',
        type: 'gauge',
        labels: ['target'],
      },
      {
        name: 'leakline_target_sample_duration_seconds',
        help: 'Time that the last sample of the target took.',
        type: 'gauge',
        labels: ['target'],
      },
      {
        name: 'leakline_sample_duration_seconds',
        help: 'Time that the last reading of all processes of the host took.',
        type: 'gauge',
        labels: [],
      },
      {
        name: 'leakline_accounting_clamped_samples_total',
        help: 'Samples in which Go claims more memory than the system charges to the process.',
        type: 'counter',
        labels: ['target'],
      },
      {
        name: 'leakline_processes',
        help: 'Processes of the host at the last reading.',
        type: 'gauge',
        labels: [],
      },
      {
        name: 'leakline_build_info',
        help: 'Version of Leakline. Always 1.',
        type: 'gauge',
        labels: ['version', 'node'],
      },
    ],
    collect(add) {
      for (const [name, target] of watch.watched) {
        const { health, origin } = target.status();
        // A discovered process that ended, or one that never told its runtime, is not down.
        const isUp =
          health === 'up'
            ? 1
            : health === 'down' || (health === 'exited' && origin === 'config')
              ? 0
              : undefined;
        add('leakline_target_up', { target: name }, isUp);
        if (health === 'up') {
          add('leakline_target_sample_duration_seconds', { target: name }, target.sampleDurationSeconds);
        }
        add('leakline_accounting_clamped_samples_total', { target: name }, target.clampedSamples);
      }
      add('leakline_sample_duration_seconds', {}, watch.tickSeconds);
      add('leakline_processes', {}, watch.processes.length);
      add('leakline_build_info', { version: VERSION, node: process.version }, 1);
    },
  };
}
