// The trend of an incident: the samples that the exporter still holds, before them what the incident kept of its own, and
// beside that the signals that its captures kept of their moment.

import type { ApiCapture, ApiIncident, ApiSamples, ApiTarget } from '../server/api.js';
import { SIGNALS, type Signal } from '../signals.js';
import type { ReportFit, ReportMark, ReportTrend, ReportVerdict } from './model.js';
import { SIGNAL_WORDS } from './words.js';

/** What is shown beside the channel of the verdict, where it was read. */
const SHOWN: readonly Signal[] = ['live_heap', 'private_working_set', 'commit'];
const WITHOUT_GO: readonly Signal[] = ['private_working_set', 'commit', 'working_set'];
const MAX_SERIES = 4;

/** Undefined where fewer than two moments are known. */
export function incidentTrend(
  incident: ApiIncident,
  captures: readonly ApiCapture[],
  samples: ApiSamples | undefined,
  target: ApiTarget | undefined,
  verdict: ReportVerdict | undefined,
): ReportTrend | undefined {
  const firstSampleMs = samples?.atMs[0] ?? Infinity;
  const rows: Row[] = [
    ...captures.map(({ takenAt, signals }) => ({
      at: Date.parse(takenAt),
      valueOf: (signal: Signal) => signals[signal],
    })),
    ...rowsOf(incident.trend ?? undefined),
  ].filter(({ at }) => at < firstSampleMs);
  rows.push(...rowsOf(samples));
  rows.sort((a, b) => a.at - b.at);
  if (rows.length < 2) return undefined;
  const atMs = rows.map(({ at }) => at);
  const valuesOf = (signal: Signal): (number | null)[] => rows.map(({ valueOf }) => valueOf(signal) ?? null);
  const known = SIGNALS.filter((signal) => valuesOf(signal).filter((value) => value !== null).length >= 2);
  const channel = SIGNALS.find((signal) => signal === verdict?.channel);
  const wanted = [
    ...(channel ? [channel] : []),
    ...(known.includes('live_heap') ? SHOWN : WITHOUT_GO),
    'goroutines' as const,
  ];
  const shown = [...new Set(wanted)].filter((signal) => known.includes(signal)).slice(0, MAX_SERIES);
  const series = shown.map((signal) => ({ signal, values: valuesOf(signal) }));
  const fit = channel && fitOf(channel, verdict, atMs, valuesOf(channel));
  return {
    atMs,
    series,
    ...(fit && { fit }),
    marks: marksOf(incident, captures, verdict),
    ...(target && { limits: target.limits }),
  };
}

interface Row {
  at: number;
  valueOf: (signal: Signal) => number | null | undefined;
}

function rowsOf(columns: Pick<ApiSamples, 'atMs' | 'signals'> | undefined): Row[] {
  return (columns?.atMs ?? []).map((at, i) => ({ at, valueOf: (signal) => columns!.signals[signal]?.[i] }));
}

/** The slope of the verdict through the middle of the values since its onset. */
function fitOf(
  signal: Signal,
  verdict: ReportVerdict | undefined,
  atMs: readonly number[],
  values: readonly (number | null)[],
): ReportFit | undefined {
  const slope = verdict?.slopes?.[signal];
  const sinceMs = verdict?.since == null ? undefined : Date.parse(verdict.since);
  const toMs = atMs.at(-1);
  if (!slope || sinceMs === undefined || toMs === undefined) return undefined;
  const fromMs = Math.max(sinceMs, atMs[0]!);
  const offsets = values
    .flatMap((value, i) =>
      value === null || atMs[i]! < fromMs ? [] : [value - (slope.perSecond * (atMs[i]! - fromMs)) / 1000],
    )
    .sort((a, b) => a - b);
  const middle = offsets[Math.floor(offsets.length / 2)];
  if (middle === undefined || toMs <= fromMs) return undefined;
  const toValue = middle + (slope.perSecond * (toMs - fromMs)) / 1000;
  return { signal, fromMs, fromValue: middle, toMs, toValue };
}

function marksOf(
  incident: ApiIncident,
  captures: readonly ApiCapture[],
  verdict: ReportVerdict | undefined,
): ReportMark[] {
  const marks: ReportMark[] = captures.map(({ takenAt, trigger }) => ({
    atMs: Date.parse(takenAt),
    kind: 'capture',
    text: `capture: ${trigger.replace('_', ' ')}`,
  }));
  if (verdict?.since != null) {
    const what = verdict.channel == null ? 'growth' : SIGNAL_WORDS[verdict.channel].toLowerCase();
    marks.push({ atMs: Date.parse(verdict.since), kind: 'since', text: `${what} begins to grow` });
  }
  for (const { name, startsAt, endsAt } of incident.alerts) {
    marks.push({ atMs: Date.parse(startsAt), kind: 'alert', text: name });
    if (endsAt !== null) marks.push({ atMs: Date.parse(endsAt), kind: 'resolved', text: `${name} resolved` });
  }
  const leaking = incident.verdicts.find(({ state }) => state === 'leaking');
  if (leaking) marks.push({ atMs: Date.parse(leaking.at), kind: 'verdict', text: 'verdict: leaking' });
  return marks;
}
