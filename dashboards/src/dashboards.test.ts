// The dashboards as shipped: current, after the rules, and linked with each other.

import { execFileSync, spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, test } from 'vitest';
import { parse } from 'yaml';
import { ruleFiles } from './alerting/index.js';
import { dashboardFiles } from './index.js';
import { type DashboardJson, isPromQl, lint, lintQuery } from './lint.testing.js';

const FOLDER = fileURLToPath(new URL('../json/', import.meta.url));
const PLUGIN = fileURLToPath(new URL('../../grafana-plugin/src/', import.meta.url));
const PROVISIONING = fileURLToPath(new URL('../../provisioning/', import.meta.url));
const built = dashboardFiles();
const parsed = (form: string) =>
  [...built]
    .filter(([name]) => name.startsWith(`${form}/`))
    .map(([name, text]): [string, DashboardJson] => [name, JSON.parse(text) as DashboardJson]);
const provisioned = parsed('provisioning');
const imported = parsed('import');

test('the JSON is current: npm run build -w @leakline/dashboards writes it', () => {
  const names = readdirSync(FOLDER, { recursive: true, encoding: 'utf8' }).filter((name) =>
    name.endsWith('.json'),
  );
  expect(names.map((name) => name.replaceAll('\\', '/')).sort()).toEqual([...built.keys()].sort());
  for (const [name, text] of built)
    expect(readFileSync(join(FOLDER, name), 'utf8') === text, name).toBe(true);
});

describe('the rules', () => {
  it.each(provisioned)('%s', (_, dashboard) => {
    expect(lint(dashboard, '${prometheus_datasource}')).toEqual([]);
    const sources = dashboard.templating.list.filter(({ type }) => type === 'datasource');
    expect(sources[0]).toMatchObject({
      name: 'prometheus_datasource',
      label: 'Prometheus data source',
      query: 'prometheus',
    });
  });

  it.each(imported)('%s', (_, dashboard) => {
    expect(lint(dashboard, '${DS_PROMETHEUS}')).toEqual([]);
  });

  it.each([
    ['up{job=~"$job"}', ['up{job=~"$job"} lacks instance=~"$instance"']],
    ['sum(up{job=~"$job", instance=~"$instance"}', ['no PromQL: sum(up{job=~"$job", instance=~"$instance"}']],
    [
      'a_total{job=~"$job", instance=~"$instance"}',
      ['a_total{job=~"$job", instance=~"$instance"} is a counter without rate or increase'],
    ],
    [
      'rate(a_total{job=~"$job", instance=~"$instance"}[5m])',
      ['a_total{job=~"$job", instance=~"$instance"} is not asked over $__rate_interval'],
    ],
    ['increase(a_total{job=~"$job", instance=~"$instance"}[1h])', []],
    ['sum(rate(a_total{job=~"$job", instance=~"$instance"}[$__rate_interval]))', []],
  ])('find what is wrong with %s', (expr, problems) => {
    expect(lintQuery(expr)).toEqual(problems);
  });
});

describe('the forms', () => {
  it('provisioning: an address of its own each, Classic JSON that Grafana 12 and 13 take', () => {
    const uids = provisioned.map(([, { uid }]) => uid);
    expect(new Set(uids).size).toBe(provisioned.length);
    for (const [name, dashboard] of provisioned) {
      expect(dashboard, name).toMatchObject({ schemaVersion: 42, tags: ['leakline'] });
      expect(dashboard, name).not.toHaveProperty('__inputs');
      expect(dashboard.title.startsWith('Leakline / '), name).toBe(true);
    }
  });

  it('import: asks for every data source that it uses, and names every plugin that it needs', () => {
    for (const [name, dashboard] of imported) {
      const text = JSON.stringify(dashboard);
      const { __inputs: inputs, __requires: requires } = dashboard as unknown as {
        __inputs: { name: string; pluginId: string }[];
        __requires: { type: string; id: string }[];
      };
      const used = [...new Set([...text.matchAll(/\$\{(DS_[A-Z]+)\}/g)].map(([, input]) => input))].sort();
      expect(inputs.map((input) => input.name).sort(), name).toEqual(used);
      expect(text, name).not.toContain('_datasource}');
      expect(dashboard.templating.list.filter(({ type }) => type === 'datasource')).toEqual([]);
      const needed = new Set(requires.map(({ type, id }) => `${type} ${id}`));
      for (const { pluginId } of inputs) expect(needed, name).toContain(`datasource ${pluginId}`);
      for (const { type } of dashboard.panels.filter((panel) => panel.type !== 'row')) {
        expect(needed, name).toContain(`panel ${type}`);
      }
    }
  });
});

describe('links', () => {
  it('go to the other dashboards with time range and variables', () => {
    for (const [name, { links }] of provisioned) {
      expect(links, name).toMatchObject([
        { type: 'dashboards', tags: ['leakline'], includeVars: true, keepTime: true },
      ]);
    }
  });

  it('of rows and series lead to dashboards that exist, into variables that they have, keeping the time', () => {
    const byUid = new Map(provisioned.map(([, dashboard]) => [dashboard.uid, dashboard]));
    let count = 0;
    for (const [name, dashboard] of provisioned) {
      for (const [url] of JSON.stringify(dashboard).matchAll(/\/d\/(?:\\.|[^"\\])+/g)) {
        count++;
        const [, uid] = /^\/d\/([\w-]+)\?/.exec(url)!;
        const target = byUid.get(uid!);
        expect(target, `${name} leads to ${url}`).toBeDefined();
        const known = target!.templating.list.map((variable) => variable.name);
        for (const [, variable] of url.matchAll(/var-(\w+)=/g)) expect(known, url).toContain(variable);
        expect(url).toContain('${__url_time_range}');
      }
    }
    expect(count).toBeGreaterThan(10);
  });
});

describe('what the app offers', () => {
  const pluginId = (folder: string) =>
    (JSON.parse(readFileSync(join(PLUGIN, folder, 'plugin.json'), 'utf8')) as { id: string }).id;
  const diagnosis = provisioned.find(([, { uid }]) => uid === 'leakline-diagnosis')![1];

  it('is asked by its own names', () => {
    const types = /QUERY_TYPES = \[([^\]]+)\]/.exec(
      readFileSync(join(PLUGIN, 'datasource/types.ts'), 'utf8'),
    )![1]!;
    const known = [...types.matchAll(/'(\w+)'/g)].map(([, type]) => type);
    const asked = diagnosis.panels
      .flatMap(({ targets = [] }) => targets)
      .filter(({ datasource }) => datasource?.type === pluginId('datasource'));
    expect(asked.length).toBeGreaterThan(3);
    for (const { queryType, target } of asked) {
      expect(known).toContain(queryType);
      expect(target).toBe('$target');
    }
  });

  it('is in the centre, with every option that the panel has', () => {
    const panel = diagnosis.panels.find(({ type }) => type === pluginId('panel'))!;
    expect(panel.gridPos).toMatchObject({ x: 0, w: 24 });
    expect(panel.datasource?.uid).toBe('-- Mixed --');
    const defaults = /DEFAULT_OPTIONS: PanelOptions = \{([^}]+)\}/.exec(
      readFileSync(join(PLUGIN, 'panel/options.ts'), 'utf8'),
    )![1]!;
    const names = [...defaults.matchAll(/^ +(\w+):/gm)].map(([, option]) => option);
    expect(Object.keys(panel.options ?? {}).sort()).toEqual(names.sort());
  });
});

/** Where Grafana's own linter is installed it has a say, too. */
const hasLinter = spawnSync('dashboard-linter', ['--help']).status === 0;
it.runIf(hasLinter).each(provisioned)('dashboard-linter takes %s', (name) => {
  const config = join(FOLDER, '../dashboard-linter.yml');
  execFileSync('dashboard-linter', ['lint', '--strict', '-c', config, join(FOLDER, name)], { stdio: 'pipe' });
});

test('the other forms of the rules are current: npm run build -w @leakline/dashboards writes them', () => {
  const files = ruleFiles();
  expect(files.size).toBe(2);
  for (const [name, text] of files) {
    expect(readFileSync(join(PROVISIONING, name), 'utf8') === text, name).toBe(true);
  }
});

test('every query of the Grafana-managed rules is PromQL, also those made for messages', () => {
  const exprs = [
    ...ruleFiles()
      .get('grafana/alerting/rules.yml')!
      .matchAll(/^ +expr: (.+)$/gm),
  ].map(([, expr]) => String(parse(expr!)));
  expect(exprs.length).toBeGreaterThan(15);
  for (const expr of exprs) expect(isPromQl(expr), expr).toBe(true);
  expect(isPromQl('sum by (job (up)')).toBe(false);
});
