// What is written down of an incident, and its form in the API.

import { z } from 'zod';
import { LEAK_STATES, LOAD_FINDINGS, WHY_NOT, type VerdictReason } from '../leak/types.js';
import type { ApiBlamed, ApiFunctionGrowth, ApiIncident, ApiIncidentTrend } from '../server/api.js';
import { MEMORY_PARTS, SIGNALS } from '../signals.js';

const time = z.iso.datetime();
const text = z.record(z.string(), z.string());

const incidentAlertSchema = z.object({
  fingerprint: z.string(),
  name: z.string(),
  status: z.enum(['firing', 'resolved']),
  startsAt: time,
  endsAt: time.nullable(),
  labels: text,
  annotations: text,
});

const functionGrowthSchema = z.object({
  function: z.string(),
  file: z.string(),
  line: z.number(),
  firstBytes: z.number(),
  lastBytes: z.number(),
  growthBytes: z.number(),
  growthBytesPerSecond: z.number(),
  lowerBytesPerSecond: z.number().optional(),
  upperBytesPerSecond: z.number().optional(),
  share: z.number(),
  growthObjects: z.number().optional(),
  averageObjectBytes: z.number().optional(),
  history: z.array(z.number()).optional(),
  own: z.boolean().optional(),
}) satisfies z.ZodType<ApiFunctionGrowth>;

const blamedSchema = z.object({
  function: z.string(),
  file: z.string(),
  line: z.number(),
  growthBytes: z.number(),
  growthBytesPerSecond: z.number(),
  share: z.number(),
  stack: z.array(z.string()),
}) satisfies z.ZodType<ApiBlamed>;

const growthSchema = z.object({
  functions: z.array(functionGrowthSchema),
  blamed: z.array(blamedSchema),
  sampleType: z.string().optional(),
  unit: z.string().optional(),
  captures: z.array(z.object({ id: z.string(), takenAt: z.string(), totalBytes: z.number() })).optional(),
  notes: z.array(z.string()).optional(),
});

const signal = z.enum(SIGNALS);
const reasonSchema = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('growth'),
    signal,
    rise: z.number(),
    durationSeconds: z.number(),
    neverAboveSeconds: z.number().optional(),
    load: z.enum(LOAD_FINDINGS),
    loadRatio: z.number().optional(),
    patienceSeconds: z.number().optional(),
  }),
  z.object({ kind: z.literal('rising'), signal, durationSeconds: z.number() }),
  z.object({
    kind: z.literal('refused'),
    signal,
    refusal: z.enum(WHY_NOT),
    settlesAt: z.number().optional(),
  }),
  z.object({
    kind: z.literal('gc_pressure'),
    collectionsPerSecond: z.number(),
    normalPerSecond: z.number().optional(),
    cpuShare: z.number().optional(),
    goalBytes: z.number(),
    roomShare: z.number(),
  }),
  z.object({ kind: z.literal('none') }),
]) satisfies z.ZodType<VerdictReason>;

const column = z.array(z.number().nullable());

/** As samples are told: columns, a row each at `atMs`. */
const trendSchema = z.object({
  /** Unix ms, ascending. */
  atMs: z.array(z.number()).max(10_000),
  signals: z.partialRecord(z.enum(SIGNALS), column),
  parts: z.partialRecord(z.enum(MEMORY_PARTS), column),
}) satisfies z.ZodType<ApiIncidentTrend>;

export type IncidentTrend = z.infer<typeof trendSchema>;

export const incidentRecordSchema = z.object({
  version: z.literal(1),
  id: z.string().regex(/^[0-9a-z]{8,32}$/),
  target: z.string().min(1).max(256),
  host: z.string().max(256),
  state: z.enum(['open', 'resolved', 'ended_by_exit']),
  openedAt: time,
  closedAt: time.nullable(),
  openedBy: z.enum(['alert', 'verdict']),
  alerts: z.array(incidentAlertSchema),
  /** Firings beyond what is kept of one incident. */
  alertsNotKept: z.number().int().default(0),
  captures: z.array(z.string()),
  baselineCapture: z.string().nullable(),
  verdicts: z.array(
    z.object({
      at: time,
      state: z.enum(LEAK_STATES as ['learning', 'healthy', 'growing', 'leaking']),
      slopePerSecond: z.number().nullable(),
      why: z.string(),
      // A later version may know more kinds: the words stand beside them.
      reasons: z.array(reasonSchema).optional().catch(undefined),
    }),
  ),
  growth: growthSchema.nullable(),
  blamed: blamedSchema.nullable(),
  /** Onset of the growth by the verdict, where there is one: a baseline must be older. */
  since: time.nullable(),
  /** The run of the process that the incident is about. */
  processStartedAt: time.nullable(),
  /** Last notification that said "firing". */
  lastFiringAt: time.nullable(),
  /** From before the opening to after the close; null where the target was never sampled, as in older records. */
  trend: trendSchema.nullable().catch(null).default(null),
});

export type IncidentRecord = z.infer<typeof incidentRecordSchema>;
export type IncidentAlert = IncidentRecord['alerts'][number];

/** The trend only where one incident is asked for: lists stay short. */
export function toApiIncident(
  record: IncidentRecord,
  { withTrend = false }: { withTrend?: boolean } = {},
): ApiIncident {
  const { id, target, host, state, openedAt, closedAt, openedBy, alerts, captures } = record;
  const { baselineCapture, verdicts, growth, blamed } = record;
  return {
    id,
    target,
    host,
    state,
    openedAt,
    closedAt,
    openedBy,
    alerts,
    captures,
    baselineCapture,
    verdicts,
    growth,
    blamed,
    ...(withTrend && { trend: record.trend }),
  };
}
