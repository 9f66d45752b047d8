// Go runtime: what runtime.MemStats says of one or more targets, under client_golang's names.

import type { DashboardBuilder } from '@grafana/grafana-foundation-sdk/dashboard';
import { row, stacked, timeSeries } from './panels.js';
import { promQuery } from './queries.js';
import { newDashboard, onTarget, seriesLink, UIDS } from './shared.js';

const SERIES = '{{target}} · {{instance}}';

export function goRuntime(): DashboardBuilder {
  const one = (title: string, description: string, unit: string, expr: string, legend = SERIES) =>
    timeSeries({
      title,
      description,
      unit,
      width: 12,
      height: 8,
      queries: [promQuery(expr, legend)],
    }).dataLinks([seriesLink(UIDS.diagnosis, 'Diagnose')]);
  return newDashboard({
    uid: UIDS.goRuntime,
    title: 'Leakline / Go runtime',
    description: 'Heap, garbage collection, goroutines and runtime memory of Go services.',
    anchor: 'leakline_target_up',
    target: 'many',
  })
    .withRow(row('Heap'))
    .withPanel(
      one(
        'Live heap',
        'What survived the last garbage collection: no sawtooth; what only grows is held.',
        'bytes',
        onTarget('leakline_memory_part_bytes', 'part="live_heap"'),
      ),
    )
    .withPanel(
      one(
        'Allocated heap',
        'HeapAlloc: live objects and garbage that is not yet swept. A sawtooth is normal.',
        'bytes',
        onTarget('go_memstats_heap_alloc_bytes'),
      ),
    )
    .withPanel(
      one(
        'Heap in use',
        'HeapInuse: spans with at least one object.',
        'bytes',
        onTarget('go_memstats_heap_inuse_bytes'),
      ),
    )
    .withPanel(
      one(
        'Heap idle, not returned',
        'HeapIdle − HeapReleased: memory that Go keeps for later. No leak.',
        'bytes',
        `${onTarget('go_memstats_heap_idle_bytes')} - ${onTarget('go_memstats_heap_released_bytes')}`,
      ),
    )
    .withPanel(one('Heap objects', 'Objects on the heap.', 'short', onTarget('go_memstats_heap_objects')))
    .withPanel(
      one(
        'Allocation rate',
        'Bytes allocated a second, freed or not: what the collector has to keep up with.',
        'binBps',
        `rate(${onTarget('go_memstats_alloc_bytes_total')}[$__rate_interval])`,
      ),
    )
    .withRow(row('Garbage collection'))
    .withPanel(
      one(
        'Collections',
        'Garbage collections a second.',
        'cps',
        `rate(${onTarget('go_gc_duration_seconds_count')}[$__rate_interval])`,
      ),
    )
    .withPanel(
      one(
        'Pause, mean',
        'Mean stop-the-world pause of a collection.',
        's',
        `rate(${onTarget('go_gc_duration_seconds_sum')}[$__rate_interval]) / rate(${onTarget('go_gc_duration_seconds_count')}[$__rate_interval])`,
      ),
    )
    .withPanel(
      one(
        'Pause, longest of the recent',
        'The longest of the last pauses that the runtime keeps. Only where the source holds pauses.',
        's',
        onTarget('go_gc_duration_seconds', 'quantile="1"'),
      ),
    )
    .withPanel(
      one(
        'Share of the CPU for the collector',
        'GCCPUFraction: since the start of the process.',
        'percentunit',
        onTarget('go_memstats_gc_cpu_fraction'),
      ),
    )
    .withPanel(
      one(
        'Objects allocated',
        'Allocations of objects a second.',
        'ops',
        `rate(${onTarget('go_memstats_mallocs_total')}[$__rate_interval])`,
      ),
    )
    .withPanel(
      one(
        'Objects freed',
        'Objects freed a second. Fewer than allocated for hours: objects are held.',
        'ops',
        `rate(${onTarget('go_memstats_frees_total')}[$__rate_interval])`,
      ),
    )
    .withRow(row('Goroutines and the runtime itself'))
    .withPanel(one('Goroutines', 'Goroutines that exist.', 'short', onTarget('go_goroutines')))
    .withPanel(one('Stacks', 'Memory of goroutine stacks.', 'bytes', onTarget('go_memstats_stack_sys_bytes')))
    .withPanel(
      stacked({
        title: 'Runtime structures',
        description:
          'Memory of the runtime itself: spans, caches, collector, and the buckets of the profiler.',
        unit: 'bytes',
        width: 12,
        height: 8,
        queries: [
          promQuery(onTarget('go_memstats_mspan_sys_bytes'), 'spans {{target}}'),
          promQuery(onTarget('go_memstats_mcache_sys_bytes'), 'caches {{target}}'),
          promQuery(onTarget('go_memstats_gc_sys_bytes'), 'collector {{target}}'),
          promQuery(onTarget('go_memstats_buck_hash_sys_bytes'), 'profiling buckets {{target}}'),
          promQuery(onTarget('go_memstats_other_sys_bytes'), 'other {{target}}'),
        ],
      }),
    )
    .withPanel(
      one(
        'Obtained from the system',
        'Sys: address space that Go has obtained, returned pages included.',
        'bytes',
        onTarget('go_memstats_sys_bytes'),
      ),
    );
}
