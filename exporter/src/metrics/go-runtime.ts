// The Go runtime of each target under the very names and help texts of client_golang's Go collector
// (prometheus/go_collector.go), with a `target` label, so that existing dashboards and rules work.

import type { GoRuntimeReading } from '../go-runtime/types.js';
import type { TargetStatus } from '../watch/types.js';
import type { Family, MetricSource } from './families.js';

type Read = (reading: GoRuntimeReading) => number | undefined;

const GAUGES: [name: string, help: string, read: Read][] = [
  ['go_goroutines', 'Number of goroutines that currently exist.', (r) => r.goroutines],
  ['go_threads', 'Number of OS threads created.', (r) => r.threads],
  [
    'go_memstats_alloc_bytes',
    'Number of bytes allocated in heap and currently in use.',
    (r) => r.heapAllocBytes,
  ],
  ['go_memstats_sys_bytes', 'Number of bytes obtained from system.', (r) => r.sysBytes],
  [
    'go_memstats_heap_alloc_bytes',
    'Number of heap bytes allocated and currently in use.',
    (r) => r.heapAllocBytes,
  ],
  ['go_memstats_heap_sys_bytes', 'Number of heap bytes obtained from system.', (r) => r.heapSysBytes],
  ['go_memstats_heap_idle_bytes', 'Number of heap bytes waiting to be used.', (r) => r.heapIdleBytes],
  ['go_memstats_heap_inuse_bytes', 'Number of heap bytes that are in use.', (r) => r.heapInuseBytes],
  ['go_memstats_heap_released_bytes', 'Number of heap bytes released to OS.', (r) => r.heapReleasedBytes],
  ['go_memstats_heap_objects', 'Number of currently allocated objects.', (r) => r.heapObjects],
  [
    'go_memstats_stack_inuse_bytes',
    'Number of bytes in use by the stack allocator.',
    (r) => r.stackInuseBytes,
  ],
  [
    'go_memstats_stack_sys_bytes',
    'Number of bytes obtained from system for stack allocator.',
    (r) => r.stackSysBytes,
  ],
  ['go_memstats_mspan_inuse_bytes', 'Number of bytes in use by mspan structures.', (r) => r.mspanInuseBytes],
  [
    'go_memstats_mspan_sys_bytes',
    'Number of bytes used for mspan structures obtained from system.',
    (r) => r.mspanSysBytes,
  ],
  [
    'go_memstats_mcache_inuse_bytes',
    'Number of bytes in use by mcache structures.',
    (r) => r.mcacheInuseBytes,
  ],
  [
    'go_memstats_mcache_sys_bytes',
    'Number of bytes used for mcache structures obtained from system.',
    (r) => r.mcacheSysBytes,
  ],
  [
    'go_memstats_buck_hash_sys_bytes',
    'Number of bytes used by the profiling bucket hash table.',
    (r) => r.buckHashSysBytes,
  ],
  [
    'go_memstats_gc_sys_bytes',
    'Number of bytes used for garbage collection system metadata.',
    (r) => r.gcSysBytes,
  ],
  [
    'go_memstats_other_sys_bytes',
    'Number of bytes used for other system allocations.',
    (r) => r.otherSysBytes,
  ],
  [
    'go_memstats_next_gc_bytes',
    'Number of heap bytes when next garbage collection will take place.',
    (r) => r.nextGcBytes,
  ],
  [
    'go_memstats_last_gc_time_seconds',
    'Number of seconds since 1970 of last garbage collection.',
    (r) => r.lastGcAtSeconds,
  ],
  [
    'go_memstats_gc_cpu_fraction',
    "The fraction of this program's available CPU time used by the GC since the program started.",
    (r) => r.gcCpuFraction,
  ],
  ['go_gc_gogc_percent', 'Heap size target percentage configured by the user.', (r) => r.gogcPercent],
  ['go_gc_gomemlimit_bytes', 'Go runtime memory limit configured by the user.', (r) => r.goMemLimitBytes],
];

const COUNTERS: [name: string, help: string, read: Read][] = [
  [
    'go_memstats_alloc_bytes_total',
    'Total number of bytes allocated, even if freed.',
    (r) => r.totalAllocBytes,
  ],
  ['go_memstats_lookups_total', 'Total number of pointer lookups.', (r) => r.lookups],
  ['go_memstats_mallocs_total', 'Total number of mallocs.', (r) => r.mallocs],
  ['go_memstats_frees_total', 'Total number of frees.', (r) => r.frees],
];

const PAUSES: Family = {
  name: 'go_gc_duration_seconds',
  help: 'A summary of the pause duration of garbage collection cycles.',
  type: 'summary',
  labels: ['target'],
};
const QUANTILES = [0, 0.25, 0.5, 0.75, 1];

export function goRuntimeMetrics(targets: () => readonly TargetStatus[]): MetricSource {
  const family =
    (type: 'gauge' | 'counter') =>
    ([name, help]: [string, string, Read]): Family => ({
      name,
      help,
      type,
      labels: ['target'],
    });
  return {
    families: [...GAUGES.map(family('gauge')), ...COUNTERS.map(family('counter')), PAUSES],
    collect(add) {
      for (const { name: target, lastSample, health } of targets()) {
        const reading = lastSample?.runtime;
        if (!reading || health !== 'up') continue;
        for (const [name, , read] of GAUGES) add(name, { target }, read(reading));
        for (const [name, , read] of COUNTERS) add(name, { target }, read(reading));
        const pauses = reading.gcPausesSeconds ? [...reading.gcPausesSeconds].sort((a, b) => a - b) : [];
        if (pauses.length > 0) {
          for (const quantile of QUANTILES) {
            const pause = pauses[Math.round(quantile * (pauses.length - 1))];
            add(PAUSES.name, { target, quantile: String(quantile) }, pause);
          }
        }
        add(PAUSES.name, { target, part: 'sum' }, reading.gcPauseTotalSeconds);
        add(PAUSES.name, { target, part: 'count' }, reading.gcCount);
      }
    },
  };
}
