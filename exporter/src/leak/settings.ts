// The numbers of the detector, for its two settings. Every time in seconds.

import type { ClearingSettings } from './alarm.js';

export interface LevelSettings {
  binSeconds: number;
  /** Bins kept. */
  capacity: number;
  /** Bins with a value that a test needs. */
  leastBins: number;
  /** Least rise as a share of the lowest commit of the process. */
  riseShare: number;
  /** Least number of equal steps that the rise is worth: one jump counts as one. */
  leastSteps: number;
  /** Bins that begin earlier than this after the start of the process are dropped: it still builds itself up. */
  skipSeconds: number;
}

export interface PatienceSettings {
  /** How long growth must last in a process that has grown since its start. */
  freshSeconds: number;
  /** The same in a process that was calm for `settledAfterSeconds` before. */
  settledSeconds: number;
  settledAfterSeconds: number;
}

export interface Settings {
  name: 'service' | 'session';
  levels: readonly LevelSettings[];
  /** Least rise in bytes, whatever the size. */
  leastRiseBytes: number;
  patience: { go: PatienceSettings; process: PatienceSettings };
  /** Never decide on less. */
  leastEvidenceSeconds: number;
  /** Never wait longer than this share of the time that is left until the limit. */
  urgencyShare: number;
  /** While the load has risen more than the memory, the growth is put down to it for so long. */
  loadHoldSeconds: number;
  clearing: ClearingSettings;
  /** Mann-Kendall's Z. */
  leastZ: number;
  /**
   * What fills at a start, a cache or a pool, is soon a good part of the process. A rise that is smaller than
   * `smallRise` of the level by then waits shorter by `discount`; from `bigRise` on it waits in full.
   */
  slowGrowth: { smallRise: number; bigRise: number; discount: number };
  /** Growth that began this soon after the start has no calm before it. */
  birthSeconds: number;
  /** Growth that pauses no longer than this goes on. */
  runGapSeconds: number;
  /** For so long after a restart the leak of the life before gives the pattern its name. */
  afterRestartSeconds: number;
  /** Growing for so long, and for most of its life, a process that ends counts as one that leaked. */
  creditSeconds: number;
}

const MINUTE = 60;
const HOUR = 3600;
const MIB = 1024 * 1024;

export const SERVICE: Settings = {
  name: 'service',
  levels: [
    { binSeconds: MINUTE, capacity: 60, leastBins: 12, riseShare: 0.2, leastSteps: 6, skipSeconds: 180 },
    { binSeconds: 5 * MINUTE, capacity: 96, leastBins: 12, riseShare: 0.08, leastSteps: 6, skipSeconds: 0 },
    {
      binSeconds: 30 * MINUTE,
      capacity: 48,
      leastBins: 16,
      riseShare: 0.08,
      leastSteps: 4,
      skipSeconds: 900,
    },
    { binSeconds: 3 * HOUR, capacity: 64, leastBins: 12, riseShare: 0.055, leastSteps: 4, skipSeconds: 5400 },
  ],
  leastRiseBytes: 4 * MIB,
  patience: {
    go: { freshSeconds: 4.3 * HOUR, settledSeconds: 1.5 * HOUR, settledAfterSeconds: 6 * HOUR },
    process: { freshSeconds: 4.2 * HOUR, settledSeconds: 2 * HOUR, settledAfterSeconds: 12 * HOUR },
  },
  leastEvidenceSeconds: 15 * MINUTE,
  urgencyShare: 0.5,
  loadHoldSeconds: 18 * HOUR,
  clearing: {
    leastSeconds: 2 * HOUR,
    mostSeconds: 3 * HOUR,
    mostForStepsSeconds: 8 * HOUR,
    dailySeconds: 26 * HOUR,
  },
  leastZ: 3.5,
  slowGrowth: { smallRise: 0.14, bigRise: 0.2, discount: 0.4 },
  birthSeconds: 15 * MINUTE,
  runGapSeconds: 3 * HOUR,
  afterRestartSeconds: 4 * HOUR,
  creditSeconds: HOUR,
};

/** For minutes of load under control (`diagnose`, `verify`): the same tests on short windows. */
export const SESSION: Settings = {
  name: 'session',
  levels: [
    { binSeconds: 5, capacity: 60, leastBins: 12, riseShare: 0.015, leastSteps: 6, skipSeconds: 15 },
    { binSeconds: 15, capacity: 80, leastBins: 12, riseShare: 0.015, leastSteps: 5, skipSeconds: 0 },
    { binSeconds: MINUTE, capacity: 60, leastBins: 12, riseShare: 0.02, leastSteps: 4, skipSeconds: 30 },
    { binSeconds: 5 * MINUTE, capacity: 48, leastBins: 12, riseShare: 0.03, leastSteps: 4, skipSeconds: 150 },
  ],
  leastRiseBytes: 256 * 1024,
  patience: {
    go: { freshSeconds: 120, settledSeconds: 120, settledAfterSeconds: HOUR },
    process: { freshSeconds: 180, settledSeconds: 180, settledAfterSeconds: HOUR },
  },
  leastEvidenceSeconds: MINUTE,
  urgencyShare: 0.5,
  loadHoldSeconds: HOUR,
  clearing: {
    leastSeconds: 2 * MINUTE,
    mostSeconds: 5 * MINUTE,
    mostForStepsSeconds: 10 * MINUTE,
    dailySeconds: 10 * MINUTE,
  },
  leastZ: 3.5,
  slowGrowth: { smallRise: 0, bigRise: 0, discount: 0 },
  birthSeconds: 15,
  runGapSeconds: 3 * MINUTE,
  afterRestartSeconds: 4 * MINUTE,
  creditSeconds: MINUTE,
};
