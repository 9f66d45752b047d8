// `traces`: every sample with its stack, as data and as pprof's text.

import { labelsOf, type SampleLabel } from './frames.js';
import { padStart } from './go-format.js';
import { profileHeader } from './header.js';
import { printableName } from './nodes.js';
import { formatValue, nodeTable, type Report } from './report.js';
import { autoLabel } from './units.js';
import { compareText } from './text-order.js';

export interface Trace {
  value: number;
  labels: Record<string, string[]>;
  /** Leaf first. */
  frames: { function: string; file: string; line: number; inline: boolean }[];
}

export interface TracesReport {
  sampleType: string;
  unit: string;
  total: number;
  traces: Trace[];
}

export function tracesReport(report: Report): TracesReport {
  const { frames } = report;
  const table = nodeTable(report);
  const traces: Trace[] = [];
  for (let i = 0; i < frames.samples.length; i++) {
    const stack: Trace['frames'] = [];
    eachFrame(report, table.start, i, (n, inline) => {
      const info = table.infos[table.nodes[n]!]!;
      stack.push({ function: info.name, file: info.file, line: info.line, inline });
    });
    if (stack.length === 0) continue;
    traces.push({ value: valueOf(report, i), labels: labelTexts(report, i), frames: stack });
  }
  return { sampleType: report.sampleType, unit: report.sampleUnit, total: report.total, traces };
}

const SEPARATOR = '-----------+-------------------------------------------------------';

export function tracesText(report: Report): string {
  const { frames } = report;
  const table = nodeTable(report);
  const names = table.infos.map(printableName);
  const lines = profileHeader(report);
  if (lines.length === 0) lines.push('');
  for (let i = 0; i < frames.samples.length; i++) {
    const stack: string[] = [];
    eachFrame(report, table.start, i, (n, inline) => {
      stack.push(`${names[table.nodes[n]!]!}${inline ? ' (inline)' : ''}`);
    });
    if (stack.length === 0) continue;
    lines.push(SEPARATOR, ...labelLines(report, i));
    const value = padStart(formatValue(report, valueOf(report, i)), 10);
    for (const [n, frame] of stack.entries()) lines.push(`${n === 0 ? value : '          '}   ${frame}`);
  }
  lines.push(SEPARATOR);
  return `${lines.join('\n')}\n`;
}

function eachFrame(
  { frames }: Report,
  start: Uint32Array,
  i: number,
  visit: (node: number, inline: boolean) => void,
): void {
  for (let k = frames.stackStart[i]!; k < frames.stackEnd[i]!; k++) {
    const location = frames.stack[k]!;
    const last = start[location + 1]! - 1;
    for (let n = start[location]!; n <= last; n++) visit(n, n !== last);
  }
}

function valueOf({ frames, values }: Report, i: number): number {
  const sample = frames.samples[i]!;
  const divisor = values.divisor?.[sample] ?? 0;
  const value = values.value[sample]!;
  return divisor === 0 ? value : Math.trunc(value / divisor);
}

function labelLines(report: Report, i: number): string[] {
  const line = ([key, values]: [string, string[]]) => `${padStart(key, 10)}:  ${values.join(' ')}`;
  const labels = labelsOf(report.frames, i);
  return [isText, isNumber].flatMap((wanted) =>
    Object.entries(group(report, labels.filter(wanted)))
      .map(line)
      .sort(compareText),
  );
}

function labelTexts(report: Report, i: number): Record<string, string[]> {
  return group(report, labelsOf(report.frames, i));
}

function isText(label: SampleLabel): boolean {
  return label.text !== undefined;
}

function isNumber(label: SampleLabel): boolean {
  return label.text === undefined;
}

function group(report: Report, labels: readonly SampleLabel[]): Record<string, string[]> {
  const groups = new Map<string, string[]>();
  for (const label of labels) {
    const text = label.text ?? autoLabel(label.number, report.labelUnits.get(label.key) ?? '');
    const known = groups.get(label.key);
    if (known) known.push(text);
    else groups.set(label.key, [text]);
  }
  return Object.fromEntries(groups);
}
