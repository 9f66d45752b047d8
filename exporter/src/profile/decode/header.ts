// What a profile says of itself, beside its tables: sample types, times, comments.

import { checkString } from './checks.js';
import { FIELD } from './counts.js';
import { bound } from '../limits.js';
import type { Profile, StringTable, ValueType } from '../profile.js';
import { WIRE, WireReader } from './wire.js';

export type ProfileHeader = Omit<Profile, 'samples' | 'locations' | 'functions' | 'mappings' | 'strings'>;

/** Header numbers and string indexes as they stand in the message; the last of a repeated field counts. */
interface Numbers {
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

/** Reads the fields that begin at `starts`. */
export function decodeHeader(raw: Uint8Array, starts: Uint32Array, strings: StringTable): ProfileHeader {
  const reader = new WireReader(raw);
  const header: Numbers = {
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
  for (const start of starts) {
    reader.position = start;
    reader.next();
    readHeaderField(reader, header);
  }

  const text = (index: number, of: string): string => {
    // A profile without any string may still say "no string".
    if (index === 0) return '';
    checkString(index, strings.count, of, 0);
    return strings.at(index);
  };
  const valueType = (of: { type: number; unit: number }): ValueType => ({
    type: text(of.type, 'a sample type'),
    unit: text(of.unit, 'a sample type'),
  });

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
  };
}

function readHeaderField(reader: WireReader, header: Numbers): void {
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

function addComment(reader: WireReader, header: Numbers): void {
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
