// Structured logs: JSON lines for machines, readable ones on a terminal.

import { pino, type Logger } from 'pino';
import pretty from 'pino-pretty';

export type { Logger };

export interface LogOptions {
  level?: string;
  /** 'auto' writes human lines when the stream is a terminal, else JSON. */
  format?: 'auto' | 'json' | 'human';
}

/** A logger on standard error; standard output belongs to results. */
export function createLogger({ level = 'info', format = 'auto' }: LogOptions = {}): Logger {
  const human = format === 'human' || (format === 'auto' && process.stderr.isTTY);
  const stream = human
    ? pretty({ destination: 2, colorize: process.stderr.isTTY, ignore: 'pid,hostname', sync: true })
    : pino.destination({ dest: 2, sync: true });
  return pino({ level, base: undefined }, stream);
}

/** A logger that writes nothing, for tests and one-shot commands. */
export function silentLogger(): Logger {
  return pino({ level: 'silent' });
}
