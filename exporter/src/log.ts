// Structured logs: JSON lines for machines, readable ones on a terminal.

import { basename, dirname, extname, join } from 'node:path';
import { pino, type DestinationStream, type Logger } from 'pino';
import pretty from 'pino-pretty';
import roll from 'pino-roll';
import { messageOf, UsageError } from './errors.js';

export type { Logger };

export interface LogOptions {
  level?: string;
  /** 'auto' writes human lines when the stream is a terminal, else JSON. */
  format?: 'auto' | 'json' | 'human';
}

/** A file begins anew at this size; so many older ones are kept beside it. */
const MAX_FILE_SIZE = '10m';
const OLDER_FILES = 4;

/** A logger on standard error; standard output belongs to results. */
export function createLogger({ level = 'info', format = 'auto' }: LogOptions = {}): Logger {
  const human = format === 'human' || (format === 'auto' && process.stderr.isTTY);
  const stream = human
    ? pretty({ destination: 2, colorize: process.stderr.isTTY, ignore: 'pid,hostname', sync: true })
    : pino.destination({ dest: 2, sync: true });
  return pino({ level, base: undefined }, stream);
}

/**
 * A logger on a file, for systems that keep nobody's standard error: "leakline.log" is leakline.1.log, leakline.2.log …,
 * a few of bounded size. Rejects with a UsageError that names the file where it cannot be written.
 */
export async function openLogFile(
  file: string,
  { level = 'info', format = 'auto' }: LogOptions = {},
): Promise<Logger> {
  const extension = extname(file);
  try {
    const stream = await roll({
      file: join(dirname(file), basename(file, extension)),
      extension,
      size: MAX_FILE_SIZE,
      limit: { count: OLDER_FILES, removeOtherLogFiles: true },
      mkdir: true,
      mode: 0o600,
      sync: true,
    });
    // A full disk costs log lines, nothing else.
    stream.on('error', (error: Error) => process.stderr.write(`leakline: ${file}: ${messageOf(error)}\n`));
    const lines: DestinationStream =
      format === 'human' ? pretty({ destination: stream, colorize: false, ignore: 'pid,hostname' }) : stream;
    return pino({ level, base: undefined }, lines);
  } catch (error) {
    throw new UsageError('log_unwritable', `log.file: cannot write ${file}: ${messageOf(error)}`);
  }
}

/** A logger that writes nothing, for tests and one-shot commands. */
export function silentLogger(): Logger {
  return pino({ level: 'silent' });
}
