// Columns back to the protobuf form, for merged and difference profiles that other tools shall open. Written straight
// from the columns: pprof-format takes a thousand bytes a sample for its objects, and writes a message without any
// field so that it cannot be read again.

import { gzipSync } from 'node:zlib';
import { FIELD } from './decode/counts.js';
import { MAPPING_HAS, NONE, type Profile, type ValueType } from './profile.js';
import { WireWriter } from './wire-writer.js';

/** The profile as gzip of the protobuf form, as Go writes it; `gzip: false` for the bare message. */
export function encodeProfile(profile: Profile, { gzip = true }: { gzip?: boolean } = {}): Uint8Array {
  const raw = encodeMessage(profile);
  return gzip ? gzipSync(raw) : raw;
}

function encodeMessage(profile: Profile): Uint8Array {
  const to = new WireWriter(64 * 1024);
  const table = new StringsToWrite(profile);
  const valueType = (field: number, { type, unit }: ValueType) => {
    to.message(field, (nested) => {
      nested.number(1, table.of(type));
      nested.number(2, table.of(unit));
    });
  };
  for (const type of profile.sampleTypes) valueType(FIELD.sampleType, type);
  writeSamples(to, profile, table);
  writeTables(to, profile, table);
  to.number(FIELD.dropFrames, table.of(profile.dropFrames));
  to.number(FIELD.keepFrames, table.of(profile.keepFrames));
  to.big(FIELD.timeNanos, profile.timeNanos);
  to.big(FIELD.durationNanos, profile.durationNanos);
  if (profile.periodType) valueType(FIELD.periodType, profile.periodType);
  to.number(FIELD.period, profile.period);
  const comments = profile.comments.map((text) => table.of(text));
  to.packed(FIELD.comment, comments, 0, comments.length);
  to.number(FIELD.defaultSampleType, table.of(profile.defaultSampleType));
  to.number(FIELD.docUrl, table.of(profile.docUrl));
  for (const text of table.list) to.bytes(FIELD.string, Buffer.from(text, 'utf8'));
  return to.written();
}

/** The strings that are in use, in the order of their first use. */
class StringsToWrite {
  readonly list: string[] = [''];
  readonly #profile: Profile;
  readonly #byText = new Map<string, number>([['', 0]]);
  readonly #byIndex = new Map<number, number>();

  constructor(profile: Profile) {
    this.#profile = profile;
  }

  of(text: string): number {
    let at = this.#byText.get(text);
    if (at === undefined) {
      at = this.list.push(text) - 1;
      this.#byText.set(text, at);
    }
    return at;
  }

  /** By the index in the profile's own table. */
  at(index: number): number {
    let at = this.#byIndex.get(index);
    if (at === undefined) {
      at = this.of(this.#profile.strings.at(index));
      this.#byIndex.set(index, at);
    }
    return at;
  }
}

function writeSamples(to: WireWriter, { samples, sampleTypes }: Profile, table: StringsToWrite): void {
  const types = sampleTypes.length;
  const { labels, labelStart, stack, stackStart, values } = samples;
  for (let s = 0; s < samples.count; s++) {
    to.message(FIELD.sample, (sample) => {
      // Ids are rows counted from 1.
      sample.packed(1, stack, stackStart[s]!, stackStart[s + 1]!, 1);
      sample.packed(2, values, s * types, (s + 1) * types);
      for (let l = labelStart[s]!; l < labelStart[s + 1]!; l++) {
        sample.message(3, (label) => {
          label.number(1, table.at(labels.key[l]!));
          label.number(2, table.at(labels.text[l]!));
          label.big(3, labels.number[l]!);
          label.number(4, table.at(labels.unit[l]!));
        });
      }
    });
  }
}

function writeTables(to: WireWriter, profile: Profile, table: StringsToWrite): void {
  const { functions, locations, mappings } = profile;
  for (let m = 0; m < mappings.count; m++) {
    to.message(FIELD.mapping, (mapping) => {
      mapping.number(1, m + 1);
      mapping.big(2, mappings.start[m]!);
      mapping.big(3, mappings.limit[m]!);
      mapping.big(4, mappings.offset[m]!);
      mapping.number(5, table.at(mappings.file[m]!));
      mapping.number(6, table.at(mappings.buildId[m]!));
      const has = mappings.has[m]!;
      mapping.number(7, has & MAPPING_HAS.functions ? 1 : 0);
      mapping.number(8, has & MAPPING_HAS.filenames ? 1 : 0);
      mapping.number(9, has & MAPPING_HAS.lineNumbers ? 1 : 0);
      mapping.number(10, has & MAPPING_HAS.inlineFrames ? 1 : 0);
    });
  }
  for (let l = 0; l < locations.count; l++) {
    to.message(FIELD.location, (location) => {
      location.number(1, l + 1);
      location.number(2, locations.mapping[l] === NONE ? 0 : locations.mapping[l]! + 1);
      location.big(3, locations.address[l]!);
      for (let i = locations.lineStart[l]!; i < locations.lineStart[l + 1]!; i++) {
        location.message(4, (line) => {
          line.number(1, locations.lineFunction[i]! + 1);
          line.number(2, locations.lineNumber[i]!);
          line.number(3, locations.lineColumn[i]!);
        });
      }
      location.number(5, locations.isFolded[l]!);
    });
  }
  for (let f = 0; f < functions.count; f++) {
    to.message(FIELD.function, (fn) => {
      fn.number(1, f + 1);
      fn.number(2, table.at(functions.name[f]!));
      fn.number(3, table.at(functions.systemName[f]!));
      fn.number(4, table.at(functions.file[f]!));
      fn.number(5, functions.startLine[f]!);
    });
  }
}
