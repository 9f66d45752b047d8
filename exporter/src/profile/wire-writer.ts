// Writes the protobuf wire format. A nested message is written to a buffer of its depth and copied behind its length.

import { WIRE } from './decode/wire.js';

const TWO_32 = 2 ** 32;
/** The longest varint. */
const VARINT_BYTES = 10;

export class WireWriter {
  #bytes: Uint8Array;
  #length = 0;
  #nested: WireWriter | null = null;

  constructor(capacity = 1024) {
    this.#bytes = new Uint8Array(capacity);
  }

  /** What was written, until the next write. */
  written(): Uint8Array {
    return this.#bytes.subarray(0, this.#length);
  }

  /** A number field; 0 is left out, as proto3 does. */
  number(field: number, value: number): void {
    if (value === 0) return;
    this.#varint(field * 8 + WIRE.varint);
    this.#varint(value);
  }

  /** A 64-bit field; 0 is left out. */
  big(field: number, value: bigint): void {
    if (value === 0n) return;
    this.#varint(field * 8 + WIRE.varint);
    this.#halves(Number(value & 0xffffffffn), Number((value >> 32n) & 0xffffffffn));
  }

  bytes(field: number, value: Uint8Array): void {
    this.#varint(field * 8 + WIRE.bytes);
    this.#varint(value.length);
    this.#reserve(value.length);
    this.#bytes.set(value, this.#length);
    this.#length += value.length;
  }

  message(field: number, write: (nested: WireWriter) => void): void {
    this.#nested ??= new WireWriter();
    this.#nested.#length = 0;
    write(this.#nested);
    this.bytes(field, this.#nested.written());
  }

  /** Numbers one after another behind a length; nothing where there are none. */
  packed(field: number, values: ArrayLike<number>, start: number, end: number, add = 0): void {
    if (start === end) return;
    this.message(field, (nested) => {
      for (let i = start; i < end; i++) nested.#varint(values[i]! + add);
    });
  }

  #varint(value: number): void {
    if (value >= 0 && value < 0x80) {
      this.#reserve(1);
      this.#bytes[this.#length++] = value;
    } else this.#halves(value >>> 0, Math.floor(value / TWO_32) >>> 0);
  }

  #halves(low: number, high: number): void {
    this.#reserve(VARINT_BYTES);
    while (high !== 0 || low >= 0x80) {
      this.#bytes[this.#length++] = (low & 0x7f) | 0x80;
      low = ((low >>> 7) | (high << 25)) >>> 0;
      high >>>= 7;
    }
    this.#bytes[this.#length++] = low;
  }

  #reserve(count: number): void {
    if (this.#length + count <= this.#bytes.length) return;
    const grown = new Uint8Array(Math.max(this.#length + count, this.#bytes.length * 2));
    grown.set(this.#bytes.subarray(0, this.#length));
    this.#bytes = grown;
  }
}
