// How often a target may be asked without being felt: what an answer cost decides when to ask next.

import type { GoRuntimeSource } from './types.js';

/**
 * The text fallback costs the target CPU for nearly all of the time that the answer takes: at a hundred times the
 * duration it is at most one percent of one core.
 */
const REST_PER_WORK = 100;

/** A long run of bytes costs CPU on both sides and network: at most so many a second on average. */
const BYTES_PER_SECOND = 2 ** 20;

/** However dear: a leak is judged over hours, and four points an hour are still a slope. */
const MAX_INTERVAL_MS = 15 * 60_000;

/** The median of so many answers decides, so that one stall of the machine does not slow the polling down. */
const REMEMBERED = 3;

export interface Pace {
  add(source: GoRuntimeSource, elapsedMs: number, bytes: number): void;
  /** 0 while nothing is known. */
  minIntervalMs(source: GoRuntimeSource): number;
}

export function createPace(): Pace {
  const costs = new Map<GoRuntimeSource, number[]>();
  return {
    add(source, elapsedMs, bytes) {
      // Of a small answer the time is the network's, not the target's.
      const forTime = source === 'heap_text' ? elapsedMs * REST_PER_WORK : 0;
      const cost = Math.max(forTime, (bytes / BYTES_PER_SECOND) * 1000);
      costs.set(source, [...(costs.get(source) ?? []), cost].slice(-REMEMBERED));
    },
    minIntervalMs(source) {
      const sorted = (costs.get(source) ?? [0]).toSorted((a, b) => a - b);
      return Math.min(MAX_INTERVAL_MS, Math.round(sorted[Math.floor(sorted.length / 2)]!));
    },
  };
}
