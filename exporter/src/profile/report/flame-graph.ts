// The flame graph as data: every call path once, depth first, callers before callees, in columns that Grafana's
// flame graph reads as they are (level, value, self, label). In a diff each path also says what it held before and
// by how much it grew, in absolute amounts, so that boxes can be drawn as wide as growth.

import { pathsOf, sizeOf, type Path } from './flame-paths.js';
import { nodeTable, type Report } from './report.js';
import { compareText } from './text-order.js';

export interface FlameGraph {
  sampleType: string;
  unit: string;
  /** What percentages are of, as in the other reports. */
  total: number;
  /** Depth from 0, the root. */
  level: number[];
  /** What the path holds with all that it calls; in a diff: now. */
  value: number[];
  /** What the path itself holds. */
  self: number[];
  label: string[];
  file: string[];
  /** Whether the call was inlined. */
  inline: boolean[];
  /** Only in a diff. */
  diff?: {
    /** What the path held before. Absent where the base was subtracted and is not known any more (-base). */
    base: number[] | null;
    /** Growth of the path with all that it calls, and its own; signed. */
    growth: number[];
    growthSelf: number[];
  };
  /** Paths that are left out since they hold least; what lies below those of a large profile is not counted. */
  droppedPaths: number;
}

/** Paths that are given at most: a browser draws no more than that in reasonable time. */
const MAX_PATHS = 20_000;

const ROOT_LABEL = 'total';

export function flameGraph(report: Report): FlameGraph {
  const { input } = report;
  const table = nodeTable(report);
  const { root, count, least, negative } = pathsOf(report, table, MAX_PATHS);
  const names = table.infos.map(({ name, file, line, object }) =>
    [name || object || file || '<unknown>', line === 0 ? '' : `:${line}`].join(''),
  );
  const flame: FlameGraph = {
    sampleType: report.sampleType,
    unit: report.sampleUnit,
    total: report.total,
    level: [],
    value: [],
    self: [],
    label: [],
    file: [],
    inline: [],
    droppedPaths: 0,
  };
  const base: number[] = [];
  const growth: number[] = [];
  const growthSelf: number[] = [];
  // A stack of its own: paths of a foreign profile may be deeper than JavaScript's.
  const pending: { path: Path; level: number }[] = [{ path: root, level: 0 }];
  for (let next = pending.pop(); next; next = pending.pop()) {
    const { path, level } = next;
    flame.level.push(level);
    flame.value.push(path.now);
    flame.self.push(path.nowSelf);
    flame.label.push(path.node < 0 ? ROOT_LABEL : names[path.node]!);
    flame.file.push(path.node < 0 ? '' : table.infos[path.node]!.file);
    flame.inline.push(path.inline);
    base.push(path.before);
    growth.push(path.now - path.before);
    growthSelf.push(path.nowSelf - path.beforeSelf);
    const children = path.children
      .filter((child) => sizeOf(child) >= least)
      .sort((a, b) => sizeOf(a) - sizeOf(b) || compareText(names[b.node]!, names[a.node]!));
    for (const child of children) pending.push({ path: child, level: level + 1 });
  }
  flame.droppedPaths = count - flame.level.length;
  if (input.isBase) flame.diff = { base, growth, growthSelf };
  else if (negative) flame.diff = { base: null, growth, growthSelf };
  return flame;
}
