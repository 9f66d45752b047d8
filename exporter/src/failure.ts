// How the command line ends with an error: one line that says what and why, and the exit code.

import { EXIT, LeaklineError, messageOf } from './errors.js';

export function endWith(error: unknown): void {
  process.stderr.write(`leakline: ${messageOf(error)}\n`);
  process.exitCode = error instanceof LeaklineError ? error.exitCode : EXIT.unreachable;
}
