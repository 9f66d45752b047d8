// The walk over the top level of a profile: what it holds, counted and held against the limits before any of it is kept.

import { growable } from './growable.js';
import { bound, type ProfileLimits } from './limits.js';
import { WIRE, WireReader } from './wire.js';

/** Field numbers of the message Profile. */
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

/** How many of each the message holds, and the bytes of all samples and strings. */
export interface ProfileCounts {
  sampleTypes: number;
  samples: number;
  sampleBytes: number;
  mappings: number;
  locations: number;
  functions: number;
  strings: number;
  stringBytes: number;
  /** Where every field but the samples begins, so that the tables are read without another walk over the samples. */
  tableFields: Uint32Array;
}

export function countRecords(raw: Uint8Array, limits: ProfileLimits): ProfileCounts {
  const counts = {
    sampleTypes: 0,
    samples: 0,
    sampleBytes: 0,
    mappings: 0,
    locations: 0,
    functions: 0,
    strings: 0,
    stringBytes: 0,
  };
  const tableFields = growable.indexes(1024);
  const reader = new WireReader(raw);
  for (let at = 0; reader.next(); at = reader.position) {
    const { field, wire } = reader;
    if (wire !== WIRE.bytes) {
      reader.skip();
      // A sample in another form than bytes is refused where samples are read.
      if (field !== FIELD.sample) tableFields.push(at);
      continue;
    }
    const length = reader.length();
    reader.position += length;
    if (field === FIELD.sample) {
      counts.samples++;
      counts.sampleBytes += length;
      continue;
    }
    tableFields.push(at);
    if (field === FIELD.string) {
      counts.strings++;
      counts.stringBytes += length;
    } else if (field === FIELD.location) counts.locations++;
    else if (field === FIELD.function) counts.functions++;
    else if (field === FIELD.mapping) counts.mappings++;
    else if (field === FIELD.sampleType) counts.sampleTypes++;
  }
  bound('samples', counts.samples, limits.maxSamples);
  bound('sample types', counts.sampleTypes, limits.maxSampleTypes);
  for (const table of ['mappings', 'locations', 'functions', 'strings'] as const) {
    bound(table, counts[table], limits.maxTableEntries);
  }
  return { ...counts, tableFields: tableFields.data.subarray(0, tableFields.length) };
}
