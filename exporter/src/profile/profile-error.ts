// The ways in which bytes fail to be a profile. Each has a code; the message says what is wrong and at which byte
// (of the uncompressed message), line or record.

import { LeaklineError } from '../errors.js';

export type ProfileErrorCode =
  | 'profile_empty'
  | 'profile_not_recognized'
  | 'profile_gzip_corrupt'
  | 'profile_truncated'
  | 'profile_malformed'
  | 'profile_inconsistent'
  | 'profile_value_too_large'
  | 'profile_too_large';

/** Foreign bytes that are no usable profile: status 422, exit code 3. */
export class ProfileError extends LeaklineError {
  constructor(code: ProfileErrorCode, message: string, options: ErrorOptions = {}) {
    super(code, message, { status: 422, ...options });
    this.name = 'ProfileError';
  }
}
