// Windows host and processes: Task Manager's pages. Columns and words are Task Manager's own.

import { TableSortByFieldStateBuilder } from '@grafana/grafana-foundation-sdk/common';
import type { DashboardBuilder } from '@grafana/grafana-foundation-sdk/dashboard';
import { HOST_MEMORY } from './leak-diagnosis.js';
import { row, stat, table, timeSeries } from './panels.js';
import { promNow, promQuery, promRows } from './queries.js';
import { linkTo, newDashboard, on, UIDS } from './shared.js';

const PER_PROCESS = 'job, instance, process, target';
const SERIES = '{{process}} · {{instance}}';

export function windows(): DashboardBuilder {
  const top = (title: string, description: string, unit: string, metric: string) =>
    timeSeries({
      title,
      description,
      unit,
      width: 12,
      height: 9,
      queries: [promQuery(`topk(10, ${on(metric)})`, SERIES)],
    });
  return newDashboard({
    uid: UIDS.windows,
    title: 'Leakline / Windows host and processes',
    description: 'Task Manager’s Performance and Details pages, over time.',
    // Only Windows charges paged pool to the host.
    anchor: 'leakline_host_memory_paged_pool_bytes',
  })
    .withRow(row('Performance: memory'))
    .withPanel(
      hostStat(
        'In use',
        'Physical memory in use.',
        `sum(${on('leakline_host_memory_physical_bytes')} - ${on('leakline_host_memory_available_bytes')})`,
      ),
    )
    .withPanel(
      hostStat(
        'Available',
        'Memory that can be had without paging.',
        `sum(${on('leakline_host_memory_available_bytes')})`,
      ),
    )
    .withPanel(
      hostStat(
        'Committed',
        'Committed memory of the host.',
        `sum(${on('leakline_host_memory_commit_bytes')})`,
      ),
    )
    .withPanel(
      hostStat('Cached', 'File cache of the host.', `sum(${on('leakline_host_memory_cached_bytes')})`),
    )
    .withPanel(
      hostStat('Paged pool', 'Paged kernel pool.', `sum(${on('leakline_host_memory_paged_pool_bytes')})`),
    )
    .withPanel(
      hostStat(
        'Non-paged pool',
        'Kernel memory that is never paged out. What grows here without end is a driver’s leak.',
        `sum(${on('leakline_host_memory_nonpaged_pool_bytes')})`,
      ),
    )
    .withPanel(
      timeSeries({
        title: 'Memory',
        description: 'Task Manager’s Performance page, Memory.',
        unit: 'bytes',
        width: 12,
        height: 9,
        queries: HOST_MEMORY.map(([legend, expr]) => promQuery(expr, `${legend} · {{instance}}`)),
      }),
    )
    .withPanel(
      timeSeries({
        title: 'Committed of the limit',
        description: 'At 100 % every allocation on the host fails. A larger page file raises the limit.',
        unit: 'percentunit',
        width: 12,
        height: 9,
        queries: [
          promQuery(
            `${on('leakline_host_memory_commit_bytes')} / ${on('leakline_host_memory_commit_limit_bytes')}`,
            '{{instance}}',
          ),
        ],
      })
        .min(0)
        .max(1),
    )
    .withPanel(
      timeSeries({
        title: 'Hard faults of the host',
        description: 'Pages read from disk a second: many for long mean too little physical memory.',
        unit: 'cps',
        width: 24,
        height: 7,
        queries: [
          promQuery(
            `rate(${on('leakline_host_memory_hard_faults_total')}[$__rate_interval])`,
            '{{instance}}',
          ),
        ],
      }),
    )
    .withRow(row('Details'))
    .withPanel(details())
    .withRow(row('The largest processes'))
    .withPanel(
      top(
        'Memory (active private working set)',
        'Physical memory that only the process uses.',
        'bytes',
        'leakline_process_private_working_set_bytes',
      ),
    )
    .withPanel(
      top(
        'Commit size',
        'Memory that the system has promised to the process: what a leak grows.',
        'bytes',
        'leakline_process_commit_bytes',
      ),
    )
    .withPanel(top('Handles', 'Open handles.', 'short', 'leakline_process_handles'))
    .withPanel(top('Threads', 'Threads.', 'short', 'leakline_process_threads'))
    .withPanel(
      top(
        'GDI objects',
        'GDI objects; at 10,000 a process fails to draw.',
        'short',
        'leakline_process_gdi_objects',
      ),
    )
    .withPanel(
      top(
        'USER objects',
        'USER objects; at 10,000 no more windows.',
        'short',
        'leakline_process_user_objects',
      ),
    );
}

function hostStat(title: string, description: string, expr: string) {
  return stat({ title, description, unit: 'bytes', queries: [promNow(expr)] }).noValue('unknown');
}

const COLUMNS: [title: string, metric: string, unit: string][] = [
  ['Memory (active private working set)', 'private_working_set_bytes', 'bytes'],
  ['Working set', 'working_set_bytes', 'bytes'],
  ['Peak working set', 'peak_working_set_bytes', 'bytes'],
  ['Commit size', 'commit_bytes', 'bytes'],
  ['Paged pool', 'paged_pool_bytes', 'bytes'],
  ['NP pool', 'nonpaged_pool_bytes', 'bytes'],
  ['Handles', 'handles', 'short'],
  ['Threads', 'threads', 'short'],
  ['GDI objects', 'gdi_objects', 'short'],
  ['USER objects', 'user_objects', 'short'],
];

function details() {
  const rateOf = (metric: string) =>
    `max by (${PER_PROCESS}) (rate(${on(`leakline_process_${metric}`)}[$__rate_interval]))`;
  const queries = [
    ...COLUMNS.map(([, metric]) => promRows(`max by (${PER_PROCESS}) (${on(`leakline_process_${metric}`)})`)),
    promRows(rateOf('page_faults_total')),
    promRows(rateOf('cpu_seconds_total')),
  ];
  const value = (index: number) => `Value #${String.fromCharCode('A'.charCodeAt(0) + index)}`;
  return table({
    title: 'Processes',
    description: 'Task Manager’s Details page. The name of a Go service under watch leads to its diagnosis.',
    width: 24,
    height: 14,
    queries,
    columns: [
      {
        field: 'process',
        title: 'Name',
        width: 200,
      },
      {
        field: 'target',
        title: 'Go service',
        width: 160,
        more: [
          {
            id: 'links',
            value: [
              {
                title: 'Diagnose',
                url: linkTo(UIDS.diagnosis, {
                  instance: '${__data.fields.Host}',
                  target: '${__data.fields["Go service"]}',
                }),
              },
            ],
          },
        ],
      },
      ...COLUMNS.map(([title, , unit], index) => ({ field: value(index), title, unit, width: 120 })),
      { field: value(COLUMNS.length), title: 'Page faults', unit: 'cps', width: 110 },
      { field: value(COLUMNS.length + 1), title: 'CPU', unit: 'percentunit', width: 90 },
      { field: 'instance', title: 'Host', width: 170 },
    ],
    hidden: ['job'],
  }).sortBy([new TableSortByFieldStateBuilder().displayName('Commit size').desc(true)]);
}
