// The alerts as Grafana-managed rules, in the form that Grafana provisions from files
// (https://grafana.com/docs/grafana/latest/alerting/set-up/provision-alerting-resources/file-provisioning/).
//
// A rule of Prometheus fires for every series that its expression gives. Here that is query A with a threshold below every
// value. Grafana's templates cannot query: what an annotation asks is a further query of the rule, shown by its letter.

import type { AlertingRule, RecordingRule } from './rules.js';
import { isAlert } from './rules.js';

const PROMETHEUS_UID = 'leakline-prometheus';
const INTERVAL_MINUTES = 1;
/** Each query looks back so far: longer than the range of every expression. */
const LOOK_BACK_SECONDS = 1800;
/** No value of these expressions is below: what is there, fires. */
const BELOW_EVERY_VALUE = -1;
const CONDITION = 'Fires';
/** Without a `keep_firing_for`, an alert whose series is gone for so many evaluations is over. */
const MISSING_EVALUATIONS = 2;

interface Query {
  refId: string;
  relativeTimeRange: { from: number; to: number };
  datasourceUid: string;
  model: Record<string, unknown>;
}

function prometheusQuery(refId: string, expr: string): Query {
  return {
    refId,
    relativeTimeRange: { from: LOOK_BACK_SECONDS, to: 0 },
    datasourceUid: PROMETHEUS_UID,
    model: { refId, expr, instant: true, range: false, intervalMs: 1000, maxDataPoints: 43200 },
  };
}

function condition(): Query {
  return {
    refId: CONDITION,
    relativeTimeRange: { from: 0, to: 0 },
    datasourceUid: '__expr__',
    model: {
      refId: CONDITION,
      type: 'threshold',
      expression: 'A',
      conditions: [{ evaluator: { type: 'gt', params: [BELOW_EVERY_VALUE] } }],
    },
  };
}

/**
 * `{{ with printf "QUERY" … | query }}SHOWN{{ else }}OTHERWISE{{ end }}` of Prometheus' templates; QUERY matches target
 * and instance by %s.
 */
const ASKED =
  /\{\{ with printf "([^"]+)" \$labels\.target \$labels\.instance \| query \}\}(.*?)\{\{ else \}\}(.*?)\{\{ end \}\}/g;
const TARGET_MATCHERS = /target='%s',instance='%s',?/;
const SHOWN_VALUE = /^\{\{ \. \| first \| value \| (\w+) \}\}(.*)$/;
const PER_TARGET = 'job, instance, target';

/** An annotation, and the queries that it needs. */
function annotation(text: string, firstLetter: string): { text: string; queries: Query[] } {
  const queries: Query[] = [];
  const withValues = text.replaceAll(ASKED, (_, asked: string, shown: string, otherwise: string) => {
    const value = SHOWN_VALUE.exec(shown);
    // A label of another series cannot be had; the dashboard shows it.
    if (!value) return 'see the dashboard';
    const [, format, unit] = value;
    const refId = String.fromCharCode(firstLetter.charCodeAt(0) + queries.length);
    // By target, so that its value is found for the labels of the alert.
    const inner = asked
      .replace(/^min\((.*)\)$/, '$1')
      .replace(TARGET_MATCHERS, '')
      .replace('{}', '');
    queries.push(prometheusQuery(refId, `min by (${PER_TARGET}) (${inner})`));
    // A query without an answer is no key of the map, which only index forgives.
    const at = `(index .Values "${refId}")`;
    return `{{ if ${at}.Labels }}{{ ${format} ${at}.Value }}${unit}{{ else }}${otherwise}{{ end }}`;
  });
  // The dot and not $: a "$" in a provisioned file may be taken for a variable of the environment.
  return {
    text: withValues.replaceAll('$labels.', '.Labels.').replaceAll('$value', '.Values.A.Value'),
    queries,
  };
}

const minutes = (duration: string | undefined): number => {
  const found = /^(\d+)([mh])$/.exec(duration ?? '0m');
  if (!found) throw new Error(`${duration} is no duration in minutes or hours`);
  return Number(found[1]) * (found[2] === 'h' ? 60 : 1);
};

function grafanaRule(rule: AlertingRule): Record<string, unknown> {
  const queries = [prometheusQuery('A', rule.expr)];
  const annotations: Record<string, string> = {};
  for (const [name, text] of Object.entries(rule.annotations)) {
    const made = annotation(text, String.fromCharCode('A'.charCodeAt(0) + queries.length));
    annotations[name] = made.text;
    queries.push(...made.queries);
  }
  const keepMinutes = minutes(rule.keep_firing_for);
  return {
    uid: rule.alert.replaceAll(/(?<=[a-z])(?=[A-Z])/g, '-').toLowerCase(),
    title: rule.alert,
    condition: CONDITION,
    data: [...queries, condition()],
    // No series is the normal case; a query that fails is told as an error and not as a leak.
    noDataState: 'OK',
    execErrState: 'Error',
    for: rule.for ?? '0s',
    keepFiringFor: rule.keep_firing_for ?? '0s',
    // A gap in the data is a missing series: it may last as long as Prometheus would keep the alert.
    missing_series_evals_to_resolve: Math.max(MISSING_EVALUATIONS, keepMinutes / INTERVAL_MINUTES),
    annotations,
    labels: rule.labels,
    notification_settings: {
      receiver: 'leakline',
      group_by: ['grafana_folder', 'alertname', 'instance', 'target'],
      group_wait: '5s',
      group_interval: '1m',
      repeat_interval: '4h',
    },
  };
}

/** One group: recording rules stay with Prometheus, of which the alerts ask them. */
export function grafanaRules(rules: (RecordingRule | AlertingRule)[]): Record<string, unknown> {
  return {
    apiVersion: 1,
    groups: [
      {
        orgId: 1,
        name: 'leakline',
        folder: 'Leakline',
        interval: `${INTERVAL_MINUTES}m`,
        rules: rules.filter(isAlert).map(grafanaRule),
      },
    ],
  };
}
