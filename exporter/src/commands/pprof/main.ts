// `leakline pprof`, from the arguments after it to its output. It stands apart from commands/pprof.ts, which tells
// commander of it, because its flags are Go's, of which commander knows nothing, and because it must start at once.

import { processIo } from './io.js';
import { runPprof } from './run.js';

/** @throws LeaklineError */
export function pprofMain(argv: readonly string[]): Promise<void> {
  return runPprof(argv, processIo());
}
