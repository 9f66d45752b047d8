// Leak diagnosis: one target. The panel of the app in the middle; around it what its verdict rests on.

import {
  AnnotationEventFieldSource,
  AnnotationQueryBuilder,
  type DashboardBuilder,
  PanelBuilder,
} from '@grafana/grafana-foundation-sdk/dashboard';
import { row, stacked, stat, STATE_MAPPINGS, stateOf, timeSeries } from './panels.js';
import { LeaklineQueryBuilder, lettered, promNow, promQuery } from './queries.js';
import {
  LEAKLINE_SOURCE,
  MIXED_SOURCE,
  newDashboard,
  on,
  onTarget,
  PROMETHEUS_SOURCE,
  UIDS,
} from './shared.js';

/** Task Manager's words (Performance, Memory) for the host. */
export const HOST_MEMORY: [legend: string, expr: string][] = [
  ['In use', `${on('leakline_host_memory_physical_bytes')} - ${on('leakline_host_memory_available_bytes')}`],
  ['Available', on('leakline_host_memory_available_bytes')],
  ['Committed', on('leakline_host_memory_commit_bytes')],
  ['Commit limit', on('leakline_host_memory_commit_limit_bytes')],
  ['Cached', on('leakline_host_memory_cached_bytes')],
  ['Paged pool', on('leakline_host_memory_paged_pool_bytes')],
  ['Non-paged pool', on('leakline_host_memory_nonpaged_pool_bytes')],
];

export function leakDiagnosis(): DashboardBuilder {
  return newDashboard({
    uid: UIDS.diagnosis,
    title: 'Leakline / Leak diagnosis',
    description: 'One Go service: is it leaking, how fast, since when, and which function holds the memory.',
    anchor: 'leakline_target_up',
    target: 'one',
    asksLeakline: true,
  })
    .annotation(captureAnnotation())
    .withPanel(
      stat({
        title: 'State',
        description: 'The verdict on the target.',
        unit: 'none',
        queries: [promNow(stateOf(onTarget))],
      }).mappings(STATE_MAPPINGS),
    )
    .withPanel(
      stat({
        title: 'Growth',
        description: 'Slope of the commit, or of the live heap where the process is on another host.',
        unit: 'binBps',
        queries: [
          promNow(
            `${onTarget('leakline_leak_slope_bytes_per_second', 'signal="commit"')} or on (job, instance, target) ${onTarget('leakline_leak_slope_bytes_per_second', 'signal="live_heap"')}`,
          ),
        ],
      }).noValue('none'),
    )
    .withPanel(
      stat({
        title: 'Growing since',
        description: 'Onset of the present growth.',
        unit: 'dateTimeFromNow',
        queries: [promNow(`${onTarget('leakline_leak_since_timestamp_seconds')} * 1000`)],
      }).noValue('not growing'),
    )
    .withPanel(
      stat({
        title: 'Time to limit',
        description:
          'Until the nearest limit at the present growth: configuration, GOMEMLIMIT, cgroup or host.',
        unit: 's',
        colours: [
          [null, 'red'],
          [3600, 'orange'],
          [86400, 'green'],
        ],
        queries: [promNow(onTarget('leakline_time_to_limit_seconds'), '{{limit}}')],
      }).noValue('none in sight'),
    )
    .withPanel(
      stat({
        title: 'Commit',
        description: 'What the operating system charges to the process (Task Manager: commit size).',
        unit: 'bytes',
        queries: [promNow(onTarget('leakline_process_commit_bytes'))],
      }).noValue('unknown'),
    )
    .withPanel(
      stat({
        title: 'Running for',
        description: 'Since the start of the process.',
        unit: 'dtdurations',
        queries: [promNow(`time() - ${onTarget('leakline_process_start_time_seconds')}`)],
      }).noValue('unknown'),
    )
    .withPanel(diagnosisPanel())
    .withRow(row('Accounting'))
    .withPanel(
      stacked({
        title: 'Memory by part',
        description:
          'Every byte that the system charges to the process, in parts that add up: whose growth it is. Garbage and idle heap come and go; live heap, stacks and non-Go memory that only grow are leaks.',
        unit: 'bytes',
        width: 12,
        height: 10,
        queries: [promQuery(onTarget('leakline_memory_part_bytes'), '{{part}}')],
      }),
    )
    .withPanel(
      timeSeries({
        title: 'Slopes with their intervals',
        description: 'Growth of each signal in bytes, and the 95 % interval of it.',
        unit: 'binBps',
        width: 12,
        height: 10,
        queries: [
          promQuery(onTarget('leakline_leak_slope_bytes_per_second'), '{{signal}}'),
          promQuery(onTarget('leakline_leak_slope_bytes_per_second_lower'), '{{signal}} lower'),
          promQuery(onTarget('leakline_leak_slope_bytes_per_second_upper'), '{{signal}} upper'),
        ],
      }).overrideByRegexp('.* (lower|upper)', [
        { id: 'custom.lineStyle', value: { fill: 'dash', dash: [4, 4] } },
        { id: 'custom.fillOpacity', value: 0 },
      ]),
    )
    .withPanel(
      timeSeries({
        title: 'Growing functions',
        description: 'The functions that hold the growth, while an incident is open.',
        unit: 'binBps',
        width: 12,
        height: 8,
        queries: [promQuery(onTarget('leakline_allocator_growth_bytes_per_second'), '{{function}}')],
      }).noValue('no incident is open'),
    )
    .withPanel(
      timeSeries({
        title: 'Against the baseline',
        description: 'Each signal over what it was while the service was healthy; 1 is as always.',
        unit: 'short',
        width: 12,
        height: 8,
        queries: [promQuery(onTarget('leakline_baseline_ratio'), '{{signal}}')],
      }).noValue('no baseline yet'),
    )
    .withRow(row('Garbage collection'))
    .withPanel(
      timeSeries({
        title: 'Live heap and the next collection',
        description: 'What survived the last collection, and the heap at which the next one starts.',
        unit: 'bytes',
        width: 8,
        height: 8,
        queries: [
          promQuery(onTarget('leakline_memory_part_bytes', 'part="live_heap"'), 'live heap'),
          promQuery(onTarget('go_memstats_heap_alloc_bytes'), 'allocated'),
          promQuery(onTarget('go_memstats_next_gc_bytes'), 'next collection'),
        ],
      }),
    )
    .withPanel(
      timeSeries({
        title: 'Collections',
        description:
          'Garbage collections a second. Many more than usual with a flat heap: GOMEMLIMIT is reached.',
        unit: 'cps',
        width: 8,
        height: 8,
        queries: [
          promQuery(`rate(${onTarget('go_gc_duration_seconds_count')}[$__rate_interval])`, 'collections'),
        ],
      }),
    )
    .withPanel(
      timeSeries({
        title: 'Share of the CPU for the collector',
        description: 'GCCPUFraction: since the start of the process.',
        unit: 'percentunit',
        width: 8,
        height: 8,
        queries: [promQuery(onTarget('go_memstats_gc_cpu_fraction'), 'collector')],
      }),
    )
    .withRow(row('Goroutines and handles'))
    .withPanel(
      timeSeries({
        title: 'Goroutines',
        description: 'Goroutines that exist. A leak of goroutines grows evenly, whatever the load.',
        unit: 'short',
        width: 12,
        height: 8,
        queries: [promQuery(onTarget('go_goroutines'), 'goroutines')],
      }),
    )
    .withPanel(
      timeSeries({
        title: 'Handles and threads',
        description: 'Open handles (descriptors on Linux), threads, and on Windows GDI and USER objects.',
        unit: 'short',
        width: 12,
        height: 8,
        queries: [
          promQuery(onTarget('leakline_process_handles'), 'handles'),
          promQuery(onTarget('leakline_process_threads'), 'threads'),
          promQuery(onTarget('leakline_process_gdi_objects'), 'GDI objects'),
          promQuery(onTarget('leakline_process_user_objects'), 'USER objects'),
        ],
      }),
    )
    .withRow(row('The process and its host, in Task Manager’s words'))
    .withPanel(
      timeSeries({
        title: 'Process',
        description: 'Memory (active private working set), working set and commit size of the process.',
        unit: 'bytes',
        width: 12,
        height: 9,
        queries: [
          promQuery(
            onTarget('leakline_process_private_working_set_bytes'),
            'Memory (active private working set)',
          ),
          promQuery(onTarget('leakline_process_working_set_bytes'), 'Working set'),
          promQuery(onTarget('leakline_process_commit_bytes'), 'Commit size'),
        ],
      }),
    )
    .withPanel(
      timeSeries({
        title: 'Memory of the host',
        description: 'Task Manager’s Performance page, Memory.',
        unit: 'bytes',
        width: 12,
        height: 9,
        queries: HOST_MEMORY.map(([legend, expr]) => promQuery(expr, legend)),
      }),
    );
}

/** The trend comes from Prometheus; verdict, captures and functions from Leakline, in one panel. */
function diagnosisPanel(): PanelBuilder {
  const ask = (queryType: string, more: { mode?: string } = {}) =>
    new LeaklineQueryBuilder(LEAKLINE_SOURCE, { queryType, target: '$target', ...more });
  const prometheus = (expr: string, legend: string) => promQuery(expr, legend).datasource(PROMETHEUS_SOURCE);
  return new PanelBuilder()
    .type('leakline-memory-panel')
    .title('Leak diagnosis')
    .description('The trend beside the functions that grow; click one for its lines and callers.')
    .datasource(MIXED_SOURCE)
    .span(24)
    .height(22)
    .targets(
      lettered([
        ask('verdicts'),
        ask('accounting'),
        ask('captures'),
        ask('incidents'),
        ask('allocators', { mode: 'growth' }),
        prometheus(onTarget('leakline_process_commit_bytes'), 'commit'),
        prometheus(onTarget('leakline_process_private_working_set_bytes'), 'private working set'),
        // The label "signal" tells the panel which of its signals a series is.
        prometheus(
          `label_replace(${onTarget('leakline_memory_part_bytes', 'part="live_heap"')}, "signal", "live_heap", "", "")`,
          'live heap',
        ),
      ]),
    )
    .options({ target: '$target', showAccounting: true, showBaseline: true, sourceLink: '' });
}

/** Captures of the target at their time; alerts come with every dashboard. */
function captureAnnotation(): AnnotationQueryBuilder {
  return new AnnotationQueryBuilder()
    .name('Captures')
    .datasource(LEAKLINE_SOURCE)
    .enable(true)
    .iconColor('blue')
    .target(
      new LeaklineQueryBuilder(LEAKLINE_SOURCE, { queryType: 'captures', target: '$target' }).refId('Anno'),
    )
    .mappings({
      title: { build: () => ({ source: AnnotationEventFieldSource.Text, value: 'Capture' }) },
      text: { build: () => ({ source: AnnotationEventFieldSource.Field, value: 'trigger' }) },
    });
}
