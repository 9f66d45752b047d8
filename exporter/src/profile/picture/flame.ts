// The flame graph as a self-contained SVG and HTML page: callers above callees, boxes as wide as what they hold. In a
// diff they are as wide as what grew, in absolute bytes, so that a small function that doubled does not look like
// the leak.

import type { FlameGraph } from '../report/flame-graph.js';
import { shortName } from '../report/short-name.js';
import { autoLabel, percentage } from '../report/units.js';
import { FLAME_SCRIPT, FLAME_STYLE } from './flame-assets.js';

/** Height of a row, in pixels. */
const ROW = 19;
/** Boxes narrower than this share of the whole (in percent) cannot be seen: a third of a pixel of a wide screen. */
const MIN_PERCENT = 0.02;
/** Hues of packages, in degrees: warm ones for code, as flame graphs are drawn. */
const HUES = { start: 8, range: 50 };

interface Box {
  level: number;
  /** In percent of the whole. */
  x: number;
  width: number;
  label: string;
  title: string;
  color: string;
}

/** The picture alone. It is as wide as its place; a click zooms. */
export function flameSvg(flame: FlameGraph): string {
  const { boxes, depth } = layOutFlame(flame);
  const height = (depth + 1) * ROW;
  const parts = boxes.map(
    ({ level, x, width, label, title, color }) =>
      `<svg class="f" x="${round(x)}%" y="${level * ROW}" width="${round(width)}%" height="${ROW - 1}" ` +
      `data-x="${round(x)}" data-w="${round(width)}" data-l="${level}"><title>${escapeXml(title)}</title>` +
      `<rect width="100%" height="100%" fill="${color}"/>` +
      `${width > 0.4 ? `<text x="4" y="13">${escapeXml(label)}</text>` : ''}</svg>`,
  );
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" class="leakline-flame" width="100%" height="${height}">\n` +
    `<style>${FLAME_STYLE}</style>\n${parts.join('\n')}\n` +
    `<script type="text/javascript"><![CDATA[${FLAME_SCRIPT}]]></script>\n</svg>\n`
  );
}

/** A page around the picture, with search. Needs nothing from elsewhere. */
export function flamePage(flame: FlameGraph): string {
  const what = flame.diff ? 'Growth' : 'Flame graph';
  const { total } = layOutFlame(flame);
  const dropped =
    flame.droppedPaths > 0
      ? ` The ${flame.droppedPaths} paths that hold least are left out, with what lies below them.`
      : '';
  const about = flame.diff
    ? `Boxes are as wide as what grew below them: ${autoLabel(total, flame.unit)} in all.`
    : `${autoLabel(total, flame.unit)} in all.`;
  const title = `${what}: ${escapeXml(flame.sampleType)}`;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${title}</title>
<style>
body{margin:16px;font:14px system-ui,sans-serif;background:#fff;color:#1f2226}
h1{font-size:18px;margin:0 0 4px}
p{margin:0 0 12px;color:#5b5f66}
form{display:flex;gap:8px;margin:0 0 12px}
input,button{font:inherit;padding:4px 8px;border:1px solid #9da0a6;border-radius:4px;background:inherit;color:inherit}
input{flex:0 1 320px}
output{align-self:center;color:#5b5f66}
@media (prefers-color-scheme:dark){body{background:#181b1f;color:#d8d9da}p,output{color:#9da0a6}}
</style>
</head>
<body>
<h1>${title}</h1>
<p>${about}${dropped} A click on a box zooms in, on the root or Escape out.</p>
<form class="leakline-search"><input type="search" placeholder="Search functions" aria-label="Search functions"><button type="reset">Reset</button><output></output></form>
${flameSvg(flame)}</body>
</html>
`;
}

interface Layout {
  boxes: Box[];
  depth: number;
  /** What the root is as wide as. */
  total: number;
}

function layOutFlame(flame: FlameGraph): Layout {
  const widths = widthsOf(flame);
  const total = widths[0] ?? 0;
  const boxes: Box[] = [];
  let depth = 0;
  // Where the next child of each level starts.
  const next: number[] = [0];
  for (let i = 0; i < flame.level.length; i++) {
    const level = flame.level[i]!;
    const x = next[level]!;
    const width = total === 0 ? (i === 0 ? 100 : 0) : (widths[i]! / total) * 100;
    next[level] = x + width;
    next[level + 1] = x;
    if (width < MIN_PERCENT) continue;
    depth = Math.max(depth, level);
    boxes.push({
      level,
      x,
      width,
      label: shortName(flame.label[i]!, 'go1.26'),
      title: titleOf(flame, i),
      color: colorOf(flame, i),
    });
  }
  return { boxes, depth, total };
}

/** What each box is as wide as: its value, or in a diff the sum of what grew in it and below. */
function widthsOf(flame: FlameGraph): number[] {
  if (!flame.diff) return flame.value.map((value) => Math.max(0, value));
  const widths = flame.diff.growthSelf.map((growth) => Math.max(0, growth));
  // Depth first, callers first: from the end, every path is complete before it is added to its caller.
  const callers: number[] = [];
  const callerOf = flame.level.map((level, i) => {
    callers[level] = i;
    return level === 0 ? -1 : callers[level - 1]!;
  });
  for (let i = widths.length - 1; i > 0; i--) widths[callerOf[i]!]! += widths[i]!;
  return widths;
}

function titleOf(flame: FlameGraph, i: number): string {
  const amount = (value: number) => autoLabel(value, flame.unit);
  const name = flame.label[i]! + (flame.inline[i] ? ' (inline)' : '');
  const lines = [name];
  if (flame.file[i]) lines.push(flame.file[i]!);
  if (flame.diff) {
    const growth = flame.diff.growth[i]!;
    const base = flame.diff.base?.[i];
    lines.push(`growth ${growth > 0 ? '+' : ''}${amount(growth)}`);
    if (base !== undefined) lines.push(`${amount(base)} before, ${amount(flame.value[i]!)} now`);
  } else {
    lines.push(`${amount(flame.value[i]!)} (${percentage(flame.value[i]!, flame.total).trim()})`);
    lines.push(`${amount(flame.self[i]!)} itself`);
  }
  return lines.join('\n');
}

function colorOf(flame: FlameGraph, i: number): string {
  if (i === 0) return 'var(--root)';
  if (flame.diff) {
    // The stronger, the larger the part of it that is new.
    const growth = Math.max(0, flame.diff.growth[i]!);
    const share = growth / Math.max(1, growth + Math.max(0, flame.diff.base?.[i] ?? 0));
    return `hsl(4 ${Math.round(25 + 60 * share)}% var(--light))`;
  }
  return `hsl(${hueOf(packageOf(flame.label[i]!))} 75% var(--light))`;
}

/** "net/http.(*conn).serve" is of "net/http". */
function packageOf(name: string): string {
  const slash = name.lastIndexOf('/');
  const dot = name.indexOf('.', slash + 1);
  return dot < 0 ? name : name.slice(0, dot);
}

function hueOf(text: string): number {
  let hash = 0;
  for (let i = 0; i < text.length; i++) hash = (Math.imul(hash, 31) + text.charCodeAt(i)) | 0;
  return HUES.start + ((hash >>> 0) % HUES.range);
}

function round(percent: number): string {
  return percent.toFixed(4).replace(/\.?0+$/, '');
}

function escapeXml(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replace(/[^\P{Cc}\n\t]/gu, '\uFFFD');
}
