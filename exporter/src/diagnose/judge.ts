// Judges clean readings as `verify` does: the live heap, goroutines, memory outside of Go. Pure.

import { judgeChannel } from '../verify/channels.js';
import { allocationRates } from '../verify/judge.js';
import { liveHeapOf } from '../verify/live-heap.js';
import type { JudgedSignal } from './assess.js';
import type { CleanReading } from './course.js';

export function judgeReadings(readings: readonly CleanReading[]): JudgedSignal[] {
  if (readings.length === 0) return [];
  const atSeconds = readings.map((reading) => reading.atSeconds);
  const heap = liveHeapOf(
    atSeconds,
    readings.map(({ heapAllocBytes, nextGcBytes }) => ({ heapAllocBytes, nextGcBytes })),
  );
  const load = allocationRates(readings);
  return [
    judgeChannel({ signal: 'live_heap', atSeconds, values: heap, ...(load && { load }) }),
    ...channelOf('goroutines', readings, ({ goroutines }) => goroutines),
    ...channelOf('non_go', readings, ({ nonGoBytes }) => nonGoBytes),
  ];
}

function channelOf(
  signal: 'goroutines' | 'non_go',
  readings: readonly CleanReading[],
  valueOf: (reading: CleanReading) => number | undefined,
): JudgedSignal[] {
  const known = readings.flatMap((reading) => {
    const value = valueOf(reading);
    return value === undefined ? [] : [{ atSeconds: reading.atSeconds, value }];
  });
  if (known.length === 0) return [];
  return [
    judgeChannel({
      signal,
      atSeconds: known.map(({ atSeconds }) => atSeconds),
      values: known.map(({ value }) => value),
    }),
  ];
}
