// What captures need of the profile engine. Behind it stand worker threads, so that no profile holds up the event loop of
// the exporter.

import type { RunAnalysis } from '../profile/analyses.js';
import type { ProfileInput } from '../profile/kept-profile.js';
import type { ApiGrowth } from '../server/api.js';

export interface ProfileOfCapture {
  id: string;
  takenAt: string;
  profile: ProfileInput;
}

export interface GrowthQuery {
  /** inuse_space (default), inuse_objects … */
  sample?: string | undefined;
  /** Main module of the binary: its functions are the ones that a developer can act on. */
  mainModule?: string | undefined;
}

export interface ProfileEngine {
  /** Decodes the profile; rejects with a LeaklineError that says what is wrong with it, and quotes nothing of it. */
  check(bytes: Buffer): Promise<void>;
  /** Reads the profile and no more. Rejects with profile_changed where a file is not what was kept. */
  read(profile: ProfileInput): Promise<void>;
  /** Growth by allocator over two or more captures, oldest first. */
  growth(captures: readonly ProfileOfCapture[], query: GrowthQuery): Promise<ApiGrowth>;
}

export function profileEngine(run: RunAnalysis): ProfileEngine {
  return {
    async check(bytes) {
      await run('check', [bytes], undefined);
    },
    async read(profile) {
      await run('read', [profile], undefined);
    },
    growth(captures, { sample, mainModule }) {
      return run(
        'growth',
        captures.map(({ profile }) => profile),
        {
          captures: captures.map(({ id, takenAt }) => ({ id, takenAtMs: Date.parse(takenAt) })),
          ...(sample !== undefined && { sampleType: sample }),
          ...(mainModule !== undefined && { mainModule }),
        },
      );
    },
  };
}
