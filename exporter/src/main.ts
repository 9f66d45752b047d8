// The command line: one file a command under commands/. Only the command that is asked for is loaded, since loading all
// of them takes several times as long as most of them run.

import { EXIT, UsageError } from './errors.js';
import { endWith, outlastReader } from './failure.js';

/** Commands of commander by name, in the order of the help. */
const COMMANDS = {
  serve: async () => (await import('./commands/serve.js')).serveCommand(),
  discover: async () => (await import('./commands/discover.js')).discoverCommand(),
  diagnose: async () => (await import('./commands/diagnose.js')).diagnoseCommand(),
  judge: async () => (await import('./commands/judge.js')).judgeCommand(),
  pprof: async () => (await import('./commands/pprof.js')).pprofCommand(),
  verify: async () => (await import('./commands/verify.js')).verifyCommand(),
  report: async () => (await import('./commands/report.js')).reportCommand(),
};
const DEFAULT_COMMAND = 'serve';

outlastReader(process.stdout);
outlastReader(process.stderr);
try {
  const [word, ...rest] = process.argv.slice(2);
  if (word === 'pprof') await (await import('./commands/pprof/main.js')).pprofMain(rest);
  else await runProgram(word);
} catch (error) {
  endWith(error);
}

async function runProgram(word: string | undefined): Promise<void> {
  const [{ Command, CommanderError }, { VERSION }] = await Promise.all([
    import('commander'),
    import('./version.js'),
  ]);
  refuseUnknownCommand(word);
  const program = new Command('leakline')
    .description('Finds memory leaks in Go services: which process, how fast, since when, which line.')
    .version(VERSION)
    .exitOverride();
  // What is no command's name is for all of them (help) or for the default one.
  const wanted = Object.entries(COMMANDS).filter(([name]) => name === word || !isCommand(word));
  for (const [name, load] of wanted)
    program.addCommand(await load(), { isDefault: name === DEFAULT_COMMAND });
  for (const command of program.commands) command.copyInheritedSettings(program);
  try {
    await program.parseAsync();
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    process.exitCode = error.exitCode === 0 ? EXIT.ok : EXIT.usage;
  }
}

function isCommand(word: string | undefined): boolean {
  return word !== undefined && Object.hasOwn(COMMANDS, word);
}

/** Without this the word would be taken for an argument of the default command. */
function refuseUnknownCommand(word: string | undefined): void {
  if (word === undefined || word.startsWith('-') || word === 'help' || isCommand(word)) return;
  const names = [...Object.keys(COMMANDS), 'help'].join(', ');
  throw new UsageError('unknown_command', `there is no command "${word}"; there are: ${names}`);
}
