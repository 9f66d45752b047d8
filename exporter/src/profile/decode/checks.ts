// What a decoder asks of every reference within a profile.

import { ProfileError } from '../profile-error.js';

export function inconsistent(what: string): ProfileError {
  return new ProfileError('profile_inconsistent', `profile is inconsistent: ${what}`);
}

/** The index, where there is such a string. @throws ProfileError */
export function checkString(index: number, count: number, record: string, at: number): number {
  if (index >= count && index !== 0) throw inconsistent(`${record} ${at} names string ${index} of ${count}`);
  return index;
}
