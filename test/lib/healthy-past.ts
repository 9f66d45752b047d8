// Four days of health of the leaky service at rest, written as the exporter saves them: what it knows after it has watched
// for so long.

import { Baseline } from '../../exporter/src/leak/baseline.js';
import { LeakDetector } from '../../exporter/src/leak/detector.js';
import { silentLogger } from '../../exporter/src/log.js';
import { saveMemory } from '../../exporter/src/state/target-memory.js';
import { TargetStates } from '../../exporter/src/state/target-states.js';

const DAYS = 4;
const LIVE_HEAP_BYTES = 1.5 * 2 ** 20;
const HEAP_OBJECTS = 1400;
const GOROUTINES = 18;
const COLLECTIONS_PER_MINUTE = 300;
const MINUTE = 60;
/** By day there is a fifth more of everything than on average, by night a fifth less. */
const DAILY_SWING = 0.2;

/** The past of a target in the state of an exporter that is yet to start. */
export async function writeHealthyPast(stateDir: string, target: string): Promise<void> {
  const detector = new LeakDetector({ mode: 'session', gogcPercent: null, seed: target });
  const baseline = new Baseline();
  const nowSeconds = Date.now() / 1000;
  const startedAtSeconds = nowSeconds - DAYS * 86_400;
  for (let minute = 0; minute < DAYS * 1440 - 2; minute++) {
    const atSeconds = startedAtSeconds + minute * MINUTE;
    const swing = 1 + DAILY_SWING * Math.sin((2 * Math.PI * atSeconds) / 86_400);
    const sample = {
      atSeconds,
      startedAtSeconds,
      liveHeapBytes: LIVE_HEAP_BYTES * swing,
      heapObjects: Math.round(HEAP_OBJECTS * swing),
      goroutines: Math.round(GOROUTINES * swing),
      gcCount: Math.round(minute * COLLECTIONS_PER_MINUTE),
    };
    baseline.push(sample, null);
  }
  const states = await TargetStates.open({
    stateDir,
    log: silentLogger(),
    intervalMs: () => 60_000,
    sources: () => [
      {
        name: target,
        changedAtMs: Date.now(),
        snapshot: () => saveMemory({ detector, baseline, remote: undefined }),
      },
    ],
  });
  await states.close();
}
