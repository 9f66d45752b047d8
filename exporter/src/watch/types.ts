// A target, its samples and what the watch knows of it now. watch/ joins what process-memory/ and go-runtime/ say.

import type { TargetHttp } from '../target-http/types.js';
import type { GoRuntimeReading } from '../go-runtime/types.js';
import type { Deviation } from '../leak/baseline.js';
import type { MemoryLimit, Verdict } from '../leak/types.js';
import type { ProcessReading } from '../process-memory/types.js';
import type { MemoryPart, Signal } from '../signals.js';

export interface GoModule {
  goVersion?: string;
  module?: string;
  moduleVersion?: string;
  /** vcs.revision of the build, where there is one. */
  revision?: string;
}

/** One reading of a target at one time. */
export interface Sample {
  atMs: number;
  process?: ProcessReading;
  runtime?: GoRuntimeReading;
  /** Bytes of each part; they add up to `totalBytes`. Absent without a process view or runtime. */
  accounting?: Accounting;
  /** The signals derived from process and runtime, for the detector, the page and the API. */
  signals: Partial<Record<Signal, number>>;
}

export interface Accounting {
  totalBytes: number;
  parts: Partial<Record<MemoryPart, number>>;
  /** Bytes by which the Go runtime claims more than the system charges; clamped away from non_go. 0 normally. */
  clampedBytes: number;
  /** Says in words why something was clamped; absent normally. */
  note?: string;
}

export type TargetHealth = 'up' | 'down' | 'no_runtime' | 'exited';

/** What the watch knows of a target now. */
export interface TargetStatus {
  /** Stable name; survives restarts. */
  name: string;
  origin: 'config' | 'discovery';
  health: TargetHealth;
  /** Why it is not up, in words. */
  problem?: string;
  pid?: number;
  startedAtMs?: number;
  executable?: string;
  go: GoModule;
  /** Base URL of net/http/pprof ("http://127.0.0.1:6060/debug/pprof/"), where there is one. */
  pprofUrl?: string;
  /** Additional labels of the configuration. */
  labels: Record<string, string>;
  limits: MemoryLimit[];
  lastSample?: Sample;
  verdict?: Verdict;
  /** Normal against now, of the signals of which normal is known. */
  baseline?: Deviation[];
}

/** Samples as columns: rows of all columns belong together; null is what was not known at that time. */
export interface SampleSeries {
  atMs: number[];
  signals: Partial<Record<Signal, (number | null)[]>>;
  parts: Partial<Record<MemoryPart, (number | null)[]>>;
  gcCount: (number | null)[];
}

/** What happens to a target, in order. */
export type WatchEvent =
  | { type: 'sample'; target: TargetStatus; sample: Sample }
  /** The state or the leaking channels of the verdict changed. */
  | { type: 'verdict'; target: TargetStatus; verdict: Verdict; previous: Verdict | undefined }
  | { type: 'started'; target: TargetStatus }
  | { type: 'exited'; target: TargetStatus; atMs: number };

/** The doorway to what is watched, for the server, the captures and the commands. */
export interface Watch {
  targets(): TargetStatus[];
  target(name: string): TargetStatus | undefined;
  /** Recent samples, oldest first; bounded by what is kept in memory. Empty for an unknown target. */
  samples(name: string, fromMs: number, toMs: number): SampleSeries;
  /** How to ask this target over HTTP (profiles); undefined where it serves none. */
  endpoint(name: string): TargetHttp | undefined;
  /** Returns a function that ends the subscription. */
  subscribe(listener: (event: WatchEvent) => void): () => void;
}
