// Growth names the leaking function first, for every leak of the heap, beside loud churn elsewhere in the program.

import { afterEach, describe, expect, it } from 'vitest';
import { setTimeout as sleep } from 'node:timers/promises';
import { decodeProfile } from '../../exporter/src/profile/decode/decode.js';
import { goroutineGrowth } from '../../exporter/src/profile/goroutines.js';
import { growthOf, type GrowthCapture } from '../../exporter/src/profile/growth.js';
import { takenAtMs } from '../../exporter/src/profile/profile.js';
import { readGoroutines } from '../../exporter/src/profile/read.js';
import { startLeaky, type Leaky, type LeakyMode } from '../lib/leaky.js';

const CAPTURES = 4;
const INTERVAL_MS = 1500;

let leaky: Leaky | undefined;
afterEach(async () => {
  await leaky?.stop();
  leaky = undefined;
});

const fetchProfile = async (path: string) => {
  const response = await fetch(`${leaky!.url}/debug/pprof/${path}`);
  expect(response.status).toBe(200);
  return new Uint8Array(await response.arrayBuffer());
};

/** Modes that leak the heap, and the function that the service's README says is to blame. */
const LEAKS: [LeakyMode, string][] = [
  ['map-cache', 'main.(*SessionCache).Put'],
  ['goroutines', 'main.leakGoroutines'],
  ['tickers', 'main.leakTickers'],
  ['time-after', 'main.leakTimeAfter'],
  ['steps', 'main.leakInSteps'],
  ['slice', 'main.retainBigArray'],
  ['finalizer', 'main.leakFinalizerCycle'],
  ['global-append', 'main.appendAuditLog'],
];

describe('growth over captures of a live service', () => {
  it.each(LEAKS)('%s: %s is blamed first', async (mode, culprit) => {
    leaky = await startLeaky({
      modes: { [mode]: '4MiB', lru: '8MiB' },
      churn: '32MiB',
      args: ['-plateau=8MiB', '-step-period=1s'],
    });
    const captures: GrowthCapture[] = [];
    for (let c = 0; c < CAPTURES; c++) {
      await sleep(INTERVAL_MS);
      const profile = decodeProfile(await fetchProfile('heap?gc=1'));
      captures.push({ profile, takenAtMs: takenAtMs(profile)! });
    }
    const growth = growthOf(captures);
    expect(growth.blamed[0]?.function).toBe(culprit);
    expect(growth.blamed[0]!.growthBytesPerSecond).toBeGreaterThan(1 << 20);
    expect(growth.blamed[0]!.stack.some((frame) => frame.startsWith(`${culprit} `))).toBe(true);
  });

  it('goroutines: who creates them is named, with where they block', async () => {
    leaky = await startLeaky({ mode: 'goroutines', rate: '512KiB' });
    const captures = [];
    for (let c = 0; c < 3; c++) {
      await sleep(INTERVAL_MS);
      captures.push({
        records: readGoroutines(await fetchProfile('goroutine?debug=2')),
        takenAtMs: Date.now(),
      });
    }
    const [first] = goroutineGrowth(captures);
    expect(first).toMatchObject({
      createdBy: { function: 'main.leakGoroutines' },
      blockedAt: { function: 'main.waitForReply' },
      states: [{ state: 'chan receive' }],
    });
    expect(first!.growth).toBeGreaterThan(0);
  });
});
