// The protobuf wire format (protobuf.dev/programming-guides/encoding), read in place: a cursor over bytes that never
// runs past the end of the message it is in.

import { ProfileError } from '../profile-error.js';

export const WIRE = { varint: 0, fixed64: 1, bytes: 2, fixed32: 5 } as const;

const TWO_32 = 2 ** 32;

export class WireReader {
  readonly bytes: Uint8Array;
  position: number;
  /** End of the message being read: no value reaches beyond it. */
  end: number;
  /** Field number and wire type of the last `next()`. */
  field = 0;
  wire = 0;
  /** Halves of the last 64-bit varint, both unsigned. */
  low = 0;
  high = 0;

  constructor(bytes: Uint8Array, start = 0, end = bytes.length) {
    this.bytes = bytes;
    this.position = start;
    this.end = end;
  }

  /** Moves to the next field; false at the end of the message. */
  next(): boolean {
    const at = this.position;
    if (at >= this.end) return false;
    const first = this.bytes[at]!;
    if (first >= 8 && first < 0x80) {
      this.position = at + 1;
      this.field = first >> 3;
      this.wire = first & 7;
      return true;
    }
    const tag = this.unsigned();
    this.field = Math.floor(tag / 8);
    this.wire = tag % 8;
    if (this.field === 0 || this.field > 0x1fffffff) {
      throw new ProfileError(
        'profile_malformed',
        `profile is malformed: field number ${this.field} at byte ${at}`,
      );
    }
    return true;
  }

  /** Reads a varint into `low` and `high`. */
  varint(): void {
    const { bytes, end } = this;
    const start = this.position;
    let position = start;
    let low = 0;
    let high = 0;
    for (let shift = 0; shift < 70; shift += 7) {
      if (position >= end) throw this.truncated(start);
      const byte = bytes[position++]!;
      const bits = byte & 0x7f;
      if (shift < 28) low |= bits << shift;
      else if (shift === 28) {
        low |= bits << 28;
        high = bits >>> 4;
      } else if (shift < 63) high |= bits << (shift - 32);
      else if (bits > 1) break;
      else high |= bits << 31;
      if (byte < 0x80) {
        this.low = low >>> 0;
        this.high = high >>> 0;
        this.position = position;
        return;
      }
    }
    throw new ProfileError(
      'profile_malformed',
      `profile is malformed: a number of more than 64 bits at byte ${start}`,
    );
  }

  /** A varint of up to three bytes, which most are; -1 where it is longer or reaches beyond the end. */
  #small(at: number): number {
    const { bytes, end } = this;
    const first = bytes[at]!;
    if (first < 0x80 && at < end) {
      this.position = at + 1;
      return first;
    }
    if (at + 2 >= end) return -1;
    const second = bytes[at + 1]!;
    if (second < 0x80) {
      this.position = at + 2;
      return (first & 0x7f) | (second << 7);
    }
    const third = bytes[at + 2]!;
    if (third >= 0x80) return -1;
    this.position = at + 3;
    return (first & 0x7f) | ((second & 0x7f) << 7) | (third << 14);
  }

  /** A varint as an unsigned number: lengths, indexes, ids. Refused beyond 2^53, where numbers stop being exact. */
  unsigned(): number {
    const at = this.position;
    const small = this.#small(at);
    if (small >= 0) return small;
    this.varint();
    if (this.high >= 0x200000) throw tooLarge(at);
    return this.high * TWO_32 + this.low;
  }

  /** A varint as an index: what does not fit in 32 bits is an index into no table. */
  index(): number {
    const at = this.position;
    const value = this.unsigned();
    if (value >= TWO_32 - 1) {
      throw new ProfileError('profile_inconsistent', `profile is inconsistent: index ${value} at byte ${at}`);
    }
    return value;
  }

  /** A varint as int64: exact within ±(2^53 − 1), refused beyond. */
  signed(): number {
    const at = this.position;
    const small = this.#small(at);
    if (small >= 0) return small;
    this.varint();
    const value = (this.high | 0) * TWO_32 + this.low;
    if (!Number.isSafeInteger(value)) throw tooLarge(at);
    return value;
  }

  /** A varint as int64, exact. */
  signedBig(): bigint {
    this.varint();
    return BigInt.asIntN(64, (BigInt(this.high) << 32n) | BigInt(this.low));
  }

  /** The length of a bytes field that fits in what is left. */
  length(): number {
    const at = this.position;
    const length = this.unsigned();
    if (length > this.end - this.position) {
      throw new ProfileError(
        'profile_truncated',
        `profile is cut off: ${length} bytes announced at byte ${at}, ${this.end - this.position} left`,
      );
    }
    return length;
  }

  /** Passes over the value of the current field. */
  skip(): void {
    const at = this.position;
    if (this.wire === WIRE.varint) this.varint();
    else if (this.wire === WIRE.bytes) {
      const length = this.length();
      this.position += length;
    } else if (this.wire === WIRE.fixed64) this.position += 8;
    else if (this.wire === WIRE.fixed32) this.position += 4;
    else {
      throw new ProfileError(
        'profile_malformed',
        `profile is malformed: wire type ${this.wire} of field ${this.field} at byte ${at}`,
      );
    }
    if (this.position > this.end) throw this.truncated(at);
  }

  /** Refuses a known field in a form that it never has. */
  expect(wire: number): void {
    if (this.wire !== wire) {
      throw new ProfileError(
        'profile_malformed',
        `profile is malformed: field ${this.field} has wire type ${this.wire}, not ${wire}, at byte ${this.position}`,
      );
    }
  }

  /** Enters a bytes field as a message and returns the end of the outer one, to be given to `leave`. */
  enter(): number {
    this.expect(WIRE.bytes);
    const length = this.length();
    const outer = this.end;
    this.end = this.position + length;
    return outer;
  }

  leave(outer: number): void {
    this.position = this.end;
    this.end = outer;
  }

  truncated(at: number): ProfileError {
    return new ProfileError('profile_truncated', `profile is cut off in the value at byte ${at}`);
  }
}

function tooLarge(at: number): ProfileError {
  return new ProfileError(
    'profile_value_too_large',
    `profile holds a number beyond ±2^53 at byte ${at}, which cannot be counted exactly`,
  );
}
