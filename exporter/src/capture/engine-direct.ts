// The profile engine on the calling thread: for one-shot commands, which block nobody.

import { decodeProfile } from '../profile/decode/decode.js';
import { GrowthMeasure } from '../profile/growth.js';
import type { ProfileEngine } from './engine.js';

export const directEngine: ProfileEngine = {
  check(bytes) {
    return new Promise((resolve) => {
      decodeProfile(bytes);
      resolve();
    });
  },
  growth(captures, { sample, mainModule }) {
    return new Promise((resolve) => {
      const measure = new GrowthMeasure({
        ...(sample !== undefined && { sampleType: sample }),
        ...(mainModule !== undefined && { mainModule }),
      });
      for (const { id, takenAt, bytes } of captures) {
        measure.add({ id, takenAtMs: Date.parse(takenAt), profile: decodeProfile(bytes) });
      }
      resolve(measure.finish());
    });
  },
};
