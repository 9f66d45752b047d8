// The result for people, as plain text: what was seen, what fails, where to look. Colours only where asked for.

import { createColors } from 'picocolors';
import { formatBytes, formatBytesPerSecond, formatDuration, significant } from '../format.js';
import { levelInWords } from './channels.js';
import { perOperationInWords } from './judge.js';
import type { BaselineChange, ChannelResult, FunctionResult, Place, VerifyResult } from './types.js';
import { printable } from './words.js';

/** Functions that are listed. */
const MOST_ROWS = 5;
const STACK_FRAMES = 4;

export const SIGNAL_NAMES: Record<ChannelResult['signal'], string> = {
  live_heap: 'live heap',
  goroutines: 'goroutines',
  non_go: 'outside of Go',
};

export function textReport(result: VerifyResult, { colours = false } = {}): string {
  const c = createColors(colours);
  const isPassed = result.outcome === 'passed';
  const lines: string[] = [];
  const title = isPassed ? c.green(c.bold('PASSED')) : c.red(c.bold('FAILED'));
  lines.push(`${title}  ${printable(result.service.name)}: ${summaryOf(result)}`, '');
  for (const { message, place } of result.failures) {
    lines.push(`${c.red('✗')} ${printable(message)}`);
    if (place && place.file !== '') lines.push(`  ${c.dim('at')} ${placeInWords(place)}`);
  }
  if (result.failures.length > 0) lines.push('');
  for (const channel of result.channels) {
    const name = SIGNAL_NAMES[channel.signal].padEnd(14);
    lines.push(`  ${name} ${levelInWords(channel.level, channel.unit).padStart(9)}  ${channel.why}`);
  }
  if (result.operations) {
    const { count, perSecond, source } = result.operations;
    const heap = result.channels.find(({ signal }) => signal === 'live_heap');
    const kept = heap?.state === 'growing' ? `, ${perOperationInWords(heap.perSecond / perSecond)} kept` : '';
    lines.push(
      `  ${'operations'.padEnd(14)} ${String(Math.round(count)).padStart(9)}  ${significant(perSecond)} a second by ${printable(source)}${kept}`,
    );
  }
  if (result.functions.length > 0) {
    lines.push('', isPassed ? 'Functions that grew:' : 'Functions that hold the growth:');
    for (const each of result.functions.slice(0, MOST_ROWS)) lines.push(...functionLines(each, c));
  }
  if (
    result.goroutines.length > 0 &&
    result.channels.some(({ signal, failed }) => failed && signal === 'goroutines')
  ) {
    lines.push('', 'Goroutines that pile up:');
    for (const group of result.goroutines) {
      const from = group.createdBy
        ? `${printable(group.createdBy.function)}  ${placeInWords(group.createdBy)}`
        : '?';
      lines.push(`  ${group.firstCount} → ${group.lastCount}  started by ${from}`);
      if (group.blockedAt)
        lines.push(
          `      ${group.state === '' ? 'waiting' : printable(group.state)} in ${printable(group.blockedAt.function)}  ${c.dim(placeInWords(group.blockedAt))}`,
        );
    }
  }
  if (result.baseline) {
    lines.push('', `Compared with ${printable(result.baseline.file)} of ${result.baseline.takenAt}:`);
    const changes = result.baseline.changes.filter(({ change }) => change !== 'unchanged');
    if (changes.length === 0) lines.push('  nothing changed');
    for (const each of changes) lines.push(`  ${changeMark(each, c)} ${changeInWords(each)}`);
    for (const note of result.baseline.notes) lines.push(`  ${c.dim(note)}`);
  }
  for (const warning of result.warnings) lines.push('', `${c.yellow('!')} ${warning}`);
  return `${lines.join('\n').trimEnd()}\n`;
}

/** "a leak, 12 readings in 3 min" — one line without the name. */
export function summaryOf(result: VerifyResult): string {
  const watched = `watched for ${formatDuration(result.watchedSeconds)}, ${result.readings} readings`;
  const extended = result.extended ? ', longer than told to be sure' : '';
  const count = result.failures.length;
  const verdict =
    result.outcome === 'passed' ? 'no leak' : count === 1 ? '1 limit exceeded' : `${count} limits exceeded`;
  const isLeak = result.failures.some(({ kind }) => kind.endsWith('_leak'));
  return `${isLeak ? 'a leak' : verdict} (${watched}${extended})`;
}

export function placeInWords({ file, line }: Pick<Place, 'file' | 'line'>): string {
  if (file === '') return '';
  return printable(line === 0 ? file : `${file}:${line}`);
}

function functionLines(each: FunctionResult, c: ReturnType<typeof createColors>): string[] {
  const perOperation =
    each.bytesPerOperation === undefined ? '' : `  ${perOperationInWords(each.bytesPerOperation)}`;
  const unsure = each.sure ? '' : c.dim('  (not sure)');
  const share = `${Math.round(100 * each.share)} %`.padStart(5);
  const lines = [
    `  ${formatBytes(each.growthBytes).padStart(9)} ${share}  ${c.bold(printable(each.function))}  ${formatBytesPerSecond(each.growthBytesPerSecond)}${perOperation}${unsure}`,
    `      ${c.dim(placeInWords(each))}`,
  ];
  for (const frame of each.stack.slice(0, STACK_FRAMES))
    lines.push(`      ${c.dim(`· ${printable(frame)}`)}`);
  return lines;
}

function changeMark({ change }: BaselineChange, c: ReturnType<typeof createColors>): string {
  const mark = change.padEnd(9);
  return change === 'fixed' || change === 'improved' ? c.green(mark) : c.red(mark);
}

/** "cache.Put was 812 B/operation, is now 0". */
export function changeInWords({ place, unit, was, now }: BaselineChange): string {
  const inWords = unit === 'bytes_per_operation' ? perOperationInWords : formatBytesPerSecond;
  const rate = (value: number) => (value === 0 ? '0' : inWords(value));
  return `${place ? printable(place.function) : 'the live heap'} was ${rate(was)}, is now ${rate(now)}`;
}
