// The trend of a target as a picture: signals over time, the fitted line, limits, and what happened when. One panel
// for bytes, one below it for each signal that counts things.

import { formatBytes, significant } from '../format.js';
import { isCountSignal } from '../signals.js';
import type { ReportMark, ReportSeries, ReportTrend } from './model.js';
import { labelWidth, type Paint, type Picture, type Shape } from './picture.js';
import { SIGNAL_WORDS } from './words.js';

const WIDTH = 720;
const LEFT = 62;
const RIGHT = 14;
const BYTES_HEIGHT = 210;
const COUNT_HEIGHT = 96;
const GAP = 26;
const LEGEND_LINE = 16;
const AXIS_HEIGHT = 24;
const FONT = 10.5;
/** Points beyond these lie closer than a pixel. */
const MAX_POINTS = 700;
/** A limit further up than this many times the highest value would flatten everything else. */
const LIMIT_WITHIN = 1.6;
/** Marks that are drawn at the most: an incident of weeks has hundreds. */
const MAX_MARKS = 60;

const SERIES_PAINTS: readonly Paint[] = ['accent', 'second', 'third', 'fourth'];

interface Panel {
  series: { of: ReportSeries; paint: Paint }[];
  height: number;
  isBytes: boolean;
}

/** Undefined where there is nothing to draw: fewer than two readings. */
export function trendPicture(trend: ReportTrend): Picture | undefined {
  const drawn = trend.series.filter(({ values }) => values.filter((value) => value !== null).length >= 2);
  const [fromMs, toMs] = [trend.atMs[0], trend.atMs.at(-1)];
  if (drawn.length === 0 || fromMs === undefined || toMs === undefined || toMs <= fromMs) return undefined;
  const painted = drawn.map((of, i) => ({ of, paint: SERIES_PAINTS[i % SERIES_PAINTS.length]! }));
  const bytes = painted.filter(({ of }) => !isCountSignal(of.signal));
  const panels: Panel[] = [
    ...(bytes.length > 0 ? [{ series: bytes, height: BYTES_HEIGHT, isBytes: true }] : []),
    ...painted
      .filter(({ of }) => isCountSignal(of.signal))
      .map((series) => ({ series: [series], height: COUNT_HEIGHT, isBytes: false })),
  ];
  const x = (ms: number) => LEFT + ((ms - fromMs) / (toMs - fromMs)) * (WIDTH - LEFT - RIGHT);
  const shapes: Shape[] = [];
  const marks = shownMarks(trend.marks, fromMs, toMs);
  let y = 0;
  panels.forEach((panel, i) => {
    y = drawLegend(shapes, panel, y) + 6;
    if (i === 0) y = drawMarkLabels(shapes, marks, x, y + 3);
    drawMarks(shapes, marks, x, y, y + panel.height);
    drawPanel(shapes, panel, trend, x, y);
    y += panel.height + GAP;
  });
  const bottom = y - GAP;
  for (const { atMs, kind, text } of marks) {
    if (kind === 'capture')
      shapes.push({ kind: 'dot', x: x(atMs), y: bottom, radius: 3.2, fill: 'ink', title: text });
  }
  drawTimes(shapes, fromMs, toMs, x, bottom);
  return {
    width: WIDTH,
    height: Math.round(bottom + AXIS_HEIGHT),
    description: `Trend of ${drawn.map(({ signal }) => SIGNAL_WORDS[signal].toLowerCase()).join(', ')}`,
    shapes,
  };
}

function drawPanel(
  shapes: Shape[],
  panel: Panel,
  trend: ReportTrend,
  x: (ms: number) => number,
  top: number,
): void {
  const bottom = top + panel.height;
  const values = panel.series.flatMap(({ of }) => of.values.filter((value) => value !== null));
  const highest = values.reduce((most, value) => Math.max(most, value), 0);
  const limits = panel.isBytes
    ? (trend.limits ?? []).filter(({ bytes }) => bytes > 0 && bytes <= highest * LIMIT_WITHIN)
    : [];
  const most = Math.max(highest, ...limits.map(({ bytes }) => bytes)) * 1.04 || 1;
  const ticks = panel.isBytes ? byteTicks(most) : countTicks(most, 3);
  const scale = Math.max(most, ticks.at(-1) ?? 0);
  const y = (value: number) => bottom - (value / scale) * panel.height;
  for (const tick of ticks) {
    shapes.push({
      kind: 'line',
      points: [
        [LEFT, y(tick)],
        [WIDTH - RIGHT, y(tick)],
      ],
      stroke: 'grid',
      width: 0.8,
    });
    const text = panel.isBytes ? formatBytes(tick) : significant(tick);
    shapes.push({
      kind: 'text',
      x: LEFT - 6,
      y: y(tick) + 3.5,
      text,
      size: FONT,
      fill: 'muted',
      anchor: 'end',
    });
  }
  for (const { name, bytes } of limits) {
    shapes.push({
      kind: 'line',
      points: [
        [LEFT, y(bytes)],
        [WIDTH - RIGHT, y(bytes)],
      ],
      stroke: 'danger',
      dash: '6 4',
    });
    const text = `limit ${name} ${formatBytes(bytes)}`;
    shapes.push({ kind: 'text', x: LEFT + 4, y: y(bytes) - 4, text, size: FONT, fill: 'danger' });
  }
  const [strongest] = panel.series;
  if (strongest && panel.isBytes) {
    for (const line of linesOf(trend.atMs, strongest.of.values)) {
      const points = line.map(([ms, value]) => [x(ms), y(value)] as const);
      const base = [[points.at(-1)![0], bottom] as const, [points[0]![0], bottom] as const];
      shapes.push({ kind: 'area', points: [...points, ...base], fill: strongest.paint, opacity: 0.1 });
    }
  }
  for (const { of, paint } of [...panel.series].reverse()) {
    for (const line of linesOf(trend.atMs, of.values)) {
      const points = line.map(([ms, value]) => [x(ms), y(value)] as const);
      if (points.length === 1)
        shapes.push({ kind: 'dot', x: points[0]![0], y: points[0]![1], radius: 2, fill: paint });
      else shapes.push({ kind: 'line', points, stroke: paint, width: of === strongest?.of ? 2 : 1.4 });
    }
  }
  const { fit } = trend;
  if (fit && panel.series.some(({ of }) => of.signal === fit.signal)) {
    const line = clipped(fit, trend.atMs[0]!, trend.atMs.at(-1)!, scale);
    if (line) {
      const points = line.map(([ms, value]) => [x(ms), y(value)] as const);
      shapes.push({ kind: 'line', points, stroke: 'ink', width: 1.4, dash: '5 3' });
    }
  }
}

/** The fitted line as far as it lies in the picture. */
function clipped(
  fit: NonNullable<ReportTrend['fit']>,
  firstMs: number,
  lastMs: number,
  scale: number,
): [number, number][] | undefined {
  const perMs = (fit.toValue - fit.fromValue) / (fit.toMs - fit.fromMs);
  if (!Number.isFinite(perMs)) return undefined;
  let [fromMs, toMs] = [Math.max(fit.fromMs, firstMs), Math.min(fit.toMs, lastMs)];
  const valueAt = (ms: number) => fit.fromValue + perMs * (ms - fit.fromMs);
  const msAt = (value: number) => fit.fromMs + (value - fit.fromValue) / perMs;
  if (perMs > 0) {
    fromMs = Math.max(fromMs, msAt(0));
    toMs = Math.min(toMs, msAt(scale));
  } else if (perMs < 0) {
    fromMs = Math.max(fromMs, msAt(scale));
    toMs = Math.min(toMs, msAt(0));
  }
  if (!(toMs > fromMs)) return undefined;
  return [
    [fromMs, valueAt(fromMs)],
    [toMs, valueAt(toMs)],
  ];
}

/** DejaVu Sans, which many a Linux shows where a page asks for sans-serif, is wider than Helvetica by so much. */
const WIDE_FACE = 1.18;

function drawLegend(shapes: Shape[], { series, isBytes }: Panel, y: number): number {
  let x = LEFT;
  let line = y + FONT;
  for (const { of, paint } of series) {
    const last = of.values.findLast((value) => value !== null) ?? 0;
    const text = `${SIGNAL_WORDS[of.signal]} ${isBytes ? formatBytes(last) : significant(last, 4)}`;
    const width = labelWidth(text, FONT) * WIDE_FACE + 34;
    if (x > LEFT && x + width > WIDTH - RIGHT) {
      x = LEFT;
      line += LEGEND_LINE;
    }
    shapes.push({ kind: 'rect', x, y: line - 7, width: 12, height: 4, fill: paint });
    shapes.push({ kind: 'text', x: x + 17, y: line, text, size: FONT, fill: 'ink' });
    x += width;
  }
  return line;
}

/** Unbroken runs of readings, no denser than the picture can show; each keeps its lowest and highest. */
function linesOf(atMs: readonly number[], values: readonly (number | null)[]): [number, number][][] {
  const lines: [number, number][][] = [];
  let line: [number, number][] = [];
  values.forEach((value, i) => {
    const ms = atMs[i];
    if (value === null || ms === undefined) {
      // One missing reading in between is bridged; a gap of more breaks the line.
      if (line.length > 0 && (values[i + 1] ?? null) === null) {
        lines.push(line);
        line = [];
      }
    } else line.push([ms, value]);
  });
  if (line.length > 0) lines.push(line);
  const total = lines.reduce((sum, { length }) => sum + length, 0);
  return total <= MAX_POINTS ? lines : lines.map((each) => thinned(each, MAX_POINTS / total));
}

function thinned(line: readonly [number, number][], share: number): [number, number][] {
  const buckets = Math.max(1, Math.floor((line.length * share) / 2));
  const kept: [number, number][] = [line[0]!];
  for (let b = 0; b < buckets; b++) {
    const part = line.slice(
      Math.floor((b * line.length) / buckets),
      Math.floor(((b + 1) * line.length) / buckets),
    );
    if (part.length === 0) continue;
    const lowest = part.reduce((a, c) => (c[1] < a[1] ? c : a));
    const highest = part.reduce((a, c) => (c[1] > a[1] ? c : a));
    kept.push(...[lowest, highest].sort((a, c) => a[0] - c[0]));
  }
  kept.push(line.at(-1)!);
  return kept;
}

function shownMarks(marks: readonly ReportMark[], fromMs: number, toMs: number): ReportMark[] {
  const within = marks.filter(({ atMs }) => atMs >= fromMs && atMs <= toMs).sort((a, b) => a.atMs - b.atMs);
  const told = within.filter(({ kind }) => kind !== 'capture').slice(0, MAX_MARKS);
  const captures = within.filter(({ kind }) => kind === 'capture');
  return [...captures.slice(0, MAX_MARKS), ...told];
}

const MARK_LINE = 13;
const MARK_LINES = 3;

/** Names above the panels, each in the first line where it fits; what fits nowhere keeps its line without a name. */
function drawMarkLabels(
  shapes: Shape[],
  marks: readonly ReportMark[],
  x: (ms: number) => number,
  top: number,
): number {
  const named = marks.filter(({ kind }) => kind !== 'capture');
  const ends = new Array<number>(MARK_LINES).fill(-Infinity);
  let lines = 0;
  const seen = new Set<string>();
  for (const mark of named) {
    const text = mark.text.length > 40 ? `${mark.text.slice(0, 39)}…` : mark.text;
    if (seen.has(text)) continue;
    const width = labelWidth(text, FONT);
    const left = Math.min(Math.max(x(mark.atMs) - 3, LEFT), WIDTH - RIGHT - width);
    const line = ends.findIndex((end) => left > end + 12);
    if (line < 0) continue;
    seen.add(text);
    ends[line] = left + width;
    lines = Math.max(lines, line + 1);
    const fill: Paint = mark.kind === 'alert' ? 'danger' : 'muted';
    shapes.push({ kind: 'text', x: left, y: top + line * MARK_LINE + FONT, text, size: FONT, fill });
  }
  return lines === 0 ? top : top + lines * MARK_LINE + 6;
}

function drawMarks(
  shapes: Shape[],
  marks: readonly ReportMark[],
  x: (ms: number) => number,
  top: number,
  bottom: number,
): void {
  for (const { atMs, kind } of marks) {
    if (kind === 'capture') continue;
    const stroke: Paint = kind === 'alert' ? 'danger' : 'muted';
    shapes.push({
      kind: 'line',
      points: [
        [x(atMs), top - 4],
        [x(atMs), bottom],
      ],
      stroke,
      dash: kind === 'alert' ? undefined : '2 3',
      width: 1,
    });
  }
}

function drawTimes(
  shapes: Shape[],
  fromMs: number,
  toMs: number,
  x: (ms: number) => number,
  bottom: number,
): void {
  const { stepMs, words } = timeSteps(toMs - fromMs);
  let lastEnd = -Infinity;
  for (let ms = Math.ceil(fromMs / stepMs) * stepMs; ms <= toMs; ms += stepMs) {
    const text = words(ms);
    const width = labelWidth(text, FONT);
    const at = Math.min(Math.max(x(ms), LEFT + width / 2), WIDTH - RIGHT - width / 2);
    if (at - width / 2 < lastEnd + 10) continue;
    lastEnd = at + width / 2;
    shapes.push({ kind: 'text', x: at, y: bottom + 16, text, size: FONT, fill: 'muted', anchor: 'middle' });
  }
  const unit = 'UTC';
  if (lastEnd < WIDTH - RIGHT - 40) {
    shapes.push({
      kind: 'text',
      x: WIDTH - RIGHT,
      y: bottom + 16,
      text: unit,
      size: FONT,
      fill: 'muted',
      anchor: 'end',
    });
  }
}

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const STEPS = [
  ...[1, 2, 5, 10, 20, 30].map((n) => n * SECOND),
  ...[1, 2, 5, 10, 20, 30].map((n) => n * MINUTE),
  ...[1, 2, 3, 6, 12].map((n) => n * HOUR),
  ...[1, 2, 7, 14, 28, 90, 365].map((n) => n * DAY),
];

function timeSteps(spanMs: number): { stepMs: number; words: (ms: number) => string } {
  const stepMs = STEPS.find((step) => spanMs / step <= 8) ?? STEPS.at(-1)!;
  const iso = (ms: number) => new Date(ms).toISOString();
  if (stepMs < MINUTE) return { stepMs, words: (ms) => iso(ms).slice(11, 19) };
  if (stepMs < 6 * HOUR) return { stepMs, words: (ms) => iso(ms).slice(11, 16) };
  if (stepMs < DAY) return { stepMs, words: (ms) => iso(ms).slice(5, 16).replace('T', ' ') };
  return { stepMs, words: (ms) => iso(ms).slice(0, 10) };
}

function byteTicks(most: number): number[] {
  const unit = 1024 ** Math.floor(Math.log2(Math.max(most, 1)) / 10);
  return countTicks(most / unit, 5).map((tick) => tick * unit);
}

/** About `count` round figures from 0 up to the first one at or above `most`. */
function countTicks(most: number, count: number): number[] {
  const rough = most / count;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 2.5, 5, 10].map((n) => n * power).find((n) => n >= rough) ?? 10 * power;
  const ticks: number[] = [];
  for (let i = 0; i * step < most + step; i++) ticks.push(i * step);
  return ticks;
}

const BARS = '▁▂▃▄▅▆▇█';
const BAR_COLUMNS = 60;

/** The trend for a reader of plain text: one line of bars a signal, from 0, with its first and last value. */
export function trendLines(trend: ReportTrend): string[] {
  return trend.series.flatMap(({ signal, values }) => {
    const known = values.filter((value) => value !== null);
    const [first, last] = [known[0], known.at(-1)];
    if (first === undefined || last === undefined) return [];
    const amount = (value: number) => (isCountSignal(signal) ? significant(value, 4) : formatBytes(value));
    return [
      `${SIGNAL_WORDS[signal].padEnd(20)} ${amount(first).padStart(9)} ${bars(trend.atMs, values)} ${amount(last)}`,
    ];
  });
}

function bars(atMs: readonly number[], values: readonly (number | null)[]): string {
  const [from, to] = [atMs[0] ?? 0, atMs.at(-1) ?? 0];
  const highest = values.reduce<number>((most, value) => Math.max(most, value ?? 0), 0) || 1;
  const columns = new Array<number | null>(Math.min(BAR_COLUMNS, Math.max(values.length, 1))).fill(null);
  values.forEach((value, i) => {
    if (value === null) return;
    const at = to > from ? ((atMs[i] ?? from) - from) / (to - from) : 0;
    const column = Math.min(columns.length - 1, Math.floor(at * columns.length));
    columns[column] = Math.max(columns[column] ?? 0, value);
  });
  return columns
    .map((value) => (value === null ? ' ' : BARS[Math.min(7, Math.floor((value / highest) * 7.999))]!))
    .join('');
}
