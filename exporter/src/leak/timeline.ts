// Which samples belong together: restarts of the process, a clock that is set back or forth, samples out of order.
// Turns the time of a sample into seconds since the process started, on a clock that only goes forward.

import type { LeakSample } from './types.js';

/** Readings of the same start time differ by this much (boot time + ticks on Linux). */
const START_TOLERANCE_SECONDS = 2;
/** Samples in a row behind the newest one: no straggler, the clock was set back. */
const STEPPED_BACK_AFTER = 3;

export type Placement = { kind: 'restart' | 'next'; age: number } | { kind: 'stale' };

/** Fields are numbers only: saved and restored as they stand. */
export class Timeline {
  /** Wall-clock start of the process as first told; never later than its first sample. */
  startedAt = NaN;
  private toldStart = NaN;
  /** Wall-clock time of the newest sample, plus skew: the detector's own clock. */
  private lastAt = NaN;
  /** Added to wall-clock times so that the own clock never goes back. */
  skew = 0;
  private behind = 0;
  private behindAt = NaN;
  private step = 15;
  private gcCount = NaN;
  private cpuSeconds = NaN;

  place(sample: LeakSample): Placement {
    if (!isTime(sample.atSeconds) || !isTime(sample.startedAtSeconds)) return { kind: 'stale' };
    const at = sample.atSeconds + this.skew;
    const isNew = Number.isNaN(this.startedAt) || this.restarted(sample, at);
    if (isNew) {
      this.toldStart = sample.startedAtSeconds;
      this.startedAt = Math.min(sample.startedAtSeconds, sample.atSeconds);
      this.skew = 0;
      this.lastAt = sample.atSeconds;
      this.behind = 0;
      this.remember(sample);
      return { kind: 'restart', age: sample.atSeconds - this.startedAt };
    }
    if (at <= this.lastAt) {
      const inOrder = this.behind > 0 && sample.atSeconds > this.behindAt;
      this.behind = inOrder ? this.behind + 1 : 1;
      this.behindAt = sample.atSeconds;
      if (this.behind < STEPPED_BACK_AFTER) return { kind: 'stale' };
      this.skew += this.lastAt + this.step - at;
      this.behind = 0;
      this.lastAt += this.step;
    } else {
      if (at - this.lastAt < 120) this.step += 0.1 * (at - this.lastAt - this.step);
      this.lastAt = at;
      this.behind = 0;
    }
    this.remember(sample);
    return { kind: 'next', age: this.lastAt - this.startedAt };
  }

  /** Wall-clock time of an age of the present process. */
  wallClock(age: number): number {
    return this.startedAt + age - this.skew;
  }

  private remember(sample: LeakSample): void {
    if (sample.gcCount !== null) this.gcCount = sample.gcCount;
    if (sample.cpuSeconds !== null) this.cpuSeconds = sample.cpuSeconds;
  }

  private restarted(sample: LeakSample, at: number): boolean {
    const isStale = at <= this.lastAt;
    const countersFell =
      (sample.gcCount !== null && sample.gcCount < this.gcCount) ||
      // A tick of rounding is no fall.
      (sample.cpuSeconds !== null && sample.cpuSeconds < this.cpuSeconds - 0.1);
    const moved = sample.startedAtSeconds - this.toldStart;
    if (Math.abs(moved) <= START_TOLERANCE_SECONDS) return countersFell && !isStale;
    if (countersFell) return true;
    // The start moved with the clock: the same process, told on a clock that was set.
    const told = sample.cpuSeconds !== null || sample.gcCount !== null;
    const clockMoved = sample.atSeconds + this.skew - this.lastAt;
    return !(told && Math.abs(clockMoved - moved) <= 120 && Math.abs(moved) > 120);
  }
}

/** Seconds that a clock can show: up to the year 5000. */
function isTime(seconds: number): boolean {
  return seconds >= 0 && seconds < 1e11;
}
