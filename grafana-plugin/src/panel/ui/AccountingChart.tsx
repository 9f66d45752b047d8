// Whose memory it is: the parts that add up to what the system charges, stacked over time, and as one bar of now.
import React, { useMemo, useRef } from 'react';
import type uPlot from 'uplot';
import type { ApiAccounting, ApiSamples } from 'leakline/api';
import { formatBytes } from 'leakline/format';
import { MEMORY_PARTS, type MemoryPart } from 'leakline/signals';
import type { TimeSpan } from '../../api/client';
import { t } from '../../i18n';
import { isBridged } from '../domain/gaps';
import { partWord, percent } from '../domain/words';
import * as styles from './chart.module.css';
import { classes } from './parts';
import { BINARY_STEPS, usePlot } from './use-plot';

export interface AccountingChartProps {
  now: ApiAccounting | null;
  samples: ApiSamples | null;
  span: TimeSpan;
  height: number;
  mode: 'light' | 'dark';
}

export function AccountingChart({
  now,
  samples,
  span,
  height,
  mode,
}: AccountingChartProps): React.ReactElement | null {
  const parts = MEMORY_PARTS.filter((part) => (now?.parts[part] ?? 0) > 0);
  const overTime =
    samples !== null && samples.atMs.length > 1 && MEMORY_PARTS.some((part) => samples.parts[part]);
  if (!now && !overTime) return null;
  return (
    <section
      className={styles.chart}
      aria-label={t('accounting.label', 'Memory accounting')}
      data-testid="accounting"
    >
      <h3 className={styles.heading}>
        {t('accounting.title', 'Whose memory')}
        {now ? (
          <span className={styles.subheading}>
            {t('accounting.total', '{{bytes}} charged by the system', { bytes: formatBytes(now.totalBytes) })}
          </span>
        ) : null}
      </h3>
      {overTime ? <StackedArea samples={samples} span={span} height={height} mode={mode} /> : null}
      {now ? (
        <>
          {overTime ? null : (
            <div className={styles.bar} aria-hidden="true">
              {parts.map((part) => (
                <div
                  key={part}
                  className={styles.barPart}
                  style={{
                    width: `${((now.parts[part] ?? 0) / now.totalBytes) * 100}%`,
                    background: partColor(part),
                  }}
                />
              ))}
            </div>
          )}
          <ul className={styles.parts}>
            {parts.map((part) => (
              <li key={part} className={styles.part}>
                <span
                  className={classes(styles.swatch, styles.swatchTall)}
                  style={{ background: partColor(part) }}
                />
                <span className={styles.partName}>{partWord(part)}</span>
                <span className={styles.value}>{formatBytes(now.parts[part] ?? 0)}</span>
                <span className={styles.partShare}>{percent((now.parts[part] ?? 0) / now.totalBytes)}</span>
              </li>
            ))}
          </ul>
          {now.note ? (
            <details className={styles.aside}>
              <summary>{t('accounting.note', 'Where the parts do not add up')}</summary>
              <p>{now.note}</p>
            </details>
          ) : null}
        </>
      ) : null}
    </section>
  );
}

function partColor(part: MemoryPart): string {
  return `var(--ll-part-${part})`;
}

function StackedArea(
  props: Pick<AccountingChartProps, 'span' | 'height' | 'mode'> & { samples: ApiSamples },
): React.ReactElement {
  const { samples, span, height, mode } = props;
  const element = useRef<HTMLDivElement>(null);
  const window = useRef(span);
  window.current = span;
  const parts = useMemo(
    () => MEMORY_PARTS.filter((part) => samples.parts[part]?.some((value) => value !== null)),
    [samples],
  );
  const data = useMemo(() => stack(samples, parts), [samples, parts]);
  usePlot(element, {
    shape: [mode, height, ...parts].join('|'),
    data,
    height,
    range: [span.fromMs / 1000, span.toMs / 1000],
    options: (colorOf) => ({
      padding: [6, 8, 8, 0],
      legend: { show: false },
      cursor: { show: false },
      scales: {
        x: { time: true, range: () => [window.current.fromMs / 1000, window.current.toMs / 1000] },
        y: { range: (_plot, _min, max) => [0, max > 0 ? max * 1.05 : 1] },
      },
      axes: [
        { show: false },
        {
          size: 68,
          stroke: colorOf('--ll-text-secondary'),
          font: '11px Inter, Helvetica, Arial, sans-serif',
          ticks: { show: false },
          grid: { stroke: colorOf('--ll-border'), width: 1 },
          incrs: BINARY_STEPS,
          space: 26,
          values: (_plot, splits) => splits.map(formatBytes),
        },
      ],
      series: [
        {},
        // Painted from the top of the stack down, each over the last.
        ...parts.toReversed().map((part) => ({
          label: part,
          width: 0,
          points: { show: false },
          fill: colorOf(`--ll-part-${part}`),
        })),
      ],
    }),
  });
  return <div ref={element} className={styles.plot} aria-hidden="true" />;
}

/** Running sums, top of the stack first. Where a part was not read the whole stack is unknown. */
function stack(samples: ApiSamples, parts: readonly MemoryPart[]): uPlot.AlignedData {
  const columns = parts.map((part) => samples.parts[part]);
  const known = samples.atMs.map((_, row) => columns.every((values) => typeof values?.[row] === 'number'));
  const rows = samples.atMs.map((_, row) => row).filter((row) => known[row] || !isBridged(known, row));
  let below = rows.map(() => 0);
  const sums = columns.map((values) => {
    below = below.map((sum, i) => sum + (values?.[rows[i]!] ?? 0));
    return below.map((sum, i) => (known[rows[i]!] ? sum : null));
  });
  return [rows.map((row) => samples.atMs[row]! / 1000), ...sums.toReversed()];
}
