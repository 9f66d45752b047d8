// Everything of a profile but its samples: strings, functions, mappings, locations, and the header fields.

import { FIELD, type ProfileCounts } from './decode-counts.js';
import { growable } from './growable.js';
import { IdIndex } from './id-index.js';
import { bound, type ProfileLimits } from './limits.js';
import { ProfileError } from './profile-error.js';
import {
  EncodedStrings,
  MAPPING_HAS,
  NONE,
  type FunctionColumns,
  type LocationColumns,
  type MappingColumns,
  type Profile,
  type ValueType,
} from './profile.js';
import { WIRE, WireReader } from './wire.js';

export interface ProfileTables extends Omit<Profile, 'samples'> {
  locationIds: IdIndex;
}

/** Header numbers and string indexes as they stand in the message; the last of a repeated field counts. */
interface Header {
  types: { type: number; unit: number }[];
  periodType: { type: number; unit: number } | null;
  period: number;
  timeNanos: bigint;
  durationNanos: bigint;
  dropFrames: number;
  keepFrames: number;
  defaultSampleType: number;
  docUrl: number;
  comments: number[];
}

export function decodeTables(raw: Uint8Array, counts: ProfileCounts, limits: ProfileLimits): ProfileTables {
  const reader = new WireReader(raw);
  const header: Header = {
    types: [],
    periodType: null,
    period: 0,
    timeNanos: 0n,
    durationNanos: 0n,
    dropFrames: 0,
    keepFrames: 0,
    defaultSampleType: 0,
    docUrl: 0,
    comments: [],
  };
  const functions = new FunctionTable(counts.functions, counts.stringStart.length);
  const mappings = new MappingTable(counts.mappings);
  const locations = new LocationTable(counts.locations, limits);

  for (let i = 0; i < counts.tableFields.length; i++) {
    reader.position = counts.tableFields[i]!;
    reader.next();
    switch (reader.field) {
      case FIELD.function:
        functions.read(reader);
        break;
      case FIELD.location:
        locations.read(reader);
        break;
      case FIELD.mapping:
        mappings.read(reader);
        break;
      default:
        readHeaderField(reader, header);
    }
  }

  const table = new EncodedStrings(raw, counts.stringStart, counts.stringEnd);
  if (table.count > 0 && table.at(0) !== '') {
    throw inconsistent('string 0 is not empty');
  }
  const text = (index: number, of: string): string => {
    // A profile without any string may still say "no string".
    if (index === 0) return '';
    checkString(index, table.count, of, 0);
    return table.at(index);
  };
  const valueType = (of: { type: number; unit: number }): ValueType => ({
    type: text(of.type, 'a sample type'),
    unit: text(of.unit, 'a sample type'),
  });

  const functionColumns = functions.finish();
  const mappingColumns = mappings.finish(table.count);
  return {
    sampleTypes: header.types.map(valueType),
    defaultSampleType: text(header.defaultSampleType, 'the default sample type'),
    periodType: header.periodType ? valueType(header.periodType) : null,
    period: header.period,
    timeNanos: header.timeNanos,
    durationNanos: header.durationNanos,
    dropFrames: text(header.dropFrames, 'drop_frames'),
    keepFrames: text(header.keepFrames, 'keep_frames'),
    comments: header.comments.map((index) => text(index, 'a comment')),
    docUrl: text(header.docUrl, 'the documentation URL'),
    functions: functionColumns,
    mappings: mappingColumns,
    locations: locations.finish(functions.ids, mappings.ids),
    strings: table,
    locationIds: locations.ids,
  };
}

function readHeaderField(reader: WireReader, header: Header): void {
  switch (reader.field) {
    case FIELD.sampleType:
      header.types.push(readValueType(reader));
      break;
    case FIELD.periodType:
      header.periodType = readValueType(reader);
      break;
    case FIELD.period:
      reader.expect(WIRE.varint);
      header.period = reader.signed();
      break;
    case FIELD.timeNanos:
      reader.expect(WIRE.varint);
      header.timeNanos = reader.signedBig();
      break;
    case FIELD.durationNanos:
      reader.expect(WIRE.varint);
      header.durationNanos = reader.signedBig();
      break;
    case FIELD.dropFrames:
      header.dropFrames = varintIndex(reader);
      break;
    case FIELD.keepFrames:
      header.keepFrames = varintIndex(reader);
      break;
    case FIELD.defaultSampleType:
      header.defaultSampleType = varintIndex(reader);
      break;
    case FIELD.docUrl:
      header.docUrl = varintIndex(reader);
      break;
    case FIELD.comment:
      if (reader.wire === WIRE.bytes) {
        const outer = reader.enter();
        while (reader.position < reader.end) addComment(reader, header);
        reader.leave(outer);
      } else {
        reader.expect(WIRE.varint);
        addComment(reader, header);
      }
      break;
    default:
      reader.skip();
  }
}

/** Programs write a handful of comments; each is a line of a report. */
const MAX_COMMENTS = 10_000;

function addComment(reader: WireReader, header: Header): void {
  header.comments.push(reader.index());
  bound('comments', header.comments.length, MAX_COMMENTS);
}

function varintIndex(reader: WireReader): number {
  reader.expect(WIRE.varint);
  return reader.index();
}

function readValueType(reader: WireReader): { type: number; unit: number } {
  const value = { type: 0, unit: 0 };
  const outer = reader.enter();
  while (reader.next()) {
    if (reader.field === 1) value.type = varintIndex(reader);
    else if (reader.field === 2) value.unit = varintIndex(reader);
    else reader.skip();
  }
  reader.leave(outer);
  return value;
}

const TWO_32 = 2 ** 32;

/** Field numbers of Function, Location and Line. */
const FUNCTION = { id: 1, name: 2, systemName: 3, file: 4, startLine: 5 } as const;
const LOCATION = { id: 1, mapping: 2, address: 3, line: 4, isFolded: 5 } as const;
const LINE = { function: 1, line: 2, column: 3 } as const;

class FunctionTable {
  readonly ids: IdIndex;
  readonly #strings: number;
  /** The fields of one function. */
  readonly #fields = new Float64Array(16);
  readonly #name: Uint32Array;
  readonly #systemName: Uint32Array;
  readonly #file: Uint32Array;
  readonly #startLine: Float64Array;

  constructor(count: number, strings: number) {
    this.ids = new IdIndex('function', count);
    this.#strings = strings;
    this.#name = new Uint32Array(count);
    this.#systemName = new Uint32Array(count);
    this.#file = new Uint32Array(count);
    this.#startLine = new Float64Array(count);
  }

  read(reader: WireReader): void {
    const at = this.ids.count;
    const fields = this.#fields.fill(0);
    const outer = reader.enter();
    reader.plainNumbers(fields);
    while (reader.next()) {
      const { field } = reader;
      if (field < 1 || field > 5) {
        reader.skip();
        continue;
      }
      reader.expect(WIRE.varint);
      fields[field] = field === FUNCTION.startLine ? reader.signed() : reader.unsigned();
    }
    reader.leave(outer);
    this.ids.add(fields[FUNCTION.id]!);
    this.#name[at] = checkString(fields[FUNCTION.name]!, this.#strings, 'function', at);
    this.#systemName[at] = checkString(fields[FUNCTION.systemName]!, this.#strings, 'function', at);
    this.#file[at] = checkString(fields[FUNCTION.file]!, this.#strings, 'function', at);
    this.#startLine[at] = fields[FUNCTION.startLine]!;
  }

  finish(): FunctionColumns {
    this.ids.finish();
    return {
      count: this.ids.count,
      name: this.#name,
      systemName: this.#systemName,
      file: this.#file,
      startLine: this.#startLine,
    };
  }
}

class MappingTable {
  readonly ids: IdIndex;
  readonly #start: BigUint64Array;
  readonly #limit: BigUint64Array;
  readonly #offset: BigUint64Array;
  readonly #file: Uint32Array;
  readonly #buildId: Uint32Array;
  readonly #has: Uint8Array;

  constructor(count: number) {
    this.ids = new IdIndex('mapping', count);
    this.#start = new BigUint64Array(count);
    this.#limit = new BigUint64Array(count);
    this.#offset = new BigUint64Array(count);
    this.#file = new Uint32Array(count);
    this.#buildId = new Uint32Array(count);
    this.#has = new Uint8Array(count);
  }

  read(reader: WireReader): void {
    const at = this.ids.count;
    let id = 0;
    const outer = reader.enter();
    while (reader.next()) {
      const { field } = reader;
      if (field < 1 || field > 10) {
        reader.skip();
        continue;
      }
      reader.expect(WIRE.varint);
      if (field === 1) id = reader.unsigned();
      else if (field === 2) this.#start[at] = reader.signedBig();
      else if (field === 3) this.#limit[at] = reader.signedBig();
      else if (field === 4) this.#offset[at] = reader.signedBig();
      else if (field === 5) this.#file[at] = reader.index();
      else if (field === 6) this.#buildId[at] = reader.index();
      else {
        const bit = HAS_OF_FIELD[field]!;
        if (reader.unsigned() !== 0) this.#has[at]! |= bit;
        else this.#has[at]! &= ~bit;
      }
    }
    reader.leave(outer);
    this.ids.add(id);
  }

  finish(strings: number): MappingColumns {
    this.ids.finish();
    for (let m = 0; m < this.ids.count; m++) {
      checkString(this.#file[m]!, strings, 'mapping', m);
      checkString(this.#buildId[m]!, strings, 'mapping', m);
    }
    return {
      count: this.ids.count,
      start: this.#start,
      limit: this.#limit,
      offset: this.#offset,
      file: this.#file,
      buildId: this.#buildId,
      has: this.#has,
    };
  }
}

const HAS_OF_FIELD: Record<number, number> = {
  7: MAPPING_HAS.functions,
  8: MAPPING_HAS.filenames,
  9: MAPPING_HAS.lineNumbers,
  10: MAPPING_HAS.inlineFrames,
};

class LocationTable {
  readonly ids: IdIndex;
  readonly #limits: ProfileLimits;
  readonly #address: BigUint64Array;
  /** The same memory as halves, which spares a bigint an address. */
  readonly #addressHalves: Uint32Array;
  readonly #mappingId: Float64Array;
  readonly #isFolded: Uint8Array;
  readonly #lineStart: Uint32Array;
  readonly #functionId;
  readonly #lineNumber;
  readonly #lineColumn;
  /** The fields of one location and of one line. */
  readonly #fields = new Float64Array(16);
  readonly #lineFields = new Float64Array(16);

  constructor(count: number, limits: ProfileLimits) {
    this.ids = new IdIndex('location', count);
    this.#limits = limits;
    this.#address = new BigUint64Array(count);
    this.#addressHalves = new Uint32Array(this.#address.buffer);
    this.#mappingId = new Float64Array(count);
    this.#isFolded = new Uint8Array(count);
    this.#lineStart = new Uint32Array(count + 1);
    // Most locations have one line.
    this.#functionId = growable.numbers(count);
    this.#lineNumber = growable.numbers(count);
    this.#lineColumn = growable.numbers(count);
  }

  read(reader: WireReader): void {
    const at = this.ids.count;
    const fields = this.#fields.fill(0);
    const outer = reader.enter();
    reader.plainNumbers(fields);
    const address = fields[LOCATION.address]!;
    let low = address >>> 0;
    let high = Math.floor(address / TWO_32);
    while (reader.next()) {
      switch (reader.field) {
        case LOCATION.address:
          reader.expect(WIRE.varint);
          reader.varint();
          low = reader.low;
          high = reader.high;
          break;
        case LOCATION.line:
          this.#readLine(reader);
          break;
        case LOCATION.id:
        case LOCATION.mapping:
        case LOCATION.isFolded:
          reader.expect(WIRE.varint);
          fields[reader.field] = reader.unsigned();
          break;
        default:
          reader.skip();
      }
    }
    reader.leave(outer);
    this.ids.add(fields[LOCATION.id]!);
    this.#mappingId[at] = fields[LOCATION.mapping]!;
    this.#isFolded[at] = fields[LOCATION.isFolded] === 0 ? 0 : 1;
    // Low half first: every platform that Node 20 runs Leakline on is little-endian.
    this.#addressHalves[at * 2] = low;
    this.#addressHalves[at * 2 + 1] = high;
    this.#lineStart[at + 1] = this.#functionId.length;
  }

  #readLine(reader: WireReader): void {
    const fields = this.#lineFields.fill(0);
    const outer = reader.enter();
    reader.plainNumbers(fields);
    while (reader.next()) {
      const { field } = reader;
      if (field > LINE.column) {
        reader.skip();
        continue;
      }
      reader.expect(WIRE.varint);
      fields[field] = field === LINE.function ? reader.unsigned() : reader.signed();
    }
    reader.leave(outer);
    this.#functionId.push(fields[LINE.function]!);
    this.#lineNumber.push(fields[LINE.line]!);
    this.#lineColumn.push(fields[LINE.column]!);
    bound('lines', this.#functionId.length, this.#limits.maxTableEntries);
  }

  finish(functionIds: IdIndex, mappingIds: IdIndex): LocationColumns {
    this.ids.finish();
    const count = this.ids.count;
    const mapping = new Uint32Array(count).fill(NONE);
    const lineFunction = new Uint32Array(this.#functionId.length);
    for (let l = 0; l < count; l++) {
      const mappingId = this.#mappingId[l]!;
      if (mappingId !== 0) mapping[l] = indexOf(mappingIds, mappingId, 'mapping', l);
      for (let i = this.#lineStart[l]!; i < this.#lineStart[l + 1]!; i++) {
        lineFunction[i] = indexOf(functionIds, this.#functionId.data[i]!, 'function', l);
      }
    }
    return {
      count,
      address: this.#address,
      mapping,
      isFolded: this.#isFolded,
      lineStart: this.#lineStart,
      lineFunction,
      lineNumber: this.#lineNumber.finish(),
      lineColumn: this.#lineColumn.finish(),
    };
  }
}

function indexOf(ids: IdIndex, id: number, what: string, location: number): number {
  const index = ids.indexOf(id);
  if (index === NONE) throw inconsistent(`location ${location} names ${what} id ${id}, which is not there`);
  return index;
}

/** The index, where there is such a string. */
function checkString(index: number, count: number, record: string, at: number): number {
  if (index >= count && index !== 0) {
    throw inconsistent(`${record} ${at} names string ${index} of ${count}`);
  }
  return index;
}

function inconsistent(what: string): ProfileError {
  return new ProfileError('profile_inconsistent', `profile is inconsistent: ${what}`);
}
