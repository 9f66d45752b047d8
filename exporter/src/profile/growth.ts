// What grows from capture to capture, in absolute bytes and bytes per second: by function, by line, and by the nearest
// line of own code. Pure over decoded profiles. Slopes are Sen's over all captures, so that a function that merely
// churns does not rank above one that only grows.

import { UsageError } from '../errors.js';
import type { ApiBlamed, ApiFunctionGrowth, ApiGrowth } from '../server/api.js';
import { growingStacks, type BlameSource } from './blame.js';
import { FrameTable, NO_FRAME, type LocationFrames } from './growth-frames.js';
import { addInto, LevelHistory, slopeOf, sureGrowthPerSecond, type Slope } from './level-history.js';
import { ownCode } from './own-code.js';
import { NONE, sampleTypeIndex, type Profile } from './profile.js';

export interface GrowthCapture {
  profile: Profile;
  /** Unix milliseconds. */
  takenAtMs: number;
  id?: string;
}

export interface GrowthOptions {
  /** Name of a sample type. Default: `inuse_space` where there is one, else as pprof chooses. */
  sampleType?: string;
  /** Path of the main module (build info). Default: told from packages and files. */
  mainModule?: string;
  /** Rows of each table at the most. Default: 100. */
  limit?: number;
}

const DEFAULT_LIMIT = 100;
/** Lines of one function are looked through up to this many; generated code has thousands. */
const MAX_BLAMED_CANDIDATES = 2000;

/**
 * Growth over two or more captures of one process, in any order.
 * Figures are in the unit of the sample type: "bytes" in names holds counts for `inuse_objects` or `goroutine`.
 * @throws UsageError `growth_captures` for fewer than two, `sample_type_unknown`, `profile_types_differ`.
 */
export function growthOf(captures: readonly GrowthCapture[], options: GrowthOptions = {}): ApiGrowth {
  if (captures.length < 2) throw new UsageError('growth_captures', 'growth needs two captures or more');
  const measure = new GrowthMeasure(options);
  for (const capture of [...captures].sort((a, b) => a.takenAtMs - b.takenAtMs)) measure.add(capture);
  return measure.finish();
}

/** A row while it is ranked. */
interface Ranked {
  key: number;
  history: number[];
  slope: Slope;
  growth: number;
  sure: number;
}

/** Takes captures one by one, oldest first, and keeps of each only levels; the first and last stay for the stacks. */
export class GrowthMeasure {
  readonly #options: GrowthOptions;
  readonly #frames: FrameTable;
  readonly #lines = new LevelHistory();
  readonly #lineObjects = new LevelHistory();
  readonly #blamed = new LevelHistory();
  readonly #captures: { id: string; takenAtMs: number; total: number; unblamed: number; buildId: string }[] =
    [];
  #sampleType: { type: string; unit: string } | undefined;
  #first: BlameSource | undefined;
  #last: BlameSource | undefined;

  constructor(options: GrowthOptions = {}) {
    this.#options = options;
    this.#frames = new FrameTable(ownCode(options.mainModule));
  }

  add({ profile, takenAtMs, id }: GrowthCapture): void {
    const type = this.#chooseType(profile);
    const objects = objectsBeside(profile, type);
    const frames = this.#frames.add(profile);
    const lines = this.#lines.begin(this.#frames.lineCount);
    const lineObjects = objects === undefined ? undefined : this.#lineObjects.begin(this.#frames.lineCount);
    const blamed = this.#blamed.begin(this.#frames.lineCount);
    const { values, stackStart, stack, count } = profile.samples;
    const types = profile.sampleTypes.length;
    let total = 0;
    let unblamed = 0;
    for (let s = 0; s < count; s++) {
      const value = values[s * types + type]!;
      const objectCount = objects === undefined ? 0 : values[s * types + objects]!;
      const [first, end] = [stackStart[s]!, stackStart[s + 1]!];
      if ((value === 0 && objectCount === 0) || first === end) continue;
      total += value;
      const leaf = frames.leafLine[stack[first]!]!;
      lines[leaf]! += value;
      if (lineObjects) lineObjects[leaf]! += objectCount;
      const own = nearestOwn(frames, stack, first, end);
      if (own === NO_FRAME) unblamed += value;
      else blamed[own]! += value;
    }
    const main = profile.mappings.count > 0 ? profile.mappings.buildId[0]! : NONE;
    this.#captures.push({
      id: id ?? String(this.#captures.length + 1),
      takenAtMs,
      total,
      unblamed,
      buildId: main === NONE ? '' : profile.strings.at(main),
    });
    const source = { profile, type, frames };
    this.#first ??= source;
    this.#last = source;
  }

  #chooseType(profile: Profile): number {
    const { sampleType } = this.#options;
    let index = sampleTypeIndex(profile, sampleType ?? this.#sampleType?.type ?? 'inuse_space');
    if (index < 0 && sampleType === undefined && this.#sampleType === undefined)
      index = sampleTypeIndex(profile);
    const found = profile.sampleTypes[index];
    if (!found) {
      const there = profile.sampleTypes.map(({ type }) => type).join(', ');
      throw new UsageError(
        'sample_type_unknown',
        `no sample type ${JSON.stringify(sampleType ?? this.#sampleType?.type ?? '')} in this profile; there are: ${JSON.stringify(there)}`,
      );
    }
    this.#sampleType ??= found;
    return index;
  }

  finish(): ApiGrowth {
    const limit = this.#options.limit ?? DEFAULT_LIMIT;
    const notes: string[] = [];
    const rebuilt = this.#rebuilt(notes);
    const { seconds, spanSeconds } = this.#times(notes);
    const rank = (key: number, history: number[]): Ranked => {
      const slope = slopeOf(seconds, history);
      const growth = history.at(-1)! - history[0]!;
      return { key, history, slope, growth, sure: sureGrowthPerSecond(slope) };
    };

    const functions = this.#functionRows(rank);
    // The whole growth: what surely grows, not what others gave back meanwhile.
    const whole = functions.reduce((sum, { sure }) => sum + Math.max(0, sure), 0);
    const figures = ({ history, slope, growth, sure }: Ranked) => ({
      growthBytes: growth,
      growthBytesPerSecond: spanSeconds > 0 ? slope.perSecond : 0,
      ...(slope.lowerPerSecond !== undefined && slope.upperPerSecond !== undefined && spanSeconds > 0
        ? { lowerBytesPerSecond: slope.lowerPerSecond, upperBytesPerSecond: slope.upperPerSecond }
        : {}),
      share: whole > 0 ? Math.min(1, Math.max(0, sure) / whole) : 0,
      history,
    });
    const row = (ranked: Ranked, lines: number[]): ApiFunctionGrowth => {
      const line = this.#hottest(lines);
      return {
        ...this.#frames.frame(line),
        firstBytes: ranked.history[0]!,
        lastBytes: ranked.history.at(-1)!,
        ...figures(ranked),
        ...this.#objects(lines, ranked),
        own: this.#frames.isOwn(line),
      };
    };
    const linesOfFunction = this.#linesByFunction();
    const growth: ApiGrowth = {
      functions: functions.slice(0, limit).map((ranked) => row(ranked, linesOfFunction.get(ranked.key)!)),
      blamed: this.#blamedRows(rank, rebuilt, limit).map(({ ranked, line, stack }): ApiBlamed => {
        const { growthBytes, growthBytesPerSecond, share, history } = figures(ranked);
        return { ...this.#frames.frame(line), growthBytes, growthBytesPerSecond, share, stack, history };
      }),
      sampleType: this.#sampleType?.type ?? '',
      unit: this.#sampleType?.unit ?? '',
      captures: this.#captures.map(({ id, takenAtMs, total }) => ({
        id,
        takenAt: new Date(takenAtMs).toISOString(),
        totalBytes: total,
      })),
      notes,
    };
    if (!rebuilt) {
      growth.lines = functions
        .slice(0, limit)
        .flatMap(({ key }) => linesOfFunction.get(key)!)
        .map((line) => rank(line, this.#lines.of(line)))
        .filter(changed)
        .sort(byGrowth)
        .slice(0, limit)
        .map((ranked) => row(ranked, [ranked.key]));
    }
    this.#noteUnblamed(notes);
    return growth;
  }

  #functionRows(rank: (key: number, history: number[]) => Ranked): Ranked[] {
    const rows: Ranked[] = [];
    for (const [fn, lines] of this.#linesByFunction()) {
      const ranked = rank(fn, this.#sum(this.#lines, lines));
      if (changed(ranked)) rows.push(ranked);
    }
    return rows.sort(byGrowth);
  }

  #byFunction: Map<number, number[]> | undefined;

  /** Lines that allocate, by function. */
  #linesByFunction(): Map<number, number[]> {
    if (this.#byFunction) return this.#byFunction;
    const byFunction = new Map<number, number[]>();
    for (let line = 0; line < this.#lines.count; line++) {
      if (this.#lines.of(line).every((level) => level === 0)) continue;
      const fn = this.#frames.functionOfLine(line);
      const lines = byFunction.get(fn);
      if (lines) lines.push(line);
      else byFunction.set(fn, [line]);
    }
    this.#byFunction = byFunction;
    return byFunction;
  }

  #blamedRows(
    rank: (key: number, history: number[]) => Ranked,
    rebuilt: boolean,
    limit: number,
  ): { ranked: Ranked; line: number; stack: string[] }[] {
    // After a rebuild the lines of one function count together, under the line of the newest capture.
    const groups = new Map<number, number[]>();
    for (let line = 0; line < this.#blamed.count; line++) {
      const levels = this.#blamed.of(line);
      if (levels.every((level) => level === 0)) continue;
      const key = rebuilt ? this.#frames.functionOfLine(line) : line;
      const group = groups.get(key);
      if (group) group.push(line);
      else groups.set(key, [line]);
    }
    const rows = [...groups]
      .map(([key, lines]) => ({ key, history: this.#sum(this.#blamed, lines) }))
      .filter(({ history }) => history.at(-1)! > history[0]!)
      .sort((a, b) => b.history.at(-1)! - b.history[0]! - (a.history.at(-1)! - a.history[0]!))
      .slice(0, MAX_BLAMED_CANDIDATES)
      .map(({ key, history }) => rank(key, history))
      .filter(({ sure }) => sure > 0)
      .sort(byGrowth)
      .slice(0, limit);
    const lineOf = new Map<number, number>();
    for (const { key } of rows) for (const line of groups.get(key)!) lineOf.set(line, key);
    const stacks = growingStacks(this.#first!, this.#last!, this.#frames, lineOf, rebuilt);
    return rows.flatMap((ranked) => {
      const found = stacks.get(ranked.key);
      return found ? [{ ranked, line: found.ownLine, stack: found.stack }] : [];
    });
  }

  #sum(of: LevelHistory, lines: readonly number[]): number[] {
    const sums = new Array<number>(this.#captures.length).fill(0);
    for (const line of lines) addInto(sums, of.of(line));
    return sums;
  }

  /** Of several lines of a function, the one that grew most; among those that did not, the one that holds most. */
  #hottest(lines: readonly number[]): number {
    let best = lines[0]!;
    let most = -Infinity;
    let held = -Infinity;
    for (const line of lines) {
      const levels = this.#lines.of(line);
      const last = levels.at(-1)!;
      const growth = last - levels[0]!;
      if (growth > most || (growth === most && last > held)) [best, most, held] = [line, growth, last];
    }
    return best;
  }

  #objects(
    lines: readonly number[],
    { growth, history }: Ranked,
  ): Pick<ApiFunctionGrowth, 'growthObjects' | 'averageObjectBytes'> {
    if (this.#lineObjects.count === 0) return {};
    const objects = this.#sum(this.#lineObjects, lines);
    const growthObjects = objects.at(-1)! - objects[0]!;
    // Of what grew; where nothing grew, of what is there.
    const [bytes, count] =
      growth > 0 && growthObjects > 0 ? [growth, growthObjects] : [history.at(-1)!, objects.at(-1)!];
    return { growthObjects, ...(count > 0 ? { averageObjectBytes: bytes / count } : {}) };
  }

  /** Whether lines cannot be compared, with the reason as a note. */
  #rebuilt(notes: string[]): boolean {
    const ids = new Set(this.#captures.map(({ buildId }) => buildId).filter((id) => id !== ''));
    const moved = this.#frames.movedFunctions;
    if (ids.size <= 1 && moved === 0) return false;
    notes.push(
      ids.size > 1
        ? 'the binary was rebuilt between the captures (its build id changed): lines shift, so growth is told by function'
        : `the binary was rebuilt between the captures (${moved} functions begin at other lines): growth is told by function`,
    );
    return true;
  }

  #times(notes: string[]): { seconds: number[]; spanSeconds: number } {
    const start = this.#captures[0]!.takenAtMs;
    const seconds = this.#captures.map(({ takenAtMs }) => (takenAtMs - start) / 1000);
    if (seconds.every((second, i) => i === 0 || second > seconds[i - 1]!)) {
      return { seconds, spanSeconds: seconds.at(-1)! };
    }
    notes.push('captures carry the same time: growth per second is not known');
    return { seconds: this.#captures.map((_, i) => i), spanSeconds: 0 };
  }

  #noteUnblamed(notes: string[]): void {
    const [first, last] = [this.#captures[0]!, this.#captures.at(-1)!];
    const growth = last.total - first.total;
    const unblamed = last.unblamed - first.unblamed;
    if (growth > 0 && unblamed > growth * WORTH_A_NOTE) {
      notes.push(
        `${Math.min(100, Math.round((100 * unblamed) / growth))}% of the growth is on stacks without a frame of own code`,
      );
    }
  }
}

/** A tenth of the growth that no own code answers for is worth saying. */
const WORTH_A_NOTE = 0.1;

function changed({ history }: Ranked): boolean {
  return history.some((level) => level !== history[0]);
}

/** Surest growth first; the plain difference decides between equals. */
function byGrowth(a: Ranked, b: Ranked): number {
  return b.sure - a.sure || b.growth - a.growth || a.key - b.key;
}

/** Index of the sample type that counts what `type` measures in bytes: inuse_objects beside inuse_space. */
function objectsBeside(profile: Profile, type: number): number | undefined {
  const name = profile.sampleTypes[type]!.type;
  if (!name.endsWith('_space')) return undefined;
  const index = sampleTypeIndex(profile, `${name.slice(0, -'_space'.length)}_objects`);
  return index < 0 ? undefined : index;
}

/** The own line nearest to the leaf of a stack. */
function nearestOwn(frames: LocationFrames, stack: Uint32Array, first: number, end: number): number {
  for (let i = first; i < end; i++) {
    const line = frames.ownLine[stack[i]!]!;
    if (line !== NO_FRAME) return line;
  }
  return NO_FRAME;
}
