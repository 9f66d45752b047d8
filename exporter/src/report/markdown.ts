// A report as GitHub-flavoured Markdown: for issues, pull requests and the summary of a CI job. Pictures are told in
// characters, since such places show no embedded ones.

import type { Block, Inline, ReportDocument } from './blocks.js';
import { escapeMarkdown, escapeMarkdownLine, markdownCode, markdownFence } from './escape.js';
import { visible } from './safe-text.js';

export function markdownReport(report: ReportDocument): string {
  const parts = [
    `# ${text(report.title)}`,
    ...(report.summary === '' ? [] : [line(report.summary)]),
    `*${text(report.byline)}*`,
    ...report.blocks.map(blockText).filter((block) => block !== ''),
  ];
  return `${parts.join('\n\n')}\n`;
}

function blockText(block: Block): string {
  switch (block.kind) {
    case 'heading':
      return `${'#'.repeat(block.level)} ${inlines(block.text)}`;
    case 'text':
      return paragraph(block.text);
    case 'facts':
      return table(
        [{ title: '' }, { title: '' }],
        block.rows.map(({ name, value }) => [[{ text: name }], value]),
      );
    case 'table':
      return table(block.columns, block.rows);
    case 'list':
      return block.items.map((item) => `- ${paragraph(item)}`).join('\n');
    case 'code': {
      const widest = Math.max(0, ...block.lines.map(({ margin }) => margin?.length ?? 0));
      const lines = block.lines.map(({ text, margin, isMarked }) =>
        margin === undefined ? text : `${isMarked ? '>' : ' '}${margin.padEnd(widest)} | ${text}`.trimEnd(),
      );
      return fenced(lines, block.language === 'go' ? 'text' : block.language);
    }
    case 'picture':
      return block.plain.length === 0
        ? line(block.caption)
        : `${fenced(block.plain, 'text')}\n\n${line(block.caption)}`;
    case 'graph':
      return line(
        `${block.caption} The graph itself is in the HTML and PDF forms of this report, and in "leakline pprof svg".`,
      );
  }
}

function fenced(lines: readonly string[], language: string): string {
  const fence = markdownFence(lines);
  return `${fence}${language}\n${lines.join('\n')}\n${fence}`;
}

function table(
  columns: readonly { title: string; align?: 'right' }[],
  rows: readonly (readonly (readonly Inline[])[])[],
): string {
  const row = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [
    row(columns.map(({ title }) => text(title))),
    row(columns.map(({ align }) => (align === 'right' ? '---:' : '---'))),
    ...rows.map((cells) => row(cells.map((cell) => inlines(cell, true)))),
  ].join('\n');
}

/** Inlines at the beginning of a line. */
function paragraph(list: readonly Inline[]): string {
  const [first, ...rest] = list;
  if (first?.style !== undefined && first.style !== 'muted') return inlines(list);
  return `${first ? line(first.text) : ''}${inlines(rest)}`;
}

function inlines(list: readonly Inline[], inTable = false): string {
  return list
    .map(({ text: raw, style }) => {
      const shown = visible(raw);
      if (style === 'code') return markdownCode(shown, inTable);
      const escaped = escapeMarkdown(shown);
      if (style !== 'strong' && style !== 'danger') return escaped;
      // A space inside of the stars would leave them as they are.
      const [, before = '', body = '', after = ''] = /^(\s*)(.*?)(\s*)$/s.exec(escaped) ?? [];
      return body === '' ? escaped : `${before}**${body}**${after}`;
    })
    .join('');
}

function line(raw: string): string {
  return escapeMarkdownLine(visible(raw));
}

function text(raw: string): string {
  return escapeMarkdown(visible(raw));
}
