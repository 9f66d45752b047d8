// Goroutines of one capture against another, by the function of the program that they belong to.

import type { TopReport } from '../../api/reports';

export interface GoroutineRow {
  function: string;
  file: string;
  line: number;
  count: number;
  /** More than in the base; 0 without one. */
  growth: number;
}

/** Where every goroutine stands by itself: the runtime parks nearly all of them, so rows go by cum. */
const RUNTIME = /^(runtime\.|internal\/poll\.|sync\.|time\.|syscall\.)/;

export function goroutineRows(now: TopReport, base: TopReport | null): GoroutineRow[] {
  const before = new Map(base?.rows.map((row) => [row.function, row.cum]) ?? []);
  return now.rows
    .filter((row) => !RUNTIME.test(row.function))
    .map((row) => ({
      function: row.function,
      file: row.file,
      line: row.line,
      count: row.cum,
      growth: base ? row.cum - (before.get(row.function) ?? 0) : 0,
    }))
    .sort((a, b) => b.growth - a.growth || b.count - a.count || a.function.localeCompare(b.function));
}
