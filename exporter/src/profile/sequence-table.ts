// Equal sequences of numbers become one: stacks of several captures, or the samples of a merge. Open addressing over
// typed arrays, since a map of string keys costs ten times as much at a million stacks.

import { growable } from './growable.js';

const EMPTY = 0;

export class SequenceTable {
  readonly #words = growable.indexes(4096);
  /** Sequence i is words[start[i]] … words[start[i + 1] - 1]. */
  readonly #start = growable.indexes(1024);
  readonly #hashes = growable.indexes(1024);
  /** Sequence + 1 by slot. */
  #slots = new Uint32Array(2048);

  constructor() {
    this.#start.push(0);
  }

  get count(): number {
    return this.#hashes.length;
  }

  /** The number of a sequence: equal sequences have equal numbers, counted from 0 in the order first seen. */
  intern(from: Uint32Array, start: number, end: number): number {
    let hash = end - start;
    for (let i = start; i < end; i++) {
      hash = Math.imul(hash ^ from[i]!, 0x5bd1e995);
      hash ^= hash >>> 15;
    }
    hash >>>= 0;
    const mask = this.#slots.length - 1;
    let slot = hash & mask;
    for (let entry = this.#slots[slot]!; entry !== EMPTY; entry = this.#slots[slot]!) {
      if (this.#hashes.data[entry - 1] === hash && this.#equals(entry - 1, from, start, end))
        return entry - 1;
      slot = (slot + 1) & mask;
    }
    const added = this.count;
    const words = this.#words.reserve(end - start);
    words.set(from.subarray(start, end), this.#words.length);
    this.#words.length += end - start;
    this.#start.push(this.#words.length);
    this.#hashes.push(hash);
    this.#slots[slot] = added + 1;
    if (this.count * 2 > this.#slots.length) this.#rehash();
    return added;
  }

  /** All sequences, one after another, and where each begins. */
  finish(): { words: Uint32Array; start: Uint32Array } {
    return { words: this.#words.finish(), start: this.#start.finish() };
  }

  #equals(sequence: number, from: Uint32Array, start: number, end: number): boolean {
    const words = this.#words.data;
    const first = this.#start.data[sequence]!;
    if (this.#start.data[sequence + 1]! - first !== end - start) return false;
    for (let i = 0; i < end - start; i++) if (words[first + i] !== from[start + i]) return false;
    return true;
  }

  #rehash(): void {
    const slots = new Uint32Array(this.#slots.length * 2);
    const mask = slots.length - 1;
    for (let i = 0; i < this.count; i++) {
      let slot = this.#hashes.data[i]! & mask;
      while (slots[slot] !== EMPTY) slot = (slot + 1) & mask;
      slots[slot] = i + 1;
    }
    this.#slots = slots;
  }
}
