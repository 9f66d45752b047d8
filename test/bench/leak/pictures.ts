// Draws the pictures of docs/verdict.md from simulated series and the detector's own functions:
//   npx tsx test/bench/leak/pictures.ts

import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { judgeSeries } from '../../../exporter/src/leak/series.js';
import { fitLoad, ratchet } from '../../../exporter/src/leak/statistics.js';
import { familiesOf, PUBLIC_SALT } from './evaluate.js';
import { makeSeries, type SeriesRecord } from './simulator.mjs';

const FOLDER = fileURLToPath(new URL('../../../docs/pictures/', import.meta.url));
const WIDTH = 720;
const HEIGHT = 220;
const PLOT = { left: 56, right: 12, top: 34, bottom: 30 };
const MIB = 2 ** 20;

interface Line {
  /** [hours, MiB] */
  points: [number, number][];
  kind: 'raw' | 'low' | 'other';
  label: string;
}
interface Mark {
  hours: number;
  label: string;
}

const STYLE = `
  text { font: 12px system-ui, sans-serif; fill: #57606a; }
  .title { font-weight: 600; fill: #1f2328; }
  .axis { stroke: #d0d7de; stroke-width: 1; fill: none; }
  .raw { stroke: #b6bcc4; stroke-width: 1; fill: none; }
  .low { stroke: #0969da; stroke-width: 2; fill: none; }
  .other { stroke: #bf6a02; stroke-width: 2; fill: none; }
  .mark { stroke: #cf222e; stroke-width: 1.5; stroke-dasharray: 4 3; }
  .mark-text { fill: #cf222e; }
  @media (prefers-color-scheme: dark) {
    text { fill: #9198a1; } .title { fill: #f0f6fc; } .axis { stroke: #3d444d; } .raw { stroke: #5b636d; }
    .low { stroke: #4493f8; } .other { stroke: #d29922; } .mark { stroke: #f85149; } .mark-text { fill: #f85149; }
  }`;

function draw(title: string, lines: Line[], marks: Mark[] = [], unit = 'MiB'): string {
  const all = lines.flatMap(({ points }) => points);
  const hours = Math.max(...all.map(([h]) => h));
  const most = Math.max(...all.map(([, v]) => v)) * 1.08;
  const x = (h: number): number => PLOT.left + (h / hours) * (WIDTH - PLOT.left - PLOT.right);
  const y = (v: number): number => HEIGHT - PLOT.bottom - (v / most) * (HEIGHT - PLOT.top - PLOT.bottom);
  const out = [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${title}">`,
    `<style>${STYLE}\n</style>`,
    `<text class="title" x="${PLOT.left}" y="16">${title}</text>`,
    `<path class="axis" d="M${PLOT.left} ${PLOT.top}V${HEIGHT - PLOT.bottom}H${WIDTH - PLOT.right}"/>`,
  ];
  for (const share of [0, 0.5, 1]) {
    const value = (share * most) / 1.08;
    out.push(`<text x="${PLOT.left - 6}" y="${y(value) + 4}" text-anchor="end">${Math.round(value)}</text>`);
    out.push(
      `<text x="${x(share * hours)}" y="${HEIGHT - 10}" text-anchor="${share === 1 ? 'end' : 'middle'}">${round(share * hours)} h</text>`,
    );
  }
  out.push(`<text x="${PLOT.left - 6}" y="${PLOT.top - 6}" text-anchor="end">${unit}</text>`);
  for (const { points, kind } of lines) {
    const path = points
      .map(([h, v], i) => `${i === 0 ? 'M' : 'L'}${x(h).toFixed(1)} ${y(v).toFixed(1)}`)
      .join('');
    out.push(`<path class="${kind}" d="${path}"/>`);
  }
  let at = WIDTH - PLOT.right;
  for (const { label, kind } of [...lines].reverse()) {
    const width = 7 * label.length + 30;
    at -= width;
    out.push(`<path class="${kind}" d="M${at} 12h18"/><text x="${at + 22}" y="16">${label}</text>`);
  }
  for (const { hours: h, label } of marks) {
    const isLate = x(h) > WIDTH - 190;
    out.push(`<path class="mark" d="M${x(h).toFixed(1)} ${PLOT.top}V${HEIGHT - PLOT.bottom}"/>`);
    out.push(
      `<text class="mark-text" x="${(x(h) + (isLate ? -5 : 5)).toFixed(1)}" y="${HEIGHT - PLOT.bottom - 8}"` +
        `${isLate ? ' text-anchor="end"' : ''}>${label}</text>`,
    );
  }
  return `${out.join('\n')}\n</svg>\n`;
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}

function series(family: string, seed: number, set: 'public' | 'own' = 'public'): SeriesRecord {
  return makeSeries(
    familiesOf(set).find(({ name }) => name === family)!,
    seed,
    PUBLIC_SALT,
  ).rec;
}

/** Column of a series as points, one a `stepSeconds`: the value as it is, or the lowest of the step. */
function points(
  record: SeriesRecord,
  name: string,
  stepSeconds: number,
  lowest: boolean,
): [number, number][] {
  const column = record.fields.indexOf(name);
  const first = record.samples[0]![0]!;
  const bins = new Map<number, number>();
  for (const row of record.samples) {
    const value = row[column];
    if (value === null || value === undefined) continue;
    const bin = Math.floor((row[0]! - first) / stepSeconds);
    const before = bins.get(bin);
    bins.set(bin, lowest && before !== undefined ? Math.min(before, value) : value);
  }
  return [...bins].map(([bin, value]) => [(bin * stepSeconds) / 3600, value / MIB]);
}

function ratcheted(of: [number, number][]): [number, number][] {
  const out = new Float64Array(of.length);
  ratchet(
    of.map(([, v]) => v),
    of.length,
    out,
  );
  return of.map(([h], i) => [h, out[i]!]);
}

function called(record: SeriesRecord): Mark[] {
  const first = record.samples[0]![0]!;
  return judgeSeries(record)
    .alerts.slice(0, 1)
    .map(([on]) => ({ hours: (on - first) / 3600, label: 'called' }));
}

function ratchetPicture(): string {
  const record = series('leak_under_sawtooth', 4);
  const low = points(record, 'heap_alloc', 900, true);
  return draw(
    'What never falls back',
    [
      { points: points(record, 'heap_alloc', 120, false), kind: 'raw', label: 'heap as sampled' },
      { points: low, kind: 'other', label: 'lowest of 15 min' },
      { points: ratcheted(low), kind: 'low', label: 'ratchet' },
    ],
    called(record),
  );
}

function loadPicture(): string {
  const record = series('leak_under_diurnal', 6);
  const low = points(record, 'private', 1800, true);
  const loads = cpuRates(record, 1800).slice(0, low.length);
  const n = Math.min(low.length, loads.length);
  const y = low.slice(0, n).map(([, v]) => v);
  const fit = fitLoad(
    low.slice(0, n).map(([h]) => h),
    loads,
    y,
    n,
  );
  const mean = loads.slice(0, n).reduce((a, b) => a + b, 0) / n;
  const adjusted = low
    .slice(0, n)
    .map(([h, v], i): [number, number] => [h, v - Math.max(0, fit.k) * (loads[i]! - mean)]);
  return draw(
    'Not explained by load',
    [
      { points: low, kind: 'other', label: 'commit, lowest of 30 min' },
      { points: adjusted, kind: 'low', label: 'what load does not explain' },
    ],
    called(record),
  );
}

function cpuRates(record: SeriesRecord, stepSeconds: number): number[] {
  const cpu = record.fields.indexOf('cpu');
  const first = record.samples[0]![0]!;
  const ends = new Map<number, number>();
  for (const row of record.samples) ends.set(Math.floor((row[0]! - first) / stepSeconds), row[cpu]!);
  let before = 0;
  return [...ends.values()].map((value) => {
    const rate = (value - before) / stepSeconds;
    before = value;
    return rate;
  });
}

function pair(title: string, first: [string, number, string], second: [string, number, string]): string {
  const lines: Line[] = [first, second].map(([family, seed, label], i) => ({
    points: ofStart(points(series(family, seed), 'private', 300, true)),
    kind: i === 0 ? 'low' : 'other',
    label,
  }));
  return draw(title, lines, called(series(first[0], first[1])), '%');
}

/** In percent of the level of the first hour. */
function ofStart(of: [number, number][]): [number, number][] {
  const start = of.find(([h]) => h > 0.25)?.[1] ?? 1;
  return of.slice(1).map(([h, v]) => [h, (100 * v) / start]);
}

function newsPicture(): string {
  const record = series('diurnal', 3);
  const low = points(record, 'private', 1800, true);
  const half = low.filter(([h]) => h < low.at(-1)![0] / 2);
  const high = Math.max(...half.map(([, v]) => v));
  return draw('Held before: no news', [
    { points: low, kind: 'low', label: 'commit, lowest of 30 min' },
    {
      points: [
        [0, high],
        [low.at(-1)![0], high],
      ],
      kind: 'raw',
      label: 'highest of the days before',
    },
  ]);
}

/** A leak after calm, with most of an hour to the limit. */
const URGENT_SEED = 10;

const PICTURES: Record<string, () => string> = {
  ratchet: ratchetPicture,
  even: () =>
    pair(
      'Even, not in one jump',
      ['leak_medium', 3, 'a leak'],
      ['step_once', 3, 'a table that is loaded once'],
    ),
  load: loadPicture,
  settling: () =>
    pair('Slowing down', ['leak_medium', 5, 'a leak'], ['lru_fill_exp', 5, 'a cache that fills']),
  news: newsPicture,
  urgency: () => {
    const whole = series('leak_within_the_hour', URGENT_SEED, 'own');
    const start = whole.fields.indexOf('start');
    const firstLife = whole.samples.filter((row) => row[start] === whole.samples[0]![start]);
    const record = { ...whole, samples: firstLife };
    const low = points(record, 'private', 60, true);
    return draw('Urgent', [{ points: low, kind: 'low', label: 'commit up to the limit' }], called(record));
  },
};

for (const [name, picture] of Object.entries(PICTURES)) writeFileSync(`${FOLDER}${name}.svg`, picture());
