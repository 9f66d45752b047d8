// Text for terminals: foreign strings made harmless, cut and filled by the columns that they take; bars and sparklines.

import { stripVTControlCharacters } from 'node:util';
import stringWidth from 'string-width';

/** Characters that pictures are made of. */
export interface Glyphs {
  bar: readonly string[];
  empty: string;
  spark: readonly string[];
  ellipsis: string;
  rule: string;
}

export const UNICODE: Glyphs = {
  bar: ['▏', '▎', '▍', '▌', '▋', '▊', '▉', '█'],
  empty: '░',
  spark: ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'],
  ellipsis: '…',
  rule: '─',
};
/** For consoles without these characters in their font. */
export const ASCII: Glyphs = {
  bar: ['#'],
  empty: '.',
  spark: ['_', '.', '-', '=', '*', '#'],
  ellipsis: '...',
  rule: '-',
};

/** Old consoles of Windows and of Linux have fonts without block elements. */
export function glyphsFor(platform: string, env: Readonly<Record<string, string | undefined>>): Glyphs {
  if (platform !== 'win32') return env['TERM'] === 'linux' || env['TERM'] === 'dumb' ? ASCII : UNICODE;
  const isModern =
    env['WT_SESSION'] !== undefined ||
    env['TERM_PROGRAM'] !== undefined ||
    env['ConEmuTask'] !== undefined ||
    /^xterm|alacritty|rxvt/.test(env['TERM'] ?? '');
  return isModern ? UNICODE : ASCII;
}

/** A foreign string as one line without control characters: names in a profile may hold anything. */
export function harmless(text: string): string {
  return stripVTControlCharacters(text).replace(/[\p{Cc}\p{Cf}\u2028\u2029]/gu, '?');
}

export function widthOf(text: string): number {
  return stringWidth(text);
}

/** At most `width` columns; what is cut is marked. Text without colours only. */
export function clip(text: string, width: number, { ellipsis }: Pick<Glyphs, 'ellipsis'> = UNICODE): string {
  if (widthOf(text) <= width) return text;
  return `${take(text, Math.max(0, width - ellipsis.length))}${ellipsis}`.slice(0, Math.max(0, width));
}

/** Cut in the middle: of a path the end says more than the beginning, of a function both do. */
export function clipMiddle(
  text: string,
  width: number,
  { ellipsis }: Pick<Glyphs, 'ellipsis'> = UNICODE,
): string {
  if (widthOf(text) <= width) return text;
  const room = width - ellipsis.length;
  if (room < 4) return clip(text, width, { ellipsis });
  const head = take(text, Math.ceil(room / 3));
  const characters = [...text];
  let tail = '';
  for (let i = characters.length - 1; i >= 0; i--) {
    const next = characters[i]! + tail;
    if (widthOf(next) > room - widthOf(head)) break;
    tail = next;
  }
  return head + ellipsis + tail;
}

function take(text: string, width: number): string {
  let kept = '';
  let used = 0;
  for (const character of text) {
    const columns = widthOf(character);
    if (used + columns > width) break;
    kept += character;
    used += columns;
  }
  return kept;
}

export function padEnd(text: string, width: number): string {
  return text + ' '.repeat(Math.max(0, width - widthOf(text)));
}

export function padStart(text: string, width: number): string {
  return ' '.repeat(Math.max(0, width - widthOf(text))) + text;
}

/** Lines of at most `width` columns, broken at spaces; a word that is longer is cut into pieces. */
export function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (let word of text.split(' ')) {
    const room = line === '' ? width : width - widthOf(line) - 1;
    if (widthOf(word) <= room) {
      line = line === '' ? word : `${line} ${word}`;
      continue;
    }
    if (line !== '') lines.push(line);
    while (widthOf(word) > width) {
      const piece = take(word, width) || [...word][0]!;
      lines.push(piece);
      word = word.slice(piece.length);
    }
    line = word;
  }
  if (line !== '') lines.push(line);
  return lines;
}

/** A bar of `share` (0..1) of `width` columns, without what is empty. */
export function bar(share: number, width: number, { bar: steps }: Glyphs): string {
  const parts = Math.round(Math.min(1, Math.max(0, share)) * width * steps.length);
  const whole = Math.floor(parts / steps.length);
  const rest = parts % steps.length;
  return steps.at(-1)!.repeat(whole) + (rest > 0 ? steps[rest - 1]! : '');
}

/** A bar with what is left of its width: progress. */
export function progress(share: number, width: number, glyphs: Glyphs): string {
  const filled = Math.round(Math.min(1, Math.max(0, share)) * width);
  return glyphs.bar.at(-1)!.repeat(filled) + glyphs.empty.repeat(width - filled);
}

/** The last values at most `width` wide, from the lowest to the highest; gaps stay blank. Longer series are averaged. */
export function sparkline(values: readonly (number | null)[], width: number, { spark }: Glyphs): string {
  const columns = resample(values, width);
  const known = columns.filter((value): value is number => value !== null);
  if (known.length === 0) return '';
  const low = Math.min(...known);
  // What hardly moves shall not look like a mountain.
  const range = Math.max(Math.max(...known) - low, Math.abs(low) * 0.02, Number.MIN_VALUE);
  return columns
    .map((value) =>
      value === null
        ? ' '
        : spark[Math.min(spark.length - 1, Math.floor(((value - low) / range) * spark.length))]!,
    )
    .join('');
}

function resample(values: readonly (number | null)[], width: number): (number | null)[] {
  if (values.length <= width) return [...values];
  return Array.from({ length: width }, (_, i) => {
    const slice = values
      .slice(Math.floor((i * values.length) / width), Math.floor(((i + 1) * values.length) / width))
      .filter((value): value is number => value !== null);
    return slice.length === 0 ? null : slice.reduce((sum, value) => sum + value, 0) / slice.length;
  });
}
