// Memory accounting: every byte that the operating system charges to a process falls in one part, and the parts
// add up to the total. The parts of the Go runtime follow the documentation of runtime.MemStats:
//   Sys = HeapInuse + HeapIdle + StackSys + MSpanSys + MCacheSys + BuckHashSys + GCSys + OtherSys

import { formatBytes } from '../format.js';
import type { GoRuntimeReading } from '../go-runtime/types.js';
import { MEMORY_PARTS, type MemoryPart } from '../signals.js';
import type { Accounting } from './types.js';

/** NextGC at or above this means that the collector is off (GOGC=off). */
export const GC_OFF_BYTES = 2 ** 62;

/** GOGC of a process that does not tell its own: the default of the Go runtime. */
export const DEFAULT_GOGC_PERCENT = 100;

/**
 * What Go claims and the system does not charge is memory that was reserved and never touched. It is taken from the
 * parts in this order: those that are most likely untouched come first.
 */
const UNTOUCHED_FIRST: readonly MemoryPart[] = [
  'heap_idle',
  'runtime',
  'heap_fragmentation',
  'garbage',
  'profiling_buckets',
  'stacks',
  'live_heap',
];

/**
 * Heap bytes that survived the last collection. The pacer sets NextGC = live + (live + stacks) * GOGC/100 (Go 1.18
 * and newer count the stacks in); GOGC=off leaves only the lowest HeapAlloc seen since the last collection.
 */
export function estimateLiveHeapBytes(reading: GoRuntimeReading, lowestHeapAllocBytes?: number): number {
  const { heapAllocBytes, nextGcBytes } = reading;
  const gogcPercent = reading.gogcPercent ?? DEFAULT_GOGC_PERCENT;
  const fallback = Math.min(heapAllocBytes, lowestHeapAllocBytes ?? heapAllocBytes);
  if (nextGcBytes === undefined || nextGcBytes >= GC_OFF_BYTES || gogcPercent < 0) return fallback;
  const growth = gogcPercent / 100;
  const live = (nextGcBytes - growth * (reading.stackInuseBytes ?? 0)) / (1 + growth);
  return Math.max(0, Math.min(heapAllocBytes, live));
}

/**
 * The parts of a process' memory. Without a process view (`totalBytes` undefined: a remote target) the total is what
 * Go holds. Undefined when the source of MemStats does not tell all parts.
 */
export function accountMemory(
  reading: GoRuntimeReading,
  liveHeapBytes: number,
  totalBytes: number | undefined,
): Accounting | undefined {
  const { heapAllocBytes, heapInuseBytes, heapIdleBytes, heapReleasedBytes, sysBytes, stackSysBytes } =
    reading;
  if (
    heapInuseBytes === undefined ||
    heapIdleBytes === undefined ||
    heapReleasedBytes === undefined ||
    sysBytes === undefined ||
    stackSysBytes === undefined
  )
    return undefined;

  const goBytes = sysBytes - heapReleasedBytes;
  const buckets = reading.buckHashSysBytes ?? 0;
  const live = Math.min(liveHeapBytes, heapAllocBytes);
  const parts: Record<MemoryPart, number> = {
    live_heap: live,
    garbage: heapAllocBytes - live,
    heap_fragmentation: Math.max(0, heapInuseBytes - heapAllocBytes),
    heap_idle: Math.max(0, heapIdleBytes - heapReleasedBytes),
    stacks: stackSysBytes,
    runtime: 0,
    profiling_buckets: buckets,
    non_go: 0,
  };
  // HeapAlloc and HeapInuse are read a moment apart: what one overstates, the rest of the heap gives back.
  const heap = parts.live_heap + parts.garbage + parts.heap_fragmentation + parts.heap_idle;
  parts.runtime = Math.max(0, goBytes - heap - stackSysBytes - buckets);

  const claimed = MEMORY_PARTS.reduce((sum, part) => sum + parts[part], 0);
  if (totalBytes === undefined) {
    const { non_go: _, ...known } = parts;
    return { totalBytes: claimed, parts: known, clampedBytes: 0 };
  }
  if (claimed <= totalBytes) {
    parts.non_go = totalBytes - claimed;
    return { totalBytes, parts, clampedBytes: 0 };
  }
  const clampedBytes = claimed - totalBytes;
  let excess = clampedBytes;
  for (const part of UNTOUCHED_FIRST) {
    const taken = Math.min(parts[part], excess);
    parts[part] -= taken;
    excess -= taken;
  }
  return {
    totalBytes,
    parts,
    clampedBytes,
    note:
      `Go claims ${formatBytes(clampedBytes)} more than the system charges to the process: memory that is reserved ` +
      'and not touched, or not private. It is taken from the idle heap first; non-Go memory cannot be told.',
  };
}
