// Properties that hold for every profile and for any bytes: what is encoded decodes to the same, and foreign bytes end
// in a profile or in a coded error, soon and within bounded memory.
import { readFileSync } from 'node:fs';
import { gunzipSync, gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ProfileBuilder, type NewLabel } from './builder.js';
import { decodeProfile } from './decode/decode.js';
import { encodeProfile } from './encode.js';
import { mergeProfiles, scaleProfile, totals } from './merge.js';
import { ProfileError } from './profile-error.js';
import { NONE, type Profile } from './profile.js';

const name = fc.oneof(
  fc.string({ unit: 'grapheme', maxLength: 12 }),
  fc.constantFrom('main.f', 'runtime.g', ''),
);
const int64 = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n });
const uint64 = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n });
const exact = fc.oneof(
  fc.maxSafeInteger(),
  fc.constantFrom(0, 1, -1, 2 ** 28, -(2 ** 28), 2 ** 31, 2 ** 32, -(2 ** 32), Number.MAX_SAFE_INTEGER),
);
const lineNumber = fc.nat({ max: 2 ** 31 });

const sketch = fc.record({
  types: fc.array(fc.record({ type: name, unit: name }), { minLength: 1, maxLength: 4 }),
  timeNanos: int64,
  durationNanos: int64,
  period: exact,
  texts: fc.tuple(name, name, name, name),
  comments: fc.array(name, { maxLength: 3 }),
  functions: fc.array(fc.record({ name, systemName: name, file: name, startLine: lineNumber }), {
    maxLength: 6,
  }),
  mappings: fc.array(
    fc.record({
      start: uint64,
      limit: uint64,
      offset: uint64,
      file: name,
      buildId: name,
      has: fc.nat({ max: 15 }),
    }),
    { maxLength: 3 },
  ),
  locations: fc.array(
    fc.record({
      address: uint64,
      mapping: fc.nat(),
      isFolded: fc.boolean(),
      lines: fc.array(fc.record({ function: fc.nat(), line: lineNumber, column: lineNumber }), {
        maxLength: 3,
      }),
    }),
    { maxLength: 8 },
  ),
  samples: fc.array(
    fc.record({
      values: fc.array(exact, { minLength: 4, maxLength: 4 }),
      stack: fc.array(fc.nat(), { maxLength: 6 }),
      labels: fc.array(fc.record({ key: name, text: fc.option(name), number: int64, unit: name }), {
        maxLength: 3,
      }),
    }),
    { maxLength: 12 },
  ),
});

const anyProfile: fc.Arbitrary<Profile> = sketch.map((of) => {
  const builder = new ProfileBuilder({
    sampleTypes: of.types,
    timeNanos: of.timeNanos,
    durationNanos: of.durationNanos,
    period: of.period,
    periodType: of.types[0],
    comments: of.comments,
    dropFrames: of.texts[0],
    keepFrames: of.texts[1],
    defaultSampleType: of.texts[2],
    docUrl: of.texts[3],
  });
  const functions = of.functions.map((f) => builder.function(f));
  const mappings = of.mappings.map((m) => builder.mapping(m));
  const pick = (from: number[], n: number) => from[n % from.length] ?? NONE;
  const locations = of.locations.map(({ lines, mapping, ...rest }) =>
    builder.location({
      ...rest,
      mapping: pick(mappings, mapping),
      lines:
        functions.length === 0
          ? []
          : lines.map((line) => ({ ...line, function: pick(functions, line.function) })),
    }),
  );
  for (const { values, stack, labels } of of.samples) {
    builder.sample(
      values.slice(0, of.types.length),
      locations.length === 0 ? [] : stack.map((n) => pick(locations, n)),
      labels.map(({ key, text, number, unit }): NewLabel =>
        text === null ? { key, number, unit } : { key, text },
      ),
    );
  }
  return builder.build();
});

/** Everything that a profile says, with strings in place of indexes. */
function plain({ strings, samples, functions, mappings, locations, ...header }: Profile) {
  const text = (indexes: Uint32Array) => Array.from(indexes, (i) => strings.at(i));
  return {
    header,
    samples: {
      ...samples,
      labels: {
        ...samples.labels,
        key: text(samples.labels.key),
        text: text(samples.labels.text),
        unit: text(samples.labels.unit),
      },
    },
    locations,
    functions: {
      ...functions,
      name: text(functions.name),
      systemName: text(functions.systemName),
      file: text(functions.file),
    },
    mappings: { ...mappings, file: text(mappings.file), buildId: text(mappings.buildId) },
  };
}

/** A profile, or undefined where the bytes are refused with a code. Anything else thrown is a failure. */
function decodeOrRefuse(bytes: Uint8Array): Profile | undefined {
  try {
    return decodeProfile(bytes, { maxRawBytes: 2 ** 20 });
  } catch (error) {
    if (!(error instanceof ProfileError)) throw error;
    expect(error.code).toMatch(/^profile_/);
    expect(error.message).not.toContain('\n');
    return undefined;
  }
}

/** Walks every reference of a profile: none may lead out of its table. */
function walk(profile: Profile): void {
  const { samples, locations, functions, strings } = profile;
  expect(samples.values.length).toBe(samples.count * profile.sampleTypes.length);
  for (const l of samples.stack) expect(l).toBeLessThan(locations.count);
  for (const f of locations.lineFunction) expect(f).toBeLessThan(functions.count);
  for (const m of locations.mapping) if (m !== NONE) expect(m).toBeLessThan(profile.mappings.count);
  for (const i of functions.name) expect(typeof strings.at(i)).toBe('string');
  for (const i of samples.labels.key) expect(typeof strings.at(i)).toBe('string');
}

describe('any profile', () => {
  it('is the same after encoding and decoding', () => {
    fc.assert(
      fc.property(anyProfile, fc.boolean(), (profile, gzip) => {
        expect(plain(decodeProfile(encodeProfile(profile, { gzip })))).toEqual(plain(profile));
      }),
    );
  });

  it('is refused or read, never more, when its bytes are changed, cut or doubled', () => {
    const change = fc.record({ at: fc.nat(), byte: fc.nat({ max: 255 }) });
    fc.assert(
      fc.property(
        anyProfile,
        fc.array(change, { minLength: 1, maxLength: 4 }),
        fc.nat(),
        (profile, changes, cut) => {
          const bytes = encodeProfile(profile, { gzip: false }).slice();
          for (const { at, byte } of changes) bytes[at % bytes.length] = byte;
          for (const hostile of [
            bytes,
            bytes.subarray(0, cut % bytes.length),
            Buffer.concat([bytes, bytes]),
          ]) {
            const read = decodeOrRefuse(hostile);
            if (read) walk(read);
          }
        },
      ),
      { numRuns: 300 },
    );
  });

  it('adds up: totals of a merge are the sums of the totals', () => {
    fc.assert(
      fc.property(anyProfile, (profile) => {
        const small = scaleProfile(
          profile,
          profile.sampleTypes.map(() => 2 ** -12),
        );
        const merged = mergeProfiles([small, small, small]);
        const sums = totals(small).map((total) => 3 * total);
        totals(merged).forEach((total, t) => expect(Math.abs(total - sums[t]!)).toBeLessThanOrEqual(64));
        const gone = mergeProfiles([
          small,
          scaleProfile(
            small,
            small.sampleTypes.map(() => -1),
          ),
        ]);
        expect(gone.samples.count).toBe(0);
      }),
    );
  });
});

describe('any bytes', () => {
  it('are a profile or a coded error', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        const read = decodeOrRefuse(bytes);
        if (read) walk(read);
        decodeOrRefuse(gzipSync(bytes));
      }),
      { numRuns: 500 },
    );
  });

  it('are a profile or a coded error when they begin as a real one', () => {
    const real = gunzipSync(readFileSync(new URL('./testdata/profiles/prometheus-b.pb.gz', import.meta.url)));
    const change = fc.record({ at: fc.nat({ max: real.length - 1 }), byte: fc.nat({ max: 255 }) });
    fc.assert(
      fc.property(fc.array(change, { minLength: 1, maxLength: 8 }), (changes) => {
        const bytes = new Uint8Array(real);
        for (const { at, byte } of changes) bytes[at] = byte;
        const read = decodeOrRefuse(bytes);
        if (read) walk(read);
      }),
      { numRuns: 200 },
    );
  });
});
