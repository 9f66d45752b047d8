// The live heap at each forced collection, from the MemStats read right after it. Pure.
//
// HeapAlloc holds what survived and what was allocated since the collection ended, which under load is some noise.
// NextGC is set by the pacer from what survived alone: (1 + GOGC/100) times that, plus a share of stacks and globals.
// Scaled by the smallest HeapAlloc/NextGC that was seen, it is the live heap without that noise, whatever GOGC is.

import { median, trend } from '../leak/statistics.js';

/** NextGC at or above this means that the collector is off (GOGC=off). */
const GC_OFF_BYTES = 2 ** 62;
/** Z from which what NextGC leaves unexplained is itself a trend: then it does not follow the live heap. */
const FOLLOWS_Z = 2.5;
/** Unexplained growth below this share of the heap is no reason for doubt. */
const UNEXPLAINED_SHARE = 0.005;

export interface HeapReading {
  heapAllocBytes: number;
  nextGcBytes: number | undefined;
}

/** Bytes at each reading; the times ascend, in seconds. */
export function liveHeapOf(atSeconds: readonly number[], readings: readonly HeapReading[]): number[] {
  const alloc = readings.map(({ heapAllocBytes }) => heapAllocBytes);
  const goals = readings.map(({ nextGcBytes }) => nextGcBytes ?? GC_OFF_BYTES);
  if (goals.some((goal) => goal >= GC_OFF_BYTES || goal <= 0)) return alloc;
  // A small heap, or one at GOMEMLIMIT, has a goal that stands still.
  if (new Set(goals).size <= goals.length / 2) return alloc;
  const scale = Math.min(...alloc.map((bytes, i) => bytes / goals[i]!));
  const live = goals.map((goal) => goal * scale);
  const unexplained = alloc.map((bytes, i) => bytes - live[i]!);
  const { z, slope } = trend(atSeconds, unexplained, 0, unexplained.length, 1.96);
  const growth = slope * (atSeconds.at(-1)! - atSeconds[0]!);
  if (z > FOLLOWS_Z && growth > UNEXPLAINED_SHARE * median(alloc)) return alloc;
  return live;
}
