// What cannot be true is not known: a foreign program may tell anything.

import type { LeakSample } from './types.js';

/** More bytes than any machine holds. NextGC alone goes beyond, where collections are off. */
const MOST = 2 ** 62;

/** The sample, or a copy in which values that no process can have are null. Times stay as they are. */
export function plausible(sample: LeakSample): LeakSample {
  return isPlausible(sample) ? sample : cleaned(sample);
}

function isPlausible(s: LeakSample): boolean {
  return (
    isCount(s.commitBytes) &&
    isCount(s.workingSetBytes) &&
    isCount(s.heapAllocBytes) &&
    isCount(s.heapInuseBytes) &&
    isGoal(s.nextGcBytes) &&
    isCount(s.totalAllocBytes) &&
    isCount(s.stacksBytes) &&
    isCount(s.nonGoBytes) &&
    isCount(s.gcCount) &&
    isCount(s.gcCpuFraction) &&
    isCount(s.goroutines) &&
    isCount(s.handles) &&
    isCount(s.gdiObjects) &&
    isCount(s.userObjects) &&
    isCount(s.cpuSeconds)
  );
}

function isCount(value: number | null): boolean {
  return value === null || (value >= 0 && value < MOST);
}

function isGoal(value: number | null): boolean {
  return value === null || (value > 0 && value < Infinity);
}

function cleaned(sample: LeakSample): LeakSample {
  const clean = { ...sample };
  const fields: Record<string, number | null> = clean as Record<keyof LeakSample, number | null>;
  for (const [name, value] of Object.entries(sample) as [keyof LeakSample, number | null][]) {
    if (name === 'atSeconds' || name === 'startedAtSeconds') continue;
    if (!(name === 'nextGcBytes' ? isGoal(value) : isCount(value))) fields[name] = null;
  }
  return clean;
}
