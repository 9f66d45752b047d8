// What a report shows: plain data, ready to be written as Markdown, HTML or PDF. Whoever has looked at a target
// (an incident, `leakline diagnose`) fills it in; what is not known is absent, and `missing` says why. All texts are
// foreign to the writers: they escape every one of them. Times are RFC 3339 or Unix milliseconds where a name says so.

import { UsageError } from '../errors.js';
import type { ApiAccounting, ApiBaselineSignal, ApiGrowth, ApiVerdict } from '../server/api.js';
import type { Signal } from '../signals.js';

export const REPORT_FORMATS = ['md', 'html', 'pdf'] as const;
export type ReportFormat = (typeof REPORT_FORMATS)[number];

export interface ReportModel {
  /** "orders leaks 2.01 MiB/s: main.(*SessionCache).Put". One line. */
  title: string;
  /** The answer in one to three sentences, above everything else. */
  summary?: string;
  generatedAt: string;
  /** Who wrote it: "leakline 0.1.0". */
  generator: string;
  target: ReportTarget;
  /** What was seen and done, oldest first: alerts, verdicts, captures, the end. */
  events: ReportEvent[];
  verdict?: ReportVerdict;
  trend?: ReportTrend;
  accounting?: ReportAccounting;
  /** Normal against now. */
  baseline?: ApiBaselineSignal[];
  /** Growth by allocator. `blamed` is shown with its stacks. */
  growth?: ApiGrowth;
  goroutines?: ReportGoroutines;
  callGraph?: ReportCallGraph;
  /** Source of the blamed lines, where it was found. */
  sources?: ReportSource[];
  /** What to look at next, most important first. */
  advice: ReportAdvice[];
  reproduce: ReportStep[];
  /** What is not in the report and why: "no heap profile: the target serves no pprof". */
  missing: string[];
}

export interface ReportTarget {
  name: string;
  host?: string;
  pid?: number;
  startedAt?: string;
  executable?: string;
  goVersion?: string;
  module?: string;
  moduleVersion?: string;
  revision?: string;
  labels?: Record<string, string>;
  /** Further facts, shown as they are: "Incident", "Opened by". */
  facts?: { name: string; value: string }[];
}

export const REPORT_EVENT_KINDS = ['alert', 'resolved', 'verdict', 'capture', 'incident', 'process'] as const;
export type ReportEventKind = (typeof REPORT_EVENT_KINDS)[number];

export interface ReportEvent {
  at: string;
  kind: ReportEventKind;
  text: string;
}

/** The verdict as the API tells it; a report of an incident that is over may know no slopes. */
export type ReportVerdict = Pick<ApiVerdict, 'state' | 'why'> & Partial<ApiVerdict>;

export interface ReportTrend {
  /** Unix ms of each row, ascending. */
  atMs: number[];
  /** The first is drawn strongest. Values are null where nothing was read. */
  series: ReportSeries[];
  /** The line that the slope stands for, on the first series or the one that `series` names. */
  fit?: ReportFit;
  marks: ReportMark[];
  /** Limits near enough to be drawn are drawn. */
  limits?: { name: string; bytes: number }[];
}

export interface ReportSeries {
  signal: Signal;
  values: (number | null)[];
}

export interface ReportFit {
  signal: Signal;
  fromMs: number;
  fromValue: number;
  toMs: number;
  toValue: number;
}

export interface ReportMark {
  atMs: number;
  kind: ReportEventKind | 'since';
  text: string;
}

/** Whose memory it is, at the beginning and now. Parts are `null` in neither: a part that is not known is absent. */
export interface ReportAccounting {
  first?: ReportAccountingAt;
  last: ReportAccountingAt;
}
export type ReportAccountingAt = ApiAccounting & { at: string };

export interface ReportGoroutines {
  firstCount?: number;
  lastCount: number;
  firstAt?: string;
  lastAt?: string;
  /** By growth, most first. */
  groups: ReportGoroutineGroup[];
}

export interface ReportGoroutineGroup {
  /** "main.serve /src/main.go:12"; the `go` statement or, where only a profile is there, the function that runs. */
  createdBy: string;
  /** Where it waits. */
  blockedAt?: string;
  firstCount?: number;
  lastCount: number;
  growthPerSecond?: number;
  /** "chan receive", "select". */
  state?: string;
  longestWaitMinutes?: number;
  /** Of them found unreachable by Go itself. */
  leaked?: number;
  /** Leaf first, "function file:line". */
  stack?: string[];
}

export interface ReportCallGraph {
  /** In Graphviz's language, as `leakline pprof dot` writes it. */
  dot: string;
  /** "in-use bytes that grew from … to …". */
  caption: string;
}

export interface ReportSource {
  function: string;
  file: string;
  /** Number of the first line of `lines`. */
  firstLine: number;
  lines: string[];
  /** Lines that hold memory, with their growth in the unit of the growth table. */
  marked: { line: number; growthBytes: number }[];
}

export interface ReportAdvice {
  title: string;
  text: string;
}

export interface ReportStep {
  text: string;
  /** A command to paste; one a line. */
  command?: string;
}

/** The form by the extension of a file's name; throws a UsageError that names the possible ones. */
export function reportFormatOf(fileName: string): ReportFormat {
  const extension = /\.([a-z]+)$/i.exec(fileName)?.[1]?.toLowerCase();
  const format = extension === 'htm' ? 'html' : extension === 'markdown' ? 'md' : extension;
  const known = REPORT_FORMATS.find((each) => each === format);
  if (known) return known;
  throw new UsageError(
    'report_format',
    `${fileName}: a report is written as .md, .html or .pdf; end the name with one of them`,
  );
}
