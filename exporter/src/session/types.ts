// One Go process under a magnifying glass: attach by PID, URL or name, sample it every second, take profiles, judge.
// The base of `diagnose` and `verify`. No files, no server; nothing of it outlives close().

import type { TakenCapture } from '../capture/jobs/capturer.js';
import type { AuthConfig, TargetConfig } from '../config/index.js';
import type { GoRuntimeReading } from '../go-runtime/types.js';
import type { Verdict } from '../leak/types.js';
import type { GoroutineGrowth } from '../profile/goroutines.js';
import type { ApiGrowth, ProfileKind } from '../server/api.js';
import type { Sample, SampleSeries, TargetStatus } from '../watch/types.js';

/** What a person names on the command line; `parseSessionTarget` tells which it is. */
export type SessionTarget =
  | { kind: 'pid'; pid: number }
  /** Base of net/http/pprof, ending in "/". A process of this host that serves it is seen from outside, too. */
  | { kind: 'url'; url: string; basicAuth?: AuthConfig['basicAuth'] }
  /** Name of a discovered or configured target. */
  | { kind: 'name'; name: string };

export interface AttachOptions {
  /** Time between two samples. Default: 1000. */
  intervalMs?: number;
  /** For a PID: the base of its pprof, where discovery shall not look for it. */
  pprofUrl?: string;
  /** Memory that it may use, for the time to the limit. Limits of the system are found without it. */
  memoryLimitBytes?: number;
  gogcPercent?: number;
  auth?: AuthConfig;
  /** Targets of a configuration, for names. */
  configured?: readonly TargetConfig[];
  /** Time and size of one profile. Default: 60 s, 512 MiB. */
  profileTimeoutMs?: number;
  maxProfileBytes?: number;
  /** Unix ms; for tests. */
  now?: () => number;
}

export type SessionProblemCode = 'gone' | 'no_pprof' | 'unreachable';

/** Why less can be said than usual. `no_pprof`: judged from outside only; `unreachable` may pass; `gone` does not. */
export interface SessionProblem {
  code: SessionProblemCode;
  /** One sentence for the user, with the fix where there is one. */
  message: string;
  sinceMs: number;
}

export type SessionEvent =
  | { type: 'sample'; sample: Sample; status: TargetStatus }
  | { type: 'verdict'; verdict: Verdict; previous: Verdict | undefined }
  /** A problem began, changed or (undefined) passed. */
  | { type: 'problem'; problem: SessionProblem | undefined };

/** The profiles of one moment. The heap is taken with `gc=1`, so that pairs are alike. */
export interface SessionCapture extends TakenCapture {
  /** `record.takenAt` in Unix ms. */
  takenAtMs: number;
  // record: CaptureRecord (state 'complete' | 'partial' | 'failed', failures by kind, signals, accounting, runtime)
  // profiles: Map<ProfileKind, Buffer>, each decoded once as a check
}

/** MemStats right after a forced collection: the live heap without the noise of garbage. */
export interface ForcedPoint {
  atMs: number;
  /** HeapAlloc at the end of the collection: everything that is reachable, and what was allocated since. */
  liveHeapBytes: number;
  /** Of how many objects; where the source tells it. */
  heapObjects?: number;
  stackInuseBytes?: number;
  goroutines?: number;
  /** Cumulative; what was allocated between two points. */
  totalAllocBytes?: number;
  gcCount?: number;
  runtime: GoRuntimeReading;
}

export interface Session {
  /** Name of the target: the discovered name, or host:port of a URL that no process of this host serves. */
  readonly name: string;
  readonly attachedAtMs: number;
  /** Whether the system is asked too (a process of this host), or Go alone (remote). */
  readonly hasProcessView: boolean;
  /** Whether profiles can be captured now. May become true when a service opens its port late. */
  readonly hasPprof: boolean;
  readonly problem: SessionProblem | undefined;
  /** Aborted when the process has ended or the session is closed: hand it to whatever waits. */
  readonly ended: AbortSignal;
  /** What is known now: last sample (signals, accounting, runtime), verdict of the detector in session mode, limits. */
  status(): TargetStatus;
  verdict(): Verdict | undefined;
  /** Samples since the attach, oldest first, as columns. */
  samples(fromMs?: number, toMs?: number): SampleSeries;
  /** Returns a function that ends the subscription. */
  subscribe(listener: (event: SessionEvent) => void): () => void;
  /** Takes a sample now, beside the interval. */
  sampleNow(): Promise<void>;
  /**
   * Takes profiles: by default heap (gc=1), goroutine, and goroutine_debug2 where few enough goroutines live. Resolves
   * also when some or all failed: see record.state and record.failures. Rejects with `no_pprof` where there is none.
   */
  capture(kinds?: readonly ProfileKind[]): Promise<SessionCapture>;
  /**
   * Forces `collections` garbage collections (default 1; 2 also empty sync.Pools and run finalizers' second half) and reads
   * MemStats right after. Rejects with a LeaklineError (no_pprof, target_timeout …).
   */
  forcedPoint(options?: { collections?: number; signal?: AbortSignal }): Promise<ForcedPoint>;
  /** Growth by allocator over captures with a heap profile, oldest first; undefined with fewer than two. */
  growth(captures: readonly SessionCapture[], options?: { sample?: string }): Promise<ApiGrowth | undefined>;
  /** Growth of goroutines by creation and blocking place, surest first; empty with fewer than two captures. */
  goroutineGrowth(captures: readonly SessionCapture[]): Promise<GoroutineGrowth[]>;
  close(): Promise<void>;
}
