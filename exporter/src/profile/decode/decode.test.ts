import { readdirSync, readFileSync } from 'node:fs';
import { gunzipSync, gzipSync } from 'node:zlib';
import { Profile as Reference } from 'pprof-format';
import { describe, expect, it } from 'vitest';
import { decodeProfile } from './decode.js';
import { ProfileError } from '../profile-error.js';
import type { Profile } from '../profile.js';

const PROFILES = new URL('../testdata/profiles/', import.meta.url);
const files = readdirSync(PROFILES).filter((name) => name.endsWith('.pb.gz'));
const read = (name: string) => readFileSync(new URL(name, PROFILES));

/** Both decoders' view of a profile, as plain data. */
function plain(profile: Profile) {
  const { samples, locations, functions, mappings, strings, sampleTypes } = profile;
  const types = sampleTypes.length;
  const frame = (l: number) => ({
    address: locations.address[l]!,
    mapping: strings.at(mappings.file[locations.mapping[l]!]!),
    lines: rows(locations.lineStart, l).map((i) => {
      const f = locations.lineFunction[i]!;
      return {
        name: strings.at(functions.name[f]!),
        systemName: strings.at(functions.systemName[f]!),
        file: strings.at(functions.file[f]!),
        startLine: functions.startLine[f]!,
        line: locations.lineNumber[i]!,
      };
    }),
  });
  return {
    sampleTypes,
    period: profile.period,
    timeNanos: profile.timeNanos,
    durationNanos: profile.durationNanos,
    defaultSampleType: profile.defaultSampleType,
    buildIds: Array.from(mappings.buildId, (i) => strings.at(i)),
    samples: Array.from({ length: samples.count }, (_, s) => ({
      values: Array.from(samples.values.subarray(s * types, (s + 1) * types)),
      stack: rows(samples.stackStart, s).map((i) => frame(samples.stack[i]!)),
      labels: rows(samples.labelStart, s).map((i) => ({
        key: strings.at(samples.labels.key[i]!),
        text: strings.at(samples.labels.text[i]!),
        number: samples.labels.number[i]!,
      })),
    })),
  };
}

function plainReference(bytes: Uint8Array) {
  const profile = Reference.decode(gunzipSync(bytes));
  const text = (index: number | bigint) => profile.stringTable.strings[Number(index)]!;
  const functions = new Map(profile.function.map((f) => [Number(f.id), f]));
  const mappings = new Map(profile.mapping.map((m) => [Number(m.id), m]));
  const locations = new Map(profile.location.map((l) => [Number(l.id), l]));
  const frame = (id: number) => {
    const location = locations.get(id)!;
    return {
      address: BigInt(location.address),
      mapping: text(mappings.get(Number(location.mappingId))!.filename),
      lines: location.line.map((line) => {
        const f = functions.get(Number(line.functionId))!;
        return {
          name: text(f.name),
          systemName: text(f.systemName),
          file: text(f.filename),
          startLine: Number(f.startLine),
          line: Number(line.line),
        };
      }),
    };
  };
  return {
    sampleTypes: profile.sampleType.map(({ type, unit }) => ({ type: text(type), unit: text(unit) })),
    period: Number(profile.period),
    timeNanos: BigInt(profile.timeNanos),
    durationNanos: BigInt(profile.durationNanos),
    defaultSampleType: text(profile.defaultSampleType),
    buildIds: profile.mapping.map(({ buildId }) => text(buildId)),
    samples: profile.sample.map((sample) => ({
      values: sample.value.map((v) => Number(BigInt.asIntN(64, BigInt(v)))),
      stack: sample.locationId.map((id) => frame(Number(id))),
      labels: sample.label.map((label) => ({
        key: text(label.key),
        text: text(label.str),
        number: BigInt.asIntN(64, BigInt(label.num)),
      })),
    })),
  };
}

function rows(start: Uint32Array, of: number): number[] {
  return Array.from({ length: start[of + 1]! - start[of]! }, (_, i) => start[of]! + i);
}

describe('real profiles', () => {
  it.each(files)('%s says what pprof-format says', (name) => {
    expect(plain(decodeProfile(read(name)))).toEqual(plainReference(read(name)));
  });

  it.each(files)('%s is the same raw, and in several gzip members', (name) => {
    const raw = gunzipSync(read(name));
    const members = Buffer.concat([gzipSync(raw.subarray(0, 1000)), gzipSync(raw.subarray(1000))]);
    const whole = plain(decodeProfile(read(name)));
    expect(plain(decodeProfile(raw))).toEqual(whole);
    expect(plain(decodeProfile(members))).toEqual(whole);
  });

  it.each(files)('%s cut off anywhere in its gzip is refused', (name) => {
    const bytes = read(name);
    for (let length = 1; length < bytes.length; length += Math.ceil(bytes.length / 200)) {
      expect(() => decodeProfile(bytes.subarray(0, length))).toThrow(ProfileError);
    }
  });
});
