// `leakline pprof …` from arguments to output: reads the profiles, runs the report, writes it where it belongs.

import { LeaklineError, messageOf, UsageError } from '../../errors.js';
import type { Profile } from '../../profile/profile.js';
import { readProfile } from '../../profile/read.js';
import { compareProfiles } from '../../profile/report/index.js';
import { parseArguments, type PprofArguments } from './arguments.js';
import { COMMANDS, GROWTH } from './commands.js';
import type { PprofIo } from './io.js';
import { sourceUrl } from './source-url.js';
import { render } from './render.js';

/** @param argv what stands after `leakline pprof`. @throws LeaklineError */
export async function runPprof(argv: readonly string[], io: PprofIo): Promise<void> {
  const args = parseArguments(argv);
  if (args.help) {
    const { usageText } = await import('./help.js');
    io.out(usageText(true));
    return;
  }
  args.settings.timeZone = io.timeZone;
  await dropProgram(args, io);
  const load = (names: readonly string[]) => Promise.all(names.map((name) => loadSource(name, args, io)));
  const [sources, bases] = await Promise.all([load(args.sources), load(args.bases)]);
  if (args.command === GROWTH) {
    const { growthText } = await import('./growth.js');
    await write(await growthText(args, sources, io), args.settings.output, io);
    return;
  }
  const { keepBase } = args;
  const profile = compareProfiles({ sources, bases, keepBase, normalize: args.settings.normalize });
  if (args.command === undefined) {
    if (args.json) throw new UsageError('no_report', '--json: name a report, such as top');
    const { interactive } = await import('./interactive.js');
    await interactive(profile, isMerged(args), args.settings, io);
    return;
  }
  await report(profile, args.command, args, io);
}

async function report(profile: Profile, command: string, args: PprofArguments, io: PprofIo): Promise<void> {
  const { settings, pattern, json } = args;
  const { content, warnings } = await render({
    profile,
    merged: isMerged(args),
    command,
    pattern,
    settings,
    json,
    io,
  });
  for (const warning of warnings) io.error(`${warning}\n`);
  await deliver(content, command, settings.output, json, io);
}

/** Writes a report to the file asked for, to standard output, or away from a terminal that cannot show it. */
export async function deliver(
  content: string | Uint8Array,
  command: string,
  output: string,
  json: boolean,
  io: PprofIo,
): Promise<void> {
  const { extension, format } = COMMANDS[command]!;
  if (format === 'web' && !json && output === '') {
    const file = await io.writeTemporary(content, extension!);
    io.error(`Generating report in ${file}\n`);
    await io.openBrowser(file);
    return;
  }
  if (extension !== undefined && !json && output === '' && io.isTerminal) {
    io.error(`Generating report in ${await io.writeTemporary(content, extension)}\n`);
    return;
  }
  await write(content, output, io);
}

/** To the file, or to standard output where none is named. */
async function write(content: string | Uint8Array, output: string, io: PprofIo): Promise<void> {
  if (output === '') {
    io.out(content);
    return;
  }
  io.error(`Generating report in ${output}\n`);
  try {
    await io.writeFile(output, content);
  } catch (error) {
    throw new LeaklineError('cannot_write', `cannot write ${output}: ${messageOf(error)}`, { cause: error });
  }
}

function isMerged(args: PprofArguments): boolean {
  return args.sources.length + args.bases.length > 1;
}

/**
 * Go's tool may be given the program before the profile, for its symbols. Profiles of Go programs hold them themselves:
 * the program is passed over.
 */
async function dropProgram(args: PprofArguments, io: PprofIo): Promise<void> {
  const [first] = args.sources;
  if (first === undefined || args.sources.length < 2 || sourceUrl(first)) return;
  if (isProgram(await io.readStart(first, PROGRAM_MAGIC_BYTES).catch(() => new Uint8Array(0))))
    args.sources.shift();
}

const PROGRAM_MAGIC_BYTES = 4;

/** ELF, PE and Mach-O by their first bytes. */
function isProgram(start: Uint8Array): boolean {
  const hex = Buffer.from(start).toString('hex');
  return (
    hex === '7f454c46' ||
    hex.startsWith('4d5a') ||
    /^(cffaedfe|cefaedfe|feedfacf|feedface|cafebabe)$/.test(hex)
  );
}

async function loadSource(name: string, args: PprofArguments, io: PprofIo): Promise<Profile> {
  const source = sourceUrl(name);
  if (!source) return readNamed(name, await readFile(name, io));
  const { fetchProfile, saveFetched } = await import('./fetch.js');
  const bytes = await fetchProfile(source, args.fetch, io);
  const profile = readNamed(source.url.href, bytes);
  await saveFetched(bytes, profile, io);
  return profile;
}

async function readFile(file: string, io: PprofIo): Promise<Uint8Array> {
  try {
    return await io.readFile(file);
  } catch (error) {
    throw new LeaklineError('cannot_read', `cannot read ${file}: ${messageOf(error)}`, { cause: error });
  }
}

function readNamed(name: string, bytes: Uint8Array): Profile {
  try {
    return readProfile(bytes);
  } catch (error) {
    if (!(error instanceof LeaklineError)) throw error;
    throw new LeaklineError(error.code, `${name}: ${error.message}`, {
      exitCode: error.exitCode,
      cause: error,
    });
  }
}
