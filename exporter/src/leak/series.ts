// Series as JSON lines, judged one by one: the format of `leakline judge` and of the benchmark.

import { z } from 'zod';
import { UsageError } from '../errors.js';
import { LeakDetector } from './detector.js';
import type { LeakPattern, LeakSample, LeakState, Verdict } from './types.js';

const number = z.number().nullable();
const seriesSchema = z.object({
  id: z.union([z.string().max(256), z.number()]),
  gogc: z.number().nullish(),
  limit: z.number().positive().nullish(),
  fields: z.array(z.string()).max(64),
  samples: z.array(z.array(number)),
});
export type Series = z.infer<typeof seriesSchema>;

/** Fields of a sample by their name in a series. */
const FIELDS = {
  t: 'atSeconds',
  start: 'startedAtSeconds',
  private: 'commitBytes',
  ws: 'workingSetBytes',
  heap_alloc: 'heapAllocBytes',
  heap_inuse: 'heapInuseBytes',
  next_gc: 'nextGcBytes',
  total_alloc: 'totalAllocBytes',
  stacks: 'stacksBytes',
  non_go: 'nonGoBytes',
  gc_count: 'gcCount',
  gc_cpu_fraction: 'gcCpuFraction',
  goroutines: 'goroutines',
  handles: 'handles',
  gdi_objects: 'gdiObjects',
  user_objects: 'userObjects',
  cpu: 'cpuSeconds',
} as const satisfies Record<string, keyof LeakSample>;

export interface Answer {
  id: string | number;
  leaking: boolean;
  /** [on, off or null], stamped with the time of the sample at which it changed. */
  alerts: [number, number | null][];
  since: number | null;
  /** Growth of the commit in bytes/s while leaking, with its 95 % interval. */
  slope: number | null;
  slope_lo: number | null;
  slope_hi: number | null;
  slope_live: number | null;
  /** Seconds until the limit. */
  eta: number | null;
  pattern: LeakPattern;
  explain?: {
    state: LeakState;
    channel: string | null;
    why: string;
    verdicts: { at: number; why: string }[];
  };
}

/** Reads one line; throws UsageError that names the line and the field. */
export function parseSeries(line: string, lineNumber: number): Series {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    throw new UsageError('bad_series', `line ${lineNumber} is not JSON`);
  }
  const parsed = seriesSchema.safeParse(value);
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    throw new UsageError(
      'bad_series',
      `line ${lineNumber}: ${issue?.path.join('.') || 'series'}: ${issue?.message ?? 'is wrong'}`,
    );
  }
  for (const field of ['t', 'start']) {
    if (!parsed.data.fields.includes(field)) {
      throw new UsageError('bad_series', `line ${lineNumber}: fields: needs "${field}"`);
    }
  }
  return parsed.data;
}

export function emptySample(): LeakSample {
  return {
    atSeconds: 0,
    startedAtSeconds: 0,
    commitBytes: null,
    workingSetBytes: null,
    heapAllocBytes: null,
    heapInuseBytes: null,
    nextGcBytes: null,
    totalAllocBytes: null,
    stacksBytes: null,
    nonGoBytes: null,
    gcCount: null,
    gcCpuFraction: null,
    goroutines: null,
    handles: null,
    gdiObjects: null,
    userObjects: null,
    cpuSeconds: null,
  };
}

/** Judges a whole series sample by sample, as the exporter would have. */
export function judgeSeries(
  series: Series,
  mode: 'service' | 'session' = 'service',
  explain = false,
): Answer {
  const detector = new LeakDetector({
    mode,
    gogcPercent: series.gogc ?? null,
    limits: series.limit ? [{ name: 'config', bytes: series.limit }] : [],
  });
  const columns: [keyof LeakSample, number][] = [];
  series.fields.forEach((field, i) => {
    if (Object.hasOwn(FIELDS, field)) columns.push([FIELDS[field as keyof typeof FIELDS], i]);
  });
  const sample = emptySample();
  const writable: Record<keyof LeakSample, number | null> = sample;
  const alerts: Answer['alerts'] = [];
  const changes: { at: number; why: string }[] = [];
  let leaking = false;
  for (const row of series.samples) {
    for (const [field, i] of columns) writable[field] = row[i] ?? null;
    if (row.length === 0 || writable.atSeconds === null || writable.startedAtSeconds === null) continue;
    detector.push(sample);
    if (detector.leaking === leaking) continue;
    leaking = detector.leaking;
    if (leaking) alerts.push([sample.atSeconds, null]);
    else alerts[alerts.length - 1]![1] = sample.atSeconds;
    if (explain) changes.push({ at: sample.atSeconds, why: detector.verdict().why });
  }
  return answer(series.id, detector.verdict(), alerts, explain ? changes : null);
}

function answer(
  id: Series['id'],
  verdict: Verdict,
  alerts: Answer['alerts'],
  changes: { at: number; why: string }[] | null,
): Answer {
  const leaking = verdict.state === 'leaking';
  const commit = leaking ? verdict.slopes.commit : undefined;
  const live = leaking ? verdict.slopes.live_heap : undefined;
  return {
    id,
    leaking,
    alerts,
    since: leaking ? verdict.sinceSeconds : null,
    slope: commit?.perSecond ?? null,
    slope_lo: commit?.lowerPerSecond ?? null,
    slope_hi: commit?.upperPerSecond ?? null,
    slope_live: live?.perSecond ?? null,
    eta: leaking ? (verdict.timeToLimit?.seconds ?? null) : null,
    pattern: verdict.pattern ?? 'flat',
    ...(changes && {
      explain: { state: verdict.state, channel: verdict.channel, why: verdict.why, verdicts: changes },
    }),
  };
}
