// The command line: one file a command under commands/, put together here.

import { Command, CommanderError } from 'commander';
import { discoverCommand } from './commands/discover.js';
import { judgeCommand } from './commands/judge.js';
import { serveCommand } from './commands/serve.js';
import { pprofCommand } from './commands/pprof.js';
import { EXIT, LeaklineError, messageOf, UsageError } from './errors.js';
import { VERSION } from './version.js';

const program = new Command('leakline')
  .description('Finds memory leaks in Go services: which process, how fast, since when, which line.')
  .version(VERSION)
  .exitOverride();

program.addCommand(serveCommand(), { isDefault: true });
program.addCommand(discoverCommand());
program.addCommand(judgeCommand());
program.addCommand(pprofCommand());
for (const command of program.commands) command.copyInheritedSettings(program);

try {
  refuseUnknownCommand(process.argv[2]);
  await program.parseAsync();
} catch (error) {
  if (error instanceof CommanderError) {
    process.exitCode = error.exitCode === 0 ? EXIT.ok : EXIT.usage;
  } else {
    process.stderr.write(`leakline: ${messageOf(error)}\n`);
    process.exitCode = error instanceof LeaklineError ? error.exitCode : EXIT.unreachable;
  }
}

/** Without this the word would be taken for an argument of the default command. */
function refuseUnknownCommand(word: string | undefined): void {
  const names = [...program.commands.map((command) => command.name()), 'help'];
  if (word === undefined || word.startsWith('-') || names.includes(word)) return;
  throw new UsageError('unknown_command', `there is no command "${word}"; there are: ${names.join(', ')}`);
}
