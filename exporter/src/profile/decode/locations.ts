// The locations of a profile, with their lines. A record as nearly all writers make it is read without a call; any other
// field by field.

import { inconsistent } from './checks.js';
import type { Places } from './counts.js';
import { growable, type Growable } from '../growable.js';
import { IdIndex } from './id-index.js';
import { bound, type ProfileLimits } from '../limits.js';
import { NONE, type LocationColumns } from '../profile.js';
import { WIRE, WireReader } from './wire.js';

const TWO_32 = 2 ** 32;

/** Field numbers of Location and Line. */
const FIELD = { id: 1, mapping: 2, address: 3, line: 4, isFolded: 5 } as const;
const LINE_FIELD = { function: 1, line: 2, column: 3 } as const;

/** Their tags, of one byte. */
const TAG = { id: 0x08, mapping: 0x10, address: 0x18, line: 0x22, isFolded: 0x28 } as const;
const LINE_TAG = { function: 0x08, line: 0x10, column: 0x18 } as const;

/** The ids of the locations at `places`: all that samples ask of them. */
export function readLocationIds(raw: Uint8Array, places: Places): IdIndex {
  const count = places.start.length;
  const ids = new IdIndex('location', count);
  for (let l = 0; l < count; l++) {
    const start = places.start[l]!;
    const end = places.end[l]!;
    // Nearly always the first field, of one or two bytes.
    const first = raw[start + 1]!;
    const second = first >= 0x80 ? raw[start + 2]! : 0;
    const plain = start + 3 <= end && raw[start] === TAG.id && second < 0x80;
    ids.add(plain ? (first & 0x7f) | (second << 7) : readId(new WireReader(raw, start, end)));
  }
  ids.finish();
  return ids;
}

/** The first id of a location; 0 where it has none. */
function readId(reader: WireReader): number {
  while (reader.next()) {
    if (reader.field === FIELD.id) {
      reader.expect(WIRE.varint);
      return reader.unsigned();
    }
    reader.skip();
  }
  return 0;
}

/** Reads the locations at `places`; ids of functions and mappings become rows of their tables. */
export function decodeLocations(
  raw: Uint8Array,
  places: Places,
  ids: IdIndex,
  functionIds: IdIndex,
  mappingIds: IdIndex,
  { maxTableEntries }: ProfileLimits,
): LocationColumns {
  const count = places.start.length;
  const address = new BigUint64Array(count);
  // The same memory as halves, which spares a bigint an address. Low half first: every platform that Node 20 runs
  // Leakline on is little-endian.
  const halves = new Uint32Array(address.buffer);
  const mapping = new Uint32Array(count);
  const isFolded = new Uint8Array(count);
  const lineStart = new Uint32Array(count + 1);
  const lines = new LineTable(count, functionIds);
  for (let l = 0; l < count; l++) {
    const end = places.end[l]!;
    let position = places.start[l]!;
    let id = 0;
    let mappingId = 0;
    let low = 0;
    let high = 0;
    let folded = 0;
    plain: while (position < end) {
      const tag = raw[position]!;
      let value = raw[position + 1]!;
      let next = position + 2;
      if (tag === TAG.line) {
        const lineEnd = next + value;
        if (value >= 0x80 || lineEnd > end) break;
        let functionId = 0;
        let line = 0;
        let column = 0;
        while (next < lineEnd) {
          const lineTag = raw[next++]!;
          let part = raw[next++]!;
          if (part >= 0x80) {
            const second = raw[next++]!;
            part = (part & 0x7f) | ((second & 0x7f) << 7);
            if (second >= 0x80) {
              const third = raw[next++]!;
              if (third >= 0x80) break plain;
              part |= third << 14;
            }
          }
          if (lineTag === LINE_TAG.function) functionId = part;
          else if (lineTag === LINE_TAG.line) line = part;
          else if (lineTag === LINE_TAG.column) column = part;
          else break plain;
        }
        if (next !== lineEnd) break;
        lines.add(functionId, line, column, l);
        position = next;
        continue;
      }
      if (value >= 0x80) {
        value &= 0x7f;
        let byte = 0x80;
        for (let factor = 0x80; byte >= 0x80; factor *= 0x80) {
          if (next >= end || factor >= 2 ** 49) break plain;
          byte = raw[next++]!;
          value += (byte & 0x7f) * factor;
        }
      }
      if (tag === TAG.address) {
        low = value >>> 0;
        high = value / TWO_32;
      } else if (tag === TAG.id) id = value;
      else if (tag === TAG.mapping) mappingId = value;
      else if (tag === TAG.isFolded) folded = value;
      else break;
      position = next;
    }
    if (position !== end) {
      lines.truncate(lineStart[l]!);
      ({ id, mappingId, low, high, folded } = readAny(new WireReader(raw, places.start[l], end), lines, l));
    }
    if (ids.indexOf(id) !== l) throw inconsistent(`location ${l} has more than one id`);
    halves[l * 2] = low;
    halves[l * 2 + 1] = high;
    mapping[l] = mappingId === 0 ? NONE : rowOf(mappingIds, mappingId, 'mapping', l);
    isFolded[l] = folded === 0 ? 0 : 1;
    lineStart[l + 1] = lines.count;
    bound('lines', lines.count, maxTableEntries);
  }
  return { count, address, mapping, isFolded, lineStart, ...lines.finish() };
}

interface LocationFields {
  id: number;
  mappingId: number;
  /** The halves of the address. */
  low: number;
  high: number;
  folded: number;
}

function readAny(reader: WireReader, lines: LineTable, location: number): LocationFields {
  const fields: LocationFields = { id: 0, mappingId: 0, low: 0, high: 0, folded: 0 };
  while (reader.next()) {
    const { field } = reader;
    if (field > FIELD.isFolded) reader.skip();
    else if (field === FIELD.line) {
      const outer = reader.enter();
      readLine(reader, lines, location);
      reader.leave(outer);
    } else {
      reader.expect(WIRE.varint);
      if (field === FIELD.address) {
        reader.varint();
        fields.low = reader.low;
        fields.high = reader.high;
      } else if (field === FIELD.id) fields.id = reader.unsigned();
      else if (field === FIELD.mapping) fields.mappingId = reader.unsigned();
      else fields.folded = reader.unsigned();
    }
  }
  return fields;
}

function readLine(reader: WireReader, lines: LineTable, location: number): void {
  let functionId = 0;
  let line = 0;
  let column = 0;
  while (reader.next()) {
    const { field } = reader;
    if (field > LINE_FIELD.column) {
      reader.skip();
      continue;
    }
    reader.expect(WIRE.varint);
    if (field === LINE_FIELD.function) functionId = reader.unsigned();
    else if (field === LINE_FIELD.line) line = reader.signed();
    else column = reader.signed();
  }
  lines.add(functionId, line, column, location);
}

/** The columns of lines. */
class LineTable {
  readonly #functionIds: IdIndex;
  readonly #function: Growable<Uint32Array>;
  readonly #number: Growable<Float64Array>;
  readonly #column: Growable<Float64Array>;

  constructor(locations: number, functionIds: IdIndex) {
    this.#functionIds = functionIds;
    // Most locations have one line.
    this.#function = growable.indexes(locations);
    this.#number = growable.numbers(locations);
    this.#column = growable.numbers(locations);
  }

  get count(): number {
    return this.#function.length;
  }

  add(functionId: number, line: number, column: number, location: number): void {
    this.#function.push(rowOf(this.#functionIds, functionId, 'function', location));
    this.#number.push(line);
    this.#column.push(column);
  }

  truncate(count: number): void {
    this.#function.length = this.#number.length = this.#column.length = count;
  }

  finish(): Pick<LocationColumns, 'lineFunction' | 'lineNumber' | 'lineColumn'> {
    return {
      lineFunction: this.#function.finish(),
      lineNumber: this.#number.finish(),
      lineColumn: this.#column.finish(),
    };
  }
}

function rowOf(ids: IdIndex, id: number, what: string, location: number): number {
  const row = ids.indexOf(id);
  if (row === NONE) throw inconsistent(`location ${location} names ${what} id ${id}, which is not there`);
  return row;
}
