// Rows of the allocator table: from growth over captures, or from one capture alone.

import type { ApiGrowth } from 'leakline/api';
import type { TopReport } from '../../api/reports';

export interface AllocatorRow {
  function: string;
  file: string;
  line: number;
  inUse: number;
  /** Null where there is nothing to compare with. */
  growth: number | null;
  growthPerSecond: number | null;
  /** Share of the whole growth, 0..1. */
  share: number | null;
  history: number[] | null;
  /** Null where the profile does not tell. */
  own: boolean | null;
}

export interface AllocatorTable {
  rows: AllocatorRow[];
  unit: string;
  notes: string[];
  compared: boolean;
}

export function fromGrowth(growth: ApiGrowth): AllocatorTable {
  return {
    rows: growth.functions.map((row) => ({
      function: row.function,
      file: row.file,
      line: row.line,
      inUse: row.lastBytes,
      growth: row.growthBytes,
      growthPerSecond: row.growthBytesPerSecond,
      share: row.share,
      history: row.history ?? null,
      own: row.own ?? null,
    })),
    unit: growth.unit ?? 'bytes',
    notes: growth.notes ?? [],
    compared: true,
  };
}

export function fromTop(report: TopReport): AllocatorTable {
  return {
    rows: report.rows
      .filter((row) => row.flat !== 0)
      .map((row) => ({
        function: row.function,
        file: row.file,
        line: row.line,
        inUse: row.flat,
        growth: null,
        growthPerSecond: null,
        share: report.total === 0 ? null : row.flat / report.total,
        history: null,
        own: null,
      })),
    unit: report.unit,
    notes: [],
    compared: false,
  };
}

export type SortKey = 'function' | 'inUse' | 'growth' | 'growthPerSecond' | 'share';

export interface TableView {
  search: string;
  ownOnly: boolean;
  sort: SortKey;
  descending: boolean;
}

/** Search matches function or file, without regard to case. */
export function viewRows(rows: readonly AllocatorRow[], view: TableView): AllocatorRow[] {
  const needle = view.search.trim().toLowerCase();
  const kept = rows.filter(
    (row) =>
      (!view.ownOnly || row.own === true) &&
      (needle === '' ||
        row.function.toLowerCase().includes(needle) ||
        row.file.toLowerCase().includes(needle)),
  );
  const direction = view.descending ? -1 : 1;
  return kept.sort((a, b) => {
    if (view.sort === 'function') return direction * a.function.localeCompare(b.function);
    const left = a[view.sort];
    const right = b[view.sort];
    if (left === right) return b.inUse - a.inUse || a.function.localeCompare(b.function);
    // What is not known stands last, whichever way the column is sorted.
    if (left === null) return 1;
    if (right === null) return -1;
    return direction * (left - right);
  });
}
