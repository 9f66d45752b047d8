// `leakline pprof` as the help of the whole command line names it. main.ts runs it without commander.

import { Command } from 'commander';
import { pprofMain } from './pprof/main.js';

export function pprofCommand(): Command {
  return (
    new Command('pprof')
      .description('analyse profile files: top, peek, list, tree, dot, svg, pdf, flame, growth …')
      .usage('[top|peek|list|…] [flags] FILE…   (flags as in `go tool pprof`; leakline pprof -help)')
      .argument('[args...]')
      // "-top" would be four flags of one letter.
      .allowUnknownOption()
      .helpOption(false)
      .action((_args: string[], _options: unknown, command: Command) => pprofMain(command.args))
  );
}
