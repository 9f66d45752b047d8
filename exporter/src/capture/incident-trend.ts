// The trend that an incident keeps of itself: what the samples of its target said from before the opening to after the
// close, thinned to a bound. The samples in memory end with the exporter; a report of last month still has this.

import { MEMORY_PARTS, SIGNALS } from '../signals.js';
import type { SampleSeries, Watch } from '../watch/types.js';
import type { IncidentRecord, IncidentTrend } from './incident-record.js';
import type { Incidents } from './incidents.js';

/** A picture has some hundred pixels; a record is written anew with every change. */
export const MAX_TREND_POINTS = 200;
/** What was normal before. */
const BEFORE_MS = 30 * 60_000;
/** What it looks like once it is mended. */
const AFTER_MS = 10 * 60_000;
/** Between two updates of an open incident, at the least... */
const LEAST_PAUSE_MS = 2 * 60_000;
/** ...and as a share of the time that the trend spans: each update moves few points. */
const PAUSE_SHARE = 1 / 50;

/** The time that belongs to an incident, in Unix ms; of one that is open, until now. */
export function trendWindow(
  { openedAt, closedAt, since, state }: Pick<IncidentRecord, 'openedAt' | 'closedAt' | 'since' | 'state'>,
  nowMs: number,
): { fromMs: number; toMs: number } {
  const began = Math.min(Date.parse(openedAt), since === null ? Infinity : Date.parse(since));
  if (closedAt === null) return { fromMs: began - BEFORE_MS, toMs: nowMs };
  // The next process under the same name is none of its business.
  const afterMs = state === 'ended_by_exit' ? 0 : AFTER_MS;
  return { fromMs: began - BEFORE_MS, toMs: Math.min(nowMs, Date.parse(closedAt) + afterMs) };
}

/** Whether the trend lacks what happened since it was last written down. */
export function trendIsDue(
  incident: Pick<IncidentRecord, 'openedAt' | 'closedAt' | 'since' | 'state' | 'trend'>,
  nowMs: number,
): boolean {
  const { fromMs, toMs } = trendWindow(incident, nowMs);
  const lastMs = incident.trend?.atMs.at(-1) ?? -Infinity;
  if (incident.closedAt !== null && nowMs > toMs) return false;
  return toMs - lastMs >= Math.max(LEAST_PAUSE_MS, (toMs - fromMs) * PAUSE_SHARE);
}

/**
 * What was kept, and the samples since then, as one series of at most `maxPoints` rows. Samples that memory still holds
 * replace what was kept of their time. Null where nothing is known.
 */
export function extendTrend(
  kept: IncidentTrend | null,
  samples: SampleSeries,
  maxPoints = MAX_TREND_POINTS,
): IncidentTrend | null {
  const firstMs = samples.atMs[0] ?? Infinity;
  const old = kept?.atMs.filter((at) => at < firstMs).length ?? 0;
  const atMs = [...(kept?.atMs.slice(0, old) ?? []), ...samples.atMs];
  if (atMs.length === 0) return null;
  const rows = bucketsOf(atMs, maxPoints);
  const join = (before: Column | undefined, now: Column | undefined): Column | undefined => {
    if (!before && !now) return undefined;
    const column = [
      ...(before?.slice(0, old) ?? Array<null>(old).fill(null)),
      ...(now ?? Array<null>(samples.atMs.length).fill(null)),
    ];
    const thinned = rows.map(([from, to]) => lastKnown(column, from, to));
    return thinned.some((value) => value !== null) ? thinned : undefined;
  };
  const columns = <K extends string>(
    names: readonly K[],
    before: Partial<Record<K, Column>> | undefined,
    now: Partial<Record<K, Column>>,
  ) =>
    Object.fromEntries(
      names.flatMap((name) => {
        const column = join(before?.[name], now[name]);
        return column ? [[name, column]] : [];
      }),
    ) as Partial<Record<K, Column>>;
  return {
    atMs: rows.map(([, to]) => Math.round(atMs[to - 1]!)),
    signals: columns(SIGNALS, kept?.signals, samples.signals),
    parts: columns(MEMORY_PARTS, kept?.parts, samples.parts),
  };
}

type Column = (number | null)[];

/** Rows [from, to) that become one: as they are where they are few, else all that lie in one slice of the time. */
function bucketsOf(atMs: readonly number[], maxPoints: number): [number, number][] {
  if (atMs.length <= maxPoints) return atMs.map((_, i) => [i, i + 1]);
  const [firstMs, lastMs] = [atMs[0]!, atMs.at(-1)!];
  const slice = (at: number) =>
    Math.min(maxPoints - 1, Math.floor(((at - firstMs) / (lastMs - firstMs)) * maxPoints));
  const buckets: [number, number][] = [];
  for (let from = 0; from < atMs.length;) {
    let to = from + 1;
    while (to < atMs.length && slice(atMs[to]!) === slice(atMs[from]!)) to++;
    buckets.push([from, to]);
    from = to;
  }
  return buckets;
}

/** Not a mean: a height that was really read. Whole bytes are exact enough. */
function lastKnown(column: Column, from: number, to: number): number | null {
  for (let i = to - 1; i >= from; i--) {
    const value = column[i];
    if (value !== null && value !== undefined) return Math.round(value);
  }
  return null;
}

/** So often incidents are looked through... */
const LOOK_EVERY_MS = 5000;
/** ...and so many are updated at once: a storm of alerts opens hundreds. */
const MOST_AT_ONCE = 20;

/** Keeps the trends of the incidents of this host up to date. */
export class IncidentTrends {
  #lookedMs = -Infinity;

  constructor(
    private readonly options: { watch: Pick<Watch, 'samples'>; incidents: Incidents; host: string },
  ) {}

  /** Called every second or so. */
  tick(nowMs: number): void {
    if (Math.abs(nowMs - this.#lookedMs) < LOOK_EVERY_MS) return;
    this.#lookedMs = nowMs;
    this.#own()
      .filter((incident) => trendIsDue(incident, nowMs))
      .slice(0, MOST_AT_ONCE)
      .forEach((incident) => this.update(incident, nowMs));
  }

  /** What is open, before the samples in memory end. */
  updateOpen(nowMs: number): void {
    for (const incident of this.#own()) if (incident.state === 'open') this.update(incident, nowMs);
  }

  update(incident: IncidentRecord, nowMs: number): void {
    const { watch, incidents } = this.options;
    const { fromMs, toMs } = trendWindow(incident, nowMs);
    const samples = watch.samples(incident.target, fromMs, toMs);
    if (samples.atMs.length === 0) return;
    incidents.update(incident, { trend: extendTrend(incident.trend, samples) });
  }

  #own(): IncidentRecord[] {
    return this.options.incidents.all().filter(({ host }) => host === this.options.host);
  }
}
