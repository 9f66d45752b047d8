// Which captures growth is told over, and the notes that a reader needs to trust it. Pure.

import type { CaptureRecord } from './record.js';
import { buildOf, sameRun } from './record.js';

/** More captures than these tell no more; the first, the last and evenly spaced ones between are taken. */
export const MAX_SERIES = 20;

export interface Series {
  /** Oldest first. */
  captures: CaptureRecord[];
  notes: string[];
}

/**
 * Captures to tell growth over: heap profiles of one run of one process, taken the same way. Where that run has only
 * one, the newest baseline of an earlier run stands in as the first, and the notes say so.
 */
export function growthSeries(captures: readonly CaptureRecord[]): Series {
  const notes: string[] = [];
  const usable = captures
    .filter((capture) => capture.profiles.some(({ kind }) => kind === 'heap'))
    .sort((a, b) => (a.takenAt < b.takenAt ? -1 : 1));
  const last = usable.at(-1);
  if (!last) return { captures: [], notes };
  let series = usable.filter((capture) => sameRun(capture, last) !== false);
  if (series.length < 2) {
    const earlier = usable.filter(
      (capture) =>
        capture.baseline && capture.host === last.host && capture !== last && capture.takenAt < last.takenAt,
    );
    const stand = earlier.at(-1);
    if (stand) {
      series = [stand, last];
      notes.push('the first capture is of an earlier run of the process: rates are no slope');
    }
  }
  if (series.some((capture) => buildOf(capture) !== buildOf(last))) {
    notes.push('the binary was built anew between captures: lines may have moved');
  }
  const alike = series.filter((capture) => capture.gcForced === last.gcForced);
  if (alike.length < series.length) {
    if (alike.length >= 2) series = alike;
    notes.push(
      'captures with and without a forced garbage collection are not alike: those like the last are compared',
    );
  }
  return { captures: spaced(series, MAX_SERIES), notes };
}

function spaced<T>(items: readonly T[], count: number): T[] {
  if (items.length <= count) return [...items];
  return Array.from({ length: count }, (_, i) => items[Math.round((i * (items.length - 1)) / (count - 1))]!);
}
