// `leakline pprof …` from arguments to output: reads the profiles, runs the report, writes it where it belongs.

import { LeaklineError, messageOf, UsageError } from '../../errors.js';
import { decodeProfile } from '../../profile/decode.js';
import type { Profile } from '../../profile/profile.js';
import { compareProfiles } from '../../profile/report/index.js';
import { parseArguments, type PprofArguments } from './arguments.js';
import { COMMANDS } from './commands.js';
import { usageText } from './help.js';
import { interactive } from './interactive.js';
import type { PprofIo } from './io.js';
import { render } from './render.js';
import { sourceReaderFor } from './sources.js';

/** @param argv what stands after `leakline pprof`. @throws LeaklineError */
export async function runPprof(argv: readonly string[], io: PprofIo): Promise<void> {
  const args = parseArguments(argv);
  if (args.help) {
    io.out(usageText(true));
    return;
  }
  args.settings.timeZone = io.timeZone;
  const profile = await loadProfile(args, io);
  if (args.command === undefined) {
    if (args.json) throw new UsageError('no_report', '--json: name a report, such as top');
    await interactive(profile, args.settings, io);
    return;
  }
  await report(profile, args.command, args, io);
}

async function report(profile: Profile, command: string, args: PprofArguments, io: PprofIo): Promise<void> {
  const { settings, pattern, json } = args;
  const readSource = sourceReaderFor(settings, io);
  const { content, warnings } = await render({ profile, command, pattern, settings, json, readSource });
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
  if (output !== '') {
    io.error(`Generating report in ${output}\n`);
    try {
      await io.writeFile(output, content);
    } catch (error) {
      throw new LeaklineError('cannot_write', `cannot write ${output}: ${messageOf(error)}`, {
        cause: error,
      });
    }
    return;
  }
  if (extension !== undefined && !json && io.isTerminal) {
    io.error(`Generating report in ${await io.writeTemporary(content, extension)}\n`);
    return;
  }
  io.out(content);
}

async function loadProfile(args: PprofArguments, io: PprofIo): Promise<Profile> {
  const load = (files: readonly string[]) => Promise.all(files.map((file) => loadFile(file, io)));
  const [sources, bases] = await Promise.all([load(args.sources), load(args.bases)]);
  return compareProfiles({ sources, bases, keepBase: args.keepBase, normalize: args.settings.normalize });
}

async function loadFile(file: string, io: PprofIo): Promise<Profile> {
  let bytes: Uint8Array;
  try {
    bytes = await io.readFile(file);
  } catch (error) {
    throw new LeaklineError('cannot_read', `cannot read ${file}: ${messageOf(error)}`, { cause: error });
  }
  try {
    return decodeProfile(bytes);
  } catch (error) {
    if (!(error instanceof LeaklineError)) throw error;
    throw new LeaklineError(error.code, `${file}: ${error.message}`, {
      exitCode: error.exitCode,
      cause: error,
    });
  }
}
