// Typed arrays that grow: columns whose length is known only at the end.

type Column = Uint8Array | Uint32Array | Float64Array | BigInt64Array | BigUint64Array;

/** Grown in steps of one and a half: at most a third of a finished column is slack. */
const GROWTH = 1.5;

export class Growable<T extends Column> {
  data: T;
  length = 0;
  readonly #make: (length: number) => T;

  constructor(make: (length: number) => T, capacity = 64) {
    this.#make = make;
    this.data = make(Math.max(capacity, 16));
  }

  push(value: T[number]): void {
    if (this.length === this.data.length) this.reserve(1);
    this.data[this.length++] = value;
  }

  /** Makes room for `count` more entries and returns the column, which may be a new one. */
  reserve(count: number): T {
    const needed = this.length + count;
    if (needed > this.data.length) {
      const grown = this.#make(Math.max(needed, Math.ceil(this.data.length * GROWTH)));
      copyInto(grown, this.data);
      this.data = grown;
    }
    return this.data;
  }

  /** The entries so far, in the memory of the column. */
  used(): T {
    return this.data.subarray(0, this.length) as T;
  }

  /** The column cut to its length. */
  finish(): T {
    if (this.length === this.data.length) return this.data;
    const cut = this.#make(this.length);
    copyInto(cut, this.data);
    return cut;
  }
}

function copyInto(target: Column, source: Column): void {
  const bytes = Math.min(target.byteLength, source.byteLength);
  new Uint8Array(target.buffer, target.byteOffset, bytes).set(
    new Uint8Array(source.buffer, source.byteOffset, bytes),
  );
}

export const growable = {
  bytes: (capacity?: number) => new Growable<Uint8Array>((length) => new Uint8Array(length), capacity),
  indexes: (capacity?: number) => new Growable<Uint32Array>((length) => new Uint32Array(length), capacity),
  numbers: (capacity?: number) => new Growable<Float64Array>((length) => new Float64Array(length), capacity),
  signed64: (capacity?: number) =>
    new Growable<BigInt64Array>((length) => new BigInt64Array(length), capacity),
  unsigned64: (capacity?: number) =>
    new Growable<BigUint64Array>((length) => new BigUint64Array(length), capacity),
};
