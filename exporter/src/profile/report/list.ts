// `list`: the source of functions with what each line holds (google/pprof internal/report/source.go printSource).

import { padStart } from './go-format.js';
import type { GraphNode } from './graph.js';
import { noMatch } from './no-match.js';
import { byFile, byName } from './order.js';
import type { Matcher } from './pattern.js';
import { formatValue, wholeGraph, type Report } from './report.js';
import { percent, percentage } from './units.js';

/** The lines of a source file (line 1 first), or why it cannot be shown. */
export type SourceLines = { lines: readonly string[] } | { problem: string };

/** Finds the source of a file that a profile names. */
export type SourceReader = (file: string) => SourceLines;

export interface ListLine {
  line: number;
  flat: number;
  cum: number;
  /** The text of the line. */
  source: string;
}

export interface ListRoutine {
  function: string;
  file: string;
  flat: number;
  cum: number;
  cumPercent: number;
  /** Empty where the source is not found; then `problem` says why and `weights` holds what is known. */
  lines: ListLine[];
  problem?: string;
  /** Lines with samples, in the order of the file. */
  weights: { line: number; flat: number; cum: number }[];
}

export interface ListReport {
  sampleType: string;
  unit: string;
  total: number;
  routines: ListRoutine[];
}

/** Lines shown before the first and after the last with samples. */
const MARGIN = 5;

/** @throws LeaklineError no_match where no function matches `symbol`. */
export function listReport(report: Report, symbol: Matcher, pattern: string, read: SourceReader): ListReport {
  const routines = routinesOf(report, symbol, pattern).map(({ name, file, nodes }): ListRoutine => {
    let [flat, cum] = [0, 0];
    for (const node of nodes) {
      flat += node.flat;
      cum += node.cum;
    }
    const byLine = sumLines(nodes);
    const weights = [...byLine].map(([line, sums]) => ({ line, ...sums })).sort((a, b) => a.line - b.line);
    const routine = { function: name, file, flat, cum, cumPercent: percent(cum, report.total), weights };
    if (file === '') return { ...routine, lines: [], problem: `No source information for ${name}` };
    const source = read(file);
    if ('problem' in source) return { ...routine, lines: [], problem: source.problem };
    const [start, end] = range(nodes);
    const lines: ListLine[] = [];
    for (let line = start; line <= Math.min(end, source.lines.length); line++) {
      const sums = byLine.get(line) ?? { flat: 0, cum: 0 };
      lines.push({ line, ...sums, source: source.lines[line - 1]! });
    }
    return { ...routine, lines };
  });
  return { sampleType: report.sampleType, unit: report.sampleUnit, total: report.total, routines };
}

export function listText(report: Report, symbol: Matcher, pattern: string, read: SourceReader): string {
  const { routines, total } = listReport(report, symbol, pattern, read);
  const lines = [`Total: ${formatValue(report, total)}`];
  const value = (amount: number) => padStart(formatValue(report, amount), 10);
  const orDot = (amount: number) => (amount === 0 ? '         .' : value(amount));
  for (const routine of routines) {
    if (routine.file === '') {
      lines.push(routine.problem!);
      continue;
    }
    lines.push(`ROUTINE ======================== ${routine.function} in ${routine.file}`);
    lines.push(
      `${value(routine.flat)} ${value(routine.cum)} (flat, cum) ${percentage(routine.cum, total)} of Total`,
    );
    if (routine.problem !== undefined) lines.push(` Error: ${routine.problem}`);
    for (const { flat, cum, line, source } of routine.lines) {
      lines.push(`${orDot(flat)} ${orDot(cum)} ${padStart(String(line), 6)}:${source}`);
    }
  }
  return `${lines.join('\n')}\n`;
}

interface Routine {
  name: string;
  file: string;
  nodes: GraphNode[];
}

/** The matching functions, by name, and within a name by file. */
function routinesOf(report: Report, symbol: Matcher, pattern: string): Routine[] {
  const functions = new Map<string, GraphNode[]>();
  for (const node of wholeGraph(report)) {
    if (!symbol(node.info.name)) continue;
    const known = functions.get(node.info.name);
    if (known) known.push(node);
    else functions.set(node.info.name, [node]);
  }
  if (functions.size === 0) throw noMatch(pattern);
  const firsts = [...functions.values()].map((nodes) => nodes[0]!).sort(byName);
  return firsts.flatMap(({ info: { name } }) => {
    const files = new Map<string, GraphNode[]>();
    const nodes = functions.get(name)!;
    for (const node of nodes) {
      if (node.info.file === '') continue;
      const known = files.get(node.info.file);
      if (known) known.push(node);
      else files.set(node.info.file, [node]);
    }
    if (files.size === 0) return [{ name, file: '', nodes }];
    return [...files.values()]
      .map((group) => group[0]!)
      .sort(byFile)
      .map(({ info: { file } }) => ({ name, file, nodes: files.get(file)! }));
  });
}

function sumLines(nodes: readonly GraphNode[]): Map<number, { flat: number; cum: number }> {
  const lines = new Map<number, { flat: number; cum: number }>();
  for (const { info, flat, cum } of nodes) {
    const sums = lines.get(info.line);
    if (!sums) lines.set(info.line, { flat, cum });
    else {
      sums.flat += flat;
      sums.cum += cum;
    }
  }
  return lines;
}

/** First and last line to show: from where the function starts, if the profile says, else a margin around. */
function range(nodes: readonly GraphNode[]): [number, number] {
  let start = Infinity;
  let end = 0;
  for (const { info } of nodes) {
    start = Math.min(start, info.startLine === 0 ? info.line - MARGIN : info.startLine);
    end = Math.max(end, info.line + MARGIN);
  }
  return [Math.max(1, start), end];
}
