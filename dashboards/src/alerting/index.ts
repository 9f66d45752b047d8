// Other forms of the rules of provisioning/prometheus/rules/, by the files that they are written to.

import { stringify } from 'yaml';
import { grafanaRules } from './grafana-rules.js';
import { readRuleGroups, type RuleGroup } from './rules.js';

const NOTE = `# Written from provisioning/prometheus/rules/ by \`npm run build -w @leakline/dashboards\`: change it there.\n`;

/** Every file under provisioning/ with its text. */
export function ruleFiles(): Map<string, string> {
  const groups = readRuleGroups();
  return new Map([
    ['grafana/alerting/rules.yml', yaml(grafanaRules(groups.flatMap(({ rules }) => rules)))],
    ['kubernetes/prometheus-rule.yml', yaml(prometheusRule(groups))],
  ]);
}

/** For the Prometheus operator (https://prometheus-operator.dev/docs/api-reference/api/#monitoring.coreos.com/v1.PrometheusRule). */
function prometheusRule(groups: RuleGroup[]): Record<string, unknown> {
  return {
    apiVersion: 'monitoring.coreos.com/v1',
    kind: 'PrometheusRule',
    metadata: { name: 'leakline', labels: { 'app.kubernetes.io/name': 'leakline' } },
    spec: { groups },
  };
}

const yaml = (value: unknown) => NOTE + stringify(value, { lineWidth: 0 });
