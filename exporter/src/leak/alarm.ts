// A channel that is leaking: it stays so while new highs come, and ends when they stay out or the memory falls back.

import type { Growth } from './evidence.js';

const HOUR = 3600;
/** A daily swing comes back after a day; two hours of grace. */
const DAILY_SECONDS = 26 * HOUR;

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
function grace(alarm: Alarm, at: number): number {
  if (alarm.returned) return DAILY_SECONDS;
  const { growth } = alarm;
  return Math.max(
    2 * HOUR,
    Math.min(3 * HOUR, 0.5 * (at - alarm.sinceAt)),
    Math.min(8 * HOUR, (4 * growth.durationSeconds) / growth.steps),
  );
}

/** Takes the present envelope, load-adjusted; true when the alarm is over. */
export function followAlarm(alarm: Alarm, at: number, now: number): boolean {
  const rise = Math.max(alarm.high - alarm.growth.from, 1);
  const perSecond = rise / Math.max(alarm.highAt - alarm.sinceAt, 1);
  const patience = grace(alarm, at);
  if (now >= alarm.high + 0.25 * perSecond * Math.min(patience, 3 * HOUR)) {
    if (alarm.dipped) alarm.returned = true;
    alarm.high = now;
    alarm.highAt = at;
    return false;
  }
  if (now < alarm.high - 0.15 * rise) alarm.dipped = true;
  return at - alarm.highAt > patience || now < alarm.high - 0.6 * rise;
}
