// A channel that is leaking: it stays so while new highs come, and ends when they stay out or the memory falls back.

import type { Growth } from './evidence.js';

/** How long a leak may stand still before it is over, seconds. */
export interface ClearingSettings {
  leastSeconds: number;
  mostSeconds: number;
  /** For leaks by steps: four times the time between them, at most this. */
  mostForStepsSeconds: number;
  /** After a swing down and back up: the next one comes in a day. */
  dailySeconds: number;
}

export interface Alarm {
  level: number;
  sinceAt: number;
  raisedAt: number;
  growth: Growth;
  /** Highest envelope so far and when it was reached. */
  high: number;
  highAt: number;
  dipped: boolean;
  returned: boolean;
}

export function raiseAlarm(growth: Growth, level: number, at: number): Alarm {
  return {
    level,
    sinceAt: growth.onsetAt,
    raisedAt: at,
    growth,
    high: growth.to,
    highAt: at,
    dipped: false,
    returned: false,
  };
}

/** Longest time without a new high. */
function grace({ growth, returned, sinceAt }: Alarm, at: number, settings: ClearingSettings): number {
  if (returned) return settings.dailySeconds;
  return Math.max(
    settings.leastSeconds,
    Math.min(settings.mostSeconds, 0.5 * (at - sinceAt)),
    Math.min(settings.mostForStepsSeconds, (4 * growth.durationSeconds) / growth.steps),
  );
}

/** Takes the present envelope, load-adjusted; true when the alarm is over. */
export function followAlarm(alarm: Alarm, at: number, now: number, settings: ClearingSettings): boolean {
  const rise = Math.max(alarm.high - alarm.growth.from, 1);
  const perSecond = rise / Math.max(alarm.highAt - alarm.sinceAt, 1);
  const patience = grace(alarm, at, settings);
  // A new high is one that keeps at least this share of the pace.
  if (now >= alarm.high + 0.4 * perSecond * Math.min(patience, settings.mostSeconds)) {
    if (alarm.dipped) alarm.returned = true;
    alarm.high = now;
    alarm.highAt = at;
    return false;
  }
  if (now < alarm.high - 0.15 * rise) alarm.dipped = true;
  return at - alarm.highAt > patience || now < alarm.high - 0.6 * rise;
}
