// The rules for services without an exporter, asked by promtool: what fires, after how long, and what must not. One
// evaluation a minute; times in minutes.

import { execFile } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse, stringify } from 'yaml';
import { REPOSITORY } from '../lib/stack.js';

const PROMETHEUS = join(REPOSITORY, 'provisioning/prometheus');
const RULES = join(PROMETHEUS, 'rules-promql-only/leakline-promql-only.yml');
const RUNBOOKS = 'https://github.com/leakline/leakline/blob/main/docs/runbooks/';

interface Rule {
  alert?: string;
  annotations?: Record<string, string>;
}

function alertsOf(file: string): Rule[] {
  const { groups } = parse(readFileSync(file, 'utf8')) as { groups: { rules: Rule[] }[] };
  return groups.flatMap(({ rules }) => rules).filter(({ alert }) => alert !== undefined);
}

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'leakline-rules-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const run = promisify(execFile);
const promtool = (...args: string[]) => run('promtool', args);

const plain = (metric: string, values: string, labels: string) => ({
  series: `${metric}{${labels}}`,
  values,
});

interface Case {
  it: string;
  alert: string;
  series: { series: string; values: string }[];
  firing?: number[];
  silent?: number[];
}

const GO = 'job="shop",instance="h:8080"';
const CASES: Case[] = [
  {
    it: 'a heap that grows for hours',
    alert: 'GoLiveHeapGrows',
    series: [
      plain('go_memstats_next_gc_bytes', '400000000+1000000x900', GO),
      plain('process_start_time_seconds', '1x900', GO),
    ],
    firing: [800],
    silent: [60, 300],
  },
  {
    it: 'a sawtooth',
    alert: 'GoLiveHeapGrows',
    series: [
      plain(
        'go_memstats_next_gc_bytes',
        Array.from({ length: 45 }, () => '400000000+10000000x19').join(' '),
        GO,
      ),
    ],
    silent: [300, 600, 800],
  },
  {
    it: 'a warm-up of an hour',
    alert: 'GoLiveHeapGrows',
    series: [plain('go_memstats_next_gc_bytes', '200000000+5000000x60 500000000x840', GO)],
    silent: [60, 400, 800],
  },
  {
    it: 'a restart within the window',
    alert: 'GoLiveHeapGrows',
    series: [
      plain('go_memstats_next_gc_bytes', '400000000+1000000x900', GO),
      plain('process_start_time_seconds', '1x599 2x300', GO),
    ],
    silent: [800],
  },
  {
    it: 'goroutines that grow for hours',
    alert: 'GoGoroutinesGrow',
    series: [plain('go_goroutines', '100+10x900', GO)],
    firing: [800],
    silent: [30],
  },
  {
    it: 'goroutines that stay',
    alert: 'GoGoroutinesGrow',
    series: [plain('go_goroutines', '5000x900', GO)],
    silent: [800],
  },
  {
    it: 'a process that outgrows its host',
    alert: 'GoHeapReachesMemory',
    series: [
      plain('process_resident_memory_bytes', '1000000000+10000000x900', GO),
      plain('node_memory_MemTotal_bytes', '8000000000x900', 'job="node",instance="h:8080"'),
    ],
    firing: [500],
    silent: [10],
  },
  {
    it: 'a process that stays',
    alert: 'GoHeapReachesMemory',
    series: [
      plain('process_resident_memory_bytes', '1000000000x900', GO),
      plain('node_memory_MemTotal_bytes', '8000000000x900', 'job="node",instance="h:8080"'),
    ],
    silent: [500],
  },
];

/** Asks ALERTS, so that only firing counts, not the words of the annotations. */
async function check(rules: string, { alert, series, firing = [], silent = [] }: Case): Promise<void> {
  const matchers = [`alertname="${alert}"`, 'alertstate="firing"'];
  const ask = (minute: number, value?: number) => ({
    expr: `sum(ALERTS{${matchers.join(',')}})`,
    eval_time: `${minute}m`,
    exp_samples: value === undefined ? [] : [{ labels: '{}', value }],
  });
  const file = join(folder, 'test.yml');
  writeFileSync(
    file,
    stringify({
      rule_files: [rules],
      evaluation_interval: '1m',
      tests: [
        {
          interval: '1m',
          input_series: series,
          promql_expr_test: [...firing.map((m) => ask(m, 1)), ...silent.map((m) => ask(m))],
        },
      ],
    }),
  );
  await promtool('test', 'rules', file);
}

describe('the rules without verdicts', () => {
  it('are what promtool takes', async () => {
    await promtool('check', 'rules', RULES);
  });

  it.each(CASES)('$alert: $it', (each) => check(RULES, each));

  it('are tested each, both ways, and have a runbook', () => {
    const runbooks = readdirSync(join(REPOSITORY, 'docs/runbooks'));
    for (const rule of alertsOf(RULES)) {
      const own = CASES.filter(({ alert }) => alert === rule.alert);
      expect(
        own.some(({ firing }) => firing),
        `${rule.alert} fires`,
      ).toBe(true);
      expect(
        own.some(({ silent }) => silent),
        `${rule.alert} is silent`,
      ).toBe(true);
      const url = rule.annotations?.runbook_url ?? '';
      expect(url.startsWith(RUNBOOKS)).toBe(true);
      expect(runbooks).toContain(url.slice(RUNBOOKS.length));
    }
  });
});
