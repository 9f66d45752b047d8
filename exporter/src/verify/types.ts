// What a run of `leakline verify` saw and how it judged it: the form of `--json`, and what every report is made from.

import type { TrendReason, TrendState } from './trend-test.js';

/** A frame of the service's code. */
export interface Place {
  function: string;
  /** As the profile names it; '' where it does not. */
  file: string;
  line: number;
}

export type VerifySignal = 'live_heap' | 'goroutines' | 'non_go';

/** One signal over the watched window. Bytes for memory, a count for goroutines; rates a second. */
export interface ChannelResult {
  signal: VerifySignal;
  unit: 'bytes' | 'count';
  state: TrendState;
  reason: TrendReason;
  level: number;
  perSecond: number;
  lowerPerSecond: number;
  upperPerSecond: number;
  rise: number;
  /** The rise over what noise alone would make; null: there is no noise. */
  certainty: number | null;
  /** Growth that the limits allow; absent: the judgement decides alone. */
  allowedPerSecond?: number;
  failed: boolean;
  /** In words: what was seen. */
  why: string;
}

export interface FunctionResult extends Place {
  growthBytes: number;
  growthBytesPerSecond: number;
  /** The least that is likely; where it leaks. */
  lowerBytesPerSecond?: number;
  share: number;
  bytesPerOperation?: number;
  /** The growth is there in both halves of the window and is more than the sampling of the profile makes. */
  sure: boolean;
  /** It grows as a leak does, by the same tests as the live heap. */
  leaks: boolean;
  /** Leaf first, "function file:line". */
  stack: string[];
}

export interface GoroutineResult {
  createdBy: Place | null;
  blockedAt: Place | null;
  state: string;
  firstCount: number;
  lastCount: number;
  growthPerSecond: number;
}

export interface OperationsResult {
  /** In the watched window. */
  count: number;
  perSecond: number;
  /** In words: "hey", "http_requests_total", "--operations". */
  source: string;
}

export type FailureKind =
  'heap_leak' | 'goroutine_leak' | 'native_leak' | 'function_growth' | 'bytes_per_operation' | 'regression';

export interface Failure {
  kind: FailureKind;
  /** One sentence, complete in itself. */
  message: string;
  /** Where to look, when a profile names it. */
  place?: Place;
}

export type ChangeKind = 'fixed' | 'improved' | 'unchanged' | 'regressed' | 'new';

/** One function, or the live heap as a whole, beside the stored run. */
export interface BaselineChange {
  /** Absent: the live heap as a whole. */
  place?: Place;
  change: ChangeKind;
  unit: 'bytes_per_operation' | 'bytes_per_second';
  was: number;
  now: number;
}

export interface BaselineComparison {
  file: string;
  takenAt: string;
  changes: BaselineChange[];
  /** What makes the two runs less alike than they should be. */
  notes: string[];
}

export interface VerifyResult {
  version: 1;
  outcome: 'passed' | 'failed';
  failures: Failure[];
  warnings: string[];
  service: { name: string; command?: string[]; pid?: number; goVersion?: string; module?: string };
  startedAt: string;
  watchedFrom: string;
  watchedTo: string;
  warmupSeconds: number;
  watchedSeconds: number;
  /** Growth was seen and not sure, so that it was watched for longer than the duration. */
  extended: boolean;
  readings: number;
  operations?: OperationsResult;
  channels: ChannelResult[];
  functions: FunctionResult[];
  goroutines: GoroutineResult[];
  baseline?: BaselineComparison;
  /** Live heap at each reading: seconds since `watchedFrom`, bytes. */
  series: { atSeconds: number[]; liveHeapBytes: number[]; goroutines: (number | null)[] };
}
