// Judges simulated series by the detector and by the rules, and scores them.

import { judgeSeries } from '../../../exporter/src/leak/series.js';
import { FAMILIES } from './families.mjs';
import { FAMILIES as OWN_FAMILIES } from './own-families.mjs';
import { judgeByRule, RULES } from './rules.js';
import { scoreOne, type Row, type View } from './score.mjs';
import { makeSeries, type Family, type SeriesRecord } from './simulator.mjs';

/** The salt of the published figures. */
export const PUBLIC_SALT = 'leakbench-public-v1';
const GO_FIELDS = ['heap_alloc', 'heap_inuse', 'next_gc', 'goroutines', 'gc_count'];

export interface Plan {
  set: 'public' | 'own';
  salt: string;
  seeds: [number, number];
  views: View[];
  rules: boolean;
  /** This worker's share: every `of`-th series from `index` on. */
  share: { index: number; of: number };
}

export interface Result {
  rows: Record<string, Row[]>;
  nanoseconds: Record<string, number>;
  samples: number;
}

/** The view of a process that serves no Go metrics. */
export function toView(series: SeriesRecord, view: View): SeriesRecord {
  if (view === 'full') return series;
  const hidden = new Set(GO_FIELDS.map((field) => series.fields.indexOf(field)));
  return {
    ...series,
    gogc: null,
    samples: series.samples.map((row) => row.map((value, i) => (hidden.has(i) ? null : value))),
  };
}

export function familiesOf(set: Plan['set']): Family[] {
  return set === 'own' ? OWN_FAMILIES : FAMILIES;
}

export function evaluate(plan: Plan): Result {
  const result: Result = { rows: {}, nanoseconds: {}, samples: 0 };
  const note = (name: string, row: Row, nanoseconds: number): void => {
    (result.rows[name] ??= []).push(row);
    result.nanoseconds[name] = (result.nanoseconds[name] ?? 0) + nanoseconds;
  };
  let k = 0;
  for (const family of familiesOf(plan.set)) {
    for (let seed = plan.seeds[0]; seed <= plan.seeds[1]; seed++) {
      if (k++ % plan.share.of !== plan.share.index) continue;
      const { rec, truth } = makeSeries(family, seed, plan.salt);
      result.samples += rec.samples.length;
      for (const view of plan.views) {
        const series = toView(rec, view);
        const started = process.hrtime.bigint();
        const answer = judgeSeries(series);
        note(
          `leakline, ${view} view`,
          scoreOne(truth, answer, view),
          Number(process.hrtime.bigint() - started),
        );
      }
      if (!plan.rules) continue;
      for (const [name, factory] of Object.entries(RULES)) {
        const started = process.hrtime.bigint();
        const answer = judgeByRule(factory, rec.limit, rec.samples);
        note(name, scoreOne(truth, answer, 'full'), Number(process.hrtime.bigint() - started));
      }
    }
  }
  return result;
}
