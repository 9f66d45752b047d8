// The rules in use, small, for comparison: slopes over a window (Prometheus' deriv and predict_linear), growth against
// the last readings (mosn/holmes), coroot's window with a tail that must keep its slope, and Mann-Kendall on 5-minute
// minima. Each follows its source's defaults unless its name says otherwise; all see the commit only.

import { fitLine, trend } from '../../../exporter/src/leak/statistics.js';
import type { Judged } from './score.mjs';

export interface Rule {
  /** A reading: seconds, start of the process, commit bytes. */
  push(at: number, start: number, commit: number): boolean;
}
export type RuleFactory = (limit: number) => Rule;

const HOUR = 3600;
const MIB = 1024 * 1024;

/** Points of one process inside a window, thinned to one a minute. */
class Points {
  t: number[] = [];
  y: number[] = [];
  #start = NaN;

  constructor(
    readonly seconds: number,
    readonly every = 60,
  ) {}

  /** True when a point was added (not thinned away). */
  add(at: number, start: number, value: number): boolean {
    if (start !== this.#start) {
      this.t = [];
      this.y = [];
      this.#start = start;
    }
    const last = this.t.length - 1;
    if (last >= 0 && at < this.t[last]! + this.every) {
      this.y[last] = Math.min(this.y[last]!, value);
      return false;
    }
    this.t.push(at);
    this.y.push(value);
    while (this.t[0]! < at - this.seconds) {
      this.t.shift();
      this.y.shift();
    }
    return true;
  }

  get isFull(): boolean {
    return this.t.length > 1 && this.t.at(-1)! - this.t[0]! > 0.5 * this.seconds;
  }

  slope(from = 0): number {
    return fitLine(this.t, this.y, from, this.t.length).slope;
  }
}

/** Evaluates once a minute; true when the condition held for `forSeconds`. */
function rule(
  windowSeconds: number,
  forSeconds: number,
  holds: (points: Points) => boolean,
  every = 60,
): Rule {
  const points = new Points(windowSeconds, every);
  let since = NaN;
  let firing = false;
  return {
    push(at, start, commit) {
      if (!points.add(at, start, commit)) return firing;
      if (!points.isFull || !holds(points)) since = NaN;
      else if (Number.isNaN(since)) since = at;
      firing = at - since >= forSeconds;
      return firing;
    },
  };
}

const share = (perHour: number) => (points: Points) => points.slope() * HOUR > perHour * points.y[0]!;

export const RULES: Record<string, RuleFactory> = {
  'deriv 1h > 20 MB/h for 15m': () => rule(HOUR, 900, (p) => p.slope() > 20e6 / HOUR),
  'deriv 1h > 2 %/h for 1h': () => rule(HOUR, HOUR, share(0.02)),
  'deriv 6h > 1 %/h for 1h': () => rule(6 * HOUR, HOUR, share(0.01)),
  'predict_linear 1h, 4h for 15m': (limit) =>
    rule(HOUR, 900, (p) => p.y.at(-1)! + p.slope() * 4 * HOUR > limit),
  'holmes 10/25/80': (limit) => {
    const recent: number[] = [];
    return {
      push(_at, _start, commit) {
        const mean = recent.reduce((sum, value) => sum + value, 0) / recent.length;
        const fires =
          recent.length >= 10 && commit >= 0.1 * limit && (commit > 0.8 * limit || commit >= 1.25 * mean);
        recent.push(commit);
        if (recent.length > 10) recent.shift();
        return fires;
      },
    };
  },
  'coroot 1h 10 %/h for 15m': (limit) =>
    rule(HOUR, 900, (p) => {
      const slope = p.slope();
      const tail = p.t.findIndex((t) => t >= p.t.at(-1)! - 900);
      return (
        slope * HOUR > 0.1 * p.y[0]! &&
        slope * HOUR >= Math.max(0.05 * limit, 50 * MIB) &&
        p.slope(tail) > 0.3 * slope
      );
    }),
  'Mann-Kendall 6h z > 3.1': () =>
    rule(6 * HOUR, 0, (p) => trend(p.t, p.y, 0, p.t.length, 1.96).z > 3.1, 300),
};

/** Runs a rule over rows [t, start, commit, …]. */
export function judgeByRule(factory: RuleFactory, limit: number, rows: (number | null)[][]): Judged {
  const instance = factory(limit);
  const alerts: [number, number | null][] = [];
  let leaking = false;
  for (const row of rows) {
    const now = instance.push(row[0]!, row[1]!, row[2]!);
    if (now && !leaking) alerts.push([row[0]!, null]);
    if (!now && leaking) alerts[alerts.length - 1]![1] = row[0]!;
    leaking = now;
  }
  return { leaking, alerts };
}
