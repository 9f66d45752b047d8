// The walk over the top level of a profile: what it holds and where, counted and held against the limits before any of it
// is kept. Writers put the records of a table side by side, so that nearly all are passed over by one of two short loops:
// a profile is mostly read once, in a process that has just started, where little code is compiled soonest.

import { growable, type Growable } from '../growable.js';
import { bound, type ProfileLimits } from '../limits.js';
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

/** Where records begin and end: the bytes of record i are start[i] … end[i] - 1, without its tag and length. */
export interface Places {
  start: Uint32Array;
  end: Uint32Array;
}

/** How many of each the message holds, and where. */
export interface ProfileCounts {
  sampleTypes: number;
  samples: number;
  sampleBytes: number;
  /** From the first sample to the end of the last: writers put nothing between them, though they may. */
  samplesFrom: number;
  samplesTo: number;
  strings: Places;
  functions: Places;
  locations: Places;
  mappings: Places;
  /** Where every other field begins, with its tag. */
  headerFields: Uint32Array;
}

export function countRecords(raw: Uint8Array, limits: ProfileLimits): ProfileCounts {
  const { maxTableEntries } = limits;
  const tables = new Map([
    [FIELD.string, new RecordPlaces('strings', maxTableEntries)],
    [FIELD.function, new RecordPlaces('functions', maxTableEntries)],
    [FIELD.location, new RecordPlaces('locations', maxTableEntries)],
    [FIELD.mapping, new RecordPlaces('mappings', maxTableEntries)],
  ] as [number, RecordPlaces][]);
  const places = (field: number) => tables.get(field)!.finish();
  let sampleTypes = 0;
  let samples = 0;
  let sampleBytes = 0;
  let samplesFrom = raw.length;
  let samplesTo = 0;
  const header = growable.indexes(16);
  const reader = new WireReader(raw);
  while (reader.position < raw.length) {
    const at = reader.position;
    reader.next();
    const { field } = reader;
    const table = tables.get(field);
    if (field === FIELD.sample) {
      reader.expect(WIRE.bytes);
      const length = reader.length();
      reader.position += length;
      const run = passSamples(raw, reader.position);
      samples += 1 + run.count;
      sampleBytes += length + run.bytes;
      if (at < samplesFrom) samplesFrom = at;
      samplesTo = reader.position = run.end;
    } else if (table) {
      reader.expect(WIRE.bytes);
      const length = reader.length();
      table.add(reader.position, reader.position + length);
      reader.position = table.addRun(raw, reader.position + length, (field << 3) | WIRE.bytes);
    } else {
      reader.skip();
      if (field > FIELD.docUrl) continue;
      header.push(at);
      if (field === FIELD.sampleType) bound('sample types', ++sampleTypes, limits.maxSampleTypes);
      else bound('header fields', header.length - sampleTypes, maxTableEntries);
    }
  }
  bound('samples', samples, limits.maxSamples);
  return {
    sampleTypes,
    samples,
    sampleBytes,
    samplesFrom,
    samplesTo,
    strings: places(FIELD.string),
    functions: places(FIELD.function),
    locations: places(FIELD.location),
    mappings: places(FIELD.mapping),
    headerFields: header.used(),
  };
}

const SAMPLE_TAG = (FIELD.sample << 3) | WIRE.bytes;

/** Passes over the samples that follow one another from `at` on, of less than 16 KiB each. */
function passSamples(raw: Uint8Array, at: number): { count: number; bytes: number; end: number } {
  const last = raw.length - 3;
  let count = 0;
  let bytes = 0;
  while (at <= last && raw[at] === SAMPLE_TAG) {
    let length = raw[at + 1]!;
    let start = at + 2;
    if (length >= 0x80) {
      const second = raw[start++]!;
      if (second >= 0x80) break;
      length = (length & 0x7f) | (second << 7);
    }
    if (start + length > raw.length) break;
    count++;
    bytes += length;
    at = start + length;
  }
  return { count, bytes, end: at };
}

/** Where the records of one table are. */
class RecordPlaces {
  readonly #name: string;
  readonly #most: number;
  readonly #start: Growable<Uint32Array> = growable.indexes(256);
  readonly #end: Growable<Uint32Array> = growable.indexes(256);

  constructor(name: string, most: number) {
    this.#name = name;
    this.#most = most;
  }

  add(start: number, end: number): void {
    this.#start.push(start);
    this.#end.push(end);
    bound(this.#name, this.#start.length, this.#most);
  }

  /** Adds the records of this tag that follow one another from `at` on, of less than 16 KiB each; returns their end. */
  addRun(raw: Uint8Array, at: number, tag: number): number {
    const starts = this.#start;
    const ends = this.#end;
    const most = this.#most;
    const last = raw.length - 3;
    while (at <= last && raw[at] === tag && starts.length <= most) {
      let length = raw[at + 1]!;
      let start = at + 2;
      if (length >= 0x80) {
        const second = raw[start++]!;
        if (second >= 0x80) break;
        length = (length & 0x7f) | (second << 7);
      }
      if (start + length > raw.length) break;
      at = start + length;
      starts.push(start);
      ends.push(at);
    }
    bound(this.#name, starts.length, most);
    return at;
  }

  finish(): Places {
    return { start: this.#start.used(), end: this.#end.used() };
  }
}
