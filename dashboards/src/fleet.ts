// Fleet: every target of every exporter, the worst first.

import { TableCellDisplayMode, TableSortByFieldStateBuilder } from '@grafana/grafana-foundation-sdk/common';
import type { DashboardBuilder } from '@grafana/grafana-foundation-sdk/dashboard';
import { PanelBuilder as StateTimelineBuilder } from '@grafana/grafana-foundation-sdk/statetimeline';
import { row, stat, STATE_MAPPINGS, stateOf, table, timeSeries } from './panels.js';
import { lettered, promNow, promQuery, promRows } from './queries.js';
import { linkTo, newDashboard, on, PROMETHEUS_SOURCE, seriesLink, UIDS } from './shared.js';

const PER_TARGET = 'job, instance, target';
const SERIES = '{{target}} · {{instance}}';

export function fleet(): DashboardBuilder {
  return newDashboard({
    uid: UIDS.fleet,
    title: 'Leakline / Fleet',
    description:
      'Every Go service under watch: its verdict, how fast it grows and when it reaches its limit.',
    from: 'now-6h',
    anchor: 'leakline_build_info',
  })
    .withPanel(
      stat({
        title: 'Targets',
        description: 'Go services under watch.',
        unit: 'short',
        queries: [promNow(`count(${on('leakline_target_up')}) or vector(0)`)],
      }),
    )
    .withPanel(
      stat({
        title: 'Leaking',
        description: 'Targets with a signal that is judged to leak.',
        unit: 'short',
        colours: [
          [null, 'green'],
          [1, 'red'],
        ],
        queries: [promNow(`sum(${on('leakline_leak_state', 'state="leaking"')}) or vector(0)`)],
      }),
    )
    .withPanel(
      stat({
        title: 'Growing',
        description: 'Targets that grow, without proof yet that it is a leak.',
        unit: 'short',
        colours: [
          [null, 'green'],
          [1, 'orange'],
        ],
        queries: [promNow(`sum(${on('leakline_leak_state', 'state="growing"')}) or vector(0)`)],
      }),
    )
    .withPanel(
      stat({
        title: 'Nearest limit',
        description: 'Least time until a growing target reaches its limit, at its present growth.',
        unit: 's',
        colours: [
          [null, 'red'],
          [3600, 'orange'],
          [86400, 'green'],
        ],
        queries: [promNow(`min(${on('leakline_time_to_limit_seconds')})`)],
      }).noValue('none in sight'),
    )
    .withPanel(
      stat({
        title: 'Targets down',
        description: 'Targets whose Go runtime does not answer.',
        unit: 'short',
        colours: [
          [null, 'green'],
          [1, 'orange'],
        ],
        queries: [promNow(`count(${on('leakline_target_up')} == 0) or vector(0)`)],
      }),
    )
    .withPanel(
      stat({
        title: 'Exporters down',
        description: 'Exporters that Prometheus cannot scrape: leaks on their hosts go unseen.',
        unit: 'short',
        colours: [
          [null, 'green'],
          [1, 'red'],
        ],
        queries: [
          promNow(
            `count(${on('up')} == 0 and on (job, instance) last_over_time(${on('leakline_build_info')}[$__range])) or vector(0)`,
          ),
        ],
      }),
    )
    .withPanel(targets())
    .withPanel(verdicts())
    .withRow(row('Trends of the ten fastest'))
    .withPanel(
      timeSeries({
        title: 'Growth',
        description: 'Slope of the commit, or of the live heap where the process is on another host.',
        unit: 'binBps',
        width: 12,
        height: 9,
        queries: [
          promQuery(
            `topk(10, max by (${PER_TARGET}) (${on('leakline_leak_slope_bytes_per_second', 'signal=~"commit|live_heap"')}))`,
            SERIES,
          ),
        ],
      }).dataLinks([seriesLink(UIDS.diagnosis, 'Diagnose')]),
    )
    .withPanel(
      timeSeries({
        title: 'Commit',
        description: 'What the operating system charges to the largest targets (Task Manager: commit size).',
        unit: 'bytes',
        width: 12,
        height: 9,
        queries: [promQuery(`topk(10, ${on('leakline_process_commit_bytes', 'target!=""')})`, SERIES)],
      }).dataLinks([seriesLink(UIDS.diagnosis, 'Diagnose')]),
    );
}

function targets() {
  const diagnose = {
    title: 'Diagnose',
    url: linkTo(UIDS.diagnosis, {
      job: '${__data.fields.job}',
      instance: '${__data.fields.Instance}',
      target: '${__data.fields.Target}',
    }),
  };
  return table({
    title: 'Targets, worst first',
    description: 'A row a target: click its name for the diagnosis. Unknown is empty.',
    width: 24,
    height: 12,
    queries: [
      promRows(stateOf(on)),
      promRows(
        `max by (${PER_TARGET}) (${on('leakline_leak_slope_bytes_per_second', 'signal=~"commit|live_heap"')})`,
      ),
      promRows(`min by (${PER_TARGET}) (${on('leakline_time_to_limit_seconds')})`),
      promRows(`max by (${PER_TARGET}) (${on('leakline_leak_since_timestamp_seconds')}) * 1000`),
      promRows(`max by (${PER_TARGET}) (${on('leakline_process_commit_bytes', 'target!=""')})`),
      promRows(`max by (${PER_TARGET}) (${on('leakline_memory_part_bytes', 'part="live_heap"')})`),
      promRows(`max by (${PER_TARGET}) (${on('go_goroutines', 'target!=""')})`),
      promRows(
        `topk by (${PER_TARGET}) (1, max by (${PER_TARGET}, function) (${on('leakline_allocator_growth_bytes_per_second')}))`,
      ),
    ],
    columns: [
      { field: 'target', title: 'Target', width: 220, more: [{ id: 'links', value: [diagnose] }] },
      {
        field: 'Value #A',
        title: 'State',
        width: 110,
        more: [
          { id: 'mappings', value: STATE_MAPPINGS },
          { id: 'custom.cellOptions', value: { type: TableCellDisplayMode.ColorBackground } },
        ],
      },
      { field: 'Value #B', title: 'Growth', unit: 'binBps', width: 110 },
      { field: 'Value #C', title: 'Time to limit', unit: 's', width: 120 },
      { field: 'Value #D', title: 'Since', unit: 'dateTimeFromNow', width: 130 },
      { field: 'function', title: 'Growing function' },
      { field: 'Value #E', title: 'Commit', unit: 'bytes', width: 110 },
      { field: 'Value #F', title: 'Live heap', unit: 'bytes', width: 110 },
      { field: 'Value #G', title: 'Goroutines', unit: 'short', width: 110 },
      { field: 'instance', title: 'Instance', width: 180 },
      { field: 'job', title: 'job', more: [{ id: 'custom.hidden', value: true }] },
    ],
    hidden: ['Value #H'],
  }).sortBy([
    new TableSortByFieldStateBuilder().displayName('State').desc(true),
    new TableSortByFieldStateBuilder().displayName('Growth').desc(true),
  ]);
}

function verdicts() {
  return new StateTimelineBuilder()
    .title('Verdicts')
    .description('The verdict of each target over the time range.')
    .datasource(PROMETHEUS_SOURCE)
    .unit('none')
    .span(24)
    .height(8)
    .targets(lettered([promQuery(stateOf(on), SERIES)]))
    .mappings(STATE_MAPPINGS)
    .fillOpacity(80)
    .rowHeight(0.85);
}
