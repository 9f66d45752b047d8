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
  const stringBytes = new Uint8Array(counts.stringBytes);
  const stringStart = new Uint32Array(counts.strings + 1);
  const functions = new FunctionTable(counts.functions);
  const mappings = new MappingTable(counts.mappings);
  const locations = new LocationTable(counts.locations, limits);
  let strings = 0;

  for (let i = 0; i < counts.tableFields.length; i++) {
    reader.position = counts.tableFields[i]!;
    reader.next();
    switch (reader.field) {
      case FIELD.string: {
        const outer = reader.enter();
        const from = stringStart[strings]!;
        copyBytes(raw, reader.position, reader.end, stringBytes, from);
        stringStart[++strings] = from + reader.end - reader.position;
        reader.leave(outer);
        break;
      }
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

  const table = new EncodedStrings(stringBytes, stringStart);
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

  const functionColumns = functions.finish(table.count);
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

/** Up to this length a loop is faster than a view of the bytes. */
const SHORT_BYTES = 128;

function copyBytes(from: Uint8Array, start: number, end: number, to: Uint8Array, at: number): void {
  if (end - start > SHORT_BYTES) to.set(from.subarray(start, end), at);
  else for (let i = start; i < end; i++) to[at++] = from[i]!;
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

class FunctionTable {
  readonly ids: IdIndex;
  readonly #name: Uint32Array;
  readonly #systemName: Uint32Array;
  readonly #file: Uint32Array;
  readonly #startLine: Float64Array;

  constructor(count: number) {
    this.ids = new IdIndex('function', count);
    this.#name = new Uint32Array(count);
    this.#systemName = new Uint32Array(count);
    this.#file = new Uint32Array(count);
    this.#startLine = new Float64Array(count);
  }

  read(reader: WireReader): void {
    const at = this.ids.count;
    let id = 0;
    const outer = reader.enter();
    while (reader.next()) {
      const { field } = reader;
      if (field < 1 || field > 5) {
        reader.skip();
        continue;
      }
      reader.expect(WIRE.varint);
      if (field === 1) id = reader.unsigned();
      else if (field === 2) this.#name[at] = reader.index();
      else if (field === 3) this.#systemName[at] = reader.index();
      else if (field === 4) this.#file[at] = reader.index();
      else this.#startLine[at] = reader.signed();
    }
    reader.leave(outer);
    this.ids.add(id);
  }

  finish(strings: number): FunctionColumns {
    this.ids.finish();
    for (let f = 0; f < this.ids.count; f++) {
      checkString(this.#name[f]!, strings, 'function', f);
      checkString(this.#systemName[f]!, strings, 'function', f);
      checkString(this.#file[f]!, strings, 'function', f);
    }
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
  readonly #functionId = growable.numbers();
  readonly #lineNumber = growable.numbers();
  readonly #lineColumn = growable.numbers();

  constructor(count: number, limits: ProfileLimits) {
    this.ids = new IdIndex('location', count);
    this.#limits = limits;
    this.#address = new BigUint64Array(count);
    this.#addressHalves = new Uint32Array(this.#address.buffer);
    this.#mappingId = new Float64Array(count);
    this.#isFolded = new Uint8Array(count);
    this.#lineStart = new Uint32Array(count + 1);
  }

  read(reader: WireReader): void {
    const at = this.ids.count;
    let id = 0;
    const outer = reader.enter();
    while (reader.next()) {
      switch (reader.field) {
        case 1:
          reader.expect(WIRE.varint);
          id = reader.unsigned();
          break;
        case 2:
          reader.expect(WIRE.varint);
          this.#mappingId[at] = reader.unsigned();
          break;
        case 3:
          reader.expect(WIRE.varint);
          reader.varint();
          // Low half first: every platform that Node 20 runs Leakline on is little-endian.
          this.#addressHalves[at * 2] = reader.low;
          this.#addressHalves[at * 2 + 1] = reader.high;
          break;
        case 4:
          this.#readLine(reader);
          break;
        case 5:
          reader.expect(WIRE.varint);
          this.#isFolded[at] = reader.unsigned() === 0 ? 0 : 1;
          break;
        default:
          reader.skip();
      }
    }
    reader.leave(outer);
    this.ids.add(id);
    this.#lineStart[at + 1] = this.#functionId.length;
  }

  #readLine(reader: WireReader): void {
    let functionId = 0;
    let line = 0;
    let column = 0;
    const outer = reader.enter();
    while (reader.next()) {
      const { field } = reader;
      if (field > 3) {
        reader.skip();
        continue;
      }
      reader.expect(WIRE.varint);
      if (field === 1) functionId = reader.unsigned();
      else if (field === 2) line = reader.signed();
      else column = reader.signed();
    }
    reader.leave(outer);
    this.#functionId.push(functionId);
    this.#lineNumber.push(line);
    this.#lineColumn.push(column);
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

function checkString(index: number, count: number, record: string, at: number): void {
  if (index >= count && index !== 0) {
    throw inconsistent(`${record} ${at} names string ${index} of ${count}`);
  }
}

function inconsistent(what: string): ProfileError {
  return new ProfileError('profile_inconsistent', `profile is inconsistent: ${what}`);
}
