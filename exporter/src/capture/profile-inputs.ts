// Kept profiles on their way to an analysis: by the files that they lie in where the store has files, else as bytes.

import { LeaklineError } from '../errors.js';
import { PROFILE_CHANGED, type ProfileInput } from '../profile/kept-profile.js';
import type { ProfileKind } from '../server/api.js';
import type { CaptureStore } from './store/store.js';

/** Hands the profiles of these captures to `work`. Rejects as it does, and as CaptureStore.profile. */
export async function withProfiles<T>(
  store: CaptureStore,
  ids: readonly string[],
  kind: ProfileKind,
  work: (inputs: readonly ProfileInput[]) => Promise<T>,
): Promise<T> {
  const kept = ids.map((id) => store.kept(id, kind));
  if (kept.every((file) => file !== undefined)) {
    try {
      return await work(kept);
    } catch (error) {
      if (!(error instanceof LeaklineError && error.code === PROFILE_CHANGED)) throw error;
    }
  }
  // Also where a file is damaged: the store sets it aside and says so.
  return work(await Promise.all(ids.map((id) => store.profile(id, kind))));
}
