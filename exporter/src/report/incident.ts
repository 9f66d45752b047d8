// The report of an incident, from what is kept of it: alerts, verdicts, captures with the signals of their moment, and,
// while the exporter still holds them, the samples in between. Analyses of profiles are handed in: the server runs them
// in worker threads. An incident of last week whose samples are gone gives the same report from its captures.

import { advise, type AdviceInput } from '../advice/index.js';
import type { RunAnalysis } from '../profile/analyses.js';
import type { ProfileInput } from '../profile/kept-profile.js';
import type { GoroutineGrowth } from '../profile/goroutines.js';
import type { ReportAnswer } from '../profile/report-analysis.js';
import type { ApiCapture, ApiIncident, ApiSamples, ApiTarget, ProfileKind } from '../server/api.js';
import { isCountSignal } from '../signals.js';
import { messageOf } from '../errors.js';
import { VERSION } from '../version.js';
import { incidentGoroutines } from './incident-goroutines.js';
import { reproduceOf, type IncidentPlace } from './incident-reproduce.js';
import { incidentTrend } from './incident-trend.js';
import type {
  ReportAccounting,
  ReportAdvice,
  ReportCallGraph,
  ReportEvent,
  ReportModel,
  ReportSource,
  ReportVerdict,
} from './model.js';
import { formatBytesPerSecond, percent, signalRate, SIGNAL_WORDS, timeWords } from './words.js';

export interface IncidentSources {
  incident: ApiIncident;
  /** The captures of the incident and its baseline, those that are still there, with their readings. */
  captures: readonly ApiCapture[];
  /** The target as it is watched now, where it is. */
  target?: ApiTarget | undefined;
  samples?: ApiSamples | undefined;
  profile: (captureId: string, kind: ProfileKind) => Promise<ProfileInput>;
  run: RunAnalysis;
  /** How the reader gets at the same. */
  place: IncidentPlace;
  sourceRoots: readonly string[];
  trimPath: string;
  nowMs: number;
}

const GRAPH_NODES = 40;
const SOURCES = 2;
/** Lines before the first and after the last marked line of a source. */
const SOURCE_MARGIN = 6;
/** Starts of a process nearer than this are of one run: on Linux they are computed from a drifting boot time. */
const START_TOLERANCE_MS = 2000;

/** Resolves with what can be told; what cannot stands in `missing` with its reason. */
export async function incidentReport(sources: IncidentSources): Promise<ReportModel> {
  const { incident, nowMs } = sources;
  const captures = [...sources.captures].sort((a, b) => (a.takenAt < b.takenAt ? -1 : 1));
  const missing: string[] = [];
  const target = sameRunAs(captures.at(-1), sources.target);
  const verdict = verdictOf(incident, target);
  const growth = incident.growth ?? undefined;
  const grown =
    growth?.captures?.flatMap(({ id }) => captures.find((capture) => capture.id === id) ?? []) ?? [];
  if (!growth) missing.push(whyNoGrowth(captures));

  const attempt = async <T>(what: string, work: () => Promise<T | undefined>): Promise<T | undefined> => {
    try {
      return await work();
    } catch (error) {
      missing.push(`${what}: ${messageOf(error)}`);
      return undefined;
    }
  };
  const compared = [grown[0], grown.at(-1)] as const;
  const [callGraph, excerpts] =
    compared[0] && compared[1] && compared[0] !== compared[1]
      ? [
          await attempt('Call graph', () => callGraphOf(sources, compared[0]!, compared[1]!)),
          await attempt('Source', () => sourcesOf(sources, compared[0]!, compared[1]!, missing)),
        ]
      : [undefined, undefined];
  const goroutines = await attempt('Goroutines', () => incidentGoroutines(sources, captures));
  const accounting = accountingOf(incident, captures, target);
  if (!accounting) missing.push('Memory by part: no capture holds readings of the system and the Go runtime');
  const trend = incidentTrend(incident, captures, sources.samples, target, verdict);
  if (!trend) missing.push('Trend: fewer than two readings are kept of this time');

  const model: ReportModel = {
    title: titleOf(incident, verdict),
    generatedAt: new Date(nowMs).toISOString(),
    generator: `leakline ${VERSION}`,
    target: targetOf(incident, captures, target),
    events: eventsOf(incident, captures),
    ...(verdict && { verdict }),
    ...(trend && { trend }),
    ...(accounting && { accounting }),
    ...(target?.baseline && incident.state === 'open' && { baseline: target.baseline }),
    ...(growth && { growth }),
    ...(goroutines && { goroutines: goroutines.shown }),
    ...(callGraph && { callGraph }),
    ...(excerpts && { sources: excerpts }),
    advice: [],
    reproduce: reproduceOf(incident, captures, compared, sources.place),
    missing,
  };
  return {
    ...model,
    summary: summaryOf(incident, model),
    advice: incidentAdvice(model, goroutines?.grown ?? [], captures, target),
  };
}

/** What to look at next; the last item says how to prove that it is mended. */
function incidentAdvice(
  { verdict, accounting, growth }: ReportModel,
  goroutines: readonly GoroutineGrowth[],
  captures: readonly ApiCapture[],
  target: ApiTarget | undefined,
): ReportAdvice[] {
  const { first, last } = accounting ?? {};
  const told = captures.findLast(({ process }) => process !== undefined);
  const hasGrown = (growth?.blamed.length ?? 0) > 0 || goroutines.length > 0;
  const isTold = verdict !== undefined && verdict.state !== 'learning';
  const advice: ReportAdvice[] = advise({
    // An alert may come before the verdict has learned enough.
    verdict: !isTold && hasGrown ? { state: 'growing' } : verdict,
    first,
    last,
    seconds: first && last && (Date.parse(last.at) - Date.parse(first.at)) / 1000,
    growth,
    goroutines,
    runtime: runtimeOf(captures.at(-1)),
    limits: target?.limits,
    hasPprof: captures.some(({ kinds }) => kinds.length > 0) || target?.hasPprof,
    ...(told && { platform: told.signals.gdi_objects === undefined ? 'linux' : 'windows' }),
    pid: target?.pid,
  });
  if (verdict?.state !== 'healthy') {
    advice.push({
      title: 'Prove the fix',
      text:
        'Put the same load on the mended build: "leakline verify --load COMMAND -- SERVICE" fails while anything still ' +
        'grows, in CI too. With --write-baseline on the build of now and --baseline on the mended one it says what is gone.',
    });
  }
  return advice;
}

function runtimeOf(capture: ApiCapture | undefined): AdviceInput['runtime'] {
  const numberOf = (name: string) => {
    const value = capture?.runtime?.[name];
    return typeof value === 'number' ? value : undefined;
  };
  return {
    gogcPercent: numberOf('gogcPercent'),
    goMemLimitBytes: numberOf('goMemLimitBytes'),
    gcCpuFraction: numberOf('gcCpuFraction'),
    nextGcBytes: numberOf('nextGcBytes'),
  };
}

/** The target as watched, if it is the process of the capture. */
function sameRunAs(capture: ApiCapture | undefined, target: ApiTarget | undefined): ApiTarget | undefined {
  if (!target || !capture) return target;
  if (capture.processStartedAt === undefined || target.startedAt === undefined) return target;
  const apart = Math.abs(Date.parse(capture.processStartedAt) - Date.parse(target.startedAt));
  return apart <= START_TOLERANCE_MS ? target : undefined;
}

/** While it is open the verdict of now; afterwards the last one that told of growth. */
function verdictOf(incident: ApiIncident, target: ApiTarget | undefined): ReportVerdict | undefined {
  if (incident.state === 'open' && target?.verdict && target.verdict.state !== 'learning')
    return target.verdict;
  const told =
    incident.verdicts.findLast(({ state }) => state === 'leaking') ??
    incident.verdicts.findLast(({ state }) => state === 'growing') ??
    incident.verdicts.at(-1);
  return told && { state: told.state, why: told.why };
}

/** Rate of the verdict's channel in words; undefined where none is known. */
function rateOf(verdict: ReportVerdict | undefined): string | undefined {
  const signal = verdict?.channel ?? undefined;
  const slope = signal && verdict?.slopes?.[signal];
  const rate = signal && slope && signalRate(signal, slope.perSecond);
  if (!rate || signal === 'gc_pressure') return undefined;
  return isCountSignal(signal) ? `${rate} ${SIGNAL_WORDS[signal].toLowerCase()}` : rate;
}

function titleOf(incident: ApiIncident, verdict: ReportVerdict | undefined): string {
  const blamed = incident.blamed;
  const rate =
    rateOf(verdict) ??
    (blamed && isBytes(incident) ? formatBytesPerSecond(blamed.growthBytesPerSecond) : undefined);
  const words = { open: 'leaks', resolved: 'leaked', ended_by_exit: 'leaked' }[incident.state];
  const what = rate === undefined ? `Incident of ${incident.target}` : `${incident.target} ${words} ${rate}`;
  return blamed ? `${what}: ${blamed.function}` : what;
}

function isBytes(incident: ApiIncident): boolean {
  const unit = incident.growth?.unit;
  return unit === undefined || unit === 'bytes';
}

function summaryOf(incident: ApiIncident, { verdict, growth }: ReportModel): string {
  const sentences: string[] = [];
  const opener = incident.openedBy === 'alert' ? 'an alert' : 'the verdict';
  const end =
    incident.closedAt === null
      ? 'is open still'
      : `${incident.state === 'resolved' ? 'was resolved' : 'ended with the process'} at ${timeWords(incident.closedAt)}`;
  sentences.push(`Opened by ${opener} at ${timeWords(incident.openedAt)}; it ${end}.`);
  const signal = verdict?.channel;
  const rate = rateOf(verdict);
  if (signal && rate !== undefined)
    sentences.push(`${SIGNAL_WORDS[signal]} grows by ${rate.replace(/ [a-z ]+$/i, '')}.`);
  const [blamed] = growth?.blamed ?? [];
  if (blamed) {
    const place = blamed.file === '' ? '' : `, at ${blamed.file}:${blamed.line}`;
    sentences.push(`${blamed.function} holds ${percent(blamed.share)} of the growth${place}.`);
  } else if (growth) {
    sentences.push('No function of the Go heap explains the growth.');
  }
  return sentences.join(' ');
}

function targetOf(
  incident: ApiIncident,
  captures: readonly ApiCapture[],
  target: ApiTarget | undefined,
): ReportModel['target'] {
  const last = captures.at(-1);
  const facts = [
    { name: 'Incident', value: incident.id },
    {
      name: 'State',
      value: { open: 'open', resolved: 'resolved', ended_by_exit: 'ended by exit' }[incident.state],
    },
    { name: 'Opened', value: `${timeWords(incident.openedAt)}, by ${incident.openedBy}` },
    ...(incident.closedAt === null ? [] : [{ name: 'Closed', value: timeWords(incident.closedAt) }]),
  ];
  return {
    name: incident.target,
    host: incident.host,
    pid: target?.pid,
    startedAt: last?.processStartedAt ?? target?.startedAt,
    executable: target?.executable,
    goVersion: last?.goVersion ?? target?.goVersion,
    module: last?.module ?? target?.module,
    moduleVersion: last?.moduleVersion ?? target?.moduleVersion,
    revision: last?.revision ?? target?.revision,
    labels: target?.labels,
    facts,
  };
}

const TRIGGER_WORDS: Record<ApiCapture['trigger'], string> = {
  alert: 'on the alert',
  verdict: 'on the verdict',
  manual: 'by hand',
  baseline: 'of the healthy state',
  diagnose: 'by diagnose',
  follow_up: 'as a follow-up',
  resolved: 'after the resolve',
};

export function captureWords(capture: ApiCapture): string {
  const kinds = capture.kinds.length > 0 ? capture.kinds.join(', ') : 'nothing';
  const failed = capture.failures.map(({ kind, message }) => `${kind} failed: ${message}`);
  return [`${kinds}, ${TRIGGER_WORDS[capture.trigger]} (${capture.id})`, ...failed].join('; ');
}

function eventsOf(incident: ApiIncident, captures: readonly ApiCapture[]): ReportEvent[] {
  const events: ReportEvent[] = [
    ...captures.map((c): ReportEvent => ({ at: c.takenAt, kind: 'capture', text: captureWords(c) })),
    ...incident.verdicts.map((v): ReportEvent => ({
      at: v.at,
      kind: 'verdict',
      text: v.why === '' ? v.state : `${v.state}: ${v.why}`,
    })),
  ];
  for (const { name, startsAt, endsAt, annotations } of incident.alerts) {
    const summary = annotations.summary ?? annotations.description;
    events.push({
      at: startsAt,
      kind: 'alert',
      text: summary === undefined ? `${name} fires` : `${name} fires: ${summary}`,
    });
    if (endsAt !== null) events.push({ at: endsAt, kind: 'resolved', text: `${name} is resolved` });
  }
  if (incident.closedAt !== null) {
    const ended = incident.state === 'ended_by_exit';
    events.push({
      at: incident.closedAt,
      kind: ended ? 'process' : 'incident',
      text: ended ? 'the process ended, and the incident with it' : 'the incident is over',
    });
  }
  return events.sort((a, b) => Date.parse(a.at) - Date.parse(b.at));
}

/** The baseline, or the first capture, against the last one before the end; while it is open against now. */
function accountingOf(
  incident: ApiIncident,
  captures: readonly ApiCapture[],
  target: ApiTarget | undefined,
): ReportAccounting | undefined {
  const told = captures
    .filter((capture) => capture.trigger !== 'resolved')
    .flatMap(({ takenAt, accounting }) => (accounting ? [{ ...accounting, at: takenAt }] : []));
  if (incident.state === 'open' && target?.accounting && target.sampledAt !== undefined) {
    told.push({ ...target.accounting, at: target.sampledAt });
  }
  const [first, last] = [told[0], told.at(-1)];
  if (!last) return undefined;
  return first && first !== last ? { first, last } : { last };
}

function whyNoGrowth(captures: readonly ApiCapture[]): string {
  const heaps = captures.filter(({ kinds }) => kinds.includes('heap')).length;
  if (heaps >= 2)
    return 'Growth by function: it is not told yet, or could not be told; the log of the exporter says why';
  const failure = captures.flatMap(({ failures }) => failures).find(({ kind }) => kind === 'heap');
  const why = failure ? ` (${failure.message})` : '';
  return `Growth by function: it takes two captures with a heap profile, and there ${heaps === 1 ? 'is one' : 'is none'}${why}`;
}

async function callGraphOf(
  { run, profile, sourceRoots }: IncidentSources,
  first: ApiCapture,
  last: ApiCapture,
): Promise<ReportCallGraph> {
  const dot = await run('report', [await profile(last.id, 'heap'), await profile(first.id, 'heap')], {
    kind: 'callgraph',
    baseCount: 1,
    format: 'dot',
    sourceRoots,
    options: { sampleIndex: 'inuse_space', nodeCount: GRAPH_NODES, dropNegative: true },
  });
  if (typeof dot !== 'string') throw new TypeError('the call graph is no text');
  return {
    dot,
    caption: `In-use bytes that grew from ${timeWords(first.takenAt)} to ${timeWords(last.takenAt)}; what shrank is left out.`,
  };
}

/** Source around the lines of the functions to blame, where it lies on this host. */
async function sourcesOf(
  { run, profile, sourceRoots, trimPath, incident }: IncidentSources,
  first: ApiCapture,
  last: ApiCapture,
  missing: string[],
): Promise<ReportSource[]> {
  const found: ReportSource[] = [];
  const names = [...new Set((incident.growth?.blamed ?? []).map(({ function: name }) => name))];
  for (const name of names.slice(0, SOURCES)) {
    const answer: ReportAnswer = await run(
      'report',
      [await profile(last.id, 'heap'), await profile(first.id, 'heap')],
      {
        kind: 'list',
        baseCount: 1,
        function: `^${name.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&')}$`,
        sourceRoots,
        options: { sampleIndex: 'inuse_space', trimPath },
      },
    );
    if (typeof answer === 'string' || !('routines' in answer)) continue;
    const routine = answer.routines.find((each) => each.function === name);
    if (!routine) continue;
    const marked = routine.weights
      .filter(({ cum }) => cum > 0)
      .map(({ line, cum }) => ({ line, growthBytes: cum }));
    const numbers = marked.map(({ line }) => line);
    const [from, to] = [Math.min(...numbers) - SOURCE_MARGIN, Math.max(...numbers) + SOURCE_MARGIN];
    const lines = routine.lines.filter(({ line }) => line >= from && line <= to);
    if (lines[0]) {
      found.push({
        function: name,
        file: routine.file,
        firstLine: lines[0].line,
        lines: lines.map(({ source }) => source),
        marked,
      });
    } else if (routine.problem !== undefined) {
      missing.push(
        `Source of ${name}: ${routine.file} is not in the folders where sources are looked for (profile.sourceRoots of the exporter, or where "leakline report --state-dir" runs)`,
      );
    }
  }
  return found;
}
