// A profile in columns: what `profile.proto` (github.com/google/pprof/proto/profile.proto) says, as typed arrays
// instead of objects, so that a million samples cost megabytes and no garbage collection. Ids of the file are gone:
// every reference is an index into the other table's columns, NONE where there is none.

/** A reference to nothing: a location without a mapping. */
export const NONE = 0xffffffff;

export interface ValueType {
  type: string;
  unit: string;
}

/** Strings by index, decoded when first asked for. Index 0 is the empty string. */
export interface StringTable {
  readonly count: number;
  at(index: number): string;
}

export interface SampleColumns {
  readonly count: number;
  /** Sample-major: the value of sample s and type t is values[s * sampleTypes.length + t]. */
  readonly values: Float64Array;
  /** The frames of sample s are stack[stackStart[s]] … stack[stackStart[s + 1] - 1], leaf first: location indexes. */
  readonly stackStart: Uint32Array;
  readonly stack: Uint32Array;
  /** The labels of sample s are the rows labelStart[s] … labelStart[s + 1] - 1 of `labels`. */
  readonly labelStart: Uint32Array;
  readonly labels: LabelColumns;
}

/** A label is textual where `text` is not 0, else it is a number. */
export interface LabelColumns {
  readonly count: number;
  readonly key: Uint32Array;
  readonly text: Uint32Array;
  readonly number: BigInt64Array;
  readonly unit: Uint32Array;
}

export interface LocationColumns {
  readonly count: number;
  readonly address: BigUint64Array;
  /** Mapping index or NONE. */
  readonly mapping: Uint32Array;
  readonly isFolded: Uint8Array;
  /** The lines of location l are the rows lineStart[l] … lineStart[l + 1] - 1; the first is the innermost inlined call. */
  readonly lineStart: Uint32Array;
  readonly lineFunction: Uint32Array;
  /** Source lines; 0 when not known. */
  readonly lineNumber: Float64Array;
  readonly lineColumn: Float64Array;
}

/** Names are string indexes. */
export interface FunctionColumns {
  readonly count: number;
  readonly name: Uint32Array;
  readonly systemName: Uint32Array;
  readonly file: Uint32Array;
  readonly startLine: Float64Array;
}

export interface MappingColumns {
  readonly count: number;
  readonly start: BigUint64Array;
  readonly limit: BigUint64Array;
  readonly offset: BigUint64Array;
  readonly file: Uint32Array;
  readonly buildId: Uint32Array;
  /** Bits of MAPPING_HAS. */
  readonly has: Uint8Array;
}

export const MAPPING_HAS = { functions: 1, filenames: 2, lineNumbers: 4, inlineFrames: 8 } as const;

export interface Profile {
  readonly sampleTypes: readonly ValueType[];
  /** '' when the profile names none. */
  readonly defaultSampleType: string;
  readonly periodType: ValueType | null;
  readonly period: number;
  /** Unix nanoseconds; 0 when not told. Beyond what a number holds, hence bigint. */
  readonly timeNanos: bigint;
  readonly durationNanos: bigint;
  /** Regular expressions of frames to drop and keep, '' for none. */
  readonly dropFrames: string;
  readonly keepFrames: string;
  readonly comments: readonly string[];
  readonly docUrl: string;
  readonly samples: SampleColumns;
  readonly locations: LocationColumns;
  readonly functions: FunctionColumns;
  readonly mappings: MappingColumns;
  readonly strings: StringTable;
}

/** Index of the sample type to show: the one asked for by name, else the profile's default, else the last (as pprof). */
export function sampleTypeIndex(profile: Profile, name?: string): number {
  const wanted = name ?? profile.defaultSampleType;
  const index = profile.sampleTypes.findIndex(({ type }) => type === wanted);
  if (index >= 0 || name !== undefined) return index;
  return profile.sampleTypes.length - 1;
}

/** Unix milliseconds at which the profile was taken; undefined when it does not say. */
export function takenAtMs(profile: Profile): number | undefined {
  return profile.timeNanos > 0n ? Number(profile.timeNanos / 1_000_000n) : undefined;
}

/** Strings over the bytes of a message: only what is asked for becomes a JavaScript string. */
export class EncodedStrings implements StringTable {
  readonly count: number;
  readonly #start: Uint32Array;
  readonly #end: Uint32Array;
  /** The part of the message that holds the strings, and where it begins. */
  readonly #part: AsciiText | Buffer;
  readonly #from: number;
  readonly #decoded: (string | undefined)[];

  /** String i is message[start[i]] … message[end[i] - 1], UTF-8. Holds that part of the message alone. */
  constructor(message: Uint8Array, start: Uint32Array, end: Uint32Array) {
    this.count = start.length;
    this.#start = start;
    this.#end = end;
    this.#from = this.count === 0 ? 0 : start[0]!;
    this.#part = asciiText(message, start, end) ?? Buffer.from(message.subarray(this.#from, end.at(-1) ?? 0));
    this.#decoded = new Array<string | undefined>(this.count);
  }

  at(index: number): string {
    const known = this.#decoded[index];
    if (known !== undefined) return known;
    if (index >= this.count) throw new RangeError(`string ${index} of ${this.count}`);
    const part = this.#part;
    const start = this.#start[index]! - this.#from;
    const end = this.#end[index]! - this.#from;
    const text = typeof part === 'string' ? part.slice(start, end) : part.toString('utf8', start, end);
    this.#decoded[index] = text;
    return text;
  }
}

/** Text of which every string of a profile is a slice, which takes neither a copy nor a call out of JavaScript. */
type AsciiText = string;

/** Largest part of a message that becomes one text, in bytes; V8's longest has four times as many. */
const MAX_TEXT_BYTES = 128 * 2 ** 20;

/** From the first string to the last as one text with a character a byte; undefined where a string is not ASCII. */
function asciiText(message: Uint8Array, start: Uint32Array, end: Uint32Array): AsciiText | undefined {
  const from = start[0] ?? 0;
  const to = end.at(-1) ?? 0;
  if (to - from > MAX_TEXT_BYTES) return undefined;
  const text = Buffer.from(message.buffer, message.byteOffset, message.length).toString('latin1', from, to);
  // Bytes beyond ASCII may stand between the strings, in their lengths, but not in them.
  let between = 0;
  for (let i = 1; i < start.length; i++) {
    for (let at = end[i - 1]!; at < start[i]!; at++) if (message[at]! >= 0x80) between++;
  }
  // UTF-8 takes two bytes for each of them.
  return Buffer.byteLength(text, 'utf8') - text.length === between ? text : undefined;
}

export class ListedStrings implements StringTable {
  readonly #list: readonly string[];
  readonly count: number;

  constructor(list: readonly string[]) {
    this.#list = list;
    this.count = list.length;
  }

  at(index: number): string {
    const text = this.#list[index];
    if (text === undefined) throw new RangeError(`string ${index} of ${this.count}`);
    return text;
  }
}
