// Profiles added together, scaled and labelled, as google/pprof does it (profile/merge.go): the ground of `-base`,
// `-diff_base`, `-normalize` and of several files at once.

import { UsageError } from '../errors.js';
import { ProfileBuilder, type NewLine } from './builder.js';
import { growable } from './growable.js';
import { NONE, type Profile, type SampleColumns } from './profile.js';
import { SequenceTable } from './sequence-table.js';

/**
 * One profile with the samples of all. Samples with equal stacks and labels become one; those that come to zero go.
 * Time is the earliest, duration the sum.
 * @throws UsageError `profile_types_differ` when they do not hold the same sample types.
 */
export function mergeProfiles(profiles: readonly Profile[]): Profile {
  const first = profiles[0];
  if (!first) throw new UsageError('profile_missing', 'name at least one profile');
  for (const other of profiles) requireSameTypes(first, other);
  const builder = new ProfileBuilder({
    sampleTypes: first.sampleTypes,
    periodType: first.periodType,
    dropFrames: first.dropFrames,
    keepFrames: first.keepFrames,
    defaultSampleType: profiles.find((p) => p.defaultSampleType !== '')?.defaultSampleType,
    docUrl: profiles.find((p) => p.docUrl !== '')?.docUrl,
    period: profiles.reduce((most, p) => Math.max(most, p.period), 0),
    timeNanos: profiles.reduce(
      (least, { timeNanos: t }) => (least === 0n || (t !== 0n && t < least) ? t : least),
      0n,
    ),
    durationNanos: profiles.reduce((sum, p) => sum + p.durationNanos, 0n),
    comments: [...new Set(profiles.flatMap((p) => p.comments))],
  });
  const merger = new SampleMerger(first.sampleTypes.length);
  const places: MappedAt = new Map();
  for (const profile of profiles) {
    const location = copyLocations(profile, builder, places);
    merger.add(profile, location, (index) => builder.string(profile.strings.at(index)));
  }
  return builder.build(merger.finish());
}

function requireSameTypes(a: Profile, b: Profile): void {
  const words = (p: Profile) => p.sampleTypes.map(({ type, unit }) => `${type}/${unit}`).join(', ');
  const [left, right] = [words(a), words(b)];
  if (left !== right) {
    throw new UsageError(
      'profile_types_differ',
      `profiles of different kinds cannot be joined: one holds ${quoted(left)}, another ${quoted(right)}`,
    );
  }
}

/** Foreign text in a message: bounded, control characters escaped. */
function quoted(text: string): string {
  return JSON.stringify(text.length > 120 ? `${text.slice(0, 120)}…` : text);
}

/** Mappings of a merged profile, by what they hold: their row, and where they begin in the address space. */
type MappedAt = Map<string, { row: number; start: bigint }>;

/**
 * Copies mappings, functions and locations, and returns the new index of every location. One part of a program that
 * lies elsewhere after each start (ASLR) is one mapping, the first one; addresses in it move along.
 */
export function copyLocations(
  profile: Profile,
  to: ProfileBuilder,
  places: MappedAt = new Map(),
): Uint32Array {
  const { functions, locations, mappings, strings } = profile;
  const mapping = new Uint32Array(mappings.count);
  const shift = new Array<bigint>(mappings.count).fill(0n);
  for (let m = 0; m < mappings.count; m++) {
    const [start, limit, offset] = [mappings.start[m]!, mappings.limit[m]!, mappings.offset[m]!];
    const [file, buildId] = [strings.at(mappings.file[m]!), strings.at(mappings.buildId[m]!)];
    const key = `${pages(limit - start)},${offset},${buildId || file}`;
    const known = places.get(key);
    if (known) {
      mapping[m] = known.row;
      shift[m] = known.start - start;
    } else {
      mapping[m] = to.mapping({ start, limit, offset, file, buildId, has: mappings.has[m]! });
      places.set(key, { row: mapping[m]!, start });
    }
  }
  const fn = Uint32Array.from({ length: functions.count }, (_, f) =>
    to.function({
      name: strings.at(functions.name[f]!),
      systemName: strings.at(functions.systemName[f]!),
      file: strings.at(functions.file[f]!),
      startLine: functions.startLine[f]!,
    }),
  );
  return Uint32Array.from({ length: locations.count }, (_, l) => {
    const lines: NewLine[] = [];
    for (let i = locations.lineStart[l]!; i < locations.lineStart[l + 1]!; i++) {
      lines.push({
        function: fn[locations.lineFunction[i]!]!,
        line: locations.lineNumber[i]!,
        column: locations.lineColumn[i]!,
      });
    }
    const m = locations.mapping[l]!;
    const address = locations.address[l]!;
    return to.location({
      address: m === NONE || shift[m] === 0n ? address : BigInt.asUintN(64, address + shift[m]!),
      mapping: m === NONE ? NONE : mapping[m]!,
      isFolded: locations.isFolded[l] !== 0,
      lines,
    });
  });
}

const PAGE_BYTES = 4096n;

/** Sizes differ a little from start to start: up to the next page they are the same. */
function pages(size: bigint): bigint {
  return (BigInt.asUintN(64, size) + PAGE_BYTES - 1n) / PAGE_BYTES;
}

/** Words of a label in the key of a sample: key, text, number low and high, unit. */
const LABEL_WORDS = 5;

class SampleMerger {
  readonly #types: number;
  readonly #samples = new SequenceTable();
  readonly #values = growable.numbers(1024);
  #key = new Uint32Array(256);

  constructor(types: number) {
    this.#types = types;
  }

  add(profile: Profile, location: Uint32Array, stringOf: (index: number) => number): void {
    const { samples } = profile;
    const types = this.#types;
    const labels = new LabelWords(samples, profile.strings.count, stringOf);
    for (let s = 0; s < samples.count; s++) {
      if (isZero(samples.values, s * types, types)) continue;
      const length = this.#writeKey(samples, s, location, labels);
      const known = this.#samples.count;
      const row = this.#samples.intern(this.#key, 0, length);
      if (row === known) this.#values.length += types;
      const sums = this.#values.reserve(types);
      for (let t = 0; t < types; t++) sums[row * types + t]! += samples.values[s * types + t]!;
    }
  }

  /** The key of a sample: how many labels, the labels, the stack. */
  #writeKey(samples: SampleColumns, s: number, location: Uint32Array, labels: LabelWords): number {
    const { labelStart, stackStart, stack } = samples;
    const [firstLabel, endLabel] = [labelStart[s]!, labelStart[s + 1]!];
    const [firstFrame, endFrame] = [stackStart[s]!, stackStart[s + 1]!];
    const length = 1 + (endLabel - firstLabel) * LABEL_WORDS + endFrame - firstFrame;
    if (length > this.#key.length) this.#key = new Uint32Array(length * 2);
    const key = this.#key;
    key[0] = endLabel - firstLabel;
    let at = labels.write(key, 1, firstLabel, endLabel);
    for (let i = firstFrame; i < endFrame; i++) key[at++] = location[stack[i]!]!;
    return length;
  }

  finish(): SampleColumns {
    const types = this.#types;
    const { words, start } = this.#samples.finish();
    const sums = this.#values.data;
    let count = 0;
    let labelCount = 0;
    let frames = 0;
    const kept = new Uint8Array(this.#samples.count);
    for (let s = 0; s < kept.length; s++) {
      if (isZero(sums, s * types, types)) continue;
      const labels = words[start[s]!]!;
      kept[s] = 1;
      count++;
      labelCount += labels;
      frames += start[s + 1]! - start[s]! - 1 - labels * LABEL_WORDS;
    }
    const values = new Float64Array(count * types);
    const stackStart = new Uint32Array(count + 1);
    const stack = new Uint32Array(frames);
    const labelStart = new Uint32Array(count + 1);
    const label = {
      key: new Uint32Array(labelCount),
      text: new Uint32Array(labelCount),
      number: new BigInt64Array(labelCount),
      unit: new Uint32Array(labelCount),
    };
    const halves = new Uint32Array(label.number.buffer);
    let row = 0;
    let labelAt = 0;
    let stackAt = 0;
    for (let s = 0; s < kept.length; s++) {
      if (kept[s] === 0) continue;
      for (let t = 0; t < types; t++) values[row * types + t] = sums[s * types + t]!;
      let at = start[s]! + 1;
      const end = start[s + 1]!;
      for (let l = words[at - 1]!; l > 0; l--, at += LABEL_WORDS, labelAt++) {
        label.key[labelAt] = words[at]!;
        label.text[labelAt] = words[at + 1]!;
        halves[labelAt * 2] = words[at + 2]!;
        halves[labelAt * 2 + 1] = words[at + 3]!;
        label.unit[labelAt] = words[at + 4]!;
      }
      while (at < end) stack[stackAt++] = words[at++]!;
      row++;
      stackStart[row] = stackAt;
      labelStart[row] = labelAt;
    }
    return { count, values, stackStart, stack, labelStart, labels: { count: labelCount, ...label } };
  }
}

/** Labels as words, with strings numbered as in the merged profile. */
class LabelWords {
  readonly #samples: SampleColumns;
  /** Numbers as halves, low first: spares a bigint a label. */
  readonly #halves: Uint32Array;
  readonly #strings: Int32Array;
  readonly #stringOf: (index: number) => number;

  constructor(samples: SampleColumns, strings: number, stringOf: (index: number) => number) {
    const { number } = samples.labels;
    this.#samples = samples;
    this.#halves = new Uint32Array(number.buffer, number.byteOffset, number.length * 2);
    this.#strings = new Int32Array(strings).fill(-1);
    this.#stringOf = stringOf;
  }

  /** Writes the labels first … end - 1 and returns where they end. */
  write(key: Uint32Array, at: number, first: number, end: number): number {
    if (end - first === 1) return this.#writeOne(key, at, first);
    // The order in which a program set its labels does not tell samples apart.
    const { labels } = this.#samples;
    const order = Array.from({ length: end - first }, (_, i) => first + i).sort(
      (a, b) =>
        labels.key[a]! - labels.key[b]! ||
        labels.text[a]! - labels.text[b]! ||
        Number(labels.number[a]! - labels.number[b]!),
    );
    for (const label of order) at = this.#writeOne(key, at, label);
    return at;
  }

  #writeOne(key: Uint32Array, at: number, label: number): number {
    const { labels } = this.#samples;
    key[at] = this.#string(labels.key[label]!);
    key[at + 1] = this.#string(labels.text[label]!);
    key[at + 2] = this.#halves[label * 2]!;
    key[at + 3] = this.#halves[label * 2 + 1]!;
    key[at + 4] = this.#string(labels.unit[label]!);
    return at + LABEL_WORDS;
  }

  #string(index: number): number {
    const known = this.#strings[index] ?? -1;
    return known >= 0 ? known : (this.#strings[index] = this.#stringOf(index));
  }
}

function isZero(values: Float64Array, start: number, length: number): boolean {
  for (let i = start; i < start + length; i++) if (values[i] !== 0) return false;
  return true;
}

/** Every value times the ratio of its sample type, rounded half away from zero; samples that come to zero go. */
export function scaleProfile(profile: Profile, ratios: readonly number[]): Profile {
  if (ratios.every((ratio) => ratio === 1)) return profile;
  const { samples } = profile;
  const types = profile.sampleTypes.length;
  const values = new Float64Array(samples.values.length);
  const kept: number[] = [];
  for (let s = 0; s < samples.count; s++) {
    let keep = false;
    for (let t = 0; t < types; t++) {
      const i = s * types + t;
      const ratio = ratios[t]!;
      values[i] = ratio === 1 ? samples.values[i]! : roundAway(samples.values[i]! * ratio);
      // As pprof does: a value that is not scaled does not keep its sample.
      keep ||= ratio !== 1 && values[i] !== 0;
    }
    if (keep) kept.push(s);
  }
  const scaled = { ...samples, values };
  return { ...profile, samples: kept.length === samples.count ? scaled : pickSamples(scaled, kept, types) };
}

function roundAway(value: number): number {
  return value < 0 ? -Math.round(-value) : Math.round(value);
}

/** The samples of the given rows. */
export function pickSamples(samples: SampleColumns, rows: readonly number[], types: number): SampleColumns {
  const values = new Float64Array(rows.length * types);
  const pick = (start: Uint32Array) => {
    const newStart = new Uint32Array(rows.length + 1);
    rows.forEach((s, i) => (newStart[i + 1] = newStart[i]! + start[s + 1]! - start[s]!));
    return newStart;
  };
  const stackStart = pick(samples.stackStart);
  const labelStart = pick(samples.labelStart);
  const count = labelStart[rows.length]!;
  const stack = new Uint32Array(stackStart[rows.length]!);
  const [key, text, unit] = [new Uint32Array(count), new Uint32Array(count), new Uint32Array(count)];
  const number = new BigInt64Array(count);
  rows.forEach((s, i) => {
    values.set(samples.values.subarray(s * types, (s + 1) * types), i * types);
    stack.set(samples.stack.subarray(samples.stackStart[s], samples.stackStart[s + 1]), stackStart[i]);
    const [from, to, at] = [samples.labelStart[s], samples.labelStart[s + 1], labelStart[i]];
    key.set(samples.labels.key.subarray(from, to), at);
    text.set(samples.labels.text.subarray(from, to), at);
    number.set(samples.labels.number.subarray(from, to), at);
    unit.set(samples.labels.unit.subarray(from, to), at);
  });
  return {
    count: rows.length,
    values,
    stackStart,
    stack,
    labelStart,
    labels: { count, key, text, number, unit },
  };
}

/** Scales a profile, each sample type apart, so that its totals are those of the base (`-normalize`). */
export function normalizeProfile(profile: Profile, base: Profile): Profile {
  requireSameTypes(profile, base);
  const [own, other] = [totals(profile), totals(base)];
  return scaleProfile(
    profile,
    own.map((total, t) => (total === 0 ? 0 : other[t]! / total)),
  );
}

/** Signed sum of each sample type. */
export function totals(profile: Profile): number[] {
  const types = profile.sampleTypes.length;
  const sums = new Array<number>(types).fill(0);
  const { values } = profile.samples;
  for (let i = 0; i < values.length; i++) sums[i % types]! += values[i]!;
  return sums;
}

/** The profile with one textual label set on every sample, in place of any label of that key. */
export function labelProfile(profile: Profile, key: string, text: string): Profile {
  const builder = new ProfileBuilder(profile);
  const location = copyLocations(profile, builder);
  const { samples, strings } = profile;
  const types = profile.sampleTypes.length;
  for (let s = 0; s < samples.count; s++) {
    const labels = [];
    for (let l = samples.labelStart[s]!; l < samples.labelStart[s + 1]!; l++) {
      const name = strings.at(samples.labels.key[l]!);
      if (name === key) continue;
      const textIndex = samples.labels.text[l]!;
      labels.push(
        textIndex !== 0
          ? { key: name, text: strings.at(textIndex) }
          : { key: name, number: samples.labels.number[l]!, unit: strings.at(samples.labels.unit[l]!) },
      );
    }
    labels.push({ key, text });
    const stack = samples.stack.subarray(samples.stackStart[s], samples.stackStart[s + 1]);
    builder.sample(
      samples.values.subarray(s * types, (s + 1) * types),
      stack.map((l) => location[l]!),
      labels,
    );
  }
  return builder.build();
}
