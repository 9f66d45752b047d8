// A journal of open work on disk: what was added is worked on until it is marked done, over any number of kills.
// One JSON record a line: {"add": id, "entry": …} or {"done": id}. Appends that come together share one fsync.

import { constants } from 'node:fs';
import { open, readFile, type FileHandle } from 'node:fs/promises';
import { dirname } from 'node:path';
import { z } from 'zod';
import { LeaklineError, messageOf } from '../../errors.js';
import type { Logger } from '../../log.js';
import { FILE_MODE, isFull, isMissing, makeFolder, replaceFile, syncFolder } from '../store/durable-files.js';

export interface JournalOptions<T> {
  path: string;
  entry: z.ZodType<T>;
  log: Logger;
}

interface Append {
  text: string;
  /** Whether someone was promised that it is on the disk. */
  sync: boolean;
  /** Called as soon as the text is in the file: a compaction that comes next must know of it. */
  written: (() => void) | undefined;
  resolve: () => void;
  reject: (error: unknown) => void;
}

/** The file is written anew without what is done when it has grown past this and past twice what is open. */
const COMPACT_BYTES = 1024 * 1024;

const lineSchema = z.union([
  z.object({ add: z.string(), entry: z.unknown() }),
  z.object({ done: z.string() }),
]);

export class Journal<T> {
  readonly #open = new Map<string, T>();
  /** Lengths of the open entries' lines, to know what a compaction would save without writing them all. */
  readonly #lengths = new Map<string, number>();
  #openLength = 0;
  #file: FileHandle | undefined;
  /** Length of what is known to be whole; a failed append is cut off again to here. */
  #length = 0;
  #waiting: Append[] = [];
  #writing: Promise<void> | undefined;

  constructor(private readonly options: JournalOptions<T>) {}

  /** Reads what is open. A torn last line (a kill in the middle of a write) was never promised and is cut off. */
  async open(): Promise<void> {
    const { path, log } = this.options;
    await makeFolder(dirname(path));
    const text = await readFile(path, 'utf8').catch((error: unknown) => {
      if (isMissing(error)) return '';
      throw new LeaklineError('queue_unreadable', `cannot read the queue ${path}: ${messageOf(error)}`);
    });
    const lines = text.slice(0, text.lastIndexOf('\n') + 1).split('\n');
    lines.pop();
    for (const [index, line] of lines.entries()) {
      if (!this.#readLine(line))
        log.warn({ path, line: index + 1 }, 'damaged line of the queue: passed over');
    }
    await this.#rewrite();
  }

  /** What is open, in the order in which it was added. */
  entries(): ReadonlyMap<string, T> {
    return this.#open;
  }

  /**
   * Adds entries; they are on disk when the promise resolves. An id that is open already is left alone.
   * Rejects with store_full or store_unreachable; then none of them is added.
   */
  async add(entries: ReadonlyMap<string, T>): Promise<void> {
    const lines = new Map<string, string>();
    for (const [id, entry] of entries) {
      if (!this.#open.has(id)) lines.set(id, lineOf(id, entry));
    }
    if (lines.size === 0) return;
    await this.#append([...lines.values()].join(''), true, () => {
      for (const [id, line] of lines) this.#keep(id, entries.get(id)!, line.length);
    });
  }

  /** Marks entries as done. A mark that a kill loses only means that the work is looked at once more. */
  async done(ids: readonly string[]): Promise<void> {
    const open = ids.filter((id) => this.#forget(id));
    if (open.length === 0) return;
    await this.#append(open.map((id) => `${JSON.stringify({ done: id })}\n`).join(''), false);
  }

  /** Resolves when nothing is being written. */
  async quiet(): Promise<void> {
    while (this.#writing) await this.#writing;
  }

  async close(): Promise<void> {
    await this.quiet();
    await this.#file?.close();
    this.#file = undefined;
  }

  #readLine(line: string): boolean {
    try {
      const record = lineSchema.parse(JSON.parse(line));
      if ('done' in record) this.#forget(record.done);
      else this.#keep(record.add, this.options.entry.parse(record.entry), line.length);
      return true;
    } catch {
      return false;
    }
  }

  #keep(id: string, entry: T, length: number): void {
    if (this.#open.has(id)) return;
    this.#open.set(id, entry);
    this.#lengths.set(id, length);
    this.#openLength += length;
  }

  #forget(id: string): boolean {
    this.#openLength -= this.#lengths.get(id) ?? 0;
    this.#lengths.delete(id);
    return this.#open.delete(id);
  }

  #append(text: string, sync: boolean, written?: () => void): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ text, sync, written, resolve, reject });
      this.#writing ??= this.#write().finally(() => {
        this.#writing = undefined;
      });
    });
  }

  async #write(): Promise<void> {
    while (this.#waiting.length > 0) {
      const group = this.#waiting;
      this.#waiting = [];
      try {
        const text = group.map((append) => append.text).join('');
        await this.#writeGroup(
          Buffer.from(text),
          group.some(({ sync }) => sync),
        );
        for (const { written, resolve } of group) {
          written?.();
          resolve();
        }
      } catch (error) {
        const failure = queueError(error, this.options.path);
        for (const { reject } of group) reject(failure);
      }
      if (this.#length > COMPACT_BYTES) await this.#compact();
    }
  }

  async #writeGroup(bytes: Buffer, sync: boolean): Promise<void> {
    this.#file ??= await this.#openFile();
    try {
      await this.#file.write(bytes, 0, bytes.length, this.#length).then(async ({ bytesWritten }) => {
        // A nearly full disk takes a part and says so only by the count.
        if (bytesWritten < bytes.length) {
          await this.#file!.write(
            bytes,
            bytesWritten,
            bytes.length - bytesWritten,
            this.#length + bytesWritten,
          );
        }
      });
      if (sync) await this.#file.datasync();
      this.#length += bytes.length;
    } catch (error) {
      await this.#file.truncate(this.#length).catch(() => undefined);
      throw error;
    }
  }

  async #openFile(): Promise<FileHandle> {
    const { path } = this.options;
    const file = await open(path, constants.O_CREAT | constants.O_WRONLY, FILE_MODE);
    await syncFolder(dirname(path));
    return file;
  }

  async #compact(): Promise<void> {
    if (this.#length < 2 * this.#openLength) return;
    try {
      await this.#rewrite();
    } catch (error) {
      this.options.log.warn(
        { error: messageOf(error) },
        'the queue could not be compacted; it goes on as it is',
      );
    }
  }

  async #rewrite(): Promise<void> {
    const text = this.#text();
    await this.#file?.close();
    this.#file = undefined;
    try {
      await replaceFile(this.options.path, text);
    } catch (error) {
      // The file stays as it was: its whole lines are what counts, so go on behind the last of them.
      const old = await readFile(this.options.path).catch(() => Buffer.alloc(0));
      this.#length = old.lastIndexOf('\n') + 1;
      if (!isFull(error)) throw queueError(error, this.options.path);
      return;
    }
    this.#length = Buffer.byteLength(text);
  }

  #text(): string {
    let text = '';
    for (const [id, entry] of this.#open) text += lineOf(id, entry);
    return text;
  }
}

function lineOf(id: string, entry: unknown): string {
  return `${JSON.stringify({ add: id, entry })}\n`;
}

function queueError(error: unknown, path: string): LeaklineError {
  if (error instanceof LeaklineError) return error;
  return isFull(error)
    ? new LeaklineError('store_full', `no room for the queue ${path}: free some space on its disk`, {
        status: 503,
        cause: error,
      })
    : new LeaklineError('store_unreachable', `cannot write the queue ${path}: ${messageOf(error)}`, {
        status: 503,
        cause: error,
      });
}
