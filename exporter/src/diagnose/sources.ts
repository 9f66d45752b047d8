// Source around the lines that grow, for people. Files are read within the source roots only (source-files/).

import type { ApiGrowth } from '../server/api.js';
import type { SourceReader } from '../profile/report/index.js';

export interface SourceExcerpt {
  function: string;
  file: string;
  /** Number of the first of `lines`. */
  firstLine: number;
  lines: string[];
  /** Lines that grow, in the unit of the growth table. */
  marked: { line: number; growthBytes: number }[];
}

/** Lines before and after the one that is blamed. */
const MARGIN = 3;
const MOST_EXCERPTS = 3;
/** A blamed line below this share of the growth is not shown in source. */
const LEAST_SHARE = 0.05;
const TAB = '    ';

/** Excerpts of the first blamed lines. `problem` says why the first has none. */
export function sourceExcerpts(
  growth: ApiGrowth | undefined,
  read: SourceReader,
): { excerpts: SourceExcerpt[]; problem?: string } {
  const excerpts: SourceExcerpt[] = [];
  let problem: string | undefined;
  for (const blamed of (growth?.blamed ?? []).slice(0, MOST_EXCERPTS)) {
    if (blamed.share < LEAST_SHARE || blamed.file === '' || blamed.line <= 0) continue;
    const overlapping = excerpts.find(
      ({ file, firstLine, lines }) =>
        file === blamed.file && blamed.line >= firstLine && blamed.line < firstLine + lines.length,
    );
    if (overlapping) {
      overlapping.marked.push({ line: blamed.line, growthBytes: blamed.growthBytes });
      continue;
    }
    const source = read(blamed.file);
    if ('problem' in source) {
      problem ??= source.problem;
      continue;
    }
    if (blamed.line > source.lines.length) {
      problem ??= `${blamed.file} has only ${source.lines.length} lines: it is not what the process was built from`;
      continue;
    }
    const firstLine = Math.max(1, blamed.line - MARGIN);
    excerpts.push({
      function: blamed.function,
      file: blamed.file,
      firstLine,
      lines: source.lines
        .slice(firstLine - 1, blamed.line + MARGIN)
        .map((line) => line.replaceAll('\t', TAB)),
      marked: [{ line: blamed.line, growthBytes: blamed.growthBytes }],
    });
  }
  return { excerpts, ...(problem !== undefined && excerpts.length === 0 && { problem }) };
}
