// Escaping for the forms that a report is written in.

const XML: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };

/** For text and for quoted attributes of XML and HTML. */
export function escapeXml(text: string): string {
  return text.replace(/[&<>"']/g, (char) => XML[char]!);
}

/**
 * For running text of GitHub-flavoured Markdown: no emphasis, links, HTML, tables, headings, formulas or addresses come
 * of it, and nobody is notified: mentions and references are looked for in the text of the finished page, where the
 * comment parts them.
 */
export function escapeMarkdown(text: string): string {
  return text
    .replace(/[\\`*_[\]|~$^]/g, '\\$&')
    .replace(/&/g, '&amp;')
    .replace(/</g, '&lt;')
    .replace(/>/g, '&gt;')
    .replace(/[@#](?=[\w-])/g, '$&<!-- -->')
    .replace(/:(?=\/\/)/g, '&#58;')
    .replace(/\bwww\./gi, (www) => `${www.slice(0, 3)}&#46;`);
}

/** The same where a line begins: no list, heading or rule comes of it. */
export function escapeMarkdownLine(text: string): string {
  return escapeMarkdown(text)
    .replace(/^(\s*)([-+=#])/, '$1\\$2')
    .replace(/^(\s*\d+)([.)])/, '$1\\$2');
}

/** A code span; `inTable` because a bar ends a cell even there. */
export function markdownCode(text: string, inTable = false): string {
  if (text === '') return '';
  const longest = Math.max(0, ...[...text.matchAll(/`+/g)].map(([run]) => run.length));
  const fence = '`'.repeat(longest + 1);
  const space = /^`|`$|^ .* $/.test(text) ? ' ' : '';
  const body = inTable ? text.replaceAll('|', '\\|') : text;
  return `${fence}${space}${body}${space}${fence}`;
}

/** A fence that nothing within ends. */
export function markdownFence(lines: readonly string[]): string {
  const longest = Math.max(
    2,
    ...lines.flatMap((line) => [...line.matchAll(/`+/g)].map(([run]) => run.length)),
  );
  return '`'.repeat(longest + 1);
}
