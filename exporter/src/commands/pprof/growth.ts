// `leakline pprof growth A B …`: what grows from profile to profile, by function and by the nearest own code.

import { LeaklineError, UsageError } from '../../errors.js';
import { formatBytes, formatBytesPerSecond, formatDuration, significant } from '../../format.js';
import { growthOf, type GrowthCapture } from '../../profile/growth.js';
import { takenAtMs, type Profile } from '../../profile/profile.js';
import type { ApiGrowth } from '../../server/api.js';
import type { PprofArguments } from './arguments.js';
import type { PprofIo } from './io.js';
import { sourceUrl } from './source-url.js';

/** Rows of each table where -nodecount does not say otherwise. */
const ROWS = 20;

/** Frames of a blamed stack that are shown. */
const STACK_FRAMES = 6;

/** The profiles of the sources in the order of the arguments. */
export async function growthText(
  args: PprofArguments,
  profiles: readonly Profile[],
  io: PprofIo,
): Promise<string> {
  const { settings, sources } = args;
  if (args.bases.length > 0)
    throw new UsageError('growth_base', 'growth: name the profiles one after another, without -base');
  const captures: GrowthCapture[] = [];
  for (const [i, profile] of profiles.entries()) {
    const source = sources[i]!;
    captures.push({ profile, takenAtMs: takenAtMs(profile) ?? (await fileTime(source, io)), id: source });
  }
  const growth = growthOf(captures, {
    ...(settings.sampleIndex === '' ? {} : { sampleType: settings.sampleIndex }),
    ...(settings.nodeCount > 0 ? { limit: settings.nodeCount } : {}),
    ...(args.mainModule === undefined ? {} : { mainModule: args.mainModule }),
  });
  if (args.json) return `${JSON.stringify(growth)}\n`;
  return tableOf(growth, captures, settings.nodeCount > 0 ? settings.nodeCount : ROWS);
}

/** Texts (debug=1, debug=2) do not say when they were taken. */
async function fileTime(source: string, io: PprofIo): Promise<number> {
  if (sourceUrl(source)) {
    throw new LeaklineError('no_time', `${source}: the profile does not say when it was taken`);
  }
  io.error(`${source}: does not say when it was taken; taking the time of the file for it\n`);
  return io.modifiedAtMs(source);
}

function tableOf(growth: ApiGrowth, captures: readonly GrowthCapture[], rows: number): string {
  const times = captures.map((capture) => capture.takenAtMs);
  const seconds = (Math.max(...times) - Math.min(...times)) / 1000;
  const bytes = growth.unit === undefined || growth.unit === 'bytes';
  const amount = (value: number) => (bytes ? formatBytes(value) : significant(value));
  const rate = (value: number) => (bytes ? formatBytesPerSecond(value) : `${significant(value)}/s`);
  const lines = [
    `Growth of ${growth.sampleType ?? 'the profiles'} over ${captures.length} profiles, ${formatDuration(seconds)}`,
    '',
    row('growth', 'rate', 'share', 'first', 'last', 'function'),
  ];
  for (const f of growth.functions.slice(0, rows)) {
    const name = `${f.function}  ${place(f)}`.trimEnd();
    const share = `${(f.share * 100).toFixed(1)}%`;
    const [first, last] = [amount(f.firstBytes), amount(f.lastBytes)];
    lines.push(row(amount(f.growthBytes), rate(f.growthBytesPerSecond), share, first, last, name));
  }
  if (growth.blamed.length > 0) lines.push('', 'Own code that holds it:');
  for (const b of growth.blamed.slice(0, rows)) {
    const share = `${(b.share * 100).toFixed(1)}%`;
    lines.push(
      '',
      `${amount(b.growthBytes)} (${share}, ${rate(b.growthBytesPerSecond)})  ${b.function}  ${place(b)}`,
    );
    for (const frame of b.stack.slice(0, STACK_FRAMES)) lines.push(`    ${frame}`);
    if (b.stack.length > STACK_FRAMES) lines.push(`    … ${b.stack.length - STACK_FRAMES} more`);
  }
  for (const note of growth.notes ?? []) lines.push('', note);
  return `${lines.join('\n')}\n`;
}

function place({ file, line }: { file: string; line: number }): string {
  if (file === '') return '';
  return line === 0 ? file : `${file}:${line}`;
}

function row(growth: string, rate: string, share: string, first: string, last: string, name: string): string {
  return `${growth.padStart(10)} ${rate.padStart(12)} ${share.padStart(7)} ${first.padStart(10)} ${last.padStart(10)}  ${name}`;
}
