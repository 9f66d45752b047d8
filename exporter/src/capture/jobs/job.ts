// What waits in the queue: notifications that are not yet worked in, and captures that are not yet taken.

import { z } from 'zod';
import type { CaptureTrigger } from '../../server/api.js';
import { PROFILE_KINDS } from '../record.js';

const trigger = z.enum([
  'alert',
  'verdict',
  'manual',
  'baseline',
  'diagnose',
  'follow_up',
  'resolved',
] as const satisfies readonly CaptureTrigger[]);

export const captureJobSchema = z.object({
  /** Also the id of the capture. */
  id: z.string(),
  target: z.string(),
  trigger,
  kinds: z.array(z.enum(PROFILE_KINDS)),
  cpuSeconds: z.number().optional(),
  alert: z.object({ fingerprint: z.string(), startsAt: z.string(), name: z.string().optional() }).nullable(),
  incident: z.string().nullable(),
  queuedAtMs: z.number(),
  notBeforeMs: z.number(),
  /** A follow-up waits for this many garbage collections, but not beyond `latestMs`. */
  minGcCount: z.number().optional(),
  latestMs: z.number().optional(),
  /** The run of the process that is meant; the job is void once another runs. */
  processStartedAtMs: z.number().optional(),
});
export type CaptureJob = z.infer<typeof captureJobSchema>;

/** One alert of a notification, mapped to a target. Texts are bounded by the parser (alert/webhook.ts). */
export const targetAlertSchema = z.object({
  target: z.string(),
  fingerprint: z.string(),
  name: z.string(),
  status: z.enum(['firing', 'resolved']),
  startsAt: z.string(),
  endsAt: z.string().nullable(),
  labels: z.record(z.string(), z.string()),
  annotations: z.record(z.string(), z.string()),
});
export type TargetAlert = z.infer<typeof targetAlertSchema>;

export const queueEntrySchema = z.discriminatedUnion('type', [
  z.object({ type: z.literal('capture'), job: captureJobSchema }),
  z.object({ type: z.literal('alerts'), receivedAtMs: z.number(), alerts: z.array(targetAlertSchema) }),
]);
export type QueueEntry = z.infer<typeof queueEntrySchema>;
