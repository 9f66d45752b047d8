// Short gaps in a series: one reading that came late, not a time without the process.

/** A gap of fewer samples than this between two known ones is drawn over. */
const BRIDGED_SAMPLES = 4;

/** Whether the sample of `row`, which is not known, lies in a gap that is drawn over. */
export function isBridged(known: readonly boolean[], row: number): boolean {
  const before = known.lastIndexOf(true, row);
  const after = known.indexOf(true, row);
  return before >= 0 && after >= 0 && after - before <= BRIDGED_SAMPLES;
}

/** The values with `undefined` for null in short gaps: uPlot breaks a line at null only. */
export function bridged(values: readonly (number | null)[]): (number | null | undefined)[] {
  const known = values.map((value) => value !== null);
  return values.map((value, row) => (value === null && isBridged(known, row) ? undefined : value));
}
