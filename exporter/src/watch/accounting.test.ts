import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { GoRuntimeReading } from '../go-runtime/types.js';
import { accountMemory, estimateLiveHeapBytes, GC_OFF_BYTES } from './accounting.js';

const MiB = 2 ** 20;

/** MemStats of a service with a 40 MiB live heap, in whole MiB so that the sums are easy to follow. */
const reading: GoRuntimeReading = {
  source: 'expvar',
  heapAllocBytes: 60 * MiB,
  heapInuseBytes: 66 * MiB,
  heapIdleBytes: 30 * MiB,
  heapReleasedBytes: 10 * MiB,
  stackInuseBytes: 2 * MiB,
  stackSysBytes: 2 * MiB,
  mspanSysBytes: 1 * MiB,
  mcacheSysBytes: 0,
  buckHashSysBytes: 2 * MiB,
  gcSysBytes: 4 * MiB,
  otherSysBytes: 1 * MiB,
  sysBytes: (66 + 30 + 2 + 1 + 2 + 4 + 1) * MiB,
  nextGcBytes: 82 * MiB,
};
const sum = (parts: object) => Object.values(parts).reduce((a: number, b: number) => a + b, 0);

describe('live heap', () => {
  test('is NextGC without the share of the stacks, over 1 + GOGC/100', () => {
    expect(estimateLiveHeapBytes(reading)).toBe(40 * MiB);
    expect(estimateLiveHeapBytes({ ...reading, gogcPercent: 300, nextGcBytes: 166 * MiB })).toBe(40 * MiB);
  });
  test('is never more than HeapAlloc: just after a collection of a small heap NextGC is the 4 MiB minimum', () => {
    expect(estimateLiveHeapBytes({ ...reading, heapAllocBytes: MiB, nextGcBytes: 4 * MiB })).toBe(MiB);
  });
  test('with GOGC=off is the lowest HeapAlloc since the last collection', () => {
    const off = { ...reading, nextGcBytes: GC_OFF_BYTES };
    expect(estimateLiveHeapBytes(off, 25 * MiB)).toBe(25 * MiB);
    expect(estimateLiveHeapBytes(off)).toBe(60 * MiB);
  });
});

describe('accounting', () => {
  test('puts every byte of the commit in one part', () => {
    const accounting = accountMemory(reading, 40 * MiB, 120 * MiB)!;
    expect(accounting).toEqual({
      totalBytes: 120 * MiB,
      clampedBytes: 0,
      parts: {
        live_heap: 40 * MiB,
        garbage: 20 * MiB,
        heap_fragmentation: 6 * MiB,
        heap_idle: 20 * MiB,
        stacks: 2 * MiB,
        runtime: 6 * MiB,
        profiling_buckets: 2 * MiB,
        non_go: 24 * MiB,
      },
    });
  });
  test('takes what Go reserved and never touched from the idle heap first, counts it and explains it', () => {
    const accounting = accountMemory(reading, 40 * MiB, 74 * MiB)!;
    expect(accounting.clampedBytes).toBe(22 * MiB);
    expect(accounting.parts).toMatchObject({
      heap_idle: 0,
      runtime: 4 * MiB,
      live_heap: 40 * MiB,
      non_go: 0,
    });
    expect(accounting.note).toContain('22 MiB more than the system charges');
  });
  test('of a remote target totals what Go holds and has no non-Go part', () => {
    const accounting = accountMemory(reading, 40 * MiB, undefined)!;
    expect(accounting.totalBytes).toBe(96 * MiB);
    expect(accounting.parts).not.toHaveProperty('non_go');
  });
  test('is absent when the source does not tell the parts', () => {
    expect(accountMemory({ source: 'prometheus', heapAllocBytes: 1 }, 1, 10)).toBeUndefined();
  });
  test('adds up for any reading', () => {
    const bytes = fc.integer({ min: 0, max: 2 ** 40 });
    fc.assert(
      fc.property(
        bytes,
        bytes,
        bytes,
        bytes,
        bytes,
        bytes,
        bytes,
        (alloc, inuse, idle, released, stack, other, total) => {
          const any: GoRuntimeReading = {
            source: 'expvar',
            heapAllocBytes: alloc,
            heapInuseBytes: inuse,
            heapIdleBytes: idle,
            heapReleasedBytes: released,
            stackSysBytes: stack,
            sysBytes: inuse + idle + stack + other,
          };
          const accounting = accountMemory(any, alloc / 2, total)!;
          expect(sum(accounting.parts)).toBeCloseTo(total, 0);
          for (const part of Object.values(accounting.parts)) expect(part).toBeGreaterThanOrEqual(0);
        },
      ),
    );
  });
});
