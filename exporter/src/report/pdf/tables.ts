// Tables, lists of facts and code on the pages of a report. A table repeats its head on every page; a row stays whole
// unless it is taller than a page.

import { lineHeight, type Page } from './page.js';
import type { Line, StyledText } from './text-layout.js';

const CELL_GAP = 10;
const ROW_PADDING = 2.6;
const FEW_ROWS = 4;

export interface TableContent {
  columns: readonly { title: StyledText[]; isRight: boolean }[];
  rows: readonly (readonly (readonly StyledText[])[])[];
  ruleColor: string;
  headRuleColor: string;
}

export function drawTable(page: Page, table: TableContent): void {
  const { columns, rows, ruleColor, headRuleColor } = table;
  const widths = columnWidths(page, table);
  const linesOf = (cells: readonly (readonly StyledText[])[]) =>
    cells.map((cell, i) => page.layout.lines(cell, widths[i] ?? 0));
  const head = linesOf(columns.map(({ title }) => title));
  const headHeight = heightOf(head);
  const drawHead = () => {
    drawRow(page, head, widths, columns);
    page.y += headHeight;
    rule(page, headRuleColor);
  };
  page.need(
    firstPieceHeight(
      page,
      headHeight,
      rows.map((cells) => heightOf(linesOf(cells))),
    ),
  );
  drawHead();
  for (const cells of rows) {
    let lines = linesOf(cells);
    for (;;) {
      const height = heightOf(lines);
      if (page.y + height <= page.bottom) {
        drawRow(page, lines, widths, columns);
        page.y += height;
        rule(page, ruleColor);
        break;
      }
      if (height <= page.fullHeight - headHeight) {
        page.newPage('portrait');
        drawHead();
        continue;
      }
      const [now, later] = splitRow(lines, page.bottom - page.y);
      if (now) {
        drawRow(page, now, widths, columns);
        lines = later;
      }
      page.newPage('portrait');
      drawHead();
    }
  }
}

/** A table that takes less than half a page is not parted; of a longer one some rows stand below its head. */
function firstPieceHeight(page: Page, headHeight: number, heights: readonly number[]): number {
  const total = headHeight + heights.reduce((sum, height) => sum + height, 0);
  if (total <= page.fullHeight / 2) return total;
  const few = heights.slice(0, FEW_ROWS).reduce((sum, height) => sum + height, 0);
  return headHeight + Math.min(few, page.fullHeight / 3);
}

function drawRow(
  page: Page,
  cells: readonly (readonly Line[])[],
  widths: readonly number[],
  columns: TableContent['columns'],
): void {
  let x = page.left;
  cells.forEach((lines, i) => {
    const width = widths[i] ?? 0;
    let y = page.y + ROW_PADDING;
    for (const line of lines) {
      page.drawLine(line, columns[i]?.isRight ? x + width - line.width : x, y);
      y += lineHeight(line);
    }
    x += width + CELL_GAP;
  });
}

function heightOf(cells: readonly (readonly Line[])[]): number {
  return (
    Math.max(0, ...cells.map((lines) => lines.reduce((sum, line) => sum + lineHeight(line), 0))) +
    2 * ROW_PADDING
  );
}

/** The lines of each cell that fit into `height`, and the rest. */
function splitRow(cells: readonly Line[][], height: number): [Line[][] | undefined, Line[][]] {
  const split = cells.map((lines) => {
    let room = height - 2 * ROW_PADDING;
    const count = lines.findIndex((line) => (room -= lineHeight(line)) < 0);
    return count < 0 ? lines.length : count;
  });
  if (Math.max(...split) === 0) return [undefined, [...cells]];
  return [cells.map((lines, i) => lines.slice(0, split[i])), cells.map((lines, i) => lines.slice(split[i]))];
}

function rule(page: Page, color: string): void {
  page.document
    .moveTo(page.left, page.y)
    .lineTo(page.left + page.width, page.y)
    .lineWidth(0.5)
    .strokeColor(color)
    .stroke();
}

/** Figures take what they need; the room that is left goes to the texts, by what they would like. */
function columnWidths(page: Page, { columns, rows }: TableContent): number[] {
  const wanted = columns.map(({ title }, i) => {
    const cells = [title, ...rows.map((row) => row[i] ?? [])].map((cell) => page.layout.widths(cell));
    return {
      whole: Math.max(8, ...cells.map(({ whole }) => whole)) + 0.5,
      word: Math.max(8, ...cells.map(({ word }) => word)) + 0.5,
    };
  });
  const room = page.width - CELL_GAP * (columns.length - 1);
  const total = wanted.reduce((sum, { whole }) => sum + whole, 0);
  if (total <= room) {
    // What is over goes to the first column of text, so that figures stand at the right edge.
    const grows = columns.findIndex(({ isRight }) => !isRight);
    return wanted.map(({ whole }, i) =>
      i === (columns.some(({ isRight }) => isRight) ? grows : -1) ? whole + room - total : whole,
    );
  }
  const fixed = wanted.map(({ whole }, i) => (columns[i]!.isRight ? whole : Math.min(whole, 62)));
  const left = room - fixed.reduce((sum, width) => sum + width, 0);
  const wishes = wanted.map(({ whole }, i) => whole - fixed[i]!);
  const wish = wishes.reduce((sum, width) => sum + width, 0);
  return fixed.map((width, i) => width + (wish > 0 ? (left * wishes[i]!) / wish : 0));
}

const NAME_WIDTH = 104;

export function drawFacts(page: Page, rows: readonly { name: StyledText[]; value: StyledText[] }[]): void {
  for (const { name, value } of rows) {
    const names = page.layout.lines(name, NAME_WIDTH);
    const values = page.layout.lines(value, page.width - NAME_WIDTH - CELL_GAP);
    values.forEach((line, i) => {
      page.need(lineHeight(line));
      const label = names[i];
      if (label) page.drawLine(label, page.left, page.y);
      page.drawLine(line, page.left + NAME_WIDTH + CELL_GAP, page.y);
      page.y += lineHeight(line);
    });
    for (const label of names.slice(values.length)) {
      page.need(lineHeight(label));
      page.drawLine(label, page.left, page.y);
      page.y += lineHeight(label);
    }
    page.y += 1.5;
  }
}

export interface CodeRow {
  text: StyledText[];
  margin: StyledText[];
  isMarked: boolean;
}

const CODE_PADDING = 7;
const CODE_LEADING = 1.35;

/** Code keeps its spaces; a line that is too long goes on below, further in. */
export function drawCode(
  page: Page,
  rows: readonly CodeRow[],
  colors: { shade: string; mark: string; border: string },
): void {
  const { document, layout } = page;
  const marginWidth = Math.max(0, ...rows.map(({ margin }) => layout.widths(margin).whole));
  const start = page.left + CODE_PADDING + (marginWidth > 0 ? marginWidth + CELL_GAP : 0);
  const room = page.left + page.width - CODE_PADDING - start;
  page.need(Math.min(rows.length, 3) * 11 + 2 * CODE_PADDING);
  let top = page.y;
  const shade = (height: number, color: string) =>
    document.rect(page.left, page.y, page.width, height).fillColor(color).fill();
  const frame = () =>
    document
      .rect(page.left, top, page.width, page.y - top)
      .lineWidth(0.5)
      .strokeColor(colors.border)
      .stroke();
  shade(CODE_PADDING, colors.shade);
  page.y += CODE_PADDING;
  for (const { text, margin, isMarked } of rows) {
    const indent = indentOf(text);
    const indentWidth = layout.widths([{ ...text[0]!, text: indent }]).whole;
    const [marginLine] = layout.lines(margin, marginWidth + 1);
    const lines = layout.lines(text, Math.max(60, room - indentWidth));
    lines.forEach((line, i) => {
      const height = lineHeight(line, CODE_LEADING);
      if (page.y + height > page.bottom) {
        frame();
        page.newPage('portrait');
        top = page.y;
      }
      shade(height + 0.3, isMarked ? colors.mark : colors.shade);
      if (i === 0 && marginLine) page.drawLine(marginLine, page.left + CODE_PADDING, page.y);
      page.drawLine(line, start + Math.min(indentWidth, room - 60) + (i > 0 ? 10 : 0), page.y);
      page.y += height;
    });
  }
  shade(CODE_PADDING, colors.shade);
  page.y += CODE_PADDING;
  frame();
}

function indentOf(text: readonly StyledText[]): string {
  return /^ */.exec(text[0]?.text ?? '')?.[0] ?? '';
}
