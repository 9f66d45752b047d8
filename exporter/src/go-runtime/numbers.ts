// Numbers of foreign bodies: what a Go runtime can say at all. MemStats are unsigned 64-bit; GOGC=off makes NextGC about
// 2^63, which a double holds within 0.1 %.

import { LeaklineError } from '../errors.js';
import type { GoRuntimeReading, GoRuntimeSource } from './types.js';

/** Largest number of an unsigned 64-bit field, rounded up by the double. */
const MAX_UINT64 = 2 ** 64;

/** At or above it a limit or a goal of the runtime means "none" (math.MaxInt64, wobbling). */
export const UNLIMITED = 2 ** 62;

const NANOSECONDS = 1e9;

/** Fields of a reading that are plain numbers. */
export type NumericField = {
  [K in keyof GoRuntimeReading]-?: NonNullable<GoRuntimeReading[K]> extends number ? K : never;
}[keyof GoRuntimeReading];

export type NumericFields = Partial<Record<NumericField, number>>;

/** Code `runtime_unreadable`: the target answered, but not with what the source should say. */
export function unreadable(what: string, problem: string): LeaklineError {
  return new LeaklineError('runtime_unreadable', `${what}: ${problem}`, { status: 502 });
}

/** A number of MemStats; throws when it is none. `field` is a name of ours, never one that the target sent. */
export function memStat(value: number, what: string, field: string): number {
  if (!(value >= 0 && value <= MAX_UINT64)) throw unreadable(what, `${field} is no size or count`);
  return value;
}

/** Unix seconds of nanoseconds; undefined for 0, which says "never". */
export function secondsOrNever(nanoseconds: number): number | undefined {
  return nanoseconds === 0 ? undefined : nanoseconds / NANOSECONDS;
}

export function nanosecondsToSeconds(nanoseconds: number): number {
  return nanoseconds / NANOSECONDS;
}

/**
 * Pauses in seconds, newest first, from MemStats' ring of the last 256: the newest stands at (NumGC + 255) mod 256
 * (runtime.MemStats.PauseNs).
 */
export function pausesNewestFirst(ringNanoseconds: readonly number[], gcCount: number): number[] {
  const size = ringNanoseconds.length;
  const pauses: number[] = [];
  for (let age = 0; age < Math.min(gcCount, size); age++) {
    pauses.push(nanosecondsToSeconds(ringNanoseconds[(gcCount - 1 - age) % size]!));
  }
  return pauses;
}

/** A reading of what was found; HeapAlloc is the least that a source must tell. */
export function toReading(
  source: GoRuntimeSource,
  what: string,
  numbers: NumericFields,
  rest: Pick<GoRuntimeReading, 'gcPausesSeconds' | 'goVersion'> = {},
): GoRuntimeReading {
  const { heapAllocBytes } = numbers;
  if (heapAllocBytes === undefined) throw unreadable(what, 'holds no memory statistics of a Go program');
  return { source, ...numbers, heapAllocBytes, ...rest };
}
