// The columns of labels while a profile is decoded, grown together.

import type { LabelColumns } from '../profile.js';

export class LabelTable {
  count = 0;
  key: Uint32Array;
  text: Uint32Array;
  unit: Uint32Array;
  /** 64-bit numbers, low half first: every platform that Node 20 runs Leakline on is little-endian. */
  halves: Uint32Array;

  constructor(capacity: number) {
    const size = Math.max(capacity, 16);
    this.key = new Uint32Array(size);
    this.text = new Uint32Array(size);
    this.unit = new Uint32Array(size);
    this.halves = new Uint32Array(size * 2);
  }

  /** A new row of zeros. */
  add(): number {
    if (this.count === this.key.length) this.widen();
    return this.count++;
  }

  /** Makes room for as many rows again; the columns are new ones. */
  widen(): void {
    this.key = widened(this.key);
    this.text = widened(this.text);
    this.unit = widened(this.unit);
    this.halves = widened(this.halves);
  }

  /** Takes back the rows from `count` on. */
  truncate(count: number): void {
    this.key.fill(0, count, this.count);
    this.text.fill(0, count, this.count);
    this.unit.fill(0, count, this.count);
    this.halves.fill(0, count * 2, this.count * 2);
    this.count = count;
  }

  finish(): LabelColumns {
    const { count, key, text, unit, halves } = this;
    return {
      count,
      key: key.subarray(0, count),
      text: text.subarray(0, count),
      number: new BigInt64Array(halves.buffer, halves.byteOffset, count),
      unit: unit.subarray(0, count),
    };
  }
}

function widened(column: Uint32Array): Uint32Array {
  const wider = new Uint32Array(column.length * 2);
  wider.set(column);
  return wider;
}
