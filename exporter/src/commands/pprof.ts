// `leakline pprof`: the analysis on profile files, with the flags of `go tool pprof`.

import { Command } from 'commander';
import { processIo } from './pprof/io.js';
import { runPprof } from './pprof/run.js';

export function pprofCommand(): Command {
  return (
    new Command('pprof')
      .description('analyse profile files: top, peek, list, tree, dot, svg, pdf, flame, growth …')
      .usage('[top|peek|list|…] [flags] FILE…   (flags as in `go tool pprof`; leakline pprof -help)')
      .argument('[args...]')
      // The flags are Go's, of which commander knows nothing ("-top" would be four flags).
      .allowUnknownOption()
      .helpOption(false)
      .action(async (_args: string[], _options: unknown, command: Command) => {
        await runPprof(command.args, processIo());
      })
  );
}
