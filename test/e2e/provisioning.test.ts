// The provisioned rules and configurations by the programs that read them: promtool and amtool.

import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { REPOSITORY } from '../lib/stack.js';

const PROVISIONING = join(REPOSITORY, 'provisioning');
const RULES = join(PROVISIONING, 'prometheus/rules/leakline.yml');
const ALERTMANAGER = join(PROVISIONING, 'alertmanager/alertmanager.yml');

interface Rule {
  alert: string;
  labels: { severity: string };
  annotations: { summary: string; description: string; runbook_url: string };
}
const rules = (parse(readFileSync(RULES, 'utf8')) as { groups: { rules: Rule[] }[] }).groups.flatMap(
  (group) => group.rules,
);

function run(program: string, ...args: string[]) {
  const { status, stdout, stderr } = spawnSync(program, args, { encoding: 'utf8' });
  return { status, stdout, output: `${stdout}${stderr}` };
}

describe('prometheus', () => {
  test('promtool accepts the configuration and the rules', () => {
    expect(run('promtool', 'check', 'config', join(PROVISIONING, 'prometheus/prometheus.yml'))).toMatchObject(
      { status: 0 },
    );
    expect(run('promtool', 'check', 'rules', RULES)).toMatchObject({ status: 0 });
  });

  test('every alert rings when it must and is quiet when it must', () => {
    const tests = join(PROVISIONING, 'prometheus/tests/alerts.yml');
    const { status, output } = run('promtool', 'test', 'rules', tests);
    expect(status, output).toBe(0);
    const text = readFileSync(tests, 'utf8');
    for (const { alert } of rules) expect(text, `${alert} has a test`).toContain(`alertname="${alert}"`);
  });

  test.each(rules.map((rule) => [rule.alert, rule] as const))(
    '%s has a severity, texts and a runbook',
    (_, rule) => {
      expect(['warning', 'critical']).toContain(rule.labels.severity);
      expect(rule.annotations.summary).not.toBe('');
      expect(rule.annotations.description).not.toBe('');
      const runbook = /docs\/runbooks\/[a-z-]+\.md$/.exec(rule.annotations.runbook_url)![0];
      expect(existsSync(join(REPOSITORY, runbook)), runbook).toBe(true);
      expect(readFileSync(join(REPOSITORY, runbook), 'utf8')).toContain(rule.alert);
      expect(readFileSync(join(REPOSITORY, 'docs/operations.md'), 'utf8')).toContain(`\`${rule.alert}\``);
    },
  );
});

describe('alertmanager', () => {
  test('amtool accepts the configuration', () => {
    expect(run('amtool', 'check-config', ALERTMANAGER)).toMatchObject({ status: 0 });
  });

  test.each(rules.map(({ alert, labels }) => [alert, labels.severity]))(
    '%s reaches the exporter',
    (alert, severity) => {
      const { stdout } = run(
        'amtool',
        'config',
        'routes',
        'test',
        `--config.file=${ALERTMANAGER}`,
        `alertname=${alert}`,
        `severity=${severity}`,
        'target=orders-api',
      );
      expect(stdout.trim()).toBe('leakline');
    },
  );
});
