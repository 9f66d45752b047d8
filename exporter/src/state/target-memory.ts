// What is learned of a target, as it is saved and restored: the detector, the baseline, and for a process that is not
// seen itself the time from which it counts.

import { z } from 'zod';
import { LeaklineError } from '../errors.js';
import { Baseline } from '../leak/baseline.js';
import { LeakDetector, type DetectorOptions } from '../leak/detector.js';
import type { TargetMemory } from '../watch/watched-target.js';

const memorySchema = z.object({
  detector: z.unknown(),
  baseline: z.unknown(),
  remote: z.object({ startedAtMs: z.number(), gcCount: z.number().optional() }).optional(),
});

export function newMemory(options: DetectorOptions): TargetMemory {
  return { detector: new LeakDetector(options), baseline: new Baseline() };
}

/** Plain JSON. */
export function saveMemory({ detector, baseline, remote }: TargetMemory): unknown {
  return { detector: detector.snapshot(), baseline: baseline.snapshot(), remote };
}

/** Throws `state_damaged` when it is none. */
export function restoreMemory(options: DetectorOptions, saved: unknown): TargetMemory {
  const parsed = memorySchema.safeParse(saved);
  if (!parsed.success) throw new LeaklineError('state_damaged', 'not the state of a target');
  const { detector, baseline, remote } = parsed.data;
  return {
    detector: LeakDetector.restore(options, detector),
    baseline: Baseline.restore(baseline),
    remote,
  };
}
