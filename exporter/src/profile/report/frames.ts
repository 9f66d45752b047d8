// The stacks that a report is made of: the samples, locations and lines of a profile as index arrays which the
// filters narrow. Nothing here changes the profile; a narrowed set of frames shares what it did not change.

/** What a report reads of a profile. Arrays are columns; an index in one is a row of another. */
export interface ReportInput {
  readonly sampleTypes: readonly { type: string; unit: string }[];
  readonly defaultSampleType: string;
  readonly sampleCount: number;
  /** The values of one sample type, one a sample. */
  values(sampleType: number): Float64Array;
  /** Stack of sample s: stack[stackStart[s]] (the leaf) up to stackStart[s + 1]. */
  readonly stackStart: Uint32Array;
  readonly stack: Uint32Array;
  readonly locationCount: number;
  /** Lines of location l: lineStart[l] (the innermost inlined call) up to lineStart[l + 1]. */
  readonly lineStart: Uint32Array;
  readonly lineFunction: Int32Array;
  readonly lineNumber: ArrayLike<number>;
  readonly lineColumn: ArrayLike<number> | undefined;
  /** Row of mappings, or -1. */
  readonly locationMapping: Int32Array;
  address(location: number): bigint;
  readonly functionCount: number;
  functionName(fn: number): string;
  functionFile(fn: number): string;
  functionStartLine(fn: number): number;
  readonly mappings: readonly { file: string; buildId: string }[];
  /** Labels of a sample in the order of the profile. */
  labels(sample: number): readonly SampleLabel[];
  /** Whether any sample of the profile has labels at all. */
  readonly hasLabels: boolean;
  /** 1 where the sample is of the base of a diff. Undefined where there is no such base. */
  readonly isBase: Uint8Array | undefined;
  readonly timeNanos: bigint;
  readonly durationNanos: bigint;
  readonly comments: readonly string[];
  readonly docUrl: string;
}

/** A label is text, or a number with a unit (empty where the profile does not say). */
export type SampleLabel =
  | { key: string; text: string; number?: undefined }
  | { key: string; text?: undefined; number: number; unit: string };

export interface Functions {
  name: string[];
  file: string[];
  startLine: number[];
}

export interface Frames {
  readonly input: ReportInput;
  /** Rows of the samples that are left. */
  samples: Uint32Array;
  /** Stack of the i-th sample that is left: stack[stackStart[i]] up to stackEnd[i], leaf first. */
  stackStart: Uint32Array;
  stackEnd: Uint32Array;
  stack: Uint32Array;
  /** Lines of location l: lineStart[l] up to lineEnd[l]. */
  lineStart: Uint32Array;
  lineEnd: Uint32Array;
  lineFunction: Int32Array;
  lineNumber: ArrayLike<number>;
  lineColumn: ArrayLike<number> | undefined;
  locationMapping: Int32Array;
  functions: Functions;
  /** Which label keys count, by tagshow and taghide. */
  keepLabel: (key: string) => boolean;
}

export function framesOf(input: ReportInput): Frames {
  const samples = new Uint32Array(input.sampleCount);
  for (let i = 0; i < samples.length; i++) samples[i] = i;
  const functions: Functions = { name: [], file: [], startLine: [] };
  for (let f = 0; f < input.functionCount; f++) {
    functions.name.push(input.functionName(f));
    functions.file.push(input.functionFile(f));
    functions.startLine.push(input.functionStartLine(f));
  }
  return {
    input,
    samples,
    stackStart: input.stackStart.subarray(0, input.sampleCount),
    stackEnd: input.stackStart.subarray(1, input.sampleCount + 1),
    stack: input.stack,
    lineStart: input.lineStart.subarray(0, input.locationCount),
    lineEnd: input.lineStart.subarray(1, input.locationCount + 1),
    lineFunction: input.lineFunction,
    lineNumber: input.lineNumber,
    lineColumn: input.lineColumn,
    locationMapping: input.locationMapping,
    functions,
    keepLabel: () => true,
  };
}

/** The labels of the i-th sample that is left, as far as they are kept. */
export function labelsOf(frames: Frames, i: number): readonly SampleLabel[] {
  if (!frames.input.hasLabels) return [];
  const labels = frames.input.labels(frames.samples[i]!);
  return labels.length === 0 ? labels : labels.filter((label) => frames.keepLabel(label.key));
}

/** The samples for which `keep` holds, with their stacks as they are. */
export function selectSamples(frames: Frames, keep: (i: number) => boolean): void {
  const rows: number[] = [];
  for (let i = 0; i < frames.samples.length; i++) if (keep(i)) rows.push(i);
  if (rows.length === frames.samples.length) return;
  const pick = (column: Uint32Array) => Uint32Array.from(rows, (i) => column[i]!);
  frames.samples = pick(frames.samples);
  frames.stackStart = pick(frames.stackStart);
  frames.stackEnd = pick(frames.stackEnd);
}

/** The unit of each numeric label: the first that a sample names, else what its key says. */
export function labelUnits(input: ReportInput): {
  units: Map<string, string>;
  ignored: Map<string, string[]>;
} {
  const units = new Map<string, string>();
  const others = new Map<string, Set<string>>();
  const keys = new Set<string>();
  if (input.hasLabels) {
    for (let s = 0; s < input.sampleCount; s++) {
      for (const label of input.labels(s)) {
        if (label.number === undefined) continue;
        keys.add(label.key);
        if (label.unit === '') continue;
        const known = units.get(label.key);
        if (known === undefined) units.set(label.key, label.unit);
        else if (known !== label.unit) {
          let set = others.get(label.key);
          if (!set) others.set(label.key, (set = new Set()));
          set.add(label.unit);
        }
      }
    }
  }
  for (const key of keys) {
    if (!units.has(key)) units.set(key, key === 'alignment' || key === 'request' ? 'bytes' : key);
  }
  return { units, ignored: new Map([...others].map(([key, set]) => [key, [...set].sort()])) };
}
