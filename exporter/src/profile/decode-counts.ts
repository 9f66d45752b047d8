// The walk over the top level of a profile: what it holds, counted and held against the limits before any of it is kept.

import { growable, type Growable } from './growable.js';
import { bound, type ProfileLimits } from './limits.js';
import { WIRE, WireReader } from './wire.js';

/** Field numbers of the message Profile, the last of them the largest. */
export const FIELD = {
  sampleType: 1,
  sample: 2,
  mapping: 3,
  location: 4,
  function: 5,
  string: 6,
  dropFrames: 7,
  keepFrames: 8,
  timeNanos: 9,
  durationNanos: 10,
  periodType: 11,
  period: 12,
  comment: 13,
  defaultSampleType: 14,
  docUrl: 15,
} as const;

/** How many of each the message holds, and where. */
export interface ProfileCounts {
  sampleTypes: number;
  samples: number;
  sampleBytes: number;
  mappings: number;
  locations: number;
  functions: number;
  /** From the first sample to the end of the last: writers put nothing between them, though they may. */
  samplesFrom: number;
  samplesTo: number;
  /** Where each string begins and ends. */
  stringStart: Uint32Array;
  stringEnd: Uint32Array;
  /** Where every other field begins, so that the tables are read without another walk over samples and strings. */
  tableFields: Uint32Array;
}

export function countRecords(raw: Uint8Array, limits: ProfileLimits): ProfileCounts {
  const { maxTableEntries } = limits;
  const counts = { sampleTypes: 0, mappings: 0, locations: 0, functions: 0 };
  let headerFields = 0;
  let samples = 0;
  let sampleBytes = 0;
  let samplesFrom = raw.length;
  let samplesTo = 0;
  const stringStart = growable.indexes(1024);
  const stringEnd = growable.indexes(1024);
  const tableFields = growable.indexes(1024);
  const reader = new WireReader(raw);
  for (let at = 0; at < raw.length; at = reader.position) {
    let field = 0;
    let start = at + 2;
    let end = 0;
    // Nearly every field: a byte of tag, one or two of length. The reader takes the others, and refuses what is wrong.
    const tag = raw[at]!;
    if ((tag & 0x87) === WIRE.bytes) {
      let length = raw[at + 1]!;
      if (length >= 0x80) length = (length & 0x7f) | (raw[start++]! << 7);
      end = start + length;
      if (end <= raw.length && raw[start - 1]! < 0x80) field = tag >> 3;
    }
    if (field !== 0) reader.position = end;
    else {
      reader.position = at;
      reader.next();
      field = reader.field;
      if (field === FIELD.sample || field === FIELD.string) reader.expect(WIRE.bytes);
      if (reader.wire === WIRE.bytes) {
        const length = reader.length();
        start = reader.position;
        end = start + length;
        reader.position = end;
      } else reader.skip();
    }
    if (field === FIELD.sample) {
      samples++;
      sampleBytes += end - start;
      if (at < samplesFrom) samplesFrom = at;
      samplesTo = reader.position;
    } else if (field === FIELD.string) {
      stringStart.push(start);
      stringEnd.push(end);
      bound('strings', stringStart.length, maxTableEntries);
    } else if (field <= FIELD.docUrl) {
      tableFields.push(at);
      if (field === FIELD.location) bound('locations', ++counts.locations, maxTableEntries);
      else if (field === FIELD.function) bound('functions', ++counts.functions, maxTableEntries);
      else if (field === FIELD.mapping) bound('mappings', ++counts.mappings, maxTableEntries);
      else if (field === FIELD.sampleType) bound('sample types', ++counts.sampleTypes, limits.maxSampleTypes);
      else bound('header fields', ++headerFields, maxTableEntries);
    }
  }
  bound('samples', samples, limits.maxSamples);
  return {
    ...counts,
    samples,
    sampleBytes,
    samplesFrom,
    samplesTo,
    stringStart: used(stringStart),
    stringEnd: used(stringEnd),
    tableFields: used(tableFields),
  };
}

function used(column: Growable<Uint32Array>): Uint32Array {
  return column.data.subarray(0, column.length);
}
