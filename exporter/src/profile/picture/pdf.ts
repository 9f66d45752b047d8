// SVG as a PDF of one page of its own size, in vectors: text can be searched, and it prints at any size.

import PDFDocument from 'pdfkit';
import svgToPdfKit from 'svg-to-pdfkit';

/** Largest side of a page, in points; readers refuse more (PDF 32000-1, annex C.2). */
const MAX_SIDE = 14_400;

/** @param svg as Graphviz writes it, with its size in points. */
export async function svgToPdf(svg: string): Promise<Uint8Array> {
  const size = /<svg\s[^>]*viewBox="\S+ \S+ (\S+) (\S+)"/.exec(svg);
  const [width, height] = [Number(size?.[1] ?? 612), Number(size?.[2] ?? 792)];
  const shrink = Math.min(1, MAX_SIDE / Math.max(width, height));
  const page: [number, number] = [width * shrink, height * shrink];
  const document = new PDFDocument({ size: page, margin: 0, compress: true });
  const chunks: Buffer[] = [];
  document.on('data', (chunk: Buffer) => chunks.push(chunk));
  const done = new Promise<void>((resolve, reject) => {
    document.on('end', resolve);
    document.on('error', reject);
  });
  svgToPdfKit(document, svg, 0, 0, {
    width: page[0],
    height: page[1],
    preserveAspectRatio: 'xMinYMin meet',
    // Graphviz names families that CSS falls back through; PDF readers hold Helvetica themselves.
    fontCallback: (_family, bold) => (bold ? 'Helvetica-Bold' : 'Helvetica'),
    warningCallback: () => undefined,
  });
  document.end();
  await done;
  return Buffer.concat(chunks);
}
