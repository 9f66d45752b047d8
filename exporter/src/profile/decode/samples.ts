// The samples of a profile: nearly all of its bytes. Samples as Go and nearly all others write them (stack and values
// packed, labels after them) are read in one loop that keeps its position in a variable, since a profile is mostly read
// once, in a process that has just started: one loop is compiled long before a dozen methods are. Any other sample is
// read field by field.

import { FIELD, type ProfileCounts } from './counts.js';
import type { IdIndex } from './id-index.js';
import { growable } from '../growable.js';
import { LabelTable } from './label-table.js';
import { bound, type ProfileLimits } from '../limits.js';
import { ProfileError } from '../profile-error.js';
import { NONE, type SampleColumns } from '../profile.js';
import { WIRE, WireReader } from './wire.js';

/** First guess of stack entries from sample bytes; measured on Go's heap profiles, which have 2.2 to 2.6. */
const BYTES_PER_STACK_ENTRY = 2.5;

/** Tags of fields with a length, as one byte each: a sample of the profile, and the fields of a sample. */
const TAG = { sample: 0x12, stack: 0x0a, values: 0x12, label: 0x1a } as const;
const LABEL_TAG = { key: 0x08, text: 0x10, number: 0x18, unit: 0x20 } as const;

export function decodeSamples(
  raw: Uint8Array,
  counts: ProfileCounts,
  locationIds: IdIndex,
  strings: number,
  limits: ProfileLimits,
): SampleColumns {
  return new SampleTable(raw, counts, locationIds, strings, limits).decode();
}

class SampleTable {
  readonly #reader: WireReader;
  readonly #locationIds: IdIndex;
  readonly #strings: number;
  readonly #limits: ProfileLimits;
  readonly #count: number;
  readonly #types: number;
  readonly #values: Float64Array;
  readonly #stackStart: Uint32Array;
  readonly #labelStart: Uint32Array;
  readonly #stack;
  readonly #labels: LabelTable;

  constructor(
    raw: Uint8Array,
    counts: ProfileCounts,
    locationIds: IdIndex,
    strings: number,
    limits: ProfileLimits,
  ) {
    this.#reader = new WireReader(raw, counts.samplesFrom, counts.samplesTo);
    this.#locationIds = locationIds;
    this.#strings = strings;
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
    // Go writes one label a sample, the size of its blocks, or none.
    this.#labels = new LabelTable(Math.min(this.#count, limits.maxLabels));
  }

  decode(): SampleColumns {
    const reader = this.#reader;
    const types = this.#types;
    let sample = 0;
    for (;;) {
      sample = this.#readPlain(sample);
      if (!reader.next()) break;
      if (reader.field !== FIELD.sample) {
        reader.skip();
        continue;
      }
      const at = reader.position;
      const outer = reader.enter();
      const values = this.#readSample(sample);
      reader.leave(outer);
      if (values !== types) {
        throw new ProfileError(
          'profile_inconsistent',
          `profile is inconsistent: sample ${sample} at byte ${at} has ${values} values of ${types}`,
        );
      }
      this.#endSample(++sample);
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

  #endSample(next: number): void {
    this.#stackStart[next] = this.#stack.length;
    this.#labelStart[next] = this.#labels.count;
  }

  /**
   * Reads samples of the usual form from where the reader stands, and leaves it at the first field that is none, or
   * that has anything wrong with it: that is for the other way to read or to refuse. Returns the next sample.
   */
  #readPlain(sample: number): number {
    const reader = this.#reader;
    const { bytes, end } = reader;
    const types = this.#types;
    const values = this.#values;
    const stackStart = this.#stackStart;
    const labelStart = this.#labelStart;
    const labels = this.#labels;
    let { key: keys, text: texts, unit: units, halves } = labels;
    const dense = this.#locationIds.dense;
    const ids = dense.length;
    const strings = this.#strings;
    const { maxStackEntries, maxLabels } = this.#limits;
    let stack = this.#stack.data;
    let at = this.#stack.length;
    let row = labels.count;
    let position = reader.position;
    for (;;) {
      const fieldAt = position;
      const stackAt = at;
      const rowAt = row;
      let good = false;
      plain: {
        // A sample is at least ten bytes long, so that what is read unchecked here is there.
        if (end - position < 4 || bytes[position] !== TAG.sample) break plain;
        let length = bytes[position + 1]!;
        position += 2;
        if (length >= 0x80) {
          const second = bytes[position++]!;
          if (second >= 0x80) break plain;
          length = (length & 0x7f) | (second << 7);
        }
        const sampleEnd = position + length;
        if (sampleEnd > end) break plain;
        let seen = 0;
        let value = sample * types;
        while (position < sampleEnd) {
          const tag = bytes[position++]!;
          // Lengths of one byte, or two.
          let size = position < sampleEnd ? bytes[position++]! : 0x80;
          if (size >= 0x80) {
            const second = position < sampleEnd ? bytes[position++]! : 0x80;
            if (second >= 0x80) break plain;
            size = (size & 0x7f) | (second << 7);
          }
          const fieldEnd = position + size;
          if (fieldEnd > sampleEnd) break plain;
          if (tag === TAG.stack) {
            if (at + size > maxStackEntries) break plain;
            if (at + size > stack.length) {
              this.#stack.length = at;
              stack = this.#stack.reserve(size);
            }
            while (position < fieldEnd) {
              let id = bytes[position++]!;
              if (id >= 0x80) {
                const second = bytes[position++]!;
                id = (id & 0x7f) | ((second & 0x7f) << 7);
                if (second >= 0x80) {
                  const third = bytes[position++]!;
                  if (third >= 0x80) break plain;
                  id |= third << 14;
                }
                if (position > fieldEnd) break plain;
              }
              const location = id < ids ? dense[id]! : 0;
              if (location === 0) break plain;
              stack[at++] = location - 1;
            }
          } else if (tag === TAG.values) {
            while (position < fieldEnd) {
              if (seen++ === types) break plain;
              let number = bytes[position++]!;
              if (number >= 0x80) {
                number &= 0x7f;
                // Numbers of up to seven bytes; negative ones, of ten, are for the other way.
                let factor = 0x80;
                let byte = 0x80;
                while (byte >= 0x80) {
                  if (position >= fieldEnd || factor >= 2 ** 49) break plain;
                  byte = bytes[position++]!;
                  number += (byte & 0x7f) * factor;
                  factor *= 0x80;
                }
              }
              values[value++] = number;
            }
          } else if (tag === TAG.label) {
            if (row === maxLabels) break plain;
            if (row === keys.length) {
              labels.widen();
              ({ key: keys, text: texts, unit: units, halves } = labels);
            }
            let key = 0;
            let text = 0;
            let number = 0;
            let unit = 0;
            while (position < fieldEnd) {
              const field = bytes[position++]!;
              let value = position < fieldEnd ? bytes[position++]! : 0x80;
              if (value >= 0x80) {
                // Up to four bytes: blocks of 256 MiB.
                value &= 0x7f;
                let byte = 0x80;
                for (let shift = 7; byte >= 0x80; shift += 7) {
                  if (position >= fieldEnd || shift > 21) break plain;
                  byte = bytes[position++]!;
                  value |= (byte & 0x7f) << shift;
                }
              }
              if (field === LABEL_TAG.key) key = value;
              else if (field === LABEL_TAG.number) number = value;
              else if (field === LABEL_TAG.unit) unit = value;
              else if (field === LABEL_TAG.text) text = value;
              else break plain;
            }
            if (key >= strings || text >= strings || unit >= strings) break plain;
            keys[row] = key;
            texts[row] = text;
            units[row] = unit;
            halves[row * 2] = number;
            halves[row * 2 + 1] = 0;
            row++;
          } else break plain;
        }
        good = seen === types;
      }
      if (!good) {
        reader.position = fieldAt;
        this.#stack.length = stackAt;
        labels.count = row;
        if (row > rowAt) labels.truncate(rowAt);
        return sample;
      }
      sample++;
      stackStart[sample] = at;
      labelStart[sample] = row;
    }
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
      } else if (reader.field === 3) {
        const at = reader.position;
        const outer = reader.enter();
        this.#readLabel(at);
        reader.leave(outer);
      } else reader.skip();
    }
    return values;
  }

  #readStack(): void {
    const reader = this.#reader;
    const outer = reader.enter();
    // An entry takes a byte at least; only where that is too much are they counted.
    const most = reader.end - reader.position;
    const room = this.#limits.maxStackEntries - this.#stack.length;
    const entries = most <= room ? most : countVarints(reader.bytes, reader.position, reader.end);
    bound('stack entries', this.#stack.length + entries, this.#limits.maxStackEntries);
    this.#stack.reserve(entries);
    while (reader.position < reader.end) {
      const at = reader.position;
      this.#stack.push(this.#locationOf(reader.unsigned(), at));
    }
    reader.leave(outer);
  }

  #locationOf(id: number, at: number): number {
    const index = this.#locationIds.indexOf(id);
    if (index === NONE) {
      throw new ProfileError(
        'profile_inconsistent',
        `profile is inconsistent: a sample names location id ${id} at byte ${at}, which is not there`,
      );
    }
    return index;
  }

  /** Reads the label that the reader has entered; `at` is for messages. */
  #readLabel(at: number): void {
    const reader = this.#reader;
    const labels = this.#labels;
    bound('labels', labels.count + 1, this.#limits.maxLabels);
    const row = labels.add();
    let largest = 0;
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
      const value = reader.index();
      if (value > largest) largest = value;
      if (field === 1) labels.key[row] = value;
      else if (field === 2) labels.text[row] = value;
      else labels.unit[row] = value;
    }
    const strings = this.#strings;
    if (largest >= strings) {
      throw new ProfileError(
        'profile_inconsistent',
        `profile is inconsistent: a label at byte ${at} names string ${largest} of ${strings}`,
      );
    }
  }
}

/** How many varints end within the range. */
function countVarints(bytes: Uint8Array, start: number, end: number): number {
  let count = 0;
  for (let i = start; i < end; i++) if (bytes[i]! < 0x80) count++;
  return count;
}
