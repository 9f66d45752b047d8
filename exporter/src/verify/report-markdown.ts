// The result as GitHub-flavoured Markdown: for the summary of a job, or a comment on a pull request or merge request.

import { formatBytes, formatBytesPerSecond, significant } from '../format.js';
import { levelInWords } from './channels.js';
import { perOperationInWords } from './judge.js';
import { changeInWords, placeInWords, SIGNAL_NAMES, summaryOf } from './report-text.js';
import type { VerifyResult } from './types.js';

const MOST_ROWS = 5;

export function markdownReport(result: VerifyResult): string {
  const mark = result.outcome === 'passed' ? '✅' : '❌';
  const lines = [
    `## ${mark} Leakline: ${escaped(result.service.name)}`,
    '',
    `${sentence(summaryOf(result))}`,
    '',
  ];
  for (const { message, place } of result.failures) {
    const where = place && place.file !== '' ? ` (${code(placeInWords(place))})` : '';
    lines.push(`- ${escaped(message)}${where}`);
  }
  if (result.failures.length > 0) lines.push('');
  lines.push('| signal | level | |', '|---|--:|---|');
  for (const { signal, level, unit, why } of result.channels)
    lines.push(`| ${SIGNAL_NAMES[signal]} | ${levelInWords(level, unit)} | ${escaped(why)} |`);
  if (result.operations) {
    const { count, perSecond, source } = result.operations;
    lines.push(
      `| operations | ${Math.round(count)} | ${significant(perSecond)} a second by ${escaped(source)} |`,
    );
  }
  lines.push('');
  if (result.functions.length > 0) {
    const hasOperations = result.functions.some(({ bytesPerOperation }) => bytesPerOperation !== undefined);
    const more = hasOperations ? ['per operation |', '--:|'] : ['', ''];
    lines.push(`| function | growth | share | rate | ${more[0]}`.trimEnd(), `|---|--:|--:|--:|${more[1]}`);
    for (const each of result.functions.slice(0, MOST_ROWS)) {
      const where = each.file === '' ? '' : `<br>${code(placeInWords(each))}`;
      const cells = [
        code(each.function) + where + (each.sure ? '' : ' (not sure)'),
        formatBytes(each.growthBytes),
        `${Math.round(100 * each.share)} %`,
        formatBytesPerSecond(each.growthBytesPerSecond),
      ];
      if (hasOperations)
        cells.push(each.bytesPerOperation === undefined ? '' : perOperationInWords(each.bytesPerOperation));
      lines.push(`| ${cells.join(' | ')} |`);
    }
    lines.push('');
  }
  if (result.baseline) {
    const changes = result.baseline.changes.filter(({ change }) => change !== 'unchanged');
    lines.push(`Compared with ${code(result.baseline.file)} of ${result.baseline.takenAt}:`, '');
    if (changes.length === 0) lines.push('- nothing changed');
    for (const each of changes) lines.push(`- **${each.change}**: ${escaped(changeInWords(each))}`);
    for (const note of result.baseline.notes) lines.push(`- ${escaped(note)}`);
    lines.push('');
  }
  for (const warning of result.warnings) lines.push(`> ${escaped(warning).replaceAll('\n', '<br>')}`, '');
  return `${lines.join('\n').trimEnd()}\n`;
}

function sentence(text: string): string {
  return `${text.slice(0, 1).toUpperCase()}${text.slice(1)}.`;
}

/** Text that means nothing to Markdown, HTML or a table: names come from profiles and are anybody's. */
function escaped(text: string): string {
  return text
    .replace(/[\\`*_{}[\]()#+!|~]/g, '\\$&')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;');
}

/** A code span that nothing in the text can close. */
function code(text: string): string {
  const longest = Math.max(0, ...[...text.matchAll(/`+/g)].map(([run]) => run.length));
  const fence = '`'.repeat(longest + 1);
  const padding = text.startsWith('`') || text.endsWith('`') ? ' ' : '';
  return `${fence}${padding}${text.replaceAll('|', '\\|').replaceAll('\n', ' ')}${padding}${fence}`;
}
