import type { Truth } from './simulator.mjs';
export type View = 'full' | 'process';
export interface Row {
  id: string;
  family: string;
  leak: boolean;
  fa: number;
  scored: boolean;
  detected: boolean | null;
}
export interface Aggregate {
  recall: number | null;
  precision: number | null;
  faPerDay: number | null;
  /** Rising edges of the alert in healthy time. */
  falseAlarms: number;
  falseSeriesShare: number | null;
  ttdRatioMedian: number | null;
  ttdRatioP90: number | null;
  delayMedianH: number | null;
  slopeErrMedian: number | null;
  ciCoverage: number | null;
  patternAcc: number | null;
}
export interface Judged {
  leaking: boolean;
  alerts: [number, number | null][];
  since?: number | null;
  slope?: number | null;
  slope_lo?: number | null;
  slope_hi?: number | null;
  eta?: number | null;
  pattern?: string | null;
}
export function scoreOne(truth: Truth, answer: Judged, view: View): Row;
export function aggregate(rows: Row[]): Aggregate;
export function byFamily(rows: Row[]): [string, Aggregate][];
