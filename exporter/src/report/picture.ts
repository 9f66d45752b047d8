// Pictures of a report as shapes, and as SVG: with classes for a page that follows the reader's light or dark theme,
// or with fixed colours for print.

import { PART_COLORS } from '../part-colors.js';
import { textWidth } from '../profile/picture/text-width.js';
import type { MemoryPart } from '../signals.js';
import { escapeXml } from './escape.js';
import { visible } from './safe-text.js';

export type Paint =
  'ink' | 'muted' | 'grid' | 'paper' | 'accent' | 'second' | 'third' | 'fourth' | 'danger' | MemoryPart;

export type Shape =
  | {
      kind: 'line';
      points: readonly (readonly [number, number])[];
      stroke: Paint;
      width?: number;
      dash?: string;
    }
  | { kind: 'area'; points: readonly (readonly [number, number])[]; fill: Paint; opacity?: number }
  | { kind: 'rect'; x: number; y: number; width: number; height: number; fill: Paint; title?: string }
  | { kind: 'dot'; x: number; y: number; radius: number; fill: Paint; title?: string }
  | {
      kind: 'text';
      x: number;
      y: number;
      text: string;
      size: number;
      fill: Paint;
      anchor?: 'middle' | 'end';
      bold?: boolean;
    };

export interface Picture {
  width: number;
  height: number;
  /** What it shows, for who cannot see it. */
  description: string;
  shapes: Shape[];
}

type Palette = Record<Paint, string>;

export const LIGHT: Palette = {
  ink: '#1f2328',
  muted: '#59636e',
  grid: '#d8dce1',
  paper: '#ffffff',
  accent: '#d1541b',
  second: '#3d76d6',
  third: '#8250b5',
  fourth: '#2f8f7c',
  danger: '#b42318',
  ...PART_COLORS.light,
};

export const DARK: Palette = {
  ink: '#e3e6ea',
  muted: '#9aa4af',
  grid: '#363c44',
  paper: '#16191d',
  accent: '#f2884b',
  second: '#6ea3f5',
  third: '#b98ae0',
  fourth: '#4fae9b',
  danger: '#ff7b72',
  ...PART_COLORS.dark,
};

const PAINTS = Object.keys(LIGHT) as Paint[];

/** Style rules that the SVG with classes rests on. */
export const PICTURE_STYLE = PAINTS.map(
  (paint) =>
    `.f-${paint}{fill:var(--${paint})}.s-${paint}{stroke:var(--${paint})}.b-${paint}{background:var(--${paint})}`,
).join('');

export function paletteVariables(palette: Palette): string {
  return PAINTS.map((paint) => `--${paint}:${palette[paint]}`).join(';');
}

/** Width of a text of a picture; the faces in use are narrower than Helvetica, which this is of. */
export function labelWidth(text: string, size: number): number {
  return textWidth(text, size);
}

/** @param colours 'classes' for a page with PICTURE_STYLE, 'print' for fixed light ones. */
export function pictureSvg(picture: Picture, colours: 'classes' | 'print'): string {
  const { width, height, description, shapes } = picture;
  const stroke = (paint: Paint) => (colours === 'print' ? `stroke="${LIGHT[paint]}"` : `class="s-${paint}"`);
  const fill = (paint: Paint) => (colours === 'print' ? `fill="${LIGHT[paint]}"` : `class="f-${paint}"`);
  const body = shapes.map((shape) => {
    switch (shape.kind) {
      case 'line':
        return `<polyline points="${points(shape.points)}" fill="none" ${stroke(shape.stroke)} stroke-width="${shape.width ?? 1}"${shape.dash ? ` stroke-dasharray="${shape.dash}"` : ''} stroke-linejoin="round"/>`;
      case 'area':
        return `<polygon points="${points(shape.points)}" ${fill(shape.fill)} fill-opacity="${shape.opacity ?? 1}"/>`;
      case 'rect':
        return `<rect x="${fixed(shape.x)}" y="${fixed(shape.y)}" width="${fixed(shape.width)}" height="${fixed(shape.height)}" ${fill(shape.fill)}${titled('rect', shape.title)}`;
      case 'dot':
        return `<circle cx="${fixed(shape.x)}" cy="${fixed(shape.y)}" r="${shape.radius}" ${fill(shape.fill)}${titled('circle', shape.title)}`;
      case 'text':
        return `<text x="${fixed(shape.x)}" y="${fixed(shape.y)}" font-size="${shape.size}" ${fill(shape.fill)}${shape.anchor ? ` text-anchor="${shape.anchor}"` : ''}${shape.bold ? ' font-weight="bold"' : ''}>${escapeXml(visible(shape.text))}</text>`;
    }
  });
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" ` +
    `role="img" aria-label="${escapeXml(visible(description))}" font-family="sans-serif">\n${body.join('\n')}\n</svg>`
  );
}

function titled(element: string, title: string | undefined): string {
  return title === undefined ? '/>' : `><title>${escapeXml(visible(title))}</title></${element}>`;
}

function points(list: readonly (readonly [number, number])[]): string {
  return list.map(([x, y]) => `${fixed(x)},${fixed(y)}`).join(' ');
}

function fixed(value: number): string {
  return String(Math.round(value * 10) / 10);
}
