// The rules of provisioning/prometheus/rules/, the one source of all forms of them.

import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';

const FOLDER = new URL('../../../provisioning/prometheus/rules/', import.meta.url);
/** In the order in which they depend on each other. */
const FILES = ['leakline-recording.yml', 'leakline.yml'];

export interface RecordingRule {
  record: string;
  expr: string;
}
export interface AlertingRule {
  alert: string;
  expr: string;
  for?: string;
  keep_firing_for?: string;
  labels: Record<string, string>;
  annotations: Record<string, string>;
}
export interface RuleGroup {
  name: string;
  rules: (RecordingRule | AlertingRule)[];
}

export const isAlert = (rule: RecordingRule | AlertingRule): rule is AlertingRule => 'alert' in rule;

export function readRuleGroups(): RuleGroup[] {
  return FILES.flatMap((name) => {
    const text = readFileSync(fileURLToPath(new URL(name, FOLDER)), 'utf8');
    return (parse(text) as { groups: RuleGroup[] }).groups;
  });
}
