// The pages of a PDF report: where the next thing stands, and a new page when it does not fit.

import type { Line, StyledText, TextLayout } from './text-layout.js';

/** Points; 17 mm. */
export const PAGE_MARGIN = 48;
const HEADER_GAP = 22;
const LEADING = 1.38;

export interface ParagraphOptions {
  leading?: number;
  indent?: number;
  /** Stands in the indent of the first line. */
  bullet?: StyledText;
}

export class Page {
  y = 0;
  #isLandscape = false;
  #breakBeforeNext = false;
  #outline: { chapter: PDFKit.PDFOutline | undefined; root: PDFKit.PDFOutline };

  constructor(
    readonly document: PDFKit.PDFDocument,
    readonly layout: TextLayout,
  ) {
    this.newPage('portrait');
    this.#outline = { chapter: undefined, root: document.outline };
  }

  get left(): number {
    return PAGE_MARGIN;
  }
  get width(): number {
    return this.document.page.width - 2 * PAGE_MARGIN;
  }
  get bottom(): number {
    return this.document.page.height - PAGE_MARGIN - 6;
  }
  /** Height of an empty upright page. */
  get fullHeight(): number {
    const { width, height } = this.document.page;
    return Math.max(width, height) - 2 * PAGE_MARGIN - 12;
  }
  get isLandscape(): boolean {
    return this.#isLandscape;
  }
  get isAtTop(): boolean {
    return this.y <= PAGE_MARGIN + HEADER_GAP;
  }

  newPage(layout: 'portrait' | 'landscape'): void {
    this.#breakBeforeNext = false;
    this.#isLandscape = layout === 'landscape';
    this.document.addPage({ size: 'A4', layout, margin: 0 });
    this.y = PAGE_MARGIN + 8;
  }

  /** What comes next, if anything, stands on a new upright page. */
  newPageSoon(): void {
    this.#breakBeforeNext = true;
  }

  /** Starts a new page unless `height` points are left on this one. */
  need(height: number): void {
    if (this.#breakBeforeNext || (this.y + height > this.bottom && !this.isAtTop)) this.newPage('portrait');
  }

  space(points: number): void {
    if (!this.isAtTop) this.y += points;
  }

  rule(gap: number, color: string): void {
    this.y += gap;
    this.document
      .moveTo(this.left, this.y)
      .lineTo(this.left + this.width, this.y)
      .lineWidth(0.6)
      .strokeColor(color)
      .stroke();
  }

  paragraph(
    texts: readonly StyledText[],
    { leading = LEADING, indent = 0, bullet }: ParagraphOptions = {},
  ): void {
    const lines = this.layout.lines(texts, this.width - indent);
    lines.forEach((line, i) => {
      const height = lineHeight(line, leading);
      this.need(height);
      if (i === 0 && bullet)
        this.drawLine({ segments: this.layout.segments(bullet), width: 0 }, this.left, this.y);
      this.drawLine(line, this.left + indent, this.y);
      this.y += height;
    });
  }

  /** Draws a line with its top at `y`; returns nothing and moves nothing. */
  drawLine(line: Line, x: number, y: number): void {
    const { document } = this;
    const size = sizeOf(line);
    for (const { text, face, style, width, swatch } of line.segments) {
      let start = x;
      if (swatch !== undefined) {
        document
          .roundedRect(x, y + size * 0.32, 7, 7, 1.5)
          .fillColor(swatch)
          .fill();
        start += 11;
      }
      if (text.trim() !== '') {
        document.font(face).fontSize(style.size).fillColor(style.color);
        // The baselines of all sizes and faces of a line are one.
        document.text(text, start, y + size, { lineBreak: false, baseline: 'alphabetic' });
      }
      x += width;
    }
  }

  /** A line in the margin of the present page. */
  lineAt(edge: 'top' | 'bottom', side: 'left' | 'right', texts: readonly StyledText[]): void {
    const [line] = this.layout.lines(texts, this.width * 0.8);
    if (!line) return;
    const x = side === 'left' ? this.left : this.left + this.width - line.width;
    this.drawLine(line, x, edge === 'top' ? PAGE_MARGIN - 22 : this.document.page.height - PAGE_MARGIN + 12);
  }

  eachPage(draw: (number: number, count: number) => void): void {
    const { start, count } = this.document.bufferedPageRange();
    for (let i = 0; i < count; i++) {
      this.document.switchToPage(start + i);
      draw(i + 1, count);
    }
  }

  bookmark(title: string, level: 2 | 3): void {
    const parent = level === 3 ? this.#outline.chapter : undefined;
    const added = (parent ?? this.#outline.root).addItem(title);
    if (level === 2) this.#outline.chapter = added;
  }
}

export function lineHeight(line: Line, leading = LEADING): number {
  return sizeOf(line) * leading;
}

function sizeOf({ segments }: Line): number {
  return segments.reduce((most, { style }) => Math.max(most, style.size), 0) || 8;
}
