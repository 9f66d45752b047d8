// `top`: the functions (or lines, files, addresses) that hold most, as rows and as pprof's text.

import { padStart } from './go-format.js';
import { cumOf, flatOf, type GraphNode } from './graph.js';
import { reportHeader } from './header.js';
import { formatValue, trimmedGraph, type Report } from './report.js';
import { percent, percentage } from './units.js';

export type Inline = '' | 'inline' | 'partial-inline';

export interface TopRow {
  /** As printed: with the file, line or address where the granularity tells them apart. */
  name: string;
  function: string;
  file: string;
  /** 0 where lines are not told apart. */
  line: number;
  /** In the unit of the report; signed in a diff. */
  flat: number;
  flatPercent: number;
  /** Share of this row and those above it. */
  sumPercent: number;
  cum: number;
  cumPercent: number;
  inline: Inline;
}

export interface TopReport {
  sampleType: string;
  unit: string;
  /** What percentages are of. */
  total: number;
  /** Sum of flat over the rows. */
  shown: number;
  droppedNodes: number;
  /** Rows before the limit on their number. */
  matched: number;
  rows: TopRow[];
}

export function topReport(report: Report): TopReport {
  const graph = trimmedGraph(report);
  let sum = 0;
  const rows = graph.nodes.map((node): TopRow => {
    const flat = flatOf(node);
    const cum = cumOf(node);
    sum += flat;
    return {
      name: node.label,
      function: node.info.name,
      file: node.info.file,
      line: node.info.line,
      flat,
      flatPercent: percent(flat, report.total),
      sumPercent: percent(sum, report.total),
      cum,
      cumPercent: percent(cum, report.total),
      inline: inlineOf(node),
    };
  });
  return {
    sampleType: report.sampleType,
    unit: report.sampleUnit,
    total: report.total,
    shown: sum,
    droppedNodes: graph.droppedNodes,
    matched: graph.originalCount,
    rows,
  };
}

export function topText(report: Report): string {
  const graph = trimmedGraph(report);
  const { total } = report;
  const lines = reportHeader(report, graph, false);
  lines.push('      flat  flat%   sum%        cum   cum%');
  let sum = 0;
  for (const node of graph.nodes) {
    const flat = flatOf(node);
    const cum = cumOf(node);
    sum += flat;
    const inline = inlineOf(node);
    lines.push(
      `${padStart(formatValue(report, flat), 10)} ${percentage(flat, total)} ${percentage(sum, total)} ` +
        `${padStart(formatValue(report, cum), 10)} ${percentage(cum, total)}  ` +
        `${node.label}${inline === '' ? '' : ` (${inline})`}`,
    );
  }
  return `${lines.join('\n')}\n`;
}

/** Whether a function was inlined into all, some or none of its callers. */
export function inlineOf(node: GraphNode): Inline {
  let [inline, called] = [false, false];
  for (const edge of node.in.values()) {
    if (edge.inline) inline = true;
    else called = true;
  }
  if (!inline) return '';
  return called ? 'partial-inline' : 'inline';
}
