// A diagnosis while it runs and when it is done.

import type { Advice } from '../advice/index.js';
import type { Verdict } from '../leak/types.js';
import type { GoroutineGrowth } from '../profile/goroutines.js';
import type { ApiGrowth } from '../server/api.js';
import type { SessionCapture, SessionProblem } from '../session/index.js';
import type { Accounting, SampleSeries, TargetStatus } from '../watch/types.js';
import type { SourceExcerpt } from './sources.js';

export type Phase = 'first_capture' | 'watching' | 'last_capture' | 'analysing';

/** What it waits for, with how far it is (0..1). */
export interface Waiting {
  text: string;
  done: number;
}

/** An accounting with its time. */
export interface AccountingAt extends Accounting {
  atMs: number;
}

export interface TakenNote {
  takenAtMs: number;
  heapBytes: number | undefined;
  failure: string | undefined;
}

/** What the live view shows. */
export interface LiveState {
  status: TargetStatus;
  problem: SessionProblem | undefined;
  phase: Phase;
  elapsedMs: number;
  /** At the latest. */
  durationMs: number;
  verdict: Verdict;
  waiting: Waiting | undefined;
  first: AccountingAt | undefined;
  last: AccountingAt | undefined;
  series: SampleSeries;
  /** Live heap right after each forced collection, oldest first. */
  forcedLiveHeapBytes: readonly number[];
  collections: { since: number; perMinute: number; forced: number } | undefined;
  captures: readonly TakenNote[];
  load: string | undefined;
}

/** Where progress is shown. Nothing is kept: what matters at the end stands in the findings. */
export interface View {
  update(state: LiveState): void;
  /** Something happened that is worth a line. */
  note(text: string): void;
  /** Gives the terminal back. */
  close(): void;
}

/** The result. */
export interface Findings {
  target: TargetStatus;
  startedAtMs: number;
  endedAtMs: number;
  verdict: Verdict;
  problem: SessionProblem | undefined;
  first: AccountingAt | undefined;
  last: AccountingAt | undefined;
  series: SampleSeries;
  captures: readonly SessionCapture[];
  growth: ApiGrowth | undefined;
  goroutines: readonly GoroutineGrowth[];
  /** Source around the blamed lines, where it was found. */
  sources: readonly SourceExcerpt[];
  advice: readonly Advice[];
  notes: readonly { atMs: number; text: string }[];
  load: string | undefined;
}
