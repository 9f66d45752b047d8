// Answers that cost something and never change, kept up to a number of bytes; the least recently asked for goes first.

interface Kept<T> {
  value: Promise<T>;
  bytes: number;
}

export class ByteLru<T> {
  readonly #kept = new Map<string, Kept<T>>();
  #bytes = 0;

  constructor(
    private readonly maxBytes: number,
    private readonly bytesOf: (value: T) => number,
  ) {}

  /** The kept answer, or a new one; asked for twice at once it is made once. One that fails is not kept. */
  get(key: string, make: () => Promise<T>): Promise<T> {
    const kept = this.#kept.get(key);
    if (kept) {
      this.#kept.delete(key);
      this.#kept.set(key, kept);
      return kept.value;
    }
    const entry: Kept<T> = { value: make(), bytes: 0 };
    this.#kept.set(key, entry);
    entry.value.then(
      (value) => this.#weigh(key, entry, this.bytesOf(value)),
      () => {
        if (this.#kept.get(key) === entry) this.#kept.delete(key);
      },
    );
    return entry.value;
  }

  get bytes(): number {
    return this.#bytes;
  }

  #weigh(key: string, entry: Kept<T>, bytes: number): void {
    if (this.#kept.get(key) !== entry) return;
    entry.bytes = bytes;
    this.#bytes += bytes;
    for (const [oldest, { bytes: oldBytes }] of this.#kept) {
      if (this.#bytes <= this.maxBytes) return;
      // What is still being made weighs nothing yet and is being waited for.
      if (oldBytes === 0 && oldest !== key) continue;
      this.#kept.delete(oldest);
      this.#bytes -= oldBytes;
    }
  }
}
