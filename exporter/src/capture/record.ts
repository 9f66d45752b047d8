// What is written down of a capture (capture.json), its checks on the way back in, and its form in the API.

import { createHash, randomBytes } from 'node:crypto';
import { z } from 'zod';
import { MEMORY_PARTS, SIGNALS } from '../signals.js';
import type { ApiCapture, CaptureTrigger, ProfileKind } from '../server/api.js';

/** Version of the layout of a capture's folder. A folder of a later version is left alone. */
export const RECORD_VERSION = 1;

export const PROFILE_KINDS = [
  'heap',
  'goroutine',
  'goroutine_debug2',
  'goroutineleak',
  'cpu',
  'allocs',
] as const satisfies readonly ProfileKind[];

const TRIGGERS = [
  'alert',
  'verdict',
  'manual',
  'baseline',
  'diagnose',
  'follow_up',
  'resolved',
] as const satisfies readonly CaptureTrigger[];

/** File names as a person expects them beside `go tool pprof`. */
export const PROFILE_FILES: Record<ProfileKind, string> = {
  heap: 'heap.pb.gz',
  goroutine: 'goroutine.pb.gz',
  goroutine_debug2: 'goroutine-debug2.txt',
  goroutineleak: 'goroutineleak.pb.gz',
  cpu: 'cpu.pb.gz',
  allocs: 'allocs.pb.gz',
};

const time = z.iso.datetime();
const kind = z.enum(PROFILE_KINDS);
/** Readings of the moment are kept as they were read: flat objects of numbers and short texts. */
const reading = z.record(z.string(), z.union([z.number(), z.string(), z.array(z.number())]));

export const captureRecordSchema = z.object({
  version: z.literal(RECORD_VERSION),
  id: z.string().regex(/^[0-9a-z]{8,32}$/),
  target: z.string().min(1).max(256),
  /** The host whose exporter took it: two hosts may share one store and use one target name. */
  host: z.string().max(256),
  takenAt: time,
  trigger: z.enum(TRIGGERS),
  alert: z.object({ fingerprint: z.string(), startsAt: time, name: z.string().optional() }).nullable(),
  incident: z.string().nullable(),
  baseline: z.boolean(),
  state: z.enum(['complete', 'partial', 'failed']),
  /** `sha256` is the strong validator of the profile in the API and its check when it is read. */
  profiles: z.array(z.object({ kind, bytes: z.number().int().min(0), sha256: z.string().length(64) })),
  failures: z.array(z.object({ kind, code: z.string(), message: z.string() })),
  gcForced: z.boolean(),
  labels: z.record(z.string(), z.string()).default({}),
  pid: z.number().int().optional(),
  processStartedAt: time.optional(),
  goVersion: z.string().optional(),
  module: z.string().optional(),
  moduleVersion: z.string().optional(),
  revision: z.string().optional(),
  signals: z.partialRecord(z.enum(SIGNALS), z.number()),
  accounting: z
    .object({
      totalBytes: z.number(),
      parts: z.partialRecord(z.enum(MEMORY_PARTS), z.number()),
      clampedBytes: z.number(),
      note: z.string().optional(),
    })
    .optional(),
  /** The sample of the moment: what the system and the runtime said. */
  process: reading.optional(),
  runtime: reading.optional(),
});

export type CaptureRecord = z.infer<typeof captureRecordSchema>;

/** Bytes of the profiles of a capture. */
export function sizeOf(record: CaptureRecord): number {
  return record.profiles.reduce((sum, profile) => sum + profile.bytes, 0);
}

/** The API's form. The readings of the moment are told of one capture, not in lists. */
export function toApiCapture(record: CaptureRecord, { readings = false } = {}): ApiCapture {
  return {
    id: record.id,
    target: record.target,
    host: record.host,
    takenAt: record.takenAt,
    trigger: record.trigger,
    alert: record.alert,
    incident: record.incident,
    baseline: record.baseline,
    kinds: record.profiles.map((profile) => profile.kind),
    state: record.state,
    failures: record.failures,
    gcForced: record.gcForced,
    sizeBytes: sizeOf(record),
    ...(record.processStartedAt !== undefined && { processStartedAt: record.processStartedAt }),
    ...(record.goVersion !== undefined && { goVersion: record.goVersion }),
    ...(record.module !== undefined && { module: record.module }),
    ...(record.moduleVersion !== undefined && { moduleVersion: record.moduleVersion }),
    ...(record.revision !== undefined && { revision: record.revision }),
    signals: record.signals,
    ...(record.accounting && { accounting: record.accounting }),
    ...(readings && record.process && { process: record.process }),
    ...(readings && record.runtime && { runtime: record.runtime }),
  };
}

/** An id that the same facts always give: what was asked for twice is taken once, on any exporter of a store. */
export function idOf(...facts: string[]): string {
  return createHash('sha256').update(facts.join('\0')).digest('hex').slice(0, 16);
}

export function newId(): string {
  return randomBytes(8).toString('hex');
}

/** What tells one build of a target from the next: a new one starts new baselines. */
export function buildOf(of: {
  revision?: string;
  moduleVersion?: string;
  module?: string;
  goVersion?: string;
}): string {
  return [of.module ?? '', of.moduleVersion ?? '', of.revision ?? '', of.goVersion ?? ''].join(' ');
}

/** Whether two captures are of one run of one process; undefined when that is not known of both. */
export function sameRun(a: CaptureRecord, b: CaptureRecord): boolean | undefined {
  if (a.host !== b.host) return false;
  if (a.processStartedAt === undefined || b.processStartedAt === undefined) return undefined;
  return Math.abs(Date.parse(a.processStartedAt) - Date.parse(b.processStartedAt)) <= START_TOLERANCE_MS;
}

/** On Linux the start of a process is computed from the boot time, which drifts with the clock. */
export const START_TOLERANCE_MS = 2000;
