// The lines above a report: what the profile is, what is shown of it (google/pprof internal/report reportLabels).

import { baseName, timeInDigits, timeInWords, zonedTime } from './go-format.js';
import { flatOf } from './graph.js';
import { formatValue, type Report } from './report.js';
import type { TrimmedGraph } from './trim.js';
import { autoLabel, percentage, scale } from './units.js';

/** Characters of a filter that are shown. */
const MAX_FILTER_LENGTH = 80;

export function profileHeader(report: Report): string[] {
  const { input, options } = report;
  const lines: string[] = [];
  const main = input.mappings[0];
  if (main?.file) lines.push(`File: ${baseName(main.file)}`);
  if (main?.buildId) lines.push(`Build ID: ${main.buildId}`);
  for (const comment of input.comments) if (!comment.startsWith('#')) lines.push(comment);
  if (report.sampleType !== '') lines.push(`Type: ${report.sampleType}`);
  if (options.dialect !== 'go1.19' && input.docUrl !== '') lines.push(`Doc: ${input.docUrl}`);
  if (input.timeNanos !== 0n) {
    const time = zonedTime(Number(input.timeNanos / 1_000_000n), options.timeZone);
    lines.push(`Time: ${options.dialect === 'go1.19' ? timeInWords(time) : timeInDigits(time)}`);
  }
  const nanos = Number(input.durationNanos);
  if (nanos !== 0) {
    const total = scale(report.total, report.sampleUnit, 'nanoseconds');
    const share =
      total.unit === 'ns' && total.value !== 0 ? `(${percentage(Math.trunc(total.value), nanos)})` : '';
    const duration = autoLabel(nanos, 'nanoseconds');
    lines.push(`Duration: ${duration}, Total samples = ${formatValue(report, report.total)} ${share}`);
  }
  return lines;
}

/** `full`: with the lines that a picture needs, whatever the options say. */
export function reportHeader(report: Report, graph: TrimmedGraph, full: boolean): string[] {
  const { options, total } = report;
  const lines = full || !options.compactLabels ? profileHeader(report) : [];
  const filters = activeFilters(report);
  if (filters.length > 0) lines.push('Active filters:', ...filters.map((filter) => `   ${filter}`));
  let shown = 0;
  for (const node of graph.nodes) shown += flatOf(node);
  const share = percentage(shown, total).trim();
  lines.push(
    `Showing nodes accounting for ${formatValue(report, shown)}, ${share} of ${formatValue(report, total)} total`,
  );
  const cutoff = (fraction: number) => formatValue(report, Math.abs(Math.trunc(total * fraction)));
  if (total !== 0) {
    if (graph.droppedNodes > 0) {
      lines.push(dropped(graph.droppedNodes, 'node', 'cum', cutoff(options.nodeFraction)));
    }
    if (full && graph.droppedEdges > 0) {
      lines.push(dropped(graph.droppedEdges, 'edge', 'freq', cutoff(options.edgeFraction)));
    }
    if (graph.nodes.length > 0 && graph.nodes.length < graph.originalCount) {
      lines.push(`Showing top ${graph.nodes.length} nodes out of ${graph.originalCount}`);
    }
  }
  if (full) lines.push('\nSee https://git.io/JfYMW for how to read the graph');
  return lines;
}

function dropped(count: number, thing: string, measure: string, cutoff: string): string {
  return `Dropped ${count} ${thing}${count > 1 ? 's' : ''} (${measure} <= ${cutoff})`;
}

function activeFilters({ options }: Report): string[] {
  const filters: [string, string][] = [
    ['focus', options.focus],
    ['ignore', options.ignore],
    ['hide', options.hide],
    ['show', options.show],
    ['show_from', options.showFrom],
    ['tagfocus', options.tagFocus],
    ['tagignore', options.tagIgnore],
    ['tagshow', options.tagShow],
    ['taghide', options.tagHide],
  ];
  return filters
    .filter(([, value]) => value !== '')
    .map(([key, value]) => `${key}=${value}`)
    .map((text) => (text.length > MAX_FILTER_LENGTH ? `${text.slice(0, MAX_FILTER_LENGTH)}…` : text));
}
