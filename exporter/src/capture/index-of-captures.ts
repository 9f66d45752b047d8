// The captures of a store in memory: by id, and in the order of time.

import { sizeOf, type CaptureRecord } from './record.js';

export class CaptureIndex {
  readonly #byId = new Map<string, CaptureRecord>();
  #sorted: CaptureRecord[] | undefined = [];
  #byTarget = new Map<string, CaptureRecord[]>();
  #sizeBytes = 0;

  get(id: string): CaptureRecord | undefined {
    return this.#byId.get(id);
  }

  add(record: CaptureRecord): void {
    this.delete(record.id);
    this.#byId.set(record.id, record);
    this.#sizeBytes += sizeOf(record);
    this.#sorted = undefined;
    this.#byTarget.delete(record.target);
  }

  delete(id: string): void {
    const record = this.#byId.get(id);
    if (!record) return;
    this.#byId.delete(id);
    this.#sizeBytes -= sizeOf(record);
    this.#sorted = undefined;
    this.#byTarget.delete(record.target);
  }

  ids(): Iterable<string> {
    return this.#byId.keys();
  }

  sizeBytes(): number {
    return this.#sizeBytes;
  }

  /** Newest first; equal times by id, so that pages never overlap. */
  newestFirst(): readonly CaptureRecord[] {
    this.#sorted ??= [...this.#byId.values()].sort(newestFirst);
    return this.#sorted;
  }

  /** Of one target name, of every host. */
  newestFirstOf(target: string): readonly CaptureRecord[] {
    let captures = this.#byTarget.get(target);
    if (!captures) {
      captures = this.newestFirst().filter((record) => record.target === target);
      this.#byTarget.set(target, captures);
    }
    return captures;
  }
}

export function newestFirst(a: CaptureRecord, b: CaptureRecord): number {
  if (a.takenAt !== b.takenAt) return a.takenAt < b.takenAt ? 1 : -1;
  return a.id < b.id ? 1 : -1;
}
