// Days of health of a target, written as the exporter saves them: what it knows after it has watched for so long.

import { Baseline } from '../../exporter/src/leak/baseline.js';
import { LeakDetector } from '../../exporter/src/leak/detector.js';
import { silentLogger } from '../../exporter/src/log.js';
import { saveMemory } from '../../exporter/src/state/target-memory.js';
import { TargetStates } from '../../exporter/src/state/target-states.js';

export interface HealthyPast {
  stateDir: string;
  target: string;
  days: number;
  liveHeapBytes: number;
  heapObjects: number;
  goroutines: number;
  collectionsPerMinute: number;
}

const MINUTE = 60;
/** By day there is a fifth more of everything than on average, by night a fifth less. */
const DAILY_SWING = 0.2;

/** Call it before the exporter starts. */
export async function writeHealthyPast(past: HealthyPast): Promise<void> {
  const detector = new LeakDetector({ mode: 'session', gogcPercent: null, seed: past.target });
  const baseline = new Baseline();
  const nowSeconds = Date.now() / 1000;
  const startedAtSeconds = nowSeconds - past.days * 86_400;
  for (let minute = 0; minute < past.days * 1440 - 2; minute++) {
    const atSeconds = startedAtSeconds + minute * MINUTE;
    const swing = 1 + DAILY_SWING * Math.sin((2 * Math.PI * atSeconds) / 86_400);
    const sample = {
      atSeconds,
      startedAtSeconds,
      liveHeapBytes: past.liveHeapBytes * swing,
      heapObjects: Math.round(past.heapObjects * swing),
      goroutines: Math.round(past.goroutines * swing),
      gcCount: Math.round(minute * past.collectionsPerMinute),
    };
    baseline.push(sample, null);
  }
  const states = await TargetStates.open({
    stateDir: past.stateDir,
    log: silentLogger(),
    intervalMs: () => 60_000,
    sources: () => [
      {
        name: past.target,
        changedAtMs: Date.now(),
        snapshot: () => saveMemory({ detector, baseline, remote: undefined }),
      },
    ],
  });
  await states.close();
}
