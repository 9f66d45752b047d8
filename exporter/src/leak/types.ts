// Samples in, verdict out. Pure: no clock, no files, no targets. Times are Unix seconds (fractions allowed).

import type { Signal } from '../signals.js';
import { REFUSALS } from './evidence.js';

/** One reading of one process. Missing values are null, never 0. */
export interface LeakSample {
  atSeconds: number;
  /** Start of the process; a change means a restart. */
  startedAtSeconds: number;
  commitBytes: number | null;
  workingSetBytes: number | null;
  heapAllocBytes: number | null;
  heapInuseBytes: number | null;
  /** >= 2^62 means GOGC=off. */
  nextGcBytes: number | null;
  totalAllocBytes: number | null;
  stacksBytes: number | null;
  nonGoBytes: number | null;
  gcCount: number | null;
  gcCpuFraction: number | null;
  goroutines: number | null;
  handles: number | null;
  gdiObjects: number | null;
  userObjects: number | null;
  /** Cumulative CPU seconds of the process: the load signal of last resort. */
  cpuSeconds: number | null;
}

export interface MemoryLimit {
  /** 'config', 'gomemlimit', 'cgroup', 'host_commit'. */
  name: string;
  /** What the limit holds against: the commit of the process, or its Go memory (GOMEMLIMIT). */
  bytes: number;
}

export type LeakState = 'learning' | 'healthy' | 'growing' | 'leaking';
export const LEAK_STATES: readonly LeakState[] = ['learning', 'healthy', 'growing', 'leaking'];

export const LEAK_PATTERNS = [
  'linear',
  'step',
  'goroutine',
  'flat',
  'sawtooth',
  'periodic',
  'warmup',
  'step_once',
  'gc_pressure',
] as const;
export type LeakPattern = (typeof LEAK_PATTERNS)[number];

/** What a verdict speaks of: a signal that grows, or a collector at its memory limit. */
export type LeakChannel = Signal | 'gc_pressure';

/** Growth per second with a 95 % interval. */
export interface Slope {
  perSecond: number;
  lowerPerSecond: number;
  upperPerSecond: number;
}

export interface Verdict {
  state: LeakState;
  /** Onset of the growth while growing or leaking; null otherwise. Unix seconds. */
  sinceSeconds: number | null;
  /** The channel that gave it away; null while healthy or learning. */
  channel: LeakChannel | null;
  pattern: LeakPattern | null;
  /** Bytes per second for byte signals, things per second for counts. Only what is known. */
  slopes: Partial<Record<LeakChannel, Slope>>;
  /** Channels that are `leaking` now. */
  leaking: LeakChannel[];
  /** The nearest limit at the present slope; null without growth or limit. */
  timeToLimit: { limit: string; limitBytes: number; seconds: number } | null;
  /** The evidence: why it is a leak, or why it is not. Empty where another than the detector judged. */
  reasons: VerdictReason[];
  /** The same in words. */
  why: string;
}

/** Why growth of a signal is no leak (yet). */
export const WHY_NOT = [...REFUSALS, 'known', 'settling', 'unfinished'] as const;
export type WhyNot = (typeof WHY_NOT)[number];

/** What the load says of a growth: nothing, less than it, that it fell meanwhile, or that it does not explain it. */
export const LOAD_FINDINGS = ['unknown', 'beyond', 'falling', 'unexplained'] as const;
export type LoadFinding = (typeof LOAD_FINDINGS)[number];

/** A piece of evidence as data, for readers in other languages. Amounts are bytes, or things for counts. */
export type VerdictReason =
  | {
      kind: 'growth';
      signal: Signal;
      rise: number;
      durationSeconds: number;
      /** Time before the growth in which it was never above; absent while that is short. */
      neverAboveSeconds?: number;
      load: LoadFinding;
      /** Load at the end by that at the start; where it was falling. */
      loadRatio?: number;
      /** While `growing`: called a leak when it goes on for so long. */
      patienceSeconds?: number;
    }
  | { kind: 'rising'; signal: Signal; durationSeconds: number }
  | {
      kind: 'refused';
      signal: Signal;
      refusal: WhyNot;
      /** Where it is expected to settle; of `settling`. */
      settlesAt?: number;
    }
  | {
      kind: 'gc_pressure';
      collectionsPerSecond: number;
      normalPerSecond?: number;
      cpuShare?: number;
      goalBytes: number;
      /** Room that the goal leaves above what lives, as a share of it. */
      roomShare: number;
    }
  | { kind: 'none' };

/** What judges the samples of one target: state bounded and small, a decision at each sample, no look-ahead. */
export interface Detector {
  /** Whether any channel is leaking; cheap, for each sample. */
  readonly leaking: boolean;
  push(sample: LeakSample): void;
  verdict(): Verdict;
  /** Limits change while a process runs; the nearest one counts. */
  setLimits(limits: readonly MemoryLimit[]): void;
  /** Its whole memory as plain JSON, for saving. */
  snapshot(): unknown;
}
