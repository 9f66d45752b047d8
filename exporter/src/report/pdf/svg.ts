// SVG of our own and of Graphviz on the page of a report, in vectors. svg-to-pdfkit sets a text in one face; texts
// that need several are parted into spans first.

import svgToPdfKit from 'svg-to-pdfkit';
import { escapeXml } from '../escape.js';
import type { FontSet } from './fonts.js';
import { known } from './text-layout.js';

export function drawSvg(
  document: PDFKit.PDFDocument,
  svg: string,
  fonts: FontSet,
  at: { x: number; y: number; width: number; height: number },
): void {
  const faces = new Set(fonts.faces.map(({ id }) => id));
  const fallback = fonts.faceOf('text', 'a') ?? fonts.faces[0]!.id;
  svgToPdfKit(document, withSpans(svg, fonts), at.x, at.y, {
    width: at.width,
    height: at.height,
    preserveAspectRatio: 'xMidYMin meet',
    fontCallback: (family) => (faces.has(family) ? family : fallback),
    warningCallback: () => undefined,
  });
}

function withSpans(svg: string, fonts: FontSet): string {
  return svg.replace(/<text\b([^>]*)>([^<]*)<\/text>/g, (_, attributes: string, content: string) => {
    const style = attributes.includes('font-weight="bold"') ? 'bold' : 'text';
    const spans: { face: string; text: string }[] = [];
    for (const char of known(unescapeXml(content), style, fonts)) {
      const face = fonts.faceOf(style, char) ?? '';
      const last = spans.at(-1);
      if (last?.face === face) last.text += char;
      else spans.push({ face, text: char });
    }
    const rest = attributes.replace(/ (?:font-family|font-weight|xml:space)="[^"]*"/g, '');
    const body = spans
      .map(({ face, text }) => `<tspan font-family="${face}">${escapeXml(text)}</tspan>`)
      .join('');
    return `<text xml:space="preserve"${rest}>${body}</text>`;
  });
}

function unescapeXml(text: string): string {
  return text
    .replace(/&#(\d{1,7});/g, (whole, code: string) => fromCode(Number(code), whole))
    .replace(/&#x([\da-f]{1,6});/gi, (whole, code: string) => fromCode(Number.parseInt(code, 16), whole))
    .replaceAll('&#39;', "'")
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&quot;', '"')
    .replaceAll('&amp;', '&');
}

function fromCode(code: number, otherwise: string): string {
  return code <= 0x10ffff ? String.fromCodePoint(code) : otherwise;
}
