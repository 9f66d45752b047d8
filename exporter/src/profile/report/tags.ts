// `tags`: the labels of the samples with what they weigh, as data and as pprof's text.

import { labelsOf } from './frames.js';
import { fixed } from './go-format.js';
import { formatValue, type Report } from './report.js';
import { percent, percentage, scale, scaledLabel } from './units.js';
import { compareText } from './text-order.js';

export interface TagsReport {
  sampleType: string;
  unit: string;
  total: number;
  tags: { key: string; total: number; values: { value: string; weight: number; percent: number }[] }[];
}

export function tagsReport(report: Report): TagsReport {
  const tags = collect(report).map(({ key, total, values }) => ({
    key,
    total,
    values: values.map(({ value, weight }) => ({ value, weight, percent: percent(weight, total) })),
  }));
  return { sampleType: report.sampleType, unit: report.sampleUnit, total: report.total, tags };
}

export function tagsText(report: Report): string {
  return report.options.dialect === 'go1.19' ? textOf119(report) : textOf126(report);
}

/** Percentages are of each tag's own total. */
function textOf119(report: Report): string {
  const amount = (weight: number) => {
    const { value, unit } = scale(weight, report.sampleUnit, report.outputUnit);
    return fixed(value, 1) + unit;
  };
  return table(
    collect(report).flatMap(({ key, total, values }) => [
      [`${key}:`, ` Total ${amount(total)}`],
      ...values.map(({ value, weight }) => {
        const share = total > 0 ? ` (${percentage(weight, total)})` : '';
        return [' ', `${amount(weight)}${share}:`, ` ${value}`];
      }),
      [''],
    ]),
  );
}

/** Percentages are of the profile's total. */
function textOf126(report: Report): string {
  const amount = (weight: number) => formatValue(report, weight);
  return table(
    collect(report).flatMap(({ key, total, values }) => [
      [
        `${key}:`,
        ` Total ${amount(total)} of ${amount(report.total)}` +
          (report.total > 0 ? ` (${percentage(total, report.total)})` : ''),
      ],
      ...values.map(({ value, weight }) => {
        const share = report.total > 0 ? ` (${percentage(weight, report.total)})` : '';
        return [' ', `${amount(weight)}${share}:`, ` ${value}`];
      }),
      [''],
    ]),
  );
}

interface Collected {
  key: string;
  total: number;
  values: { value: string; weight: number }[];
}

function collect(report: Report): Collected[] {
  const { frames, values } = report;
  const keys = new Map<string, Map<string, number>>();
  for (let i = 0; i < frames.samples.length; i++) {
    const weight = values.value[frames.samples[i]!]!;
    for (const label of labelsOf(frames, i)) {
      const unit = report.labelUnits.get(label.key) ?? '';
      const text = label.text ?? scaledLabel(label.number, unit, report.outputUnit);
      let known = keys.get(label.key);
      if (!known) keys.set(label.key, (known = new Map<string, number>()));
      known.set(text, (known.get(text) ?? 0) + weight);
    }
  }
  return [...keys]
    .sort(([a], [b]) => compareText(a, b))
    .map(([key, weights]) => ({
      key,
      total: [...weights.values()].reduce((sum, weight) => sum + weight, 0),
      values: [...weights]
        .map(([value, weight]) => ({ value, weight }))
        .sort((a, b) => Math.abs(b.weight) - Math.abs(a.weight) || compareText(a.value, b.value)),
    }));
}

/**
 * Aligns cells to the right as Go's text/tabwriter does: a cell is one that a tab ends, a column is as wide as the
 * widest of the cells below one another, plus one.
 */
function table(rows: readonly (readonly string[])[]): string {
  const widths = rows.map((row) => row.map(() => 0));
  const deepest = Math.max(0, ...rows.map((row) => row.length));
  for (let column = 0; column < deepest - 1; column++) {
    for (let from = 0; from < rows.length; from++) {
      if (column >= rows[from]!.length - 1) continue;
      let to = from;
      let width = 0;
      // Only cells that a tab ends belong to the column; a row without one breaks it.
      while (to < rows.length && column < rows[to]!.length - 1) {
        width = Math.max(width, [...rows[to]![column]!].length);
        to++;
      }
      for (let r = from; r < to; r++) widths[r]![column] = width === 0 ? 0 : width + 1;
      from = to - 1;
    }
  }
  return rows
    .map((row, r) =>
      row
        .map((cell, c) => (c < row.length - 1 ? ' '.repeat(widths[r]![c]! - [...cell].length) + cell : cell))
        .join(''),
    )
    .map((line) => `${line}\n`)
    .join('');
}
