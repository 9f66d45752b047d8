// A report as one HTML file: no script, nothing loaded from anywhere, light and dark as the reader's system is set,
// fit for print.

import { createHash } from 'node:crypto';
import type { Block, CodeLine, Inline, ReportDocument } from './blocks.js';
import { escapeXml } from './escape.js';
import { GRAPH_STYLE, inlineGraph } from './graph.js';
import { REPORT_STYLE } from './html-style.js';
import { PICTURE_STYLE, pictureSvg } from './picture.js';
import { visible } from './safe-text.js';

export async function htmlReport(report: ReportDocument): Promise<string> {
  const body: string[] = [];
  for (const block of report.blocks) body.push(await blockHtml(block));
  const style = `${REPORT_STYLE}${PICTURE_STYLE}${GRAPH_STYLE}`;
  const digest = createHash('sha256').update(style).digest('base64');
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'sha256-${digest}'; base-uri 'none'; form-action 'none'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="generator" content="${attribute(report.generator)}">
<title>${text(report.title)}</title>
<style>${style}</style>
</head>
<body>
<main>
<header>
<h1>${text(report.title)}</h1>
${report.summary === '' ? '' : `<p class="summary">${text(report.summary)}</p>\n`}<p class="byline">${text(report.byline)}</p>
</header>
${body.join('\n')}
</main>
</body>
</html>
`;
}

async function blockHtml(block: Block): Promise<string> {
  switch (block.kind) {
    case 'heading':
      return `<h${block.level}>${inlines(block.text)}</h${block.level}>`;
    case 'text':
      return `<p>${inlines(block.text)}</p>`;
    case 'facts':
      return `<dl>\n${block.rows.map(({ name, value }) => `<div><dt>${text(name)}</dt><dd>${inlines(value)}</dd></div>`).join('\n')}\n</dl>`;
    case 'table': {
      const align = (i: number) => (block.columns[i]?.align === 'right' ? ' class="right"' : '');
      const head = block.columns
        .map(({ title }, i) => `<th scope="col"${align(i)}>${text(title)}</th>`)
        .join('');
      const rows = block.rows.map(
        (cells) => `<tr>${cells.map((cell, i) => `<td${align(i)}>${inlines(cell)}</td>`).join('')}</tr>`,
      );
      return `<div class="scroll"><table>\n<thead><tr>${head}</tr></thead>\n<tbody>\n${rows.join('\n')}\n</tbody>\n</table></div>`;
    }
    case 'list':
      return `<ul>\n${block.items.map((item) => `<li>${inlines(item)}</li>`).join('\n')}\n</ul>`;
    case 'code':
      return `<pre><code>${block.lines.map(codeLine).join('\n')}</code></pre>`;
    case 'picture':
      return figure(pictureSvg(block.picture, 'classes'), block.caption);
    case 'graph': {
      const svg = await inlineGraph(block.dot);
      return svg === undefined
        ? `<p class="muted">The call graph could not be drawn.</p>`
        : figure(`<div class="graph">${svg}</div>`, block.caption);
    }
  }
}

function figure(svg: string, caption: string): string {
  return `<figure>\n${svg}\n<figcaption>${text(caption)}</figcaption>\n</figure>`;
}

function codeLine({ text: line, margin, isMarked }: CodeLine): string {
  const before = margin === undefined ? '' : `<span class="margin">${escapeXml(margin.padEnd(18))}</span>`;
  const whole = `${before}${escapeXml(line)}`;
  return isMarked === true ? `<mark>${whole}</mark>` : whole;
}

function inlines(list: readonly Inline[]): string {
  return list
    .map(({ text: raw, style, swatch }) => {
      const patch = swatch === undefined ? '' : `<span class="swatch b-${swatch}"></span>`;
      const shown = text(raw);
      switch (style) {
        case 'strong':
          return `${patch}<strong>${shown}</strong>`;
        case 'code':
          return `${patch}<code>${breakable(shown)}</code>`;
        case 'muted':
          return `${patch}<span class="muted">${shown}</span>`;
        case 'danger':
          return `${patch}<strong class="danger">${shown}</strong>`;
        default:
          return patch + shown;
      }
    })
    .join('');
}

/** Long names of functions and files may break behind their separators. */
function breakable(escaped: string): string {
  return escaped.replace(/(?<=[\w\])])([/.](?=[\w(*]))/g, '$1<wbr>');
}

function text(raw: string): string {
  return escapeXml(visible(raw));
}

const attribute = text;
