// How the command line ends with an error: one line that says what and why, and the exit code.

import { EXIT, LeaklineError, messageOf } from './errors.js';

/**
 * Lets a command go on to its end when nobody reads its output any more (`| head`): it may have a service to end, or be one.
 */
export function outlastReader(stream: NodeJS.WriteStream): void {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
  });
}

export function endWith(error: unknown): void {
  process.stderr.write(`leakline: ${messageOf(error)}\n`);
  process.exitCode = error instanceof LeaklineError ? error.exitCode : EXIT.unreachable;
}
