// `raw`: the profile itself in words (google/pprof profile.Profile.String).

import { MAPPING_HAS, type Profile } from '../profile.js';
import { labelsOf, type SampleLabel } from './frames.js';
import { padStart, timeFull, zonedTime } from './go-format.js';
import type { Report } from './report.js';
import { rawDuration } from './duration.js';
import { compareText } from './text-order.js';

/** The samples, locations and mappings that the filters leave. Ids count from 1. */
export function rawText(report: Report, profile: Profile): string {
  const { input, frames, options } = report;
  const lines: string[] = profile.comments.map((comment) => `Comment: ${comment}`);
  const columns = options.dialect !== 'go1.19';
  if (columns && profile.docUrl !== '') lines.push(`Doc: ${profile.docUrl}`);
  lines.push(`PeriodType: ${profile.periodType?.type ?? ''} ${profile.periodType?.unit ?? ''}`);
  lines.push(`Period: ${profile.period}`);
  if (profile.timeNanos !== 0n) {
    const time = zonedTime(Number(profile.timeNanos / 1_000_000n), options.timeZone);
    lines.push(`Time: ${timeFull(time, Number(profile.timeNanos % 1_000_000_000n))}`);
  }
  if (profile.durationNanos !== 0n) lines.push(`Duration: ${rawDuration(profile.durationNanos)}`);
  lines.push('Samples:');
  lines.push(
    profile.sampleTypes
      .map(({ type, unit }) => `${type}/${unit}${type === profile.defaultSampleType ? '[dflt]' : ''}`)
      .join(' '),
  );
  const width = profile.sampleTypes.length;
  for (let i = 0; i < frames.samples.length; i++) {
    const sample = frames.samples[i]!;
    let line = '';
    for (let t = 0; t < width; t++)
      line += ` ${padStart(String(profile.samples.values[sample * width + t]), 10)}`;
    line += ': ';
    for (let k = frames.stackStart[i]!; k < frames.stackEnd[i]!; k++) line += `${frames.stack[k]! + 1} `;
    lines.push(line);
    const labels = labelsOf(frames, i);
    const texts = labels.filter(({ text }) => text !== undefined);
    const numbers = labels.filter(({ text }) => text === undefined);
    if (texts.length > 0) lines.push(`                ${rawLabels(texts)}`);
    if (numbers.length > 0) lines.push(`                ${rawLabels(numbers)}`);
  }
  lines.push('Locations');
  for (let l = 0; l < frames.lineStart.length; l++) lines.push(...locationLines(report, profile, l, columns));
  lines.push('Mappings');
  for (let m = 0; m < input.mappings.length; m++) lines.push(mappingLine(profile, m));
  return `${lines.join('\n')}\n`;
}

function rawLabels(labels: readonly SampleLabel[]): string {
  const groups = new Map<string, string[]>();
  for (const label of labels) {
    const text = label.text ?? (label.unit === '' ? String(label.number) : `${label.number} ${label.unit}`);
    const known = groups.get(label.key);
    if (known) known.push(text);
    else groups.set(label.key, [text]);
  }
  return [...groups]
    .map(([key, values]) => `${key}:[${values.join(' ')}]`)
    .sort(compareText)
    .join(' ');
}

function locationLines({ frames, input }: Report, profile: Profile, l: number, columns: boolean): string[] {
  const address = l < input.locationCount ? input.address(l) : 0n;
  let lead = `${padStart(String(l + 1), 6)}: 0x${address.toString(16)} `;
  const mapping = frames.locationMapping[l]!;
  if (mapping >= 0) lead += `M=${mapping + 1} `;
  if (profile.locations.isFolded[l]) lead += '[F] ';
  if (frames.lineStart[l] === frames.lineEnd[l]) return [lead];
  const lines: string[] = [];
  for (let k = frames.lineStart[l]!; k < frames.lineEnd[l]!; k++) {
    const fn = frames.lineFunction[k]!;
    let text = '??';
    if (fn >= 0) {
      const { name, file, startLine } = frames.functions;
      const column = columns ? `:${frames.lineColumn?.[k] ?? 0}` : '';
      text = `${name[fn]} ${file[fn]}:${frames.lineNumber[k]}${column} s=${startLine[fn]}`;
      const system =
        fn < profile.functions.count ? profile.strings.at(profile.functions.systemName[fn]!) : '';
      if (system !== name[fn]) text += `(${system})`;
    }
    lines.push(lead + text);
    lead = '             ';
  }
  return lines;
}

function mappingLine({ mappings, strings }: Profile, m: number): string {
  const hex = (column: BigUint64Array) => `0x${column[m]!.toString(16)}`;
  const has = (bit: number, text: string) => ((mappings.has[m]! & bit) === 0 ? '' : text);
  const bits =
    has(MAPPING_HAS.functions, '[FN]') +
    has(MAPPING_HAS.filenames, '[FL]') +
    has(MAPPING_HAS.lineNumbers, '[LN]') +
    has(MAPPING_HAS.inlineFrames, '[IN]');
  return (
    `${m + 1}: ${hex(mappings.start)}/${hex(mappings.limit)}/${hex(mappings.offset)} ` +
    `${strings.at(mappings.file[m]!)} ${strings.at(mappings.buildId[m]!)} ${bits}`
  );
}
