// Pairs of whole numbers by order of appearance, in an open-addressing table: one look-up a frame is what a graph costs.

const LEAST_SLOTS = 1 << 10;

export class PairIndex {
  #slots = new Int32Array(LEAST_SLOTS).fill(-1);
  /** The pairs: first[i] and second[i], up to `count`. */
  first = new Int32Array(1 << 11);
  second = new Int32Array(1 << 11);
  count = 0;

  /** The number of a pair; a new one is `count` of before. */
  find(first: number, second: number): number {
    const mask = this.#slots.length - 1;
    let slot = hash(first, second);
    for (;;) {
      slot &= mask;
      const pair = this.#slots[slot]!;
      if (pair < 0) break;
      if (this.first[pair] === first && this.second[pair] === second) return pair;
      slot++;
    }
    const pair = this.count++;
    if (pair === this.first.length) {
      this.first = widened(this.first);
      this.second = widened(this.second);
    }
    this.first[pair] = first;
    this.second[pair] = second;
    this.#slots[slot] = pair;
    if (this.count * 2 > this.#slots.length) this.#rehash();
    return pair;
  }

  /** Forgets all pairs. */
  clear(): void {
    // To clear a large table for a handful of pairs, level after level of a deep stack, would take ever so long.
    const isLarge = this.#slots.length > LEAST_SLOTS && this.count * 16 < this.#slots.length;
    this.#slots = isLarge ? new Int32Array(LEAST_SLOTS).fill(-1) : this.#slots.fill(-1);
    this.count = 0;
  }

  #rehash(): void {
    this.#slots = new Int32Array(this.#slots.length * 4).fill(-1);
    const mask = this.#slots.length - 1;
    for (let pair = 0; pair < this.count; pair++) {
      let slot = hash(this.first[pair]!, this.second[pair]!);
      while (this.#slots[(slot &= mask)]! >= 0) slot++;
      this.#slots[slot] = pair;
    }
  }
}

function hash(first: number, second: number): number {
  return Math.imul(first * 31 + second, 0x9e3779b1) >>> 7;
}

function widened(column: Int32Array): Int32Array<ArrayBuffer> {
  const wide = new Int32Array(column.length * 2);
  wide.set(column);
  return wide;
}
