// What all dashboards share: data sources, variables, links between them, annotations, and the matchers of every query.
// Names and settings follow dashboard-linter (https://github.com/grafana/dashboard-linter/tree/main/docs/rules).

import {
  AnnotationQueryBuilder,
  DashboardBuilder,
  DashboardCursorSync,
  DashboardLinkBuilder,
  DashboardLinkType,
  DatasourceVariableBuilder,
  QueryVariableBuilder,
  VariableRefresh,
  VariableSort,
} from '@grafana/grafana-foundation-sdk/dashboard';
import { promQuery } from './queries.js';

export const PROMETHEUS_SOURCE = { type: 'prometheus', uid: '${prometheus_datasource}' };
export const LEAKLINE_SOURCE = { type: 'leakline-memory-datasource', uid: '${leakline_datasource}' };
export const MIXED_SOURCE = { type: 'datasource', uid: '-- Mixed --' };

/** Every dashboard bears this tag; the menu of links in each finds the others by it. */
export const TAG = 'leakline';

export const UIDS = {
  fleet: 'leakline-fleet',
  diagnosis: 'leakline-diagnosis',
  goRuntime: 'leakline-go-runtime',
  windows: 'leakline-windows',
  exporter: 'leakline-exporter',
} as const;

/** Matchers of what one exporter tells; `more` narrows it further, without a comma at its ends. */
export function on(metric: string, more = ''): string {
  return `${metric}{job=~"$job", instance=~"$instance"${more === '' ? '' : `, ${more}`}}`;
}

/** Matchers of what an exporter tells of the chosen target or targets. */
export function onTarget(metric: string, more = ''): string {
  return on(metric, `target=~"$target"${more === '' ? '' : `, ${more}`}`);
}

export interface DashboardOptions {
  uid: string;
  title: string;
  description: string;
  /** Default: the last hour. */
  from?: string;
  /** The metric by which exporters are found; one that every host of this dashboard tells. */
  anchor: string;
  /** A variable for targets: one, or several with "All". */
  target?: 'one' | 'many';
  /** Whether panels ask the Leakline data source too. */
  asksLeakline?: boolean;
}

/** A dashboard with everything but its panels. */
export function newDashboard(options: DashboardOptions): DashboardBuilder {
  const dashboard = new DashboardBuilder(options.title)
    .uid(options.uid)
    .description(options.description)
    .tags([TAG])
    .readonly()
    .tooltip(DashboardCursorSync.Crosshair)
    .time({ from: options.from ?? 'now-1h', to: 'now' })
    .refresh('30s')
    .timezone('browser')
    .withVariable(
      new DatasourceVariableBuilder('prometheus_datasource')
        .label('Prometheus data source')
        .type('prometheus'),
    );
  if (options.asksLeakline) {
    dashboard.withVariable(
      new DatasourceVariableBuilder('leakline_datasource')
        .label('Leakline data source')
        .type('leakline-memory-datasource'),
    );
  }
  dashboard
    .withVariable(labelVariable('job', 'Job', options.anchor))
    .withVariable(labelVariable('instance', 'Instance', `${options.anchor}{job=~"$job"}`));
  if (options.target) {
    const known = `${options.anchor}{job=~"$job", instance=~"$instance"}`;
    dashboard.withVariable(
      options.target === 'many'
        ? labelVariable('target', 'Target', known)
        : queryVariable('target', 'Target', known).multi(false).includeAll(false),
    );
  }
  return dashboard
    .annotation(alertAnnotation(options.target !== undefined))
    .link(
      new DashboardLinkBuilder('Leakline')
        .type(DashboardLinkType.Dashboards)
        .tags([TAG])
        .tooltip('The other dashboards, with this time range and target')
        .asDropdown(true)
        .includeVars(true)
        .keepTime(true),
    );
}

function queryVariable(label: string, title: string, series: string): QueryVariableBuilder {
  return new QueryVariableBuilder(label)
    .label(title)
    .datasource(PROMETHEUS_SOURCE)
    .query(`label_values(${series}, ${label})`)
    .refresh(VariableRefresh.OnTimeRangeChanged)
    .sort(VariableSort.AlphabeticalAsc);
}

function labelVariable(label: string, title: string, series: string): QueryVariableBuilder {
  return queryVariable(label, title, series)
    .multi(true)
    .includeAll(true)
    .allValue('.+')
    .current({ selected: true, text: 'All', value: '$__all' });
}

function alertAnnotation(ofTarget: boolean): AnnotationQueryBuilder {
  const select = ofTarget ? onTarget : on;
  return new AnnotationQueryBuilder()
    .name('Alerts')
    .datasource(PROMETHEUS_SOURCE)
    .enable(true)
    .iconColor('red')
    .target(promQuery(select('ALERTS', 'alertname=~"Leakline.+", alertstate="firing"')))
    .expr(select('ALERTS', 'alertname=~"Leakline.+", alertstate="firing"'))
    .titleFormat('{{alertname}}')
    .textFormat('{{target}} {{instance}}')
    .step('60s');
}

/** The address of another dashboard for the row or series that was clicked. */
export function linkTo(uid: string, vars: Record<string, string>): string {
  const own = Object.entries(vars).map(([name, value]) => `var-${name}=${value}`);
  return `/d/${uid}?${['${prometheus_datasource:queryparam}', ...own, '${__url_time_range}'].join('&')}`;
}

/** To the diagnosis of the target whose series was clicked. */
export function seriesLink(uid: string, title: string): DashboardLinkBuilder {
  return new DashboardLinkBuilder(title).type(DashboardLinkType.Link).url(
    linkTo(uid, {
      job: '${__field.labels.job}',
      instance: '${__field.labels.instance}',
      target: '${__field.labels.target}',
    }),
  );
}
