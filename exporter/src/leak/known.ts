// What the detector knows of a process in its present life, for the tests and for the verdict.

import type { Alarm } from './alarm.js';
import { CHANNELS } from './channels.js';
import type { Growth } from './evidence.js';
import { GcPressure } from './gc-pressure.js';
import { History } from './history.js';
import { Peaks } from './peaks.js';
import { Recent } from './recent.js';
import type { Settings } from './settings.js';
import type { LeakPattern, MemoryLimit } from './types.js';
import type { WhyNot } from './types.js';

export interface ChannelState {
  alarm: Alarm | null;
  /** The growth that is going on, with or without a break, and when it was last seen. Seconds of age. */
  runFrom: number;
  runSeenAt: number;
  /** Growth that passes every test and waits for its time. */
  waiting: { growth: Growth; level: number; patienceSeconds: number; at: number } | null;
  /** The last growth that was put down to something else. */
  refusal: { reason: WhyNot; at: number; settlesAt: number } | null;
}

/** The last leak that ended or was cut off by a restart. */
export interface PastLeak {
  pattern: LeakPattern;
  /** Which life of the process it was in. */
  life: number;
  /** Commit below which the memory counts as given back. */
  floor: number;
  /** The channel that grew, by its index, from when on, and when it last reached a new high. Seconds of age. */
  channel: number;
  sinceAt: number;
  highAt: number;
}

export class Known {
  history: History;
  peaks = new Peaks();
  recent = new Recent();
  gcPressure = new GcPressure();
  channels: ChannelState[] = CHANNELS.map(() => ({
    alarm: null,
    runFrom: NaN,
    runSeenAt: NaN,
    waiting: null,
    refusal: null,
  }));
  limits: MemoryLimit[] = [];
  /** Seconds since the process started, on the detector's own clock. */
  age = NaN;
  hasGo = false;
  lowestCommit = Infinity;
  lastCommit = NaN;
  /** Leaks of the lives before count: the same program leaks again. 0 to 3. */
  credit = 0;
  life = 1;
  pastLeak: PastLeak | null = null;
  gogcPercent: number | null = null;
  wallClock: (age: number) => number = (age) => age;
  /** Load of the bin that is open; NaN where it is not known. */
  loadNow: () => number = () => NaN;

  constructor(
    readonly settings: Settings,
    offsetSeconds: number,
  ) {
    this.history = new History(settings.levels, offsetSeconds);
  }

  /** GOGC/100; NaN when it is off or not known. */
  growthFactor(): number {
    return this.gogcPercent !== null && this.gogcPercent >= 0 ? this.gogcPercent / 100 : NaN;
  }

  /** Bytes of garbage that the collector lets come per byte that lives; 1, Go's default, when it is not known. */
  goalFactor(): number {
    const growth = this.growthFactor();
    return Number.isNaN(growth) ? 1 : growth;
  }
}
