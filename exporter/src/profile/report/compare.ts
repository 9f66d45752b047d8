// The profile that a report is of: several files as one, or the difference to a base (google/pprof
// internal/driver/fetch.go).

import { UsageError } from '../../errors.js';
import { labelProfile, mergeProfiles, normalizeProfile, scaleProfile } from '../merge.js';
import type { Profile } from '../profile.js';
import { BASE_LABEL } from './input.js';

export interface Comparison {
  sources: readonly Profile[];
  /** Subtracted from the sources. */
  bases?: readonly Profile[];
  /** Keep the base's samples apart, so that percentages are of the base (-diff_base). Else equal stacks cancel. */
  keepBase?: boolean;
  /** Scale the sources to the base's totals first, per sample type. */
  normalize?: boolean;
}

/** @throws UsageError where the profiles do not hold the same sample types. */
export function compareProfiles({ sources, bases = [], keepBase, normalize }: Comparison): Profile {
  if (bases.length === 0) {
    if (normalize) throw new UsageError('no_base', 'must have base profile to normalize by');
    return sources.length === 1 ? sources[0]! : mergeProfiles(sources);
  }
  const merged = mergeProfiles(sources);
  const base = mergeProfiles(bases);
  const source = normalize ? normalizeProfile(merged, base) : merged;
  const marked = keepBase ? labelProfile(base, BASE_LABEL, 'true') : base;
  const negative = scaleProfile(
    marked,
    marked.sampleTypes.map(() => -1),
  );
  return mergeProfiles([source, negative]);
}
