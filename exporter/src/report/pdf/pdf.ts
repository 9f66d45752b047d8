// A report as a PDF laid out for print: A4, text that can be searched and copied, charts in vectors, fonts embedded.

import PDFDocument from 'pdfkit';
import type { Block, Inline, ReportDocument } from '../blocks.js';
import { graphLayout, type LaidOutGraph } from '../graph.js';
import { LIGHT, pictureSvg, type Picture } from '../picture.js';
import { visible } from '../safe-text.js';
import { loadFonts, type FontSet, type FontStyle } from './fonts.js';
import { Page, PAGE_MARGIN } from './page.js';
import { drawCode, drawFacts, drawTable } from './tables.js';
import { drawSvg } from './svg.js';
import { TextLayout, type StyledText, type TextStyle } from './text-layout.js';

const BODY = 9.5;
const SIZES = { title: 19, summary: 11.5, h2: 13, h3: 10.5, small: 8 } as const;

export async function pdfReport(report: ReportDocument): Promise<Buffer> {
  const graphs = await layOutGraphs(report);
  const fonts = await loadFonts(charactersOf(report, graphs));
  const document = new PDFDocument({
    size: 'A4',
    margins: { top: PAGE_MARGIN, bottom: PAGE_MARGIN, left: PAGE_MARGIN, right: PAGE_MARGIN },
    bufferPages: true,
    autoFirstPage: false,
    compress: true,
    displayTitle: true,
    lang: 'en',
    pdfVersion: '1.7',
    info: {
      Title: visible(report.title),
      Creator: visible(report.generator),
      Producer: 'pdfkit',
      CreationDate: new Date(report.generatedAt),
    },
  });
  const chunks: Buffer[] = [];
  document.on('data', (chunk: Buffer) => chunks.push(chunk));
  const done = new Promise<void>((resolve, reject) => {
    document.on('end', resolve);
    document.on('error', reject);
  });
  for (const { id, bytes } of fonts.faces) document.registerFont(id, bytes);
  const layout = new TextLayout(fonts, (face, size, text) =>
    document.font(face).fontSize(size).widthOfString(text),
  );
  const page = new Page(document, layout);
  drawHead(page, report);
  for (const [i, block] of report.blocks.entries()) {
    drawBlock(page, block, graphs, fonts, report.blocks[i + 1]);
  }
  drawMargins(page, report);
  document.end();
  await done;
  return Buffer.concat(chunks);
}

function style(font: FontStyle, size: number, color: string = LIGHT.ink): TextStyle {
  return { font, size, color };
}

/** Inlines in the faces of the page; code is set a little smaller, since its face runs large. */
function styled(list: readonly Inline[], size = BODY, isBold = false): StyledText[] {
  return list.map(({ text, style: kind, swatch }) => {
    const shown = visible(text);
    const patch = swatch === undefined ? undefined : LIGHT[swatch];
    switch (kind) {
      case 'code':
        return { text: shown, style: style(isBold ? 'codeBold' : 'code', size * 0.92), swatch: patch };
      case 'strong':
        return { text: shown, style: style('bold', size), swatch: patch };
      case 'danger':
        return { text: shown, style: style('bold', size, LIGHT.danger), swatch: patch };
      case 'muted':
        return { text: shown, style: style('text', size, LIGHT.muted), swatch: patch };
      default:
        return { text: shown, style: style(isBold ? 'bold' : 'text', size), swatch: patch };
    }
  });
}

function drawHead(page: Page, report: ReportDocument): void {
  page.paragraph([{ text: visible(report.title), style: style('bold', SIZES.title) }], { leading: 1.2 });
  if (report.summary !== '') {
    page.space(5);
    page.paragraph([{ text: visible(report.summary), style: style('text', SIZES.summary) }]);
  }
  page.space(4);
  page.paragraph([{ text: visible(report.byline), style: style('text', SIZES.small + 0.5, LIGHT.muted) }]);
}

function drawBlock(
  page: Page,
  block: Block,
  graphs: ReadonlyMap<Block, LaidOutGraph>,
  fonts: FontSet,
  next: Block | undefined,
): void {
  switch (block.kind) {
    case 'heading': {
      const size = block.level === 2 ? SIZES.h2 : SIZES.h3;
      page.space(block.level === 2 ? 16 : 9);
      // A heading does not stand alone at the foot of a page.
      page.need(size * 1.3 + roomWith(next));
      const graph = next && graphs.get(next);
      if (graph) makeRoom(page, graph, size * 2.2);
      page.bookmark(block.text.map(({ text }) => visible(text)).join(''), block.level);
      page.paragraph(styled(block.text, size, true), { leading: 1.25 });
      if (block.level === 2) page.rule(3, LIGHT.grid);
      page.space(block.level === 2 ? 7 : 3);
      return;
    }
    case 'text':
      page.paragraph(styled(block.text));
      page.space(4);
      return;
    case 'list':
      for (const item of block.items) {
        page.paragraph(styled(item), {
          bullet: { text: '•', style: style('text', BODY, LIGHT.muted) },
          indent: 12,
        });
        page.space(3);
      }
      return;
    case 'facts':
      drawFacts(
        page,
        block.rows.map(({ name, value }) => ({
          name: [{ text: visible(name), style: style('text', BODY, LIGHT.muted) }],
          value: styled(value),
        })),
      );
      page.space(4);
      return;
    case 'table':
      drawTable(page, {
        columns: block.columns.map(({ title, align }) => ({
          title: [{ text: visible(title), style: style('bold', SIZES.small + 0.5, LIGHT.muted) }],
          isRight: align === 'right',
        })),
        rows: block.rows.map((cells) => cells.map((cell) => styled(cell, 9))),
        ruleColor: LIGHT.grid,
        headRuleColor: LIGHT.muted,
      });
      page.space(6);
      return;
    case 'code':
      drawCode(
        page,
        block.lines.map(({ text, margin, isMarked }) => ({
          text: [{ text, style: style('code', 7.8) }],
          margin: margin === undefined ? [] : [{ text: margin, style: style('code', 7.8, LIGHT.muted) }],
          isMarked: isMarked === true,
        })),
        { shade: '#f6f7f9', mark: '#ffe9d9', border: LIGHT.grid },
      );
      page.space(6);
      return;
    case 'picture':
      drawPicture(page, block.picture, block.caption, fonts);
      return;
    case 'graph': {
      const graph = graphs.get(block);
      if (graph) drawGraph(page, graph, block.caption, fonts);
      else
        page.paragraph([
          { text: 'The call graph could not be drawn.', style: style('text', BODY, LIGHT.muted) },
        ]);
    }
  }
}

/** Room that a heading asks for what comes under it. */
function roomWith(next: Block | undefined): number {
  switch (next?.kind) {
    case 'picture':
      return next.picture.height * 0.72 + 40;
    case 'graph':
      // makeRoom sees to it.
      return 0;
    case 'heading':
      return 60;
    default:
      return 48;
  }
}

function caption(page: Page, text: string): void {
  page.space(3);
  page.paragraph([{ text: visible(text), style: style('text', SIZES.small, LIGHT.muted) }]);
  page.space(4);
}

function drawPicture(page: Page, picture: Picture, text: string, fonts: FontSet): void {
  const scale = page.width / picture.width;
  page.need(picture.height * scale + 20);
  drawSvg(page.document, pictureSvg(picture, 'print'), fonts, {
    x: page.left,
    y: page.y,
    width: page.width,
    height: picture.height * scale,
  });
  page.y += picture.height * scale;
  caption(page, text);
}

/** Smaller than this the labels of a graph cannot be read. */
const LEGIBLE_SCALE = 0.45;

const CAPTION_HEIGHT = 24;
const MAX_GRAPH_SCALE = 0.9;

function graphScale({ width, height }: LaidOutGraph, roomWidth: number, roomHeight: number): number {
  return Math.min(roomWidth / width, roomHeight / height, MAX_GRAPH_SCALE);
}

/** Stays on this page where the graph fits below `above` points, else begins one, turned where that serves it. */
function makeRoom(page: Page, graph: LaidOutGraph, above: number): void {
  const here = graphScale(graph, page.width, page.bottom - page.y - CAPTION_HEIGHT - above);
  const upright = graphScale(graph, page.width, page.fullHeight - CAPTION_HEIGHT - above);
  const turned = graphScale(graph, page.fullHeight, page.width - CAPTION_HEIGHT - above);
  const isCramped = here < Math.min(0.6, Math.max(upright, turned) * 0.8) || here < LEGIBLE_SCALE;
  if (isCramped && !page.isAtTop) page.newPage(turned > upright * 1.15 ? 'landscape' : 'portrait');
}

function drawGraph(page: Page, graph: LaidOutGraph, text: string, fonts: FontSet): void {
  makeRoom(page, graph, 0);
  const scale = graphScale(graph, page.width, page.bottom - page.y - CAPTION_HEIGHT);
  const [width, height] = [graph.width * scale, graph.height * scale];
  drawSvg(page.document, graph.svg, fonts, {
    x: page.left + (page.width - width) / 2,
    y: page.y,
    width,
    height,
  });
  page.y += height;
  caption(page, text);
  if (page.isLandscape) page.newPageSoon();
}

/** Title above and page numbers below, on every page but for the title on the first. */
function drawMargins(page: Page, report: ReportDocument): void {
  const small = style('text', SIZES.small, LIGHT.muted);
  page.eachPage((number, count) => {
    if (number > 1) page.lineAt('top', 'left', [{ text: visible(report.title, 110), style: small }]);
    page.lineAt('bottom', 'left', [{ text: visible(report.byline), style: small }]);
    page.lineAt('bottom', 'right', [{ text: `Page ${number} of ${count}`, style: small }]);
  });
}

async function layOutGraphs(report: ReportDocument): Promise<Map<Block, LaidOutGraph>> {
  const graphs = new Map<Block, LaidOutGraph>();
  for (const block of report.blocks) {
    const graph = block.kind === 'graph' ? await graphLayout(block.dot) : undefined;
    if (graph) graphs.set(block, graph);
  }
  return graphs;
}

/** Every character of the report, by the style that it may stand in. */
function charactersOf(
  report: ReportDocument,
  graphs: ReadonlyMap<Block, LaidOutGraph>,
): Record<FontStyle, Set<string>> {
  const used: Record<FontStyle, Set<string>> = {
    text: new Set(ASCII),
    bold: new Set(ASCII),
    code: new Set(ASCII),
    codeBold: new Set(ASCII),
  };
  const add = (font: FontStyle, text: string) => {
    for (const char of visible(text, Infinity)) used[font].add(char);
  };
  const addInlines = (list: readonly Inline[], isBold = false) => {
    for (const { text, style: font } of styled(list, BODY, isBold)) add(font.font, text);
  };
  add('bold', report.title);
  add('text', `${report.title}${report.summary}${report.byline}•`);
  for (const block of report.blocks) {
    switch (block.kind) {
      case 'heading':
        addInlines(block.text, true);
        break;
      case 'text':
        addInlines(block.text);
        break;
      case 'list':
        block.items.forEach((item) => addInlines(item));
        break;
      case 'facts':
        for (const { name, value } of block.rows) {
          add('text', name);
          addInlines(value);
        }
        break;
      case 'table':
        for (const { title } of block.columns) add('bold', title);
        block.rows.flat().forEach((cell) => addInlines(cell));
        break;
      case 'code':
        for (const { text, margin } of block.lines) add('code', text + (margin ?? ''));
        break;
      case 'picture':
        for (const shape of block.picture.shapes) {
          if (shape.kind === 'text') add(shape.bold === true ? 'bold' : 'text', shape.text);
        }
        add('text', block.caption);
        break;
      case 'graph':
        add('text', block.caption + (graphs.get(block)?.svg ?? ''));
    }
  }
  return used;
}

const ASCII = Array.from({ length: 95 }, (_, i) => String.fromCharCode(32 + i));
