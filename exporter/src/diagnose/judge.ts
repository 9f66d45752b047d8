// Judges clean readings as `verify` does: the live heap, goroutines, memory outside of Go. Pure.

import { judgeChannel } from '../verify/channels.js';
import { allocationRates, type Reading, type Series } from '../verify/judge.js';
import { liveHeapOf } from '../verify/live-heap.js';
import type { JudgedSignal } from './assess.js';

export function judgeReadings(readings: readonly Reading[], nonGo: Series): JudgedSignal[] {
  if (readings.length === 0) return [];
  const atSeconds = readings.map((reading) => reading.atSeconds);
  const heap = liveHeapOf(
    atSeconds,
    readings.map(({ heapAllocBytes, nextGcBytes }) => ({ heapAllocBytes, nextGcBytes })),
  );
  const load = allocationRates(readings);
  const counted = readings.flatMap(({ atSeconds: at, goroutines }) =>
    goroutines === undefined ? [] : [[at, goroutines] as const],
  );
  return [
    judgeChannel({ signal: 'live_heap', atSeconds, values: heap, ...(load && { load }) }),
    judgeChannel({
      signal: 'goroutines',
      atSeconds: counted.map(([at]) => at),
      values: counted.map(([, count]) => count),
    }),
    judgeChannel({ signal: 'non_go', ...nonGo }),
  ];
}
