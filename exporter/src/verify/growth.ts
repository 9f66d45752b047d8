// From the profiles taken along the window to the functions and goroutines that grow. Pure over profile bytes.

import { goroutineGrowth, type GoroutineCapture } from '../profile/goroutines.js';
import type { GrowthCapture } from '../profile/growth.js';
import { readGoroutines, readProfile } from '../profile/read.js';
import { judgeFunctions } from './functions.js';
import type { FunctionResult, GoroutineResult, Place } from './types.js';

/** One set of profiles as the service gave them. */
export interface TakenProfiles {
  takenAtMs: number;
  heap?: Uint8Array;
  goroutine?: Uint8Array;
}

export interface TakenGrowth {
  functions: FunctionResult[];
  goroutines: GoroutineResult[];
}

/** Groups of goroutines that a result holds. */
const MOST_GROUPS = 5;
/** A group that grew by fewer is noise. */
const LEAST_GOROUTINES = 3;

/** Oldest first. Throws a LeaklineError where a profile is none. */
export function growthOfProfiles(taken: readonly TakenProfiles[], mainModule?: string): TakenGrowth {
  const own = mainModule === undefined ? {} : { mainModule };
  const heaps: GrowthCapture[] = taken.flatMap(({ takenAtMs, heap }) =>
    heap ? [{ takenAtMs, profile: readProfile(heap) }] : [],
  );
  const goroutines: GoroutineCapture[] = taken.flatMap(({ takenAtMs, goroutine }) =>
    goroutine ? [{ takenAtMs, records: readGoroutines(goroutine) }] : [],
  );
  return {
    functions: judgeFunctions({ captures: heaps, ...own }),
    goroutines: goroutines.length < 2 ? [] : growingGroups(goroutines, own),
  };
}

function growingGroups(
  captures: readonly GoroutineCapture[],
  own: { mainModule?: string },
): GoroutineResult[] {
  return goroutineGrowth(captures, { ...own, limit: MOST_GROUPS })
    .filter(({ growth }) => growth >= LEAST_GOROUTINES)
    .map(({ createdBy, blockedAt, ownFrame, states, firstCount, lastCount, growthPerSecond }) => ({
      createdBy: placeOf(createdBy),
      blockedAt: placeOf(ownFrame ?? blockedAt),
      state: states[0]?.state ?? '',
      firstCount,
      lastCount,
      growthPerSecond,
    }));
}

function placeOf(frame: Place | null): Place | null {
  return frame && { function: frame.function, file: frame.file, line: frame.line };
}
