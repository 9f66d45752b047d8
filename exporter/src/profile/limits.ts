// What a profile may cost before it is refused. Profiles come from other machines, so that every table has a bound
// that is checked before memory is taken for it. The far end of real profiles is 50 MB compressed: 78 MB raw,
// 1.2 million samples, 30 million stack entries, which fits each bound here three times.

import { ProfileError } from './profile-error.js';

export interface ProfileLimits {
  /** Bytes of the uncompressed message, or of the text. */
  maxRawBytes: number;
  maxSamples: number;
  /** Frames of all samples together. */
  maxStackEntries: number;
  /** Labels of all samples together. */
  maxLabels: number;
  /** Locations, and equally functions, lines, mappings and strings: each. */
  maxTableEntries: number;
  /** Sample types, that is values a sample. Go writes four at the most. */
  maxSampleTypes: number;
}

export const DEFAULT_PROFILE_LIMITS: Readonly<ProfileLimits> = {
  maxRawBytes: 256 * 2 ** 20,
  maxSamples: 5_000_000,
  maxStackEntries: 100_000_000,
  maxLabels: 20_000_000,
  maxTableEntries: 5_000_000,
  maxSampleTypes: 64,
};

/** Refuses a table with more entries than its limit. */
export function bound(what: string, count: number, limit: number): void {
  if (count > limit) {
    throw new ProfileError(
      'profile_too_large',
      `profile holds ${count} ${what}, more than the limit of ${limit}`,
    );
  }
}
