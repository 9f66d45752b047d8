// Reloads the configuration on SIGHUP and when the file changes. A broken one is refused: whoever uses it keeps the old.

import { readFile } from 'node:fs/promises';
import { LeaklineError, UsageError } from '../errors.js';
import { loadConfig } from './load.js';
import type { Config } from './schema.js';

export interface ConfigWatch {
  /** Reads the file now, changed or not; as SIGHUP does. Resolves when it was told. */
  reload(): Promise<void>;
  close(): void;
}

/**
 * Time between two looks. Looking at a file of some kilobytes costs nothing, needs no watches of the system, and works
 * where an editor replaces the file, a link is swapped, or the file system is of another host.
 */
const INTERVAL_MS = 1000;

/**
 * `onChange` gets each new configuration, `onError` the error of each that was refused, once for each state of the file.
 * The one that holds at the start is the caller's. Windows knows no SIGHUP.
 */
export function watchConfig(
  file: string,
  onChange: (config: Config) => void,
  onError: (error: LeaklineError) => void,
  { intervalMs = INTERVAL_MS }: { intervalMs?: number } = {},
): ConfigWatch {
  let closed = false;
  /** What was told last, and what was seen last: texts, null where there is no file. */
  let told: string | null | undefined;
  let seen: string | null | undefined;
  let queue: Promise<void> = readText(file).then((text) => {
    told = text;
  });

  async function load(text: string | null): Promise<void> {
    told = text;
    try {
      const config = await loadConfig(file);
      if (!closed) onChange(config);
    } catch (error) {
      if (closed) return;
      const known = error instanceof LeaklineError;
      onError(known ? error : new UsageError('config_refused', `cannot apply ${file}`, { cause: error }));
    }
  }

  async function look(): Promise<void> {
    const text = await readText(file);
    // Editors write in several steps: a change counts when it is the same at two looks.
    const settled = text === seen;
    seen = text;
    if (settled && text !== told && !closed) await load(text);
  }

  /** One at a time, in order. */
  function enqueue(task: () => Promise<void>): Promise<void> {
    queue = queue.then(task);
    return queue;
  }
  const reload = () => enqueue(async () => load(await readText(file)));

  let looking = false;
  const timer = setInterval(() => {
    // A slow disk must not pile up looks.
    if (looking) return;
    looking = true;
    void enqueue(look).finally(() => (looking = false));
  }, intervalMs);
  timer.unref();
  const onSignal = () => void reload();
  process.on('SIGHUP', onSignal);
  return {
    reload,
    close() {
      closed = true;
      clearInterval(timer);
      process.off('SIGHUP', onSignal);
    },
  };
}

/** Null where it cannot be read; loadConfig then explains. */
function readText(file: string): Promise<string | null> {
  return readFile(file, 'utf8').catch(() => null);
}
