// The profile engine in worker threads: no profile holds the event loop of the exporter up.

import type { ProfileWorkers } from '../profile/workers.js';
import type { ProfileEngine } from './engine.js';

export function workersEngine(workers: ProfileWorkers): ProfileEngine {
  return {
    async check(bytes) {
      await workers.run('totals', [bytes]);
    },
    growth(captures, { sample, mainModule }) {
      return workers.run(
        'growth',
        captures.map(({ bytes }) => bytes),
        {
          captures: captures.map(({ id, takenAt }) => ({ id, takenAtMs: Date.parse(takenAt) })),
          ...(sample !== undefined && { sampleType: sample }),
          ...(mainModule !== undefined && { mainModule }),
        },
      );
    },
  };
}
