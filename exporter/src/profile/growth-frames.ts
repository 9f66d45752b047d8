// Frames that mean the same in every capture: location ids differ from capture to capture, and so do the tables behind
// them, so that a function is known by its name and a line by function, file and line number.

import type { Profile } from './profile.js';

/** No frame: a stack without own code. */
export const NO_FRAME = -1;

/** Line numbers are packed below the number of their function; longer Go files than this do not exist. */
const LINES_A_FILE = 2 ** 24;

export interface Frame {
  function: string;
  file: string;
  line: number;
}

/** What one capture's locations mean in the common numbering. */
export interface LocationFrames {
  /** Function and line of the innermost call at each location. */
  leafFunction: Int32Array;
  leafLine: Int32Array;
  /** Line of the innermost own call at each location, NO_FRAME where none is own. */
  ownLine: Int32Array;
  /** All lines of each location, innermost first: frames[start[l]] … frames[start[l + 1] - 1]. */
  start: Uint32Array;
  frames: Int32Array;
}

export class FrameTable {
  readonly #isOwn: (functionName: string, file: string) => boolean;
  readonly #functions = new Map<string, number>();
  readonly functionNames: string[] = [];
  readonly #fileFunctions = new Map<string, number>();
  readonly #sources: { function: number; name: string; file: string; own: boolean }[] = [];
  readonly #lines = new Map<number, number>();
  readonly #lineSource: number[] = [];
  readonly #lineNumber: number[] = [];
  /** Where functions begin, as the first capture that has them says: this moves when the binary is built anew. */
  readonly #startLines = new Map<number, { capture: number; lines: Set<number> }>();
  #capture = 0;
  /** Functions that begin elsewhere than in an earlier capture. */
  movedFunctions = 0;

  constructor(isOwn: (functionName: string, file: string) => boolean) {
    this.#isOwn = isOwn;
  }

  get lineCount(): number {
    return this.#lineSource.length;
  }

  frame(line: number): Frame {
    const source = this.#sources[this.#lineSource[line]!]!;
    return { function: source.name, file: source.file, line: this.#lineNumber[line]! };
  }

  functionOfLine(line: number): number {
    return this.#sources[this.#lineSource[line]!]!.function;
  }

  isOwn(line: number): boolean {
    return this.#sources[this.#lineSource[line]!]!.own;
  }

  /** Numbers the frames of one capture. */
  add({ functions, locations, strings }: Profile): LocationFrames {
    this.#capture++;
    const sources = Int32Array.from({ length: functions.count }, (_, f) =>
      this.#source(strings.at(functions.name[f]!), strings.at(functions.file[f]!), functions.startLine[f]!),
    );
    const result: LocationFrames = {
      leafFunction: new Int32Array(locations.count),
      leafLine: new Int32Array(locations.count),
      ownLine: new Int32Array(locations.count).fill(NO_FRAME),
      start: new Uint32Array(locations.count + 1),
      frames: new Int32Array(locations.lineFunction.length + locations.count),
    };
    let at = 0;
    for (let l = 0; l < locations.count; l++) {
      const [first, end] = [locations.lineStart[l]!, locations.lineStart[l + 1]!];
      for (let i = first; i < end; i++) {
        const source = sources[locations.lineFunction[i]!]!;
        const line = this.#line(source, locations.lineNumber[i]!);
        result.frames[at++] = line;
        if (result.ownLine[l] === NO_FRAME && this.#sources[source]!.own) result.ownLine[l] = line;
      }
      // A frame without symbols is known by its address alone.
      if (first === end) {
        result.frames[at++] = this.#line(this.#source(`0x${locations.address[l]!.toString(16)}`, '', 0), 0);
      }
      result.leafLine[l] = result.frames[result.start[l]!]!;
      result.leafFunction[l] = this.functionOfLine(result.leafLine[l]!);
      result.start[l + 1] = at;
    }
    return result;
  }

  #source(name: string, file: string, startLine: number): number {
    const key = `${name}\0${file}`;
    let source = this.#fileFunctions.get(key);
    if (source === undefined) {
      source = this.#sources.length;
      this.#fileFunctions.set(key, source);
      let fn = this.#functions.get(name);
      if (fn === undefined) {
        fn = this.functionNames.push(name) - 1;
        this.#functions.set(name, fn);
      }
      this.#sources.push({ function: fn, name, file, own: this.#isOwn(name, file) });
    }
    if (startLine !== 0) this.#noteStart(source, startLine);
    return source;
  }

  #noteStart(source: number, startLine: number): void {
    const known = this.#startLines.get(source);
    if (known === undefined) {
      this.#startLines.set(source, { capture: this.#capture, lines: new Set([startLine]) });
    } else if (known.capture === this.#capture) known.lines.add(startLine);
    else if (!known.lines.has(startLine)) this.movedFunctions++;
  }

  #line(source: number, line: number): number {
    const key = source * LINES_A_FILE + (line > 0 && line < LINES_A_FILE ? line : 0);
    let known = this.#lines.get(key);
    if (known === undefined) {
      known = this.#lineSource.push(source) - 1;
      this.#lineNumber.push(line);
      this.#lines.set(key, known);
    }
    return known;
  }
}
