// The command line: one file a command under commands/, put together here.

import { Command, CommanderError } from 'commander';
import { discoverCommand } from './commands/discover.js';
import { judgeCommand } from './commands/judge.js';
import { serveCommand } from './commands/serve.js';
import { pprofCommand } from './commands/pprof.js';
import { EXIT, LeaklineError, messageOf } from './errors.js';
import { VERSION } from './version.js';

const program = new Command('leakline')
  .description('Finds memory leaks in Go services: which process, how fast, since when, which line.')
  .version(VERSION)
  .exitOverride();

program.addCommand(serveCommand(), { isDefault: true });
program.addCommand(discoverCommand());
program.addCommand(judgeCommand());
program.addCommand(pprofCommand());

try {
  await program.parseAsync();
} catch (error) {
  if (error instanceof CommanderError) {
    process.exitCode = error.exitCode === 0 ? EXIT.ok : EXIT.usage;
  } else {
    process.stderr.write(`leakline: ${messageOf(error)}\n`);
    process.exitCode = error instanceof LeaklineError ? error.exitCode : EXIT.unreachable;
  }
}
