// The text form `goroutine?debug=2`: every goroutine with its state, how long it waits and who created it, as the
// runtime prints stacks (runtime/traceback.go, goroutineheader and printcreatedby). Go 1.19 to 1.26.

import { bound, type ProfileLimits } from './limits.js';
import { ProfileError } from './profile-error.js';
import { TextLines } from './text-lines.js';

export interface GoroutineFrame {
  function: string;
  file: string;
  line: number;
}

export interface Goroutine {
  id: number;
  /** "chan receive", "IO wait", "running" … */
  state: string;
  /** Whole minutes; 0 below one. */
  waitMinutes: number;
  lockedToThread: boolean;
  /** Found unreachable by Go's leak detection. */
  leaked: boolean;
  /** Leaf first. */
  frames: GoroutineFrame[];
  createdBy: GoroutineFrame | null;
}

/** Shared by equal frames: a dump of 100,000 goroutines has a few hundred different ones. */
class Frames {
  readonly #known = new Map<string, GoroutineFrame>();

  get(name: string, place: string): GoroutineFrame {
    const key = `${name}\0${place}`;
    let frame = this.#known.get(key);
    if (frame === undefined) {
      const [, file, line] = PLACE.exec(place) ?? [];
      frame = { function: name, file: file ?? '', line: Number(line ?? 0) };
      this.#known.set(key, frame);
    }
    return frame;
  }
}

const HEADER = /^goroutine (\d+)(?: gp=.*?)? \[([^\]]*)\].*:$/;
const WAIT = /^(\d+) minutes$/;
/** A tab, the file, a colon, the line, and in most the offset in the function. */
const PLACE = /^\t(.*):(\d+)(?: \+0x[0-9a-f]+)?/;
const CREATED_BY = /^created by (.*?)(?: in goroutine \d+)?$/;

export function isGoroutineDump(head: string): boolean {
  return /^goroutine \d+ .*\[/.test(head);
}

/**
 * The goroutines of a dump. One that is cut off at the end, as dumps are that were fetched with a limit, keeps the
 * frames it has.
 */
export function parseGoroutineDump(text: string, limits: ProfileLimits): Goroutine[] {
  const lines = new TextLines(text);
  const shared = new Frames();
  const goroutines: Goroutine[] = [];
  let entries = 0;
  let current: Goroutine | undefined;
  while (lines.next()) {
    const { line } = lines;
    if (line.startsWith('goroutine ')) {
      const header = HEADER.exec(line);
      if (header) {
        current = goroutineOf(Number(header[1]), header[2]!);
        goroutines.push(current);
        bound('samples', goroutines.length, limits.maxSamples);
        continue;
      }
    }
    if (line === '' || line.startsWith('\t') || line.startsWith('...') || !lines.peek().startsWith('\t'))
      continue;
    if (!current) {
      throw new ProfileError(
        'profile_malformed',
        `profile is malformed: line ${lines.number} is of no goroutine`,
      );
    }
    lines.next();
    const created = CREATED_BY.exec(line);
    if (created) current.createdBy = shared.get(created[1]!, lines.line);
    else {
      // Arguments hold no parentheses, the names of methods do.
      const open = line.lastIndexOf('(');
      current.frames.push(shared.get(open > 0 ? line.slice(0, open) : line, lines.line));
      bound('stack entries', ++entries, limits.maxStackEntries);
    }
  }
  return goroutines;
}

function goroutineOf(id: number, description: string): Goroutine {
  const [first = '', ...rest] = description.split(', ');
  const wait = rest.map((part) => WAIT.exec(part)).find((match) => match !== null);
  return {
    id,
    state: first.replace(/ \((?:scan|leaked|durable)\)/g, ''),
    waitMinutes: wait ? Number(wait[1]) : 0,
    lockedToThread: rest.includes('locked to thread'),
    leaked: first.includes('(leaked)'),
    frames: [],
    createdBy: null,
  };
}
