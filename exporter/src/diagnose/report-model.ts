// The findings as a report (report/model.ts). Pure, apart from the layout of the call graph's text.

import { hostname } from 'node:os';
import { messageOf } from '../errors.js';
import { formatBytes, formatDuration } from '../format.js';
import type { GoroutineGrowth } from '../profile/goroutines.js';
import type { GoroutineFrame } from '../profile/goroutine-dump.js';
import { reportOn } from '../profile/report-analysis.js';
import type { ReportEvent, ReportFit, ReportGoroutines, ReportModel, ReportStep } from '../report/model.js';
import type { Signal } from '../signals.js';
import { apiTime, presentVerdict } from '../server/present.js';
import { VERSION } from '../version.js';
import { mainSlope, signalOf } from './rates.js';
import { titleOf } from './title.js';
import type { AccountingAt, Findings } from './types.js';

/** Signals that a trend shows, the most telling first. */
const SHOWN: readonly Signal[] = ['live_heap', 'commit', 'private_working_set', 'goroutines', 'non_go'];
/** Functions of the call graph: more do not fit a page. */
const GRAPH_NODES = 40;

export async function reportModelOf(findings: Findings): Promise<ReportModel> {
  const { target, verdict, growth, sources, advice, problem } = findings;
  const missing: string[] = [];
  const callGraph = await callGraphOf(findings).catch((error: unknown) => {
    missing.push(`no call graph: ${messageOf(error)}`);
    return undefined;
  });
  if (problem) missing.push(problem.message);
  if (growth === undefined) missing.push('no growth by function: it takes two heap profiles');
  for (const { text } of findings.notes) if (text.startsWith('no ')) missing.push(text);
  const { go } = target;
  return {
    title: titleOf(findings),
    summary: summaryOf(findings),
    generatedAt: apiTime(Date.now()),
    generator: `leakline ${VERSION}`,
    target: {
      name: target.name,
      ...(target.pid !== undefined && { pid: target.pid, host: hostname() }),
      ...(target.startedAtMs !== undefined && { startedAt: apiTime(target.startedAtMs) }),
      ...(target.executable !== undefined && { executable: target.executable }),
      ...(go.goVersion !== undefined && { goVersion: go.goVersion }),
      ...(go.module !== undefined && { module: go.module }),
      ...(go.moduleVersion !== undefined && { moduleVersion: go.moduleVersion }),
      ...(go.revision !== undefined && { revision: go.revision }),
      labels: target.labels,
      facts: [
        { name: 'Watched', value: formatDuration((findings.endedAtMs - findings.startedAtMs) / 1000) },
        ...(findings.load === undefined ? [] : [{ name: 'Load', value: findings.load }]),
      ],
    },
    events: eventsOf(findings),
    verdict: presentVerdict(verdict),
    trend: trendOf(findings),
    ...(findings.last && {
      accounting: {
        ...(findings.first && { first: accountingOf(findings.first) }),
        last: accountingOf(findings.last),
      },
    }),
    ...(growth && { growth }),
    ...(findings.goroutines.length > 0 && { goroutines: goroutinesOf(findings) }),
    ...(callGraph && { callGraph }),
    ...(sources.length > 0 && { sources: [...sources] }),
    advice: [...advice],
    reproduce: stepsOf(findings),
    missing,
  };
}

function summaryOf({ verdict, advice }: Findings): string {
  const [first] = advice;
  const why = `${verdict.why.slice(0, 1).toUpperCase()}${verdict.why.slice(1)}.`;
  return first ? `${why} ${first.title}.` : why;
}

function eventsOf({ notes, startedAtMs, captures, verdict }: Findings): ReportEvent[] {
  const events: ReportEvent[] = [{ at: apiTime(startedAtMs), kind: 'process', text: 'the watching began' }];
  for (const { takenAtMs, record } of captures) {
    const heap = record.profiles.find(({ kind }) => kind === 'heap');
    const text = heap ? `heap profile (${formatBytes(heap.bytes)}) and goroutines` : 'no heap profile';
    events.push({ at: apiTime(takenAtMs), kind: 'capture', text });
  }
  for (const { atMs, text } of notes)
    if (!text.startsWith('captured ')) events.push({ at: apiTime(atMs), kind: 'process', text });
  if (verdict.sinceSeconds !== null && verdict.state !== 'healthy')
    events.push({
      at: apiTime(verdict.sinceSeconds * 1000),
      kind: 'verdict',
      text: `grows since then: ${verdict.why}`,
    });
  return events.sort((a, b) => (a.at < b.at ? -1 : 1));
}

function trendOf({ series, captures, verdict, target }: Findings): ReportModel['trend'] {
  const main = signalOf(verdict.channel);
  const order = main === undefined ? SHOWN : [main, ...SHOWN.filter((signal) => signal !== main)];
  const shown = order.filter((signal) => series.signals[signal] !== undefined);
  if (series.atMs.length < 2 || shown.length === 0) return undefined;
  const grows = mainSlope(verdict);
  const fit = grows && fitOf(grows.signal, series.atMs, series.signals[grows.signal], grows.slope.perSecond);
  return {
    atMs: series.atMs,
    series: shown.map((signal) => ({ signal, values: series.signals[signal]! })),
    ...(fit && { fit }),
    marks: captures.map(({ takenAtMs }) => ({ atMs: takenAtMs, kind: 'capture', text: 'capture' })),
    limits: target.limits,
  };
}

/** The slope as a line through the middle of the values. */
function fitOf(
  signal: Signal,
  atMs: readonly number[],
  values: readonly (number | null)[] | undefined,
  perSecond: number,
): ReportFit | undefined {
  if (values === undefined) return undefined;
  const rests = values
    .flatMap((value, i) => (value === null ? [] : [value - (perSecond * (atMs[i]! - atMs[0]!)) / 1000]))
    .sort((a, b) => a - b);
  if (rests.length < 2) return undefined;
  const start = rests[Math.floor(rests.length / 2)]!;
  const [fromMs, toMs] = [atMs[0]!, atMs.at(-1)!];
  return { signal, fromMs, fromValue: start, toMs, toValue: start + (perSecond * (toMs - fromMs)) / 1000 };
}

function accountingOf({ atMs, ...accounting }: AccountingAt) {
  return { at: apiTime(atMs), ...accounting };
}

function goroutinesOf({ goroutines, series, startedAtMs, endedAtMs }: Findings): ReportGoroutines {
  const counts = (series.signals.goroutines ?? []).filter((count): count is number => count !== null);
  const place = ({ function: name, file, line }: GoroutineFrame) => `${name} ${file}:${line}`;
  return {
    ...(counts.length > 1 && {
      firstCount: counts[0]!,
      firstAt: apiTime(startedAtMs),
      lastAt: apiTime(endedAtMs),
    }),
    lastCount: counts.at(-1) ?? goroutines.reduce((sum, { lastCount }) => sum + lastCount, 0),
    groups: goroutines.map((group: GoroutineGrowth) => ({
      createdBy: group.createdBy ? place(group.createdBy) : 'unknown',
      ...(group.blockedAt && { blockedAt: place(group.blockedAt) }),
      firstCount: group.firstCount,
      lastCount: group.lastCount,
      growthPerSecond: group.growthPerSecond,
      ...(group.states[0] && { state: group.states[0].state }),
      longestWaitMinutes: group.longestWaitMinutes,
      leaked: group.leaked,
      stack: group.stack.map(place),
    })),
  };
}

/** The growth between the first and the last heap profile as a graph. */
async function callGraphOf({ captures }: Findings): Promise<ReportModel['callGraph']> {
  const heaps = captures.flatMap(({ profiles, takenAtMs }) => {
    const bytes = profiles.get('heap');
    return bytes ? [{ bytes, takenAtMs }] : [];
  });
  const [first, last] = [heaps[0], heaps.at(-1)];
  if (!first || !last || first === last) return undefined;
  const dot = await reportOn(
    [last.bytes, first.bytes],
    { kind: 'callgraph', format: 'dot', baseCount: 1, options: { nodeCount: GRAPH_NODES } },
    () => ({ problem: 'not needed' }),
  );
  if (typeof dot !== 'string') return undefined;
  return {
    dot,
    caption: `in-use bytes that grew from ${apiTime(first.takenAtMs)} to ${apiTime(last.takenAtMs)}`,
  };
}

function stepsOf({ target, captures, load }: Findings): ReportStep[] {
  const what = target.pid === undefined ? (target.pprofUrl ?? target.name) : target.name;
  const steps: ReportStep[] = [
    {
      text: 'Watch it again',
      command: `leakline diagnose ${quoted(what)}${load === undefined ? '' : ` --load ${quoted(load)}`}`,
    },
  ];
  if (target.pprofUrl !== undefined && captures.length > 0) {
    steps.push({
      text: 'Take two heap profiles by hand, some minutes apart, and compare them',
      command: [
        `curl -o first.pb.gz ${quoted(`${target.pprofUrl}heap?gc=1`)}`,
        `curl -o last.pb.gz ${quoted(`${target.pprofUrl}heap?gc=1`)}`,
        'leakline pprof growth first.pb.gz last.pb.gz',
      ].join('\n'),
    });
  }
  return steps;
}

/** As a shell takes it as one word. */
function quoted(text: string): string {
  return /^[A-Za-z0-9_./:@%+=,-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}
