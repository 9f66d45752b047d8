// What is known of each target, kept over restarts of the exporter: one file a target below `state.dir`, replaced in
// one step, bounded in size, with a version and a checksum. What cannot be read is set aside with a message, and the
// target is learned anew: a damaged file is never fatal.
//
// The file: a line {"format": "leakline-target-state", "version": 1, "sha256": …} and a line of JSON that it is of.

import { createHash } from 'node:crypto';
import { readFileSync, renameSync, statSync } from 'node:fs';
import { readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { isMissing, makeFolder, replaceFile } from '../capture/store/durable-files.js';
import { folderOfTarget } from '../capture/store/folder-name.js';
import { LeaklineError, messageOf } from '../errors.js';
import type { Logger } from '../log.js';

const FORMAT = 'leakline-target-state';
const VERSION = 1;
const FOLDER = 'verdicts';
const SUFFIX = '.json';
const DAMAGED = '.damaged';
/** A target's state is some 50 KB; what is larger was not written by Leakline. */
const MAX_BYTES = 512 * 1024;
/** Files of targets that were not seen for so long go: nothing in them reaches back further. */
const FORGET_MS = 14 * 86_400_000;
const MAX_FILES = 5_000;
/** Writes at the same time when everything is saved at once. */
const WRITERS = 8;

const headerSchema = z.object({ format: z.literal(FORMAT), version: z.literal(VERSION), sha256: z.string() });

/** A target whose state is saved. */
export interface StateSource {
  name: string;
  /** Unix ms of its last sample; what has not changed is not written again. */
  changedAtMs: number | undefined;
  /** Plain JSON. */
  snapshot(): unknown;
}

export interface TargetStatesOptions {
  stateDir: string;
  log: Logger;
  sources: () => readonly StateSource[];
  /** Time in which each target is saved once. */
  intervalMs: () => number;
  now?: () => number;
}

export class TargetStates {
  readonly #folder: string;
  readonly #saved = new Map<string, number>();
  readonly #stop = new AbortController();
  #loop: Promise<void> | undefined;
  #isFailing = false;

  /** Makes the folder and clears it of what is out of date. A folder that cannot be had is told, not thrown. */
  static async open(options: TargetStatesOptions): Promise<TargetStates> {
    const states = new TargetStates(options);
    try {
      await makeFolder(states.#folder);
      await states.#clear();
    } catch (error) {
      states.#failed(error);
    }
    return states;
  }

  private constructor(private readonly options: TargetStatesOptions) {
    this.#folder = join(options.stateDir, FOLDER);
  }

  /** What was saved of a target: `restore` makes of it what it will. Undefined when there is nothing that can be used. */
  load<T>(target: string, restore: (saved: unknown) => T): T | undefined {
    const path = this.#path(target);
    try {
      const { size } = statSync(path);
      if (size > MAX_BYTES) throw damaged(`${size} bytes are more than Leakline writes`);
      return restore(parseState(readFileSync(path, 'utf8')));
    } catch (error) {
      if (!isMissing(error)) this.#setAside(target, path, error);
      return undefined;
    }
  }

  /** Saves every target once an interval, one after the other. */
  start(): void {
    this.#loop ??= this.#run();
  }

  /** Ends the loop and saves what has changed. */
  async close(): Promise<void> {
    this.#stop.abort();
    await this.#loop;
    const left = [...this.options.sources()];
    await Promise.all(
      Array.from({ length: WRITERS }, async () => {
        for (let source = left.pop(); source; source = left.pop()) await this.#save(source);
      }),
    );
  }

  async #run(): Promise<void> {
    const { signal } = this.#stop;
    while (!signal.aborted) {
      const sources = this.options.sources();
      const pauseMs = this.options.intervalMs() / Math.max(1, sources.length);
      for (const source of sources) {
        await sleep(pauseMs, undefined, { signal, ref: false }).catch(() => undefined);
        if (signal.aborted) return;
        await this.#save(source);
      }
      if (sources.length === 0) await sleep(1000, undefined, { signal, ref: false }).catch(() => undefined);
    }
  }

  async #save(source: StateSource): Promise<void> {
    const { name, changedAtMs } = source;
    if (changedAtMs === undefined || this.#saved.get(name) === changedAtMs) return;
    try {
      const text = formatState(source.snapshot());
      if (text.length > MAX_BYTES) throw damaged(`${text.length} bytes are more than is kept of a target`);
      await replaceFile(this.#path(name), text);
      this.#saved.set(name, changedAtMs);
      if (this.#isFailing) this.options.log.info({ folder: this.#folder }, 'state is saved again');
      this.#isFailing = false;
    } catch (error) {
      this.#failed(error);
    }
  }

  #failed(error: unknown): void {
    if (!this.#isFailing)
      this.options.log.warn(
        { folder: this.#folder, err: messageOf(error) },
        'what is known of the targets cannot be saved: after a restart it is learned anew (state.dir)',
      );
    this.#isFailing = true;
  }

  #setAside(target: string, path: string, error: unknown): void {
    const aside = `${path}${DAMAGED}`;
    try {
      renameSync(path, aside);
    } catch {
      // The next saving replaces it.
    }
    this.options.log.warn(
      { target, file: aside, err: messageOf(error) },
      'the saved state of a target cannot be used and was set aside; the target is learned anew',
    );
  }

  async #clear(): Promise<void> {
    const now = (this.options.now ?? Date.now)();
    const files: { path: string; changedMs: number }[] = [];
    for (const name of await readdir(this.#folder)) {
      const path = join(this.#folder, name);
      const info = await stat(path).catch(() => undefined);
      if (!info?.isFile()) continue;
      const isOurs = name.endsWith(SUFFIX) || name.endsWith(`${SUFFIX}${DAMAGED}`);
      if (name.endsWith(`${SUFFIX}.writing`) || (isOurs && now - info.mtimeMs > FORGET_MS))
        await rm(path, { force: true });
      else if (isOurs) files.push({ path, changedMs: info.mtimeMs });
    }
    files.sort((a, b) => b.changedMs - a.changedMs);
    for (const { path } of files.slice(MAX_FILES)) await rm(path, { force: true });
  }

  #path(target: string): string {
    return join(this.#folder, `${folderOfTarget(target)}${SUFFIX}`);
  }
}

function formatState(state: unknown): string {
  const body = JSON.stringify(state);
  return `${JSON.stringify({ format: FORMAT, version: VERSION, sha256: digest(body) })}\n${body}\n`;
}

function parseState(text: string): unknown {
  const [first = '', body = ''] = text.split('\n', 2);
  let header: unknown;
  try {
    header = JSON.parse(first);
  } catch {
    throw damaged('it begins with no header');
  }
  const parsed = headerSchema.safeParse(header);
  if (!parsed.success) {
    const field = parsed.error.issues[0]?.path.join('.');
    throw damaged(`header: ${field === undefined || field === '' ? 'no object' : `another ${field}`}`);
  }
  if (digest(body) !== parsed.data.sha256) throw damaged('the checksum does not match');
  return JSON.parse(body);
}

function digest(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

function damaged(what: string): LeaklineError {
  return new LeaklineError('state_damaged', what);
}
