// Lines of a text, one at a time, with their number: a dump of 64 MB is never split into an array.

export class TextLines {
  readonly #text: string;
  #next = 0;
  /** Number of the current line, from 1. */
  number = 0;
  line = '';

  constructor(text: string) {
    this.#text = text;
  }

  /** Moves to the next line; false at the end. */
  next(): boolean {
    if (this.#next >= this.#text.length) return false;
    let end = this.#text.indexOf('\n', this.#next);
    if (end < 0) end = this.#text.length;
    this.line = this.#text.slice(this.#next, this.#text[end - 1] === '\r' ? end - 1 : end);
    this.#next = end + 1;
    this.number++;
    return true;
  }

  /** The line after the current one, '' at the end. */
  peek(): string {
    const end = this.#text.indexOf('\n', this.#next);
    return this.#text.slice(this.#next, end < 0 ? undefined : end);
  }
}
