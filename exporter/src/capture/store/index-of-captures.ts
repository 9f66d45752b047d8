// The captures of a store in memory: by id, and in the order of time, of all and of each target.

import { sizeOf, type CaptureRecord } from '../record.js';

export class CaptureIndex {
  readonly #byId = new Map<string, CaptureRecord>();
  readonly #all = new SortedCaptures();
  readonly #byTarget = new Map<string, SortedCaptures>();
  #sizeBytes = 0;

  get(id: string): CaptureRecord | undefined {
    return this.#byId.get(id);
  }

  add(record: CaptureRecord): void {
    this.delete(record.id);
    this.#byId.set(record.id, record);
    this.#sizeBytes += sizeOf(record);
    this.#all.add(record);
    const ofTarget = this.#byTarget.get(record.target);
    if (ofTarget) ofTarget.add(record);
    else this.#byTarget.set(record.target, new SortedCaptures(record));
  }

  delete(id: string): void {
    const record = this.#byId.get(id);
    if (!record) return;
    this.#byId.delete(id);
    this.#sizeBytes -= sizeOf(record);
    this.#all.delete(record);
    const ofTarget = this.#byTarget.get(record.target)!;
    ofTarget.delete(record);
    if (ofTarget.newestFirst.length === 0) this.#byTarget.delete(record.target);
  }

  ids(): Iterable<string> {
    return this.#byId.keys();
  }

  sizeBytes(): number {
    return this.#sizeBytes;
  }

  /** Newest first; equal times by id, so that pages never overlap. The list is the index's own: read, not held on to. */
  newestFirst(): readonly CaptureRecord[] {
    return this.#all.newestFirst;
  }

  /** Of one target name, of every host. */
  newestFirstOf(target: string): readonly CaptureRecord[] {
    return this.#byTarget.get(target)?.newestFirst ?? [];
  }
}

/** Sorted when first read; from then on a new capture goes to its place, which is nearly always the first. */
class SortedCaptures {
  readonly #records: CaptureRecord[];
  #isSorted = true;

  constructor(...records: CaptureRecord[]) {
    this.#records = records;
  }

  get newestFirst(): readonly CaptureRecord[] {
    if (!this.#isSorted) this.#records.sort(newestFirst);
    this.#isSorted = true;
    return this.#records;
  }

  add(record: CaptureRecord): void {
    const first = this.#records[0];
    if (this.#isSorted && first && newestFirst(record, first) < 0) {
      this.#records.unshift(record);
      return;
    }
    this.#isSorted = this.#records.length === 0;
    this.#records.push(record);
  }

  delete(record: CaptureRecord): void {
    const place = this.#records.indexOf(record);
    if (place >= 0) this.#records.splice(place, 1);
  }
}

export function newestFirst(a: CaptureRecord, b: CaptureRecord): number {
  if (a.takenAt !== b.takenAt) return a.takenAt < b.takenAt ? 1 : -1;
  return a.id < b.id ? 1 : -1;
}
