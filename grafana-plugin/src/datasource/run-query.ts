// One query, one answer in frames. Pure of Grafana's runtime: the API comes in.
import type { DataFrame, MetricFindValue } from '@grafana/data';
import type { ApiCapture, ApiIncident } from 'leakline/api';
import type { LeaklineApi, TimeSpan } from '../api/client';
import { ApiProblem } from '../api/problem';
import { selectCaptures, type Selection } from '../panel/domain/selection';
import { goroutineRows } from '../panel/domain/goroutines';
import {
  alertsFrame,
  capturesFrame,
  flamegraphFrame,
  goroutinesFrame,
  growthFrame,
  growthOverTimeFrame,
  incidentsFrame,
  topFrame,
} from './frames/capture-frames';
import { accountingFrame, samplesFrame, targetsFrame } from './frames/target-frames';
import type { LeaklineQuery } from './types';

export async function runQuery(api: LeaklineApi, query: LeaklineQuery, span: TimeSpan): Promise<DataFrame[]> {
  const { refId } = query;
  const target = query.target ?? '';
  switch (query.queryType) {
    case 'verdicts': {
      const targets = target === '' ? await api.targets() : [await api.target(target)];
      return [targetsFrame(targets, refId)];
    }
    case 'samples':
      return forEachTarget(api, target, async (name) => samplesFrame(await api.samples(name, span), refId));
    case 'accounting':
      return forEachTarget(api, target, async (name) =>
        accountingFrame(await api.samples(name, span), refId),
      );
    case 'captures':
      return [capturesFrame(await api.captures(target || undefined, span), refId)];
    case 'allocators':
      return [await allocators(api, query, span)];
    case 'growth_over_time': {
      const name = oneTarget(query);
      return [growthOverTimeFrame(name, await api.growth(name, span, query.sample), refId)];
    }
    case 'flamegraph': {
      const { capture, base } = await chosenCaptures(api, query, span);
      return [
        flamegraphFrame(await api.flamegraph(capture.id, { ...analysisOf(query), base: base?.id }), refId),
      ];
    }
    case 'goroutines': {
      const { capture, base } = await chosenCaptures(api, query, span);
      const report = await api.flamegraph(capture.id, {
        profile: 'goroutine',
        granularity: 'lines',
        focus: query.filter,
        base: base?.id,
        diffBase: base ? 'true' : undefined,
      });
      return [goroutinesFrame(goroutineRows(report), report.diff !== undefined, refId)];
    }
    case 'incidents':
      return [incidentsFrame(within(await api.incidents(), target, span), refId)];
    case 'alerts':
      return [alertsFrame(within(await api.incidents(), target, span), refId)];
  }
}

export async function variableValues(
  api: LeaklineApi,
  kind: 'targets' | 'captures',
  target: string,
  span: TimeSpan,
): Promise<MetricFindValue[]> {
  if (kind === 'targets') return (await api.targets()).map(({ name }) => ({ text: name, value: name }));
  const captures = await api.captures(target || undefined, span);
  return captures.map((capture) => ({ text: `${capture.takenAt} ${capture.trigger}`, value: capture.id }));
}

async function forEachTarget(
  api: LeaklineApi,
  target: string,
  frameOf: (name: string) => Promise<DataFrame>,
): Promise<DataFrame[]> {
  const names = target === '' ? (await api.targets()).map(({ name }) => name) : [target];
  return Promise.all(names.map(frameOf));
}

function oneTarget(query: LeaklineQuery): string {
  if (query.target) return query.target;
  throw new ApiProblem('refused', 'This query needs a target.');
}

function analysisOf(query: LeaklineQuery): {
  sample?: string;
  focus?: string;
  granularity?: 'functions' | 'lines';
} {
  return { sample: query.sample, focus: query.filter, granularity: query.granularity };
}

async function allocators(api: LeaklineApi, query: LeaklineQuery, span: TimeSpan): Promise<DataFrame> {
  if (query.mode === 'top') {
    const { capture, base } = await chosenCaptures(api, query, span);
    return topFrame(await api.top(capture.id, { ...analysisOf(query), base: base?.id }), query.refId);
  }
  const name = oneTarget(query);
  const growth = await api.growth(name, span, query.sample);
  const pattern = query.filter ? new RegExp(query.filter) : null;
  const functions = pattern ? growth.functions.filter((row) => pattern.test(row.function)) : growth.functions;
  return growthFrame(name, { ...growth, functions }, query.refId);
}

/** The captures that a query names, or what a person would pick in the time range. */
async function chosenCaptures(api: LeaklineApi, query: LeaklineQuery, span: TimeSpan): Promise<Selection> {
  if (query.capture) {
    const [capture, base] = await Promise.all([
      api.capture(query.capture),
      query.base && query.base !== 'none' ? api.capture(query.base) : null,
    ]);
    return { capture, base };
  }
  const captures: ApiCapture[] = await api.captures(oneTarget(query), { toMs: span.toMs });
  const selection = selectCaptures(captures, null, { capture: null, base: query.base ?? null });
  if (!selection) throw new ApiProblem('refused', 'This target has no capture yet.');
  return query.base === 'none' ? { ...selection, base: null } : selection;
}

function within(incidents: readonly ApiIncident[], target: string, span: TimeSpan): ApiIncident[] {
  return incidents.filter((incident) => {
    const closedMs = incident.closedAt === null ? Infinity : Date.parse(incident.closedAt);
    const inRange = Date.parse(incident.openedAt) <= span.toMs && closedMs >= span.fromMs;
    return inRange && (target === '' || incident.target === target);
  });
}
