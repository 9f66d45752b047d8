// The trend: series of memory over time, the fitted slope with its band, marks for captures and alerts.
import React, { useMemo, useRef, useState } from 'react';
import uPlot from 'uplot';
import { formatBytes } from 'leakline/format';
import type { Signal } from 'leakline/signals';
import type { TimeSpan } from '../../api/client';
import { t } from '../../i18n';
import { bandAt, type SlopeBand } from '../domain/fit';
import { bridged } from '../domain/gaps';
import type { TrendSeries } from '../domain/model';
import { clockTime, signalWord } from '../domain/words';
import * as styles from './chart.module.css';
import { Icon } from './Icon';
import { classes } from './parts';
import { BINARY_STEPS, usePlot } from './use-plot';

export interface TrendMark {
  id: string;
  atMs: number;
  kind: 'capture' | 'alert';
  label: string;
  role: 'capture' | 'base' | null;
}

export interface TrendChartProps {
  series: readonly TrendSeries[];
  band: SlopeBand | null;
  marks: readonly TrendMark[];
  span: TimeSpan;
  height: number;
  /** Light or dark: colours are read from the styles when it changes. */
  mode: 'light' | 'dark';
  onZoom: (span: TimeSpan) => void;
  onPick: (id: string, asBase: boolean) => void;
}

const SIGNAL_COLORS: Partial<Record<Signal, string>> = {
  commit: '--ll-info',
  private_working_set: '--ll-success',
  working_set: '--ll-part-non_go',
  live_heap: '--ll-part-live_heap',
  heap_inuse: '--ll-part-heap_fragmentation',
  stacks: '--ll-part-stacks',
  goroutines: '--ll-part-stacks',
  handles: '--ll-part-profiling_buckets',
};
const OTHER_COLORS = ['--ll-part-runtime', '--ll-part-profiling_buckets', '--ll-part-garbage', '--ll-shrink'];

function colorVariable(series: TrendSeries, index: number): string {
  return (series.signal && SIGNAL_COLORS[series.signal]) ?? OTHER_COLORS[index % OTHER_COLORS.length]!;
}

/** The saw of the collector hides what is under it: where the live heap is known, it is shown only when asked for. */
function isNoisy(series: TrendSeries): boolean {
  return series.signal === 'heap_inuse';
}

export function seriesName(series: TrendSeries): string {
  return series.signal ? signalWord(series.signal) : series.name;
}

/** The least and most of the axis: from zero unless the values fill only the upper half. */
function valueRange(_plot: uPlot, min: number | null, max: number | null): [number, number] {
  if (min === null || max === null || max <= 0) return [0, 1];
  const pad = (max - min) * 0.08 || max * 0.05;
  return [min > max / 2 ? Math.max(0, min - pad) : 0, max + pad];
}

export function TrendChart(props: TrendChartProps): React.ReactElement {
  const { series, band, marks, span, height, mode, onZoom, onPick } = props;
  const element = useRef<HTMLDivElement>(null);
  const [toggled, setToggled] = useState<ReadonlySet<string>>(new Set());
  const [hover, setHover] = useState<{ index: number; left: number } | null>(null);
  const [places, setPlaces] = useState<{ left: number; width: number; height: number } | null>(null);
  const zoom = useRef(onZoom);
  zoom.current = onZoom;
  const window = useRef(span);
  window.current = span;

  const shown = useMemo(() => {
    const quiet = series.some((one) => one.signal === 'live_heap');
    return series.filter((one) => toggled.has(one.key) === (quiet && isNoisy(one)));
  }, [series, toggled]);
  const data = useMemo(() => alignedData(shown, band), [shown, band]);
  const shape = [mode, height, band !== null, ...shown.map((one) => one.key + one.name)].join('|');
  const hasCounts = shown.some((one) => one.unit === 'count');
  const hasBytes = shown.some((one) => one.unit === 'bytes');
  const bandScale =
    band && shown.find((one) => one.signal === band.signal)?.unit === 'count' ? 'count' : 'bytes';

  const plot = usePlot(element, {
    shape,
    data,
    height,
    range: [span.fromMs / 1000, span.toMs / 1000],
    options: (colorOf) => ({
      padding: [22, hasCounts ? 0 : 8, 0, 0],
      legend: { show: false },
      cursor: { drag: { x: true, y: false, setScale: false }, points: { size: 6 } },
      scales: {
        x: { time: true, range: () => [window.current.fromMs / 1000, window.current.toMs / 1000] },
        bytes: { range: valueRange },
        count: { range: valueRange },
      },
      axes: [
        axis(colorOf, { space: 70, size: 28, values: timeLabels }),
        axis(colorOf, {
          scale: 'bytes',
          show: hasBytes,
          size: 68,
          incrs: BINARY_STEPS,
          values: (_plot, splits) => splits.map(formatBytes),
        }),
        axis(colorOf, {
          scale: 'count',
          show: hasCounts,
          side: 1,
          size: 52,
          grid: { show: !hasBytes },
          values: (_plot, splits) => splits.map((value) => value.toLocaleString()),
        }),
      ],
      series: [
        {},
        ...shown.map((one, index) => ({
          label: one.name,
          scale: one.unit,
          stroke: colorOf(colorVariable(one, index)),
          width: one.signal === 'live_heap' ? 2 : 1.5,
          points: { show: one.atMs.length < 3 },
          spanGaps: false,
          dash: one.unit === 'count' ? [2, 3] : undefined,
        })),
        ...(band
          ? [
              {
                scale: bandScale,
                stroke: colorOf('--ll-growth'),
                width: 1.5,
                dash: [6, 4],
                points: { show: false },
              },
              { scale: bandScale, width: 0, points: { show: false } },
              { scale: bandScale, width: 0, points: { show: false } },
            ]
          : []),
      ],
      bands: band
        ? [
            {
              series: [shown.length + 3, shown.length + 2],
              fill: `${opaque(colorOf('--ll-growth'))}2e`,
              dir: -1,
            },
          ]
        : [],
      hooks: {
        setSelect: [
          (made) => {
            const { left, width } = made.select;
            if (width < 4) return;
            const [from, to] = [made.posToVal(left, 'x'), made.posToVal(left + width, 'x')];
            made.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
            zoom.current({ fromMs: Math.round(from * 1000), toMs: Math.round(to * 1000) });
          },
        ],
        setCursor: [
          (made) => {
            const { idx, left } = made.cursor;
            const there = typeof idx === 'number' && left !== undefined && left >= 0;
            setHover(there ? { index: idx, left: left + made.bbox.left / devicePixelRatio } : null);
          },
        ],
        draw: [
          (made) => {
            const scale = devicePixelRatio;
            const next = {
              left: made.bbox.left / scale,
              width: made.bbox.width / scale,
              height: (made.bbox.top + made.bbox.height) / scale,
            };
            setPlaces((old) =>
              old && old.left === next.left && old.width === next.width && old.height === next.height
                ? old
                : next,
            );
          },
        ],
      },
    }),
  });

  const x = (atMs: number): number =>
    places ? places.left + ((atMs - span.fromMs) / (span.toMs - span.fromMs)) * places.width : 0;
  const visible = marks.filter((mark) => mark.atMs >= span.fromMs && mark.atMs <= span.toMs);
  const last = (one: TrendSeries): number | null => one.values.findLast((value) => value !== null) ?? null;
  return (
    <div className={styles.chart} data-testid="trend">
      <div className={styles.plot} ref={element}>
        {plot && places
          ? visible.map((mark) => (
              <Mark
                key={`${mark.kind} ${mark.id}`}
                mark={mark}
                left={x(mark.atMs)}
                height={places.height}
                onPick={onPick}
              />
            ))
          : null}
        {plot && hover && hover.index < data[0].length ? (
          <Hover
            shown={shown}
            data={data}
            index={hover.index}
            left={hover.left}
            right={places ? places.left + places.width : 0}
          />
        ) : null}
      </div>
      <ul className={styles.legend}>
        {series.map((one) => {
          const index = shown.indexOf(one);
          const value = last(one);
          return (
            <li key={one.key}>
              <button
                type="button"
                className={styles.legendItem}
                aria-pressed={index >= 0}
                onClick={() => setToggled((old) => withToggled(old, one.key))}
              >
                <span
                  className={styles.swatch}
                  style={{
                    background: index >= 0 ? `var(${colorVariable(one, index)})` : 'var(--ll-border-medium)',
                  }}
                />
                {seriesName(one)}
                {value === null ? null : <span className={styles.value}>{valueText(one, value)}</span>}
              </button>
            </li>
          );
        })}
        {band ? (
          <li className={classes(styles.legendItem, styles.legendPlain)}>
            <span className={classes(styles.swatch, styles.swatchDashed)} />
            {t('trend.slope', 'fitted slope with its 95 % band')}
          </li>
        ) : null}
      </ul>
    </div>
  );
}

function valueText(one: TrendSeries, value: number): string {
  return one.unit === 'count' ? Math.round(value).toLocaleString() : formatBytes(value);
}

function withToggled(old: ReadonlySet<string>, key: string): ReadonlySet<string> {
  const next = new Set(old);
  if (!next.delete(key)) next.add(key);
  return next;
}

/** Canvas wants a colour that an alpha can be appended to. */
function opaque(color: string): string {
  return /^#[0-9a-f]{6}$/i.test(color) ? color : '#888888';
}

function alignedData(shown: readonly TrendSeries[], band: SlopeBand | null): uPlot.AlignedData {
  if (shown.length === 0) return [[]];
  const tables = shown.map((one): uPlot.AlignedData => [
    one.atMs.map((at) => at / 1000),
    bridged(one.values),
  ]);
  const joined = tables.length === 1 ? tables[0]! : uPlot.join(tables);
  if (!band) return joined;
  const fit: (number | null)[] = [];
  const lower: (number | null)[] = [];
  const upper: (number | null)[] = [];
  for (const seconds of joined[0]) {
    const atMs = seconds * 1000;
    const inside = atMs >= band.fromMs && atMs <= band.toMs;
    const at = inside ? bandAt(band, atMs) : null;
    fit.push(at?.fit ?? null);
    lower.push(at ? Math.max(0, at.lower) : null);
    upper.push(at?.upper ?? null);
  }
  const [times, ...columns] = joined;
  return [times, ...columns, fit, lower, upper];
}

function axis(colorOf: (variable: string) => string, more: uPlot.Axis): uPlot.Axis {
  return {
    stroke: colorOf('--ll-text-secondary'),
    font: '11px Inter, Helvetica, Arial, sans-serif',
    ticks: { show: false },
    ...more,
    grid: { stroke: colorOf('--ll-border'), width: 1, ...more.grid },
  };
}

function timeLabels(_plot: uPlot, splits: number[]): string[] {
  const now = Date.now();
  const short = splits.length > 1 && splits[1]! - splits[0]! < 60;
  return splits.map((seconds) =>
    short
      ? new Date(seconds * 1000).toLocaleTimeString(undefined, {
          hour: '2-digit',
          minute: '2-digit',
          second: '2-digit',
          hourCycle: 'h23',
        })
      : clockTime(seconds * 1000, now),
  );
}

interface MarkProps {
  mark: TrendMark;
  left: number;
  height: number;
  onPick: (id: string, asBase: boolean) => void;
}

function Mark({ mark, left, height, onPick }: MarkProps): React.ReactElement {
  const alert = mark.kind === 'alert';
  return (
    <>
      <div
        className={classes(
          styles.stem,
          alert && styles.stemAlert,
          mark.role === 'capture' && styles.stemSelected,
          mark.role === 'base' && styles.stemBase,
        )}
        style={{ left, height: Math.max(0, height - 20) }}
      />
      {alert ? (
        <span
          className={classes(styles.mark, styles.markAlert)}
          style={{ left }}
          title={mark.label}
          role="img"
          aria-label={mark.label}
        >
          <Icon name="alert" size={12} />
        </span>
      ) : (
        <button
          type="button"
          className={classes(
            styles.mark,
            mark.role === 'capture' && styles.markSelected,
            mark.role === 'base' && styles.markBase,
          )}
          style={{ left }}
          title={mark.label}
          aria-label={mark.label}
          aria-pressed={mark.role !== null}
          onClick={(event) => onPick(mark.id, event.shiftKey)}
        >
          <Icon name="camera" size={12} />
        </button>
      )}
    </>
  );
}

interface HoverProps {
  shown: readonly TrendSeries[];
  data: uPlot.AlignedData;
  index: number;
  left: number;
  right: number;
}

/** Room that the hover needs at the right of the cursor. */
const HOVER_WIDTH = 180;

function Hover({ shown, data, index, left, right }: HoverProps): React.ReactElement {
  const atMs = data[0][index]! * 1000;
  const flip = left + HOVER_WIDTH > right;
  return (
    <div
      className={styles.hover}
      style={flip ? { right: `calc(100% - ${left - 10}px)` } : { left: left + 10 }}
    >
      <div className={styles.hoverTime}>{new Date(atMs).toLocaleString()}</div>
      {shown.map((one, column) => {
        const value = data[column + 1]?.[index];
        if (value === null || value === undefined) return null;
        return (
          <div key={one.key} className={styles.hoverRow}>
            <span className={styles.swatch} style={{ background: `var(${colorVariable(one, column)})` }} />
            {seriesName(one)} <span className={styles.value}>{valueText(one, value)}</span>
          </div>
        );
      })}
    </div>
  );
}
