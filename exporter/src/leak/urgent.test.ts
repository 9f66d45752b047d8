import { describe, expect, test } from 'vitest';
import { LeakDetector } from './detector.js';
import { emptySample } from './series.js';

const MIB = 2 ** 20;
const START = 1_700_000_000;
const MINUTE = 60;
const HOUR = 3600;
const STEP_SECONDS = 5;

interface Service {
  /** Live heap in bytes at an age. */
  live: (age: number) => number;
  limitMib: number;
  hours: number;
  gogc?: number;
  /** Bytes allocated a second. */
  allocation?: (age: number) => number;
}

/** Go's pacer over a live heap: samples each five seconds. Ages at which the detector raised an alarm. */
function alarms({ live, limitMib, hours, gogc = 100, allocation = () => 20 * MIB }: Service): number[] {
  const limits = [{ name: 'config', bytes: limitMib * MIB }];
  const detector = new LeakDetector({ mode: 'service', gogcPercent: gogc, limits });
  const goal = (age: number) => Math.max(4 * MIB, live(age) * (1 + gogc / 100));
  let heap = live(0);
  let next = goal(0);
  let held = heap;
  let collections = 0;
  let allocated = 0;
  const raised: number[] = [];
  for (let age = 0; age < hours * HOUR; age += STEP_SECONDS) {
    // Work is never quite even.
    const noise = 1 + 0.1 * Math.sin(age * 12.9898);
    heap += allocation(age) * noise * STEP_SECONDS;
    allocated += allocation(age) * noise * STEP_SECONDS;
    const isDue = heap >= next;
    if (isDue) {
      collections += 1 + Math.floor((heap - next) / Math.max(MIB, next - live(age)));
      held = Math.max(next, 0.9 * held);
      heap = live(age) * (1 + 0.004 * noise);
      next = goal(age);
    }
    const commitBytes = 1.05 * Math.max(held, heap) + 20 * MIB;
    if (commitBytes > limitMib * MIB) break;
    const before = detector.leaking;
    detector.push({
      ...emptySample(),
      atSeconds: START + age,
      startedAtSeconds: START,
      commitBytes,
      heapAllocBytes: heap,
      heapInuseBytes: heap,
      nextGcBytes: next,
      gcCount: collections,
      totalAllocBytes: allocated,
      goroutines: 40,
    });
    if (detector.leaking && !before) raised.push(age);
  }
  return raised;
}

/** A service of 100 MiB that holds so much more of the limit each second that the commit reaches it in time. */
function leak(minutesToLimit: number, calmSeconds: number): Service {
  const limitMib = 1024;
  const [first, last] = [100 * MIB, ((limitMib - 20) * MIB) / 2.1];
  const perSecond = (last - first) / (minutesToLimit * MINUTE);
  const live = (age: number) => first + perSecond * Math.max(0, age - calmSeconds);
  return { live, limitMib, hours: (calmSeconds + minutesToLimit * MINUTE) / HOUR + 0.1 };
}

describe('what hits its limit within the hour', () => {
  test.each([
    [58, 0],
    [58, 2 * HOUR],
    [40, 0],
    [30, 2 * HOUR],
    [20, 0],
    [20, 2 * HOUR],
    [12, 2 * HOUR],
    [8, 0],
    [8, 2 * HOUR],
    [5, 2 * HOUR],
  ])('is judged within a fifth of the time left: %i minutes, after a calm of %i s', (minutes, calm) => {
    const raised = alarms(leak(minutes, calm));
    // Once, and on until the end.
    expect(raised).toHaveLength(1);
    const evidence = raised[0]! - calm;
    const left = minutes * MINUTE - evidence;
    expect(evidence).toBeGreaterThanOrEqual(MINUTE);
    // A fifth of what was left when it was reached; points are ten seconds apart and windows a quarter.
    expect(evidence).toBeLessThan(1.25 * Math.max(MINUTE, left / 5) + 30);
  });
});

describe('what only begins as a leak does is left alone', () => {
  const rising = (age: number, at: number, seconds: number) => Math.min(1, Math.max(0, (age - at) / seconds));
  test.each<[string, Service]>([
    [
      'a cache that fills at the start and slows down',
      { live: (age) => (80 + 250 * (1 - Math.exp(-age / 150))) * MIB, limitMib: 1024, hours: 2 },
    ],
    [
      'a cache that fills after hours, and slows down',
      {
        live: (age) => (80 + 250 * (1 - Math.exp(-Math.max(0, age - 2 * HOUR) / 250))) * MIB,
        limitMib: 1024,
        hours: 4,
      },
    ],
    [
      'a warm-up in a straight line that is over in a minute',
      { live: (age) => (60 + 60 * rising(age, 0, 60)) * MIB, limitMib: 512, hours: 1 },
    ],
    [
      'a spike of work of four minutes, the first of its life',
      {
        live: (age) => (100 + 200 * Math.sin(Math.PI * rising(age, HOUR, 240))) * MIB,
        limitMib: 1024,
        hours: 2,
      },
    ],
    [
      'a spike of work that has come before',
      {
        live: (age) => (100 + 250 * Math.sin(Math.PI * rising(age % HOUR, 1200, 240))) * MIB,
        limitMib: 1024,
        hours: 5,
      },
    ],
    [
      'a live heap that follows the load up',
      {
        live: (age) => (100 + 200 * rising(age, HOUR, 900)) * MIB,
        allocation: (age) => (20 + 50 * rising(age, HOUR, 900)) * MIB,
        limitMib: 1024,
        hours: 2,
      },
    ],
    [
      'the saw-tooth of a collector that waits for long',
      { live: () => 100 * MIB, gogc: 400, allocation: () => 2 * MIB, limitMib: 640, hours: 3 },
    ],
    [
      'a table that is loaded in one go',
      { live: (age) => (100 + 200 * rising(age, HOUR, 40)) * MIB, limitMib: 1024, hours: 2 },
    ],
  ])('%s', (_, service) => {
    expect(alarms(service)).toEqual([]);
  });
});
