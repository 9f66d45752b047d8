// The shapes of the HTTP API, /api/v1/. One typed contract for the server, the commands (`--json`) and the
// plugin. JSON is camelCase with units in names; times are RFC 3339; what is not known is absent (or null
// where a reader must tell "none" from "not told").

import type { LeakChannel, LeakPattern, LeakState, VerdictReason } from '../leak/types.js';
import type { MemoryPart, Signal } from '../signals.js';

export interface ApiError {
  error: { code: string; message: string };
}

export interface Page<T> {
  items: T[];
  next: string | null;
}

export interface ApiSlope {
  perSecond: number;
  lowerPerSecond: number;
  upperPerSecond: number;
}

export interface ApiVerdict {
  state: LeakState;
  since: string | null;
  channel: LeakChannel | null;
  pattern: LeakPattern | null;
  slopes: Partial<Record<LeakChannel, ApiSlope>>;
  leaking: LeakChannel[];
  timeToLimit: { limit: string; limitBytes: number; seconds: number } | null;
  /** Why, in English. */
  why: string;
  /** The same as data, one piece of evidence each, so that a reader may say it in another language. */
  reasons?: VerdictReason[];
}

export interface ApiAccounting {
  totalBytes: number;
  parts: Partial<Record<MemoryPart, number>>;
  clampedBytes: number;
  note?: string;
}

/** Normal against now of one signal of the baseline (heap after GC, its peak, GC rate, objects, goroutines …). */
export interface ApiBaselineSignal {
  signal: string;
  unit: 'bytes' | 'count' | 'perSecond' | 'ratio';
  /** Median of the time before any present growth. */
  normal: number;
  /** Robust standard deviation of it. */
  spread: number;
  now: number | null;
  /** now / normal. */
  ratio: number | null;
  /** Hours that normal rests on, and whether only those at this time of the day. */
  hours?: number;
  byHourOfDay?: boolean;
}

export interface ApiTarget {
  name: string;
  origin: 'config' | 'discovery';
  health: 'up' | 'down' | 'no_runtime' | 'exited';
  problem?: string;
  pid?: number;
  startedAt?: string;
  executable?: string;
  goVersion?: string;
  module?: string;
  moduleVersion?: string;
  revision?: string;
  /** Whether profiles can be captured. The address itself is not told. */
  hasPprof: boolean;
  labels: Record<string, string>;
  limits: { name: string; bytes: number }[];
  sampledAt?: string;
  signals: Partial<Record<Signal, number>>;
  accounting?: ApiAccounting;
  verdict?: ApiVerdict;
  baseline?: ApiBaselineSignal[];
  /** Address of a line of its code: {module}, {revision}, {path} and {line} are to be filled in (profile.sourceLink). */
  sourceLink?: string;
  /** Newest open incident of this target. */
  openIncident?: string | null;
}

/** GET targets/:target/samples: columns, so that an hour of samples stays small. */
export interface ApiSamples {
  target: string;
  /** Unix ms of each row. */
  atMs: number[];
  signals: Partial<Record<Signal, (number | null)[]>>;
  parts: Partial<Record<MemoryPart, (number | null)[]>>;
  gcCount: (number | null)[];
}

export type CaptureTrigger =
  'alert' | 'verdict' | 'manual' | 'baseline' | 'diagnose' | 'follow_up' | 'resolved';
/** What a pending capture waits for; the message says it in words. */
export type CaptureWait = 'running' | 'others' | 'time' | 'gc_count' | 'gc_interval' | 'target' | 'store';
export type CaptureState = 'pending' | 'complete' | 'partial' | 'failed';
export type ProfileKind = 'heap' | 'goroutine' | 'goroutine_debug2' | 'goroutineleak' | 'cpu' | 'allocs';

export interface ApiCapture {
  id: string;
  target: string;
  /** The host whose exporter took it. */
  host?: string;
  takenAt: string;
  trigger: CaptureTrigger;
  /** fingerprint + startsAt of the firing, where an alert asked for it. */
  alert: { fingerprint: string; startsAt: string; name?: string } | null;
  incident: string | null;
  /** A capture of the healthy state. */
  baseline: boolean;
  kinds: ProfileKind[];
  state: CaptureState;
  /** Of a pending capture: why it is not taken yet, and until when at the latest, where that is known. */
  waiting?: { reason: CaptureWait; message: string; until?: string };
  /** Why it failed or is partial, by kind. */
  failures: { kind: ProfileKind; code: string; message: string }[];
  gcForced: boolean;
  sizeBytes: number;
  processStartedAt?: string;
  goVersion?: string;
  module?: string;
  moduleVersion?: string;
  revision?: string;
  /** Signals and accounting of the moment. */
  signals: Partial<Record<Signal, number>>;
  accounting?: ApiAccounting;
  /** What the system and the Go runtime said at that moment; told of one capture, not in lists. */
  process?: Record<string, number | string | number[]>;
  runtime?: Record<string, number | string | number[]>;
}

/** GET captures. */
export interface ApiCaptures extends Page<ApiCapture> {
  /** While no capture can be stored: why. What was promised is taken once it can be. */
  stopped?: { state: 'full' | 'unreachable'; message: string };
}

export type IncidentState = 'open' | 'resolved' | 'ended_by_exit';

/** Columns as those of ApiSamples, at most 200 rows. */
export type ApiIncidentTrend = Pick<ApiSamples, 'atMs' | 'signals' | 'parts'>;

export interface ApiIncident {
  id: string;
  target: string;
  host?: string;
  state: IncidentState;
  openedAt: string;
  closedAt: string | null;
  openedBy: 'alert' | 'verdict';
  alerts: {
    fingerprint: string;
    name: string;
    status: 'firing' | 'resolved';
    startsAt: string;
    endsAt: string | null;
    labels: Record<string, string>;
    annotations: Record<string, string>;
  }[];
  captures: string[];
  baselineCapture: string | null;
  verdicts: {
    at: string;
    state: LeakState;
    slopePerSecond: number | null;
    why: string;
    /** Absent in incidents of older exporters. */
    reasons?: VerdictReason[];
  }[];
  growth: ApiGrowth | null;
  blamed: ApiBlamed | null;
  /** GET incidents/:id only. Null where the target was never sampled. */
  trend?: ApiIncidentTrend | null;
}

export interface ApiFunctionGrowth {
  function: string;
  file: string;
  line: number;
  firstBytes: number;
  lastBytes: number;
  growthBytes: number;
  growthBytesPerSecond: number;
  lowerBytesPerSecond?: number;
  upperBytesPerSecond?: number;
  /** Share of the whole growth, 0..1. */
  share: number;
  growthObjects?: number;
  averageObjectBytes?: number;
  /** In-use bytes at each capture, oldest first: the sparkline. */
  history?: number[];
  /** In the main module of the binary. */
  own?: boolean;
}

export interface ApiBlamed {
  function: string;
  file: string;
  line: number;
  growthBytes: number;
  growthBytesPerSecond: number;
  share: number;
  /** The growing stack, leaf first, "function file:line". */
  stack: string[];
  /** In-use bytes at each capture, oldest first. */
  history?: number[];
}

/** GET targets/:target/growth and `leakline pprof growth --json`. */
export interface ApiGrowth {
  functions: ApiFunctionGrowth[];
  /** By line of the growing functions; absent where the binary was rebuilt between the captures. */
  lines?: ApiFunctionGrowth[];
  blamed: ApiBlamed[];
  sampleType?: string;
  unit?: string;
  /** Captures compared, oldest first. */
  captures?: { id: string; takenAt: string; totalBytes: number }[];
  notes?: string[];
}
