// The rules of dashboard-linter (https://github.com/grafana/dashboard-linter/tree/main/docs/rules) and of Grafana's
// model, over the JSON as it is shipped. A rule answers with what is wrong, one line each.

import { parser } from '@prometheus-io/lezer-promql';
import type { SyntaxNode } from '@lezer/common';

export interface Target {
  refId?: string;
  expr?: string;
  datasource?: { type: string; uid: string };
  queryType?: string;
  target?: string;
}
export interface Panel {
  id: number;
  type: string;
  title?: string;
  description?: string;
  datasource?: { type: string; uid: string };
  gridPos: { x: number; y: number; w: number; h: number };
  targets?: Target[];
  options?: Record<string, unknown>;
  fieldConfig?: { defaults: { unit?: string } };
}
export interface Variable {
  type: string;
  name: string;
  label?: string;
  query?: string;
  multi?: boolean;
  allValue?: string;
  refresh?: number;
  datasource?: { uid: string };
}
export interface DashboardJson {
  uid: string;
  title: string;
  description?: string;
  editable: boolean;
  schemaVersion: number;
  tags: string[];
  panels: Panel[];
  templating: { list: Variable[] };
  annotations: { list: { name: string; expr?: string }[] };
  links: { type: string; tags: string[]; includeVars: boolean; keepTime: boolean }[];
}

/** Of Grafana's value formats, those that are used here. */
const UNITS = new Set([
  'none',
  'short',
  'bytes',
  'binBps',
  's',
  'cps',
  'ops',
  'percentunit',
  'dateTimeFromNow',
  'dtdurations',
]);

const NEEDS_UNIT = new Set(['stat', 'timeseries', 'state-timeline']);

export const queriesOf = ({ panels }: DashboardJson): { panel: Panel; target: Target }[] =>
  panels.flatMap((panel) => (panel.targets ?? []).map((target) => ({ panel, target })));

export function lint(dashboard: DashboardJson, source: string): string[] {
  return [
    ...lintVariables(dashboard, source),
    ...dashboard.panels.flatMap((panel) => lintPanel(panel, source)),
    ...queriesOf(dashboard).flatMap(({ panel, target }) =>
      target.expr === undefined
        ? []
        : lintQuery(target.expr).map((problem) => `${panel.title} ${target.refId}: ${problem}`),
    ),
    ...lintLayout(dashboard),
    ...(dashboard.editable ? ['the dashboard is editable'] : []),
  ];
}

function lintVariables({ templating: { list } }: DashboardJson, source: string): string[] {
  const problems: string[] = [];
  for (const [name, label] of [
    ['job', 'Job'],
    ['instance', 'Instance'],
  ]) {
    const variable = list.find((each) => each.name === name);
    if (!variable) problems.push(`no variable ${name}`);
    else if (
      variable.type !== 'query' ||
      variable.label !== label ||
      variable.multi !== true ||
      variable.allValue !== '.+' ||
      variable.datasource?.uid !== source
    ) {
      problems.push(`variable ${name} is not a labelled multi-value query of ${source} with .+ for all`);
    }
  }
  for (const variable of list.filter(({ type }) => type === 'query')) {
    if (variable.refresh !== 2)
      problems.push(`variable ${variable.name} is not read again with the time range`);
    const asked = /^label_values\((.+), [a-z]+\)$/.exec(variable.query ?? '')?.[1];
    if (asked === undefined || errorsOf(asked).length > 0) {
      problems.push(`variable ${variable.name} asks ${variable.query}`);
    }
  }
  return problems;
}

function lintPanel(
  { type, title, description, datasource, fieldConfig, targets }: Panel,
  source: string,
): string[] {
  if (type === 'row') return title ? [] : ['a row has no title'];
  const problems: string[] = [];
  if (!title) problems.push('a panel has no title');
  if (!description) problems.push(`${title} has no description`);
  if (!targets || targets.length === 0) problems.push(`${title} asks nothing`);
  if (NEEDS_UNIT.has(type)) {
    if (!UNITS.has(fieldConfig?.defaults.unit ?? '')) problems.push(`${title} has no unit`);
    if (datasource?.uid !== source) problems.push(`${title} does not ask ${source}`);
  }
  const refIds = (targets ?? []).map(({ refId }) => refId);
  if (new Set(refIds).size !== refIds.length || refIds.includes(undefined)) {
    problems.push(`${title} has queries without a letter of their own`);
  }
  return problems;
}

/** Grafana's variables inside of durations are none of PromQL. */
const withoutVariables = (expr: string) => expr.replaceAll(/\[\$__(rate_interval|range|interval)\]/g, '[5m]');

function nodesOf(expr: string): { name: string; text: string; node: SyntaxNode }[] {
  const found: { name: string; text: string; node: SyntaxNode }[] = [];
  parser.parse(expr).iterate({
    enter: ({ name, from, to, node }) => {
      found.push({ name, text: expr.slice(from, to), node });
    },
  });
  return found;
}

const errorsOf = (expr: string) => nodesOf(expr).filter(({ name }) => name === '⚠');

export const isPromQl = (expr: string): boolean => errorsOf(expr).length === 0;

export function lintQuery(raw: string): string[] {
  const expr = withoutVariables(raw);
  if (errorsOf(expr).length > 0) return [`no PromQL: ${raw}`];
  const problems: string[] = [];
  for (const { name, text, node } of nodesOf(expr)) {
    if (name !== 'VectorSelector') continue;
    for (const matcher of ['job=~"$job"', 'instance=~"$instance"']) {
      if (!text.includes(matcher)) problems.push(`${text} lacks ${matcher}`);
    }
    const call = callAround(node, expr);
    if (/^\w+_total\b/.test(text) && !['rate', 'irate', 'increase'].includes(call?.function ?? '')) {
      problems.push(`${text} is a counter without rate or increase`);
    }
    if (call && ['rate', 'irate'].includes(call.function) && !raw.includes('$__rate_interval')) {
      problems.push(`${text} is not asked over $__rate_interval`);
    }
  }
  return problems;
}

/** The function whose range vector this selector is. */
function callAround(selector: SyntaxNode, expr: string): { function: string } | undefined {
  if (selector.parent?.name !== 'MatrixSelector') return undefined;
  for (let node: SyntaxNode | null = selector.parent; node; node = node.parent) {
    if (node.name === 'FunctionCall') {
      const identifier = node.getChild('FunctionIdentifier');
      return identifier ? { function: expr.slice(identifier.from, identifier.to) } : undefined;
    }
  }
  return undefined;
}

function lintLayout({ panels }: DashboardJson): string[] {
  const problems: string[] = [];
  const ids = panels.map(({ id }) => id);
  if (new Set(ids).size !== ids.length || ids.some((id) => !Number.isInteger(id) || id < 1)) {
    problems.push('panels share an id or have none');
  }
  for (const [index, { title, gridPos: a }] of panels.entries()) {
    if (a.x < 0 || a.w < 1 || a.h < 1 || a.x + a.w > 24) problems.push(`${title} leaves the grid`);
    for (const { title: other, gridPos: b } of panels.slice(index + 1)) {
      if (a.x < b.x + b.w && b.x < a.x + a.w && a.y < b.y + b.h && b.y < a.y + a.h) {
        problems.push(`${title} overlaps ${other}`);
      }
    }
  }
  return problems;
}
