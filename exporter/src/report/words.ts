// Words of a report for what the API names by an identifier.

import { formatBytes, formatBytesPerSecond, formatDuration, formatTime, significant } from '../format.js';
import type { LeakChannel, LeakPattern, LeakState } from '../leak/types.js';
import { isCountSignal, type MemoryPart, type Signal } from '../signals.js';

export const SIGNAL_WORDS: Record<LeakChannel, string> = {
  commit: 'Commit size',
  private_working_set: 'Private working set',
  working_set: 'Working set',
  live_heap: 'Live heap',
  heap_inuse: 'Heap in use',
  stacks: 'Stacks',
  non_go: 'Non-Go memory',
  goroutines: 'Goroutines',
  handles: 'Handles',
  gdi_objects: 'GDI objects',
  user_objects: 'USER objects',
  gc_pressure: 'Garbage collection',
};

export const PART_WORDS: Record<MemoryPart, string> = {
  live_heap: 'Live heap',
  garbage: 'Garbage',
  heap_fragmentation: 'Heap fragmentation',
  heap_idle: 'Heap idle',
  stacks: 'Stacks',
  runtime: 'Go runtime',
  profiling_buckets: 'Profiling buckets',
  non_go: 'Non-Go',
};

export const STATE_WORDS: Record<LeakState, string> = {
  learning: 'learning',
  healthy: 'healthy',
  growing: 'growing',
  leaking: 'leaking',
};

export const PATTERN_WORDS: Record<LeakPattern, string> = {
  linear: 'grows steadily',
  step: 'grows in steps',
  goroutine: 'goroutines pile up',
  flat: 'flat',
  sawtooth: 'up and down with the garbage collector',
  periodic: 'up and down with the load',
  warmup: 'warms up',
  step_once: 'one step, then flat',
  gc_pressure: 'the garbage collector works against the limit',
};

export function signalAmount(signal: Signal, value: number): string {
  return isCountSignal(signal) ? significant(value, 4) : formatBytes(value);
}

/** Pressure on the collector has no rate that a person could picture. */
export function signalRate(signal: LeakChannel, perSecond: number): string | undefined {
  if (signal === 'gc_pressure') return undefined;
  return isCountSignal(signal) ? countRate(perSecond) : formatBytesPerSecond(perSecond);
}

/** Slow rates are said by the hour or the day. */
export function countRate(perSecond: number): string {
  const size = Math.abs(perSecond);
  if (size >= 0.1 || size === 0) return `${significant(perSecond)}/s`;
  if (size * 3600 >= 1) return `${significant(perSecond * 3600)}/h`;
  return `${significant(perSecond * 86400)}/d`;
}

/** Amounts and rates of a profile's sample type. */
export function amountsOf(unit: string | undefined): {
  amount: (value: number) => string;
  rate: (perSecond: number) => string;
} {
  return unit === undefined || unit === 'bytes'
    ? { amount: formatBytes, rate: formatBytesPerSecond }
    : { amount: (value) => significant(value, 4), rate: countRate };
}

export function signed(text: string): string {
  return text.startsWith('-') || text === '?' || /^0( |$)/.test(text) ? text : `+${text}`;
}

export function percent(share: number): string {
  return `${(share * 100).toFixed(share > 0 && share < 0.1 ? 1 : 0)}%`;
}

/** "2026-11-25 23:04:10 UTC": a reader of paper has no time zone. */
export function timeWords(at: string | number): string {
  const ms = typeof at === 'number' ? at : Date.parse(at);
  return Number.isFinite(ms) ? formatTime(ms).replace('T', ' ').replace('Z', ' UTC') : '?';
}

export { formatBytes, formatBytesPerSecond, formatDuration, significant };
