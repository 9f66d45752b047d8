import { describe, expect, test } from 'vitest';
import { COLUMN } from './channels.js';
import { quickSlope } from './gauges.js';
import { Recent } from './recent.js';
import { emptySample } from './series.js';

const MIB = 1024 * 1024;

interface Service {
  /** GOGC/100 of the process. */
  gogc?: number;
  stacksBytes?: number;
  leakBytesPerSecond: number;
  churnBytesPerSecond: number;
  /** Live heap at the start. */
  startBytes: number;
}

/** Slope of the live heap that `Recent` holds after five minutes of a service that Go's pacer collects. */
function liveHeapSlope({ gogc = 1, stacksBytes = 0, ...service }: Service): number {
  const goal = (live: number) => Math.max(4 * MIB * gogc, live + gogc * (live + stacksBytes));
  const recent = new Recent();
  let live = service.startBytes;
  let heap = live;
  let next = goal(live);
  let gcCount = 0;
  for (let second = 0; second <= 300; second++) {
    recent.add(
      second,
      {
        ...emptySample(),
        atSeconds: second,
        heapAllocBytes: heap,
        nextGcBytes: next,
        gcCount,
        stacksBytes,
      },
      NaN,
    );
    live += service.leakBytesPerSecond;
    heap += service.leakBytesPerSecond + service.churnBytesPerSecond;
    if (heap >= next) {
      gcCount++;
      heap = live;
      next = goal(live);
    }
  }
  const { t, y, from, n } = recent.points(COLUMN.live, 60);
  return quickSlope(t, y, from, n).perSecond;
}

describe('the live heap of the last minutes', () => {
  // What a process that has just started says of its goal is Go's minimum heap, not GOGC.
  test.each<[string, Service]>([
    [
      'seen from a tiny heap on',
      { startBytes: MIB, leakBytesPerSecond: 2 * MIB, churnBytesPerSecond: 16 * MIB },
    ],
    [
      'with many stacks',
      {
        startBytes: 20 * MIB,
        stacksBytes: 200 * MIB,
        leakBytesPerSecond: 2 * MIB,
        churnBytesPerSecond: 64 * MIB,
      },
    ],
    [
      'with GOGC=300 that nobody told',
      { gogc: 3, startBytes: MIB, leakBytesPerSecond: 2 * MIB, churnBytesPerSecond: 64 * MIB },
    ],
  ])('rises at the rate of the leak: %s', (_, service) => {
    expect(liveHeapSlope(service) / service.leakBytesPerSecond).toBeCloseTo(1, 1);
  });
});
