// One report on the profiles of one or two captures, as plain data or a picture: what the API answers with.

import { graphPdf, graphSvg } from './picture/graph.js';
import { readProfile } from './read.js';
import {
  callGraph,
  compareProfiles,
  compile,
  dotText,
  flameGraph,
  listReport,
  peekReport,
  prepare,
  topReport,
  type CallGraph,
  type FlameGraph,
  type ListReport,
  type PeekReport,
  type ReportOptions,
  type SourceReader,
  type TopReport,
} from './report/index.js';

export const REPORT_KINDS = ['top', 'peek', 'list', 'flamegraph', 'callgraph'] as const;
export type ReportKind = (typeof REPORT_KINDS)[number];

export const PICTURE_FORMATS = ['svg', 'dot', 'pdf', 'json'] as const;
export type PictureFormat = (typeof PICTURE_FORMATS)[number];

export interface ReportRequest {
  kind: ReportKind;
  /** Of the profiles handed over, how many at the end are the base. */
  baseCount: number;
  /** Percentages of the base, its samples kept apart (-diff_base), rather than of the difference (-base). */
  keepBase?: boolean;
  normalize?: boolean;
  /** Pattern of functions for peek and list. */
  function?: string;
  /** Of the call graph. Default: svg. */
  format?: PictureFormat;
  theme?: 'light' | 'dark' | 'auto';
  options: Partial<ReportOptions>;
}

export type ReportAnswer = TopReport | PeekReport | ListReport | FlameGraph | CallGraph | string | Uint8Array;

/** Throws or rejects with a UsageError for a pattern that is wrong, and `no_match` where it matches nothing. */
export async function reportOn(
  inputs: readonly Uint8Array[],
  request: ReportRequest,
  readSource: SourceReader,
): Promise<ReportAnswer> {
  const { kind, baseCount, keepBase, normalize, options } = request;
  const profiles = inputs.map((bytes) => readProfile(bytes));
  const sources = profiles.slice(0, profiles.length - baseCount);
  const bases = profiles.slice(profiles.length - baseCount);
  const profile = compareProfiles({ sources, bases, keepBase, normalize });
  const pattern = request.function ?? '';
  switch (kind) {
    case 'top':
      return topReport(prepare(profile, 'top', options));
    case 'peek':
      return peekReport(prepare(profile, 'peek', options), compile('function', pattern), pattern);
    case 'list':
      return listReport(prepare(profile, 'list', options), compile('function', pattern), pattern, readSource);
    case 'flamegraph':
      return flameGraph(prepare(profile, 'flame', options));
    case 'callgraph': {
      const report = prepare(profile, 'dot', options);
      if (request.format === 'json') return callGraph(report);
      const dot = dotText(report);
      if (request.format === 'dot') return dot;
      return request.format === 'pdf' ? graphPdf(dot) : graphSvg(dot, request.theme);
    }
  }
}

/** As reportOn; the answer as it is sent: JSON, the text of a picture, or its bytes. */
export async function reportBody(...parameters: Parameters<typeof reportOn>): Promise<Uint8Array> {
  const answer = await reportOn(...parameters);
  if (answer instanceof Uint8Array) return answer;
  return new TextEncoder().encode(typeof answer === 'string' ? answer : JSON.stringify(answer));
}
