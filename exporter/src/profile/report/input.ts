// A profile as the reports read it: its columns, with the mark of a diff's base found among the labels.

import type { Profile } from '../profile.js';
import type { ReportInput, SampleLabel } from './frames.js';

/** The label that marks the samples of the base of a diff (google/pprof internal/driver/fetch.go). */
export const BASE_LABEL = 'pprof::base';

export function inputOf(profile: Profile): ReportInput {
  const { samples, locations, functions, mappings, strings } = profile;
  const types = profile.sampleTypes.length;
  const { labels, labelStart } = samples;
  const baseKey = keyIndex(profile, BASE_LABEL);
  const isBase = baseKey.size === 0 ? undefined : baseSamples(profile, baseKey);
  return {
    sampleTypes: profile.sampleTypes,
    defaultSampleType: profile.defaultSampleType,
    sampleCount: samples.count,
    values(type) {
      if (types === 1) return samples.values.subarray(0, samples.count);
      const column = new Float64Array(samples.count);
      for (let s = 0, at = type; s < column.length; s++, at += types) column[s] = samples.values[at]!;
      return column;
    },
    stackStart: samples.stackStart,
    stack: samples.stack,
    locationCount: locations.count,
    lineStart: locations.lineStart,
    lineFunction: signed(locations.lineFunction),
    lineNumber: locations.lineNumber,
    lineColumn: locations.lineColumn,
    locationMapping: signed(locations.mapping),
    address: (location) => locations.address[location]!,
    functionCount: functions.count,
    functionName: (fn) => strings.at(functions.name[fn]!),
    functionFile: (fn) => strings.at(functions.file[fn]!),
    functionStartLine: (fn) => functions.startLine[fn]!,
    mappings: Array.from({ length: mappings.count }, (_, m) => ({
      file: strings.at(mappings.file[m]!),
      buildId: strings.at(mappings.buildId[m]!),
    })),
    labels(sample) {
      const rows: SampleLabel[] = [];
      for (let row = labelStart[sample]!; row < labelStart[sample + 1]!; row++) {
        const key = strings.at(labels.key[row]!);
        if (labels.text[row] !== 0) rows.push({ key, text: strings.at(labels.text[row]!) });
        else if (labels.number[row] !== 0n || labels.unit[row] !== 0) {
          rows.push({ key, number: Number(labels.number[row]), unit: strings.at(labels.unit[row]!) });
        }
      }
      return rows;
    },
    hasLabels: labels.count > 0,
    isBase,
    timeNanos: profile.timeNanos,
    durationNanos: profile.durationNanos,
    comments: profile.comments,
    docUrl: profile.docUrl,
  };
}

/** NONE (2^32 - 1) reads as -1. */
function signed(column: Uint32Array): Int32Array {
  return new Int32Array(column.buffer, column.byteOffset, column.length);
}

/** The string indexes of a label key; a file may hold one string twice. */
function keyIndex(profile: Profile, wanted: string): Set<number> {
  const { labels } = profile.samples;
  const seen = new Uint8Array(profile.strings.count);
  const found = new Set<number>();
  for (let row = 0; row < labels.count; row++) {
    const key = labels.key[row]!;
    if (seen[key] !== 0) continue;
    seen[key] = 1;
    if (profile.strings.at(key) === wanted) found.add(key);
  }
  return found;
}

function baseSamples(profile: Profile, keys: ReadonlySet<number>): Uint8Array {
  const { labels, labelStart, count } = profile.samples;
  const marks = new Uint8Array(count);
  for (let s = 0; s < count; s++) {
    for (let row = labelStart[s]!; row < labelStart[s + 1]!; row++) {
      if (keys.has(labels.key[row]!) && profile.strings.at(labels.text[row]!) === 'true') marks[s] = 1;
    }
  }
  return marks;
}
