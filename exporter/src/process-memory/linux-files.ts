// Reading small files of /proc, all into one buffer. What is read of every process at every sample stays open in
// between: to read an open file again costs a third of open, read and close. An open one also stays bound to its
// process: when that has ended it cannot be read any more, whoever has the pid by then.

import { closeSync, openSync, readSync } from 'node:fs';

/** Larger than any file read here: meminfo has about 2 kB, stat, status and smaps_rollup less than 4. */
const BUFFER_BYTES = 32 * 1024;

/** The files kept open, each with a number for its key. */
const KEPT_FILES = ['stat', 'statm'] as const;
export type KeptFile = (typeof KEPT_FILES)[number];

interface Kept {
  descriptor: number;
  pass: number;
}

export class ProcFiles {
  private readonly buffer = Buffer.allocUnsafe(BUFFER_BYTES);
  private readonly kept = new Map<number, Kept>();
  private pass = 0;

  /**
   * @param proc path of /proc
   * @param maxKept most descriptors to hold; 0 keeps none
   */
  constructor(
    private readonly proc: string,
    private readonly maxKept: number,
  ) {}

  /**
   * A file that the kernel writes in one piece (stat, status, smaps_rollup, meminfo): one read brings it whole. The
   * result lies in the shared buffer until the next call; undefined where it vanished or access is denied.
   */
  read(file: string): Buffer | undefined {
    const descriptor = this.open(file);
    if (descriptor === undefined) return undefined;
    const bytes = this.readOpen(descriptor);
    closeSync(descriptor);
    return bytes;
  }

  /** As read, for a file of every process that is read again and again. */
  readKept(pid: number, file: KeptFile): Buffer | undefined {
    const key = pid * KEPT_FILES.length + KEPT_FILES.indexOf(file);
    const known = this.kept.get(key);
    if (known !== undefined) {
      const bytes = this.readOpen(known.descriptor);
      known.pass = this.pass;
      if (bytes !== undefined) return bytes;
      this.drop(key, known);
    }
    if (this.kept.size >= this.maxKept) return this.read(`${pid}/${file}`);
    const descriptor = this.open(`${pid}/${file}`);
    if (descriptor === undefined) return undefined;
    this.kept.set(key, { descriptor, pass: this.pass });
    return this.readOpen(descriptor);
  }

  /** Ends a pass over all processes: what was not read in it is closed. */
  endPass(): void {
    for (const [key, known] of this.kept) if (known.pass !== this.pass) this.drop(key, known);
    this.pass++;
  }

  close(): void {
    for (const [key, known] of this.kept) this.drop(key, known);
  }

  private drop(key: number, { descriptor }: Kept): void {
    closeSync(descriptor);
    this.kept.delete(key);
  }

  private open(file: string): number | undefined {
    try {
      return openSync(`${this.proc}/${file}`, 'r');
    } catch {
      return undefined;
    }
  }

  private readOpen(descriptor: number): Buffer | undefined {
    try {
      return this.buffer.subarray(0, readSync(descriptor, this.buffer, 0, BUFFER_BYTES, 0));
    } catch {
      return undefined;
    }
  }
}
