// Writes a profile record by record: for text forms, merged profiles and made-up ones. Equal functions and equal
// locations become one.

import { growable } from './growable.js';
import { ListedStrings, NONE, type Profile, type SampleColumns, type ValueType } from './profile.js';

export interface NewFunction {
  name: string;
  /** Default: the name. */
  systemName?: string;
  file?: string;
  startLine?: number;
}

export interface NewLine {
  /** Index from `function()`. */
  function: number;
  line?: number;
  column?: number;
}

export interface NewLocation {
  address?: bigint;
  /** Index from `mapping()`. */
  mapping?: number;
  isFolded?: boolean;
  /** Innermost inlined call first. */
  lines?: readonly NewLine[];
}

export interface NewMapping {
  start?: bigint;
  limit?: bigint;
  offset?: bigint;
  file?: string;
  buildId?: string;
  /** Bits of MAPPING_HAS. */
  has?: number;
}

export type NewLabel = { key: string } & ({ text: string } | { number: bigint; unit?: string });

export type NewHeader = Partial<
  Pick<
    Profile,
    | 'defaultSampleType'
    | 'periodType'
    | 'period'
    | 'timeNanos'
    | 'durationNanos'
    | 'dropFrames'
    | 'keepFrames'
    | 'comments'
    | 'docUrl'
  >
> & { sampleTypes: readonly ValueType[] };

export class ProfileBuilder {
  readonly #header: NewHeader;
  readonly #strings: string[] = [''];
  readonly #stringIndex = new Map<string, number>([['', 0]]);
  readonly #functionIndex = new Map<string, number>();
  readonly #locationIndex = new Map<string, number>();
  readonly #mappingIndex = new Map<string, number>();
  readonly #functions = {
    name: growable.indexes(),
    systemName: growable.indexes(),
    file: growable.indexes(),
    startLine: growable.numbers(),
  };
  readonly #mappings = {
    start: growable.unsigned64(),
    limit: growable.unsigned64(),
    offset: growable.unsigned64(),
    file: growable.indexes(),
    buildId: growable.indexes(),
    has: growable.bytes(),
  };
  readonly #locations = {
    address: growable.unsigned64(),
    mapping: growable.indexes(),
    isFolded: growable.bytes(),
    lineStart: growable.indexes(),
    lineFunction: growable.indexes(),
    lineNumber: growable.numbers(),
    lineColumn: growable.numbers(),
  };
  readonly #values = growable.numbers();
  readonly #stackStart = growable.indexes();
  readonly #stack = growable.indexes();
  readonly #labelStart = growable.indexes();
  readonly #labels = {
    key: growable.indexes(),
    text: growable.indexes(),
    number: growable.signed64(),
    unit: growable.indexes(),
  };

  constructor(header: NewHeader) {
    this.#header = header;
    this.#stackStart.push(0);
    this.#labelStart.push(0);
    this.#locations.lineStart.push(0);
  }

  get sampleCount(): number {
    return this.#stackStart.length - 1;
  }

  get stackEntries(): number {
    return this.#stack.length;
  }

  string(text: string): number {
    let index = this.#stringIndex.get(text);
    if (index === undefined) {
      index = this.#strings.length;
      this.#strings.push(text);
      this.#stringIndex.set(text, index);
    }
    return index;
  }

  function({ name, systemName = name, file = '', startLine = 0 }: NewFunction): number {
    const [n, s, f] = [this.string(name), this.string(systemName), this.string(file)];
    return intern(this.#functionIndex, `${n},${s},${f},${startLine}`, () => {
      this.#functions.name.push(n);
      this.#functions.systemName.push(s);
      this.#functions.file.push(f);
      this.#functions.startLine.push(startLine);
    });
  }

  mapping({ start = 0n, limit = 0n, offset = 0n, file = '', buildId = '', has = 0 }: NewMapping): number {
    const [f, b] = [this.string(file), this.string(buildId)];
    return intern(this.#mappingIndex, `${start},${limit},${offset},${f},${b},${has}`, () => {
      this.#mappings.start.push(start);
      this.#mappings.limit.push(limit);
      this.#mappings.offset.push(offset);
      this.#mappings.file.push(f);
      this.#mappings.buildId.push(b);
      this.#mappings.has.push(has);
    });
  }

  location({ address = 0n, mapping = NONE, isFolded = false, lines = [] }: NewLocation): number {
    let key = `${address},${mapping},${isFolded ? 1 : 0}`;
    for (const { function: f, line = 0, column = 0 } of lines) key += `;${f},${line},${column}`;
    return intern(this.#locationIndex, key, () => {
      const to = this.#locations;
      to.address.push(address);
      to.mapping.push(mapping);
      to.isFolded.push(isFolded ? 1 : 0);
      for (const { function: f, line = 0, column = 0 } of lines) {
        to.lineFunction.push(f);
        to.lineNumber.push(line);
        to.lineColumn.push(column);
      }
      to.lineStart.push(to.lineFunction.length);
    });
  }

  /** One value a sample type; the stack as location indexes, leaf first. */
  sample(values: ArrayLike<number>, stack: ArrayLike<number>, labels: readonly NewLabel[] = []): void {
    const types = this.#header.sampleTypes.length;
    if (values.length !== types) throw new RangeError(`a sample has ${types} values, not ${values.length}`);
    for (let t = 0; t < types; t++) this.#values.push(values[t]!);
    for (let i = 0; i < stack.length; i++) this.#stack.push(stack[i]!);
    for (const label of labels) {
      this.#labels.key.push(this.string(label.key));
      this.#labels.text.push('text' in label ? this.string(label.text) : 0);
      this.#labels.number.push('number' in label ? label.number : 0n);
      this.#labels.unit.push('number' in label ? this.string(label.unit ?? '') : 0);
    }
    this.#stackStart.push(this.#stack.length);
    this.#labelStart.push(this.#labels.key.length);
  }

  /** The profile; `samples` in place of those that were added here, with stacks and labels of this builder's tables. */
  build(samples: SampleColumns = this.#samples()): Profile {
    const header = this.#header;
    return {
      sampleTypes: header.sampleTypes,
      defaultSampleType: header.defaultSampleType ?? '',
      periodType: header.periodType ?? null,
      period: header.period ?? 0,
      timeNanos: header.timeNanos ?? 0n,
      durationNanos: header.durationNanos ?? 0n,
      dropFrames: header.dropFrames ?? '',
      keepFrames: header.keepFrames ?? '',
      comments: header.comments ?? [],
      docUrl: header.docUrl ?? '',
      samples,
      locations: {
        count: this.#locations.address.length,
        address: this.#locations.address.finish(),
        mapping: this.#locations.mapping.finish(),
        isFolded: this.#locations.isFolded.finish(),
        lineStart: this.#locations.lineStart.finish(),
        lineFunction: this.#locations.lineFunction.finish(),
        lineNumber: this.#locations.lineNumber.finish(),
        lineColumn: this.#locations.lineColumn.finish(),
      },
      functions: {
        count: this.#functions.name.length,
        name: this.#functions.name.finish(),
        systemName: this.#functions.systemName.finish(),
        file: this.#functions.file.finish(),
        startLine: this.#functions.startLine.finish(),
      },
      mappings: {
        count: this.#mappings.start.length,
        start: this.#mappings.start.finish(),
        limit: this.#mappings.limit.finish(),
        offset: this.#mappings.offset.finish(),
        file: this.#mappings.file.finish(),
        buildId: this.#mappings.buildId.finish(),
        has: this.#mappings.has.finish(),
      },
      strings: new ListedStrings(this.#strings),
    };
  }

  #samples(): SampleColumns {
    return {
      count: this.sampleCount,
      values: this.#values.finish(),
      stackStart: this.#stackStart.finish(),
      stack: this.#stack.finish(),
      labelStart: this.#labelStart.finish(),
      labels: {
        count: this.#labels.key.length,
        key: this.#labels.key.finish(),
        text: this.#labels.text.finish(),
        number: this.#labels.number.finish(),
        unit: this.#labels.unit.finish(),
      },
    };
  }
}

/** The row of a key; a new one is written by `add`. */
function intern(rows: Map<string, number>, key: string, add: () => void): number {
  let row = rows.get(key);
  if (row === undefined) {
    row = rows.size;
    rows.set(key, row);
    add();
  }
  return row;
}
