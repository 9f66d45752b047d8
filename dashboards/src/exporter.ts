// Leakline itself: whether the exporters answer, what sampling costs, captures and their store.

import type { DashboardBuilder } from '@grafana/grafana-foundation-sdk/dashboard';
import { row, stat, timeSeries } from './panels.js';
import { promNow, promQuery } from './queries.js';
import { newDashboard, on, UIDS } from './shared.js';

export function exporter(): DashboardBuilder {
  const number = (title: string, description: string, unit: string, expr: string, isBad = false) =>
    stat({
      title,
      description,
      unit,
      queries: [promNow(expr)],
      ...(isBad
        ? {
            colours: [
              [null, 'green'],
              [1, 'red'],
            ] satisfies [number | null, string][],
          }
        : {}),
    });
  const chart = (
    title: string,
    description: string,
    unit: string,
    queries: [expr: string, legend: string][],
  ) =>
    timeSeries({
      title,
      description,
      unit,
      width: 12,
      height: 8,
      queries: queries.map(([expr, legend]) => promQuery(expr, legend)),
    });
  return newDashboard({
    uid: UIDS.exporter,
    title: 'Leakline / Exporters',
    description: 'Leakline about itself: scraping, sampling, captures, their store, alerts received.',
    anchor: 'leakline_build_info',
  })
    .withPanel(number('Exporters', 'Exporters that answer.', 'short', `count(${on('leakline_build_info')})`))
    .withPanel(
      number(
        'Exporters down',
        'Exporters that Prometheus cannot scrape.',
        'short',
        `count(${on('up')} == 0 and on (job, instance) last_over_time(${on('leakline_build_info')}[$__range])) or vector(0)`,
        true,
      ),
    )
    .withPanel(
      number(
        'Targets down',
        'Targets whose Go runtime does not answer.',
        'short',
        `count(${on('leakline_target_up')} == 0) or vector(0)`,
        true,
      ),
    )
    .withPanel(
      number('Open incidents', 'Incidents that are open.', 'short', `sum(${on('leakline_incidents_open')})`),
    )
    .withPanel(number('Captures', 'Captures in the stores.', 'short', `sum(${on('leakline_captures')})`))
    .withPanel(
      number(
        'Stores that fail',
        'Stores that cannot be written.',
        'short',
        `count(${on('leakline_capture_store_up')} == 0) or vector(0)`,
        true,
      ),
    )
    .withRow(row('Scraping and sampling'))
    .withPanel(
      chart('Scrape duration', 'Time that Prometheus waits for the answer of an exporter.', 's', [
        [
          `${on('scrape_duration_seconds')} and on (job, instance) ${on('leakline_build_info')}`,
          '{{instance}}',
        ],
      ]),
    )
    .withPanel(
      chart('Series', 'Series of an exporter in a scrape.', 'short', [
        [
          `${on('scrape_samples_scraped')} and on (job, instance) ${on('leakline_build_info')}`,
          '{{instance}}',
        ],
      ]),
    )
    .withPanel(
      chart('Reading of all processes', 'Time that one reading of all processes of the host takes.', 's', [
        [on('leakline_sample_duration_seconds'), '{{instance}}'],
      ]),
    )
    .withPanel(
      chart('Sample of a target', 'Time that one sample of a target takes, its own answer included.', 's', [
        [`topk(10, ${on('leakline_target_sample_duration_seconds')})`, '{{target}} · {{instance}}'],
      ]),
    )
    .withPanel(
      chart('Processes', 'Processes on the hosts.', 'short', [[on('leakline_processes'), '{{instance}}']]),
    )
    .withPanel(
      chart(
        'Samples with clamped accounting',
        'Samples a second in which Go claims more memory than the system charges to the process.',
        'cps',
        [
          [
            `rate(${on('leakline_accounting_clamped_samples_total')}[$__rate_interval])`,
            '{{target}} · {{instance}}',
          ],
        ],
      ),
    )
    .withRow(row('Captures and alerts'))
    .withPanel(
      chart(
        'Captures taken',
        'Captures in the last hour, by what asked for them and how they ended.',
        'short',
        [
          [
            `sum by (trigger, result) (increase(${on('leakline_captures_total')}[1h]))`,
            '{{trigger}}: {{result}}',
          ],
        ],
      ),
    )
    .withPanel(
      chart('Capture queue', 'Captures that wait or run, follow-ups included.', 'short', [
        [on('leakline_capture_queue_length'), '{{instance}}'],
      ]),
    )
    .withPanel(
      chart('Store', 'Share of the room for captures that is used; at 100 % the oldest go.', 'percentunit', [
        [
          `${on('leakline_capture_store_bytes')} / ${on('leakline_capture_store_limit_bytes')}`,
          '{{instance}}',
        ],
      ]),
    )
    .withPanel(
      chart(
        'Alerts received',
        'Alerts in the last hour that the webhook received, and those of no known target.',
        'short',
        [
          [`sum by (status) (increase(${on('leakline_alerts_received_total')}[1h]))`, '{{status}}'],
          [
            `sum by (reason) (increase(${on('leakline_alerts_unmatched_total')}[1h]))`,
            'unmatched: {{reason}}',
          ],
        ],
      ),
    );
}
