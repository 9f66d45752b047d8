// What judging a thousand processes at 5 s costs: time of a tick at the median and at the worst, and memory. Each tick
// gives every process a sample with all channels and asks for its verdict, as the exporter does; a tenth of the
// processes leak, a tenth swing with the day.

import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { emptySample } from '../../exporter/src/leak/series.js';
import { saveMemory, newMemory } from '../../exporter/src/state/target-memory.js';
import type { TargetMemory } from '../../exporter/src/watch/watched-target.js';

const PROCESSES = 1000;
const TICK_SECONDS = 5;
/** A day in minutes first, so that every level has its bins and the leaks are on. */
const PAST_SECONDS = 26 * 3600;
const PAST_STEP_SECONDS = 60;
const TICKS = 2160; // three hours: every process closes a bin of each level
const MIB = 2 ** 20;

export function run(): Promise<void> {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  const used = (): number => {
    collect();
    const { heapUsed, arrayBuffers } = process.memoryUsage();
    return heapUsed + arrayBuffers;
  };
  const before = used();
  const memories = Array.from({ length: PROCESSES }, (_, i) =>
    newMemory({ mode: 'service', seed: `service-${i}`, limits: [{ name: 'config', bytes: 8192 * MIB }] }),
  );
  let seconds = 0;
  for (; seconds < PAST_SECONDS; seconds += PAST_STEP_SECONDS) tick(memories, seconds);
  // The first verdict of all at once, and the step from minutes to seconds, are no tick of an exporter.
  for (let i = 0; i < 24; i++, seconds += TICK_SECONDS) {
    tick(memories, seconds);
    for (const { detector } of memories) detector.verdict();
  }
  const ms: number[] = [];
  const cpuBefore = process.cpuUsage();
  for (let i = 0; i < TICKS; i++, seconds += TICK_SECONDS) {
    const started = performance.now();
    tick(memories, seconds);
    for (const { detector } of memories) detector.verdict();
    ms.push(performance.now() - started);
  }
  const { user, system } = process.cpuUsage(cpuBefore);
  const leaking = memories.filter(({ detector }) => detector.leaking).length;
  const bytes = used() - before;
  const saved = JSON.stringify(saveMemory(memories[0]!)).length;
  ms.sort((a, b) => a - b);
  const at = (share: number): string =>
    ms[Math.min(ms.length - 1, Math.floor(share * ms.length))]!.toFixed(1);
  process.stdout.write(
    `${PROCESSES} processes, ${TICKS} ticks of ${TICK_SECONDS} s after ${PAST_SECONDS / 3600} hours, ${leaking} leaking\n\n` +
      '| | |\n|---|---|\n' +
      `| tick, median | ${at(0.5)} ms |\n| tick, 99 % | ${at(0.99)} ms |\n| tick, worst | ${at(1)} ms |\n` +
      `| CPU time of a sample | ${((user + system) / TICKS / PROCESSES).toFixed(2)} µs |\n` +
      `| memory | ${(bytes / MIB).toFixed(1)} MiB |\n| state of a process on disk | ${(saved / 1024).toFixed(0)} KiB |\n`,
  );
  return Promise.resolve();
}

function tick(memories: readonly TargetMemory[], seconds: number): void {
  const day = Math.sin((2 * Math.PI * seconds) / 86_400);
  for (const [i, { detector, baseline }] of memories.entries()) {
    const kind = i % 10;
    const noise = ((i * 7919 + seconds * 31) % 1000) / 1000;
    const leaked = kind === 0 ? seconds * 1000 : 0;
    const live = (100 + (kind === 1 ? 30 * day : 0)) * MIB + leaked;
    const heap = live * (1 + 0.9 * noise);
    const at = 1_700_000_000 + seconds;
    const gcCount = Math.floor(seconds / 4);
    detector.push({
      ...emptySample(),
      atSeconds: at,
      startedAtSeconds: 1_700_000_000,
      commitBytes: 2.3 * live + noise * MIB,
      workingSetBytes: 2 * live,
      heapAllocBytes: heap,
      heapInuseBytes: heap,
      nextGcBytes: 2 * live,
      totalAllocBytes: seconds * 20 * MIB,
      stacksBytes: (2 + noise / 8) * MIB,
      nonGoBytes: 20 * MIB + noise * MIB,
      gcCount,
      gcCpuFraction: 0.01,
      goroutines: 100 + Math.floor(20 * noise),
      handles: 300 + Math.floor(9 * noise),
      gdiObjects: 10 + Math.floor(3 * noise),
      userObjects: 10 + Math.floor(5 * noise),
      cpuSeconds: seconds / 10,
    });
    baseline.push(
      {
        atSeconds: at,
        startedAtSeconds: 1_700_000_000,
        liveHeapBytes: live,
        heapObjects: live / 100,
        goroutines: 100,
        gcCount,
      },
      null,
    );
  }
}
