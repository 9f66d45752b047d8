// `peek` and `tree`: functions between their callers and callees, as data and as pprof's text.

import { padStart } from './go-format.js';
import { cumOf, flatOf, type GraphEdge, type GraphNode } from './graph.js';
import { reportHeader } from './header.js';
import { sortedEdges } from './order.js';
import type { Matcher } from './pattern.js';
import { formatValue, trimmedGraph, type Report } from './report.js';
import { noMatch } from './no-match.js';
import { percent, percentage } from './units.js';

export interface PeekCall {
  /** The other end of the call, as printed. */
  name: string;
  function: string;
  file: string;
  line: number;
  weight: number;
  /** Share of the cum of the function that is peeked at. */
  percent: number;
  inline: boolean;
}

export interface PeekEntry {
  name: string;
  function: string;
  file: string;
  line: number;
  flat: number;
  flatPercent: number;
  sumPercent: number;
  cum: number;
  cumPercent: number;
  /** Heaviest first. */
  callers: PeekCall[];
  callees: PeekCall[];
}

export interface PeekReport {
  sampleType: string;
  unit: string;
  total: number;
  entries: PeekEntry[];
}

/** `symbol` undefined: every function, as `tree` shows it. @throws UsageError where nothing matches. */
export function peekReport(report: Report, symbol: Matcher | undefined, pattern = ''): PeekReport {
  const graph = trimmedGraph(report);
  const { total } = report;
  let sum = 0;
  const entries = matching(graph.nodes, symbol, pattern).map((node): PeekEntry => {
    const flat = flatOf(node);
    const cum = cumOf(node);
    sum += flat;
    return {
      name: node.label,
      function: node.info.name,
      file: node.info.file,
      line: node.info.line,
      flat,
      flatPercent: percent(flat, total),
      sumPercent: percent(sum, total),
      cum,
      cumPercent: percent(cum, total),
      callers: sortedEdges(node.in).map((edge) => callOf(edge, edge.source, cum)),
      callees: sortedEdges(node.out).map((edge) => callOf(edge, edge.target, cum)),
    };
  });
  return { sampleType: report.sampleType, unit: report.sampleUnit, total, entries };
}

function callOf(edge: GraphEdge, end: GraphNode, cum: number): PeekCall {
  return {
    name: end.label,
    function: end.info.name,
    file: end.info.file,
    line: end.info.line,
    weight: edge.weight,
    percent: percent(edge.weight, cum),
    inline: edge.inline,
  };
}

const SEPARATOR = '----------------------------------------------------------+-------------';
const LEGEND = '      flat  flat%   sum%        cum   cum%   calls calls% + context \t \t ';

export function peekText(report: Report, symbol: Matcher | undefined, pattern = ''): string {
  const graph = trimmedGraph(report);
  const { total } = report;
  const lines = [...reportHeader(report, graph, false), SEPARATOR, LEGEND];
  const value = (amount: number, width: number) => padStart(formatValue(report, amount), width);
  let sum = 0;
  for (const node of matching(graph.nodes, symbol, pattern)) {
    const flat = flatOf(node);
    const cum = cumOf(node);
    const call = (edge: GraphEdge, end: GraphNode) =>
      `${value(edge.weight, 50)} ${percentage(edge.weight, cum)} |   ${end.label}${edge.inline ? ' (inline)' : ''}`;
    lines.push(SEPARATOR);
    for (const edge of sortedEdges(node.in)) lines.push(call(edge, edge.source));
    sum += flat;
    lines.push(
      `${value(flat, 10)} ${percentage(flat, total)} ${percentage(sum, total)} ` +
        `${value(cum, 10)} ${percentage(cum, total)}                | ${node.label}`,
    );
    for (const edge of sortedEdges(node.out)) lines.push(call(edge, edge.target));
  }
  if (graph.nodes.length > 0) lines.push(SEPARATOR);
  return `${lines.join('\n')}\n`;
}

function matching(nodes: GraphNode[], symbol: Matcher | undefined, pattern: string): GraphNode[] {
  if (!symbol) return nodes;
  const found = nodes.filter((node) => symbol(node.label));
  if (found.length === 0) throw noMatch(pattern);
  return found;
}
