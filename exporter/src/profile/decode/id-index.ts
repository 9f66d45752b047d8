// From the ids of a file to rows of a table. Go numbers its records 1, 2, 3 …, so that a plain array does; ids of
// other writers may be anything, which costs a map.

import { ProfileError } from '../profile-error.js';
import { NONE } from '../profile.js';

/** An array is worth it while at least one of four of its slots is used. */
const MAX_SPARSENESS = 4;

export class IdIndex {
  readonly #what: string;
  readonly #ids: Float64Array;
  #largest = 0;
  #map: Map<number, number> | null = null;
  /** Row + 1 by id, 0 where there is none; empty when the ids are too far apart. */
  dense = new Uint32Array(0);
  count = 0;

  constructor(what: string, capacity: number) {
    this.#what = what;
    this.#ids = new Float64Array(capacity);
  }

  /** The id of the next row. */
  add(id: number): void {
    if (id === 0) {
      throw new ProfileError(
        'profile_inconsistent',
        `profile is inconsistent: ${this.#what} ${this.count} has id 0`,
      );
    }
    this.#ids[this.count++] = id;
    if (id > this.#largest) this.#largest = id;
  }

  /** After the last id: builds the index, and refuses an id that stands twice. */
  finish(): void {
    if (this.#largest <= this.count * MAX_SPARSENESS + 1024) {
      this.dense = new Uint32Array(this.#largest + 1);
      for (let row = 0; row < this.count; row++) {
        const id = this.#ids[row]!;
        if (this.dense[id] !== 0) throw this.#twice(id);
        this.dense[id] = row + 1;
      }
      return;
    }
    this.#map = new Map();
    for (let row = 0; row < this.count; row++) {
      const id = this.#ids[row]!;
      if (this.#map.has(id)) throw this.#twice(id);
      this.#map.set(id, row);
    }
  }

  /** Row of an id, NONE when there is none. */
  indexOf(id: number): number {
    if (this.#map) return this.#map.get(id) ?? NONE;
    return id < this.dense.length && this.dense[id] !== 0 ? this.dense[id]! - 1 : NONE;
  }

  #twice(id: number): ProfileError {
    return new ProfileError(
      'profile_inconsistent',
      `profile is inconsistent: ${this.#what} id ${id} stands twice`,
    );
  }
}
