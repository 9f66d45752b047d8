// The samples of a profile: nearly all of its bytes, hence the hand-unrolled reading of one- and two-byte numbers.

import { FIELD, type ProfileCounts } from './decode-counts.js';
import type { ProfileTables } from './decode-tables.js';
import { growable } from './growable.js';
import { bound, type ProfileLimits } from './limits.js';
import { ProfileError } from './profile-error.js';
import { NONE, type LabelColumns, type SampleColumns } from './profile.js';
import { WIRE, WireReader } from './wire.js';

/** First guess of stack entries from sample bytes; measured on Go's heap profiles, which have 2.2 to 2.6. */
const BYTES_PER_STACK_ENTRY = 2.5;

export function decodeSamples(
  raw: Uint8Array,
  counts: ProfileCounts,
  tables: ProfileTables,
  limits: ProfileLimits,
): SampleColumns {
  return new SampleTable(raw, counts, tables, limits).decode();
}

class SampleTable {
  readonly #reader: WireReader;
  readonly #tables: ProfileTables;
  readonly #limits: ProfileLimits;
  readonly #count: number;
  readonly #types: number;
  readonly #values: Float64Array;
  readonly #stackStart: Uint32Array;
  readonly #labelStart: Uint32Array;
  readonly #stack;
  readonly #labels = new LabelTable();

  constructor(raw: Uint8Array, counts: ProfileCounts, tables: ProfileTables, limits: ProfileLimits) {
    this.#reader = new WireReader(raw);
    this.#tables = tables;
    this.#limits = limits;
    this.#count = counts.samples;
    this.#types = counts.sampleTypes;
    if (this.#count > 0 && this.#types === 0) {
      throw new ProfileError(
        'profile_inconsistent',
        'profile is inconsistent: samples without a sample type',
      );
    }
    this.#values = new Float64Array(this.#count * this.#types);
    this.#stackStart = new Uint32Array(this.#count + 1);
    this.#labelStart = new Uint32Array(this.#count + 1);
    this.#stack = growable.indexes(
      Math.min(Math.ceil(counts.sampleBytes / BYTES_PER_STACK_ENTRY), limits.maxStackEntries),
    );
  }

  decode(): SampleColumns {
    const reader = this.#reader;
    let sample = 0;
    while (reader.next()) {
      if (reader.field !== FIELD.sample) {
        reader.skip();
        continue;
      }
      const at = reader.position;
      const outer = reader.enter();
      const values = this.#readSample(sample);
      reader.leave(outer);
      if (values !== this.#types) {
        throw new ProfileError(
          'profile_inconsistent',
          `profile is inconsistent: sample ${sample} at byte ${at} has ${values} values of ${this.#types}`,
        );
      }
      sample++;
      this.#stackStart[sample] = this.#stack.length;
      this.#labelStart[sample] = this.#labels.count;
    }
    return {
      count: this.#count,
      values: this.#values,
      stackStart: this.#stackStart,
      stack: this.#stack.data.subarray(0, this.#stack.length),
      labelStart: this.#labelStart,
      labels: this.#labels.finish(),
    };
  }

  /** Reads one sample and returns how many values it has. */
  #readSample(sample: number): number {
    const reader = this.#reader;
    const types = this.#types;
    let values = 0;
    const first = sample * types;
    while (reader.next()) {
      if (reader.field === 1) {
        if (reader.wire === WIRE.bytes) this.#readStack();
        else {
          reader.expect(WIRE.varint);
          const at = reader.position;
          const id = reader.unsigned();
          bound('stack entries', this.#stack.length + 1, this.#limits.maxStackEntries);
          this.#stack.push(this.#locationOf(id, at));
        }
      } else if (reader.field === 2) {
        if (reader.wire === WIRE.bytes) {
          const outer = reader.enter();
          while (reader.position < reader.end) {
            const value = reader.signed();
            if (values < types) this.#values[first + values] = value;
            values++;
          }
          reader.leave(outer);
        } else {
          reader.expect(WIRE.varint);
          const value = reader.signed();
          if (values < types) this.#values[first + values] = value;
          values++;
        }
      } else if (reader.field === 3) this.#readLabel();
      else reader.skip();
    }
    return values;
  }

  #readStack(): void {
    const reader = this.#reader;
    const outer = reader.enter();
    const { bytes, end } = reader;
    // An entry takes a byte at least; only where that is too much are they counted.
    const most = end - reader.position;
    const room = this.#limits.maxStackEntries - this.#stack.length;
    const entries = most <= room ? most : countVarints(bytes, reader.position, end);
    bound('stack entries', this.#stack.length + entries, this.#limits.maxStackEntries);
    const stack = this.#stack.reserve(entries);
    const dense = this.#tables.locationIds.dense;
    let length = this.#stack.length;
    let position = reader.position;
    while (position < end) {
      const at = position;
      let id = bytes[position++]!;
      if (id >= 0x80) {
        const second = position < end ? bytes[position]! : 0x80;
        if (second < 0x80) {
          id = (id & 0x7f) | (second << 7);
          position++;
        } else {
          reader.position = at;
          id = reader.unsigned();
          position = reader.position;
        }
      }
      const row = id < dense.length ? dense[id]! : 0;
      stack[length++] = row !== 0 ? row - 1 : this.#locationOf(id, at);
    }
    this.#stack.length = length;
    reader.leave(outer);
  }

  #locationOf(id: number, at: number): number {
    const index = this.#tables.locationIds.indexOf(id);
    if (index === NONE) {
      throw new ProfileError(
        'profile_inconsistent',
        `profile is inconsistent: a sample names location id ${id} at byte ${at}, which is not there`,
      );
    }
    return index;
  }

  #readLabel(): void {
    const reader = this.#reader;
    const at = reader.position;
    const labels = this.#labels;
    bound('labels', labels.count + 1, this.#limits.maxLabels);
    const row = labels.add();
    let largest = 0;
    const outer = reader.enter();
    while (reader.next()) {
      const { field } = reader;
      if (field > 4) {
        reader.skip();
        continue;
      }
      reader.expect(WIRE.varint);
      if (field === 3) {
        reader.varint();
        labels.halves[row * 2] = reader.low;
        labels.halves[row * 2 + 1] = reader.high;
        continue;
      }
      const string = reader.index();
      if (string > largest) largest = string;
      if (field === 1) labels.key[row] = string;
      else if (field === 2) labels.text[row] = string;
      else labels.unit[row] = string;
    }
    reader.leave(outer);
    const strings = this.#tables.strings.count;
    if (largest >= strings) {
      throw new ProfileError(
        'profile_inconsistent',
        `profile is inconsistent: a label at byte ${at} names string ${largest} of ${strings}`,
      );
    }
  }
}

/** The columns of labels, grown together. */
class LabelTable {
  count = 0;
  key = new Uint32Array(256);
  text = new Uint32Array(256);
  unit = new Uint32Array(256);
  /** 64-bit numbers, low half first: every platform that Node 20 runs Leakline on is little-endian. */
  halves = new Uint32Array(512);

  /** A new row of zeros. */
  add(): number {
    if (this.count === this.key.length) {
      this.key = widened(this.key);
      this.text = widened(this.text);
      this.unit = widened(this.unit);
      this.halves = widened(this.halves);
    }
    return this.count++;
  }

  finish(): LabelColumns {
    const { count } = this;
    return {
      count,
      key: this.key.slice(0, count),
      text: this.text.slice(0, count),
      number: new BigInt64Array(this.halves.slice(0, count * 2).buffer),
      unit: this.unit.slice(0, count),
    };
  }
}

function widened(column: Uint32Array): Uint32Array<ArrayBuffer> {
  const wider = new Uint32Array(column.length * 2);
  wider.set(column);
  return wider;
}

/** How many varints end within the range. */
function countVarints(bytes: Uint8Array, start: number, end: number): number {
  let count = 0;
  for (let i = start; i < end; i++) if (bytes[i]! < 0x80) count++;
  return count;
}
