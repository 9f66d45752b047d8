// What advice rests on: what was seen of a process over some time. Everything but the state may be unknown.

import type { GoRuntimeReading } from '../go-runtime/types.js';
import type { LeakChannel, LeakPattern, LeakState, MemoryLimit, Slope } from '../leak/types.js';
import type { ApiGrowth } from '../server/api.js';
import type { MemoryPart } from '../signals.js';

export interface Advice {
  /** A line that says what it is about. */
  title: string;
  /** What it means and what to do; a few sentences. */
  text: string;
}

export interface AdviceVerdict {
  state: LeakState;
  leaking?: readonly LeakChannel[];
  channel?: LeakChannel | null;
  pattern?: LeakPattern | null;
  slopes?: Partial<Record<LeakChannel, Slope>>;
}

export interface AdviceAccounting {
  totalBytes: number;
  parts: Partial<Record<MemoryPart, number>>;
}

export interface AdviceGoroutines {
  createdBy: { function: string; file: string; line: number } | null;
  blockedAt: { function: string; file: string; line: number } | null;
  states: readonly { state: string; count: number }[];
  lastCount: number;
  growth: number;
}

export interface AdviceInput {
  verdict?: AdviceVerdict;
  /** At the beginning and at the end of what was watched, with the time between. */
  first?: AdviceAccounting;
  last?: AdviceAccounting;
  seconds?: number;
  growth?: Pick<ApiGrowth, 'blamed' | 'functions'>;
  /** Surest growth first. */
  goroutines?: readonly AdviceGoroutines[];
  /** The newest reading of the Go runtime. */
  runtime?: Partial<
    Pick<GoRuntimeReading, 'gogcPercent' | 'goMemLimitBytes' | 'gcCpuFraction' | 'nextGcBytes'>
  >;
  limits?: readonly MemoryLimit[];
  hasPprof?: boolean;
  /** Where the process runs; commands to paste differ. */
  platform?: 'linux' | 'windows';
  pid?: number;
}
