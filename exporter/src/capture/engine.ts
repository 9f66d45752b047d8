// What captures need of the profile engine; worker threads stand behind it, so that no profile blocks the event loop.

import type { ApiGrowth } from '../server/api.js';

export interface ProfileOfCapture {
  id: string;
  takenAt: string;
  bytes: Buffer;
}

export interface GrowthQuery {
  /** inuse_space (default), inuse_objects … */
  sample?: string | undefined;
  /** Main module of the binary: its functions are the ones that a developer can act on. */
  mainModule?: string | undefined;
}

export interface ProfileEngine {
  /** Decodes the profile; rejects with a LeaklineError that says what is wrong with it. */
  check(bytes: Buffer): Promise<void>;
  /** Growth by allocator over two or more captures, oldest first. */
  growth(captures: readonly ProfileOfCapture[], query: GrowthQuery): Promise<ApiGrowth>;
}
