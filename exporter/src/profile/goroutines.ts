// Goroutines in groups: by who created them and by where they block, with states and the longest wait, and what grew
// between captures. Works on dumps (`debug=2`), which say all of it, and on goroutine and goroutineleak profiles,
// which say counts and stacks.

import { UsageError } from '../errors.js';
import type { Goroutine, GoroutineFrame } from './goroutine-dump.js';
import { slopeOf, sureGrowthPerSecond } from './level-history.js';
import { isStandardLibrary, ownCode, packageOf } from './own-code.js';
import type { Profile } from './profile.js';

/** Goroutines that are alike: one of a dump, or `count` of a profile. */
export interface GoroutineRecord {
  count: number;
  /** '' where a profile does not say. */
  state: string;
  waitMinutes: number;
  leaked: boolean;
  frames: GoroutineFrame[];
  /** Null where a profile does not say; the group then stands under the goroutine's first function. */
  createdBy: GoroutineFrame | null;
}

export interface GoroutineGroup {
  count: number;
  /** Who started them: the `go` statement, or, where only a profile is there, the function that it runs. */
  createdBy: GoroutineFrame | null;
  /** The function that the goroutine runs: the outermost frame. */
  entry: GoroutineFrame | null;
  /** The frame nearest to the leaf outside of the runtime's own waiting. */
  blockedAt: GoroutineFrame | null;
  /** Nearest frame of own code, where there is one. */
  ownFrame: GoroutineFrame | null;
  /** Goroutines by state, most first. */
  states: { state: string; count: number }[];
  longestWaitMinutes: number;
  /** Of them found unreachable by Go. */
  leaked: number;
  /** Stack of one of them, leaf first. */
  stack: GoroutineFrame[];
}

export interface GoroutineSummary {
  total: number;
  states: { state: string; count: number }[];
  longestWaitMinutes: number;
  leaked: number;
  byCreation: GoroutineGroup[];
  byBlocking: GoroutineGroup[];
}

export interface GoroutineGrowth extends GoroutineGroup {
  firstCount: number;
  lastCount: number;
  growth: number;
  growthPerSecond: number;
  lowerPerSecond?: number;
  upperPerSecond?: number;
  /** Share of all that surely grew, 0..1. */
  share: number;
  /** Count at each capture, oldest first. */
  history: number[];
}

export function recordsOfDump(goroutines: readonly Goroutine[]): GoroutineRecord[] {
  return goroutines.map((goroutine) => ({ count: 1, ...goroutine }));
}

/** Samples of a goroutine, goroutineleak or threadcreate profile. */
export function recordsOfProfile(profile: Profile): GoroutineRecord[] {
  const { samples, locations, functions, strings } = profile;
  const types = profile.sampleTypes.length;
  const leaked = profile.sampleTypes[0]?.type === 'goroutineleak';
  const frameOf = (row: number): GoroutineFrame => {
    const f = locations.lineFunction[row]!;
    return {
      function: strings.at(functions.name[f]!),
      file: strings.at(functions.file[f]!),
      line: locations.lineNumber[row]!,
    };
  };
  return Array.from({ length: samples.count }, (_, s) => {
    const frames: GoroutineFrame[] = [];
    for (let i = samples.stackStart[s]!; i < samples.stackStart[s + 1]!; i++) {
      const l = samples.stack[i]!;
      for (let row = locations.lineStart[l]!; row < locations.lineStart[l + 1]!; row++)
        frames.push(frameOf(row));
    }
    return { count: samples.values[s * types]!, state: '', waitMinutes: 0, leaked, frames, createdBy: null };
  }).filter(({ count }) => count !== 0);
}

/** How goroutines of one moment group. */
export function groupGoroutines(
  records: readonly GoroutineRecord[],
  { mainModule }: { mainModule?: string } = {},
): GoroutineSummary {
  const isOwn = ownCode(mainModule);
  const whole = new Group();
  const byCreation = new Map<string, Group>();
  const byBlocking = new Map<string, Group>();
  for (const record of records) {
    whole.add(record);
    groupAt(byCreation, placeOf(creationOf(record))).add(record);
    groupAt(byBlocking, placeOf(blockingOf(record))).add(record);
  }
  const { count, states, longestWaitMinutes, leaked } = whole.finish(isOwn);
  const rows = (groups: Map<string, Group>) =>
    [...groups.values()].map((group) => group.finish(isOwn)).sort((a, b) => b.count - a.count);
  return {
    total: count,
    states,
    longestWaitMinutes,
    leaked,
    byCreation: rows(byCreation),
    byBlocking: rows(byBlocking),
  };
}

export interface GoroutineCapture {
  records: readonly GoroutineRecord[];
  /** Unix milliseconds. */
  takenAtMs: number;
}

/**
 * What grew over two or more captures, by creation and blocking place together, surest growth first.
 * @throws UsageError `growth_captures` for fewer than two.
 */
export function goroutineGrowth(
  captures: readonly GoroutineCapture[],
  { mainModule, limit = 100 }: { mainModule?: string; limit?: number } = {},
): GoroutineGrowth[] {
  if (captures.length < 2) throw new UsageError('growth_captures', 'growth needs two captures or more');
  const ordered = [...captures].sort((a, b) => a.takenAtMs - b.takenAtMs);
  const isOwn = ownCode(mainModule);
  const histories = new Map<string, { levels: number[]; group: Group }>();
  ordered.forEach(({ records }, c) => {
    // The newest capture that has a group describes it.
    const seen = new Map<string, Group>();
    for (const record of records) {
      const key = `${functionOf(creationOf(record))}\0${functionOf(blockingOf(record))}`;
      groupAt(seen, key).add(record);
    }
    for (const [key, group] of seen) {
      const levels = histories.get(key)?.levels ?? new Array<number>(ordered.length).fill(0);
      levels[c] = group.count;
      histories.set(key, { levels, group });
    }
  });
  const start = ordered[0]!.takenAtMs;
  const seconds = ordered.map(({ takenAtMs }) => (takenAtMs - start) / 1000);
  const timed = seconds.every((second, i) => i === 0 || second > seconds[i - 1]!);
  const times = timed ? seconds : seconds.map((_, i) => i);

  const rows = [...histories.values()]
    .filter(({ levels }) => levels.some((level) => level !== levels[0]))
    .map(({ levels, group }) => {
      const slope = slopeOf(times, levels);
      return { levels, group, slope, sure: sureGrowthPerSecond(slope) };
    })
    .sort((a, b) => b.sure - a.sure || b.levels.at(-1)! - a.levels.at(-1)!);
  const whole = rows.reduce((sum, { sure }) => sum + Math.max(0, sure), 0);
  return rows.slice(0, limit).map(({ levels, group, slope, sure }) => ({
    ...group.finish(isOwn),
    firstCount: levels[0]!,
    lastCount: levels.at(-1)!,
    growth: levels.at(-1)! - levels[0]!,
    growthPerSecond: timed ? slope.perSecond : 0,
    ...(timed && slope.lowerPerSecond !== undefined && slope.upperPerSecond !== undefined
      ? { lowerPerSecond: slope.lowerPerSecond, upperPerSecond: slope.upperPerSecond }
      : {}),
    share: whole > 0 ? Math.max(0, sure) / whole : 0,
    history: levels,
  }));
}

class Group {
  count = 0;
  readonly #states = new Map<string, number>();
  #longestWaitMinutes = 0;
  #leaked = 0;
  #largest: GoroutineRecord | undefined;

  add(record: GoroutineRecord): void {
    this.count += record.count;
    this.#states.set(record.state, (this.#states.get(record.state) ?? 0) + record.count);
    if (record.leaked) this.#leaked += record.count;
    // The one to show: the longest wait, of profiles the most goroutines.
    const shown = this.#largest;
    if (!shown || record.waitMinutes > shown.waitMinutes || record.count > shown.count)
      this.#largest = record;
    this.#longestWaitMinutes = Math.max(this.#longestWaitMinutes, record.waitMinutes);
  }

  finish(isOwn: (functionName: string, file: string) => boolean): GoroutineGroup {
    const shown = this.#largest;
    return {
      count: this.count,
      createdBy: shown ? creationOf(shown) : null,
      entry: shown?.frames.at(-1) ?? null,
      blockedAt: shown ? blockingOf(shown) : null,
      ownFrame: shown?.frames.find(({ function: name, file }) => isOwn(name, file)) ?? null,
      states: [...this.#states]
        .filter(([state]) => state !== '')
        .map(([state, count]) => ({ state, count }))
        .sort((a, b) => b.count - a.count),
      longestWaitMinutes: this.#longestWaitMinutes,
      leaked: this.#leaked,
      stack: shown?.frames ?? [],
    };
  }
}

function groupAt(groups: Map<string, Group>, key: string): Group {
  let group = groups.get(key);
  if (!group) groups.set(key, (group = new Group()));
  return group;
}

function creationOf(record: GoroutineRecord): GoroutineFrame | null {
  return (
    record.createdBy ?? record.frames.findLast(({ function: name }) => name !== 'runtime.goexit') ?? null
  );
}

/** Packages that a goroutine only passes on its way to sleep. */
const WAITING = new Set(['runtime', 'sync', 'time', 'context']);

function blockingOf({ frames }: GoroutineRecord): GoroutineFrame | null {
  const place = frames.find(({ function: name }) => {
    const path = packageOf(name);
    return !WAITING.has(path) && !(path.startsWith('internal/') && isStandardLibrary(path));
  });
  return place ?? frames[0] ?? null;
}

function functionOf(frame: GoroutineFrame | null): string {
  return frame?.function ?? '';
}

function placeOf(frame: GoroutineFrame | null): string {
  return frame ? `${frame.function}\0${frame.file}\0${frame.line}` : '';
}
