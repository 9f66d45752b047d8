// The call paths that a flame graph shows: those that hold most. A large profile has millions, so that they are found
// level by level, and what lies below a path that is too small is never looked at.

import type { NodeTable } from './nodes.js';
import { PairIndex } from './pair-index.js';
import type { Report } from './report.js';

export interface Path {
  /** Row of the node table; -1 for the root. */
  node: number;
  /** Whether the call was inlined wherever it stands. */
  inline: boolean;
  /** What it holds with all that it calls, and itself; and what it held before, where there is a base. */
  now: number;
  nowSelf: number;
  before: number;
  beforeSelf: number;
  children: Path[];
}

export interface Paths {
  root: Path;
  /** Paths that were looked at. */
  count: number;
  /** Paths smaller than this are not to be shown. */
  least: number;
  /** Whether anything but a base is negative. */
  negative: boolean;
}

/** The paths of a report, of which at most `most` are not smaller than `least`. */
export function pathsOf(report: Report, table: NodeTable, most: number): Paths {
  const { frames, values, input } = report;
  const { stack, stackStart, stackEnd, samples } = frames;
  const { start, nodes } = table;
  const root: Path = { node: -1, inline: false, now: 0, nowSelf: 0, before: 0, beforeSelf: 0, children: [] };
  let negative = false;
  // The samples whose stacks go on, and for each sample of the report: the path that it stands on, as a row of `level`;
  // the place of the next frame in its stack, and the row of the node table's `nodes` for it.
  const live = new Uint32Array(samples.length);
  let liveCount = 0;
  const standsOn = new Uint32Array(samples.length);
  const nextFrame = new Int32Array(samples.length);
  const nextNode = new Int32Array(samples.length);
  for (let i = 0; i < samples.length; i++) {
    const weight = values.value[samples[i]!]!;
    if (weight === 0) continue;
    const isBase = input.isBase?.[samples[i]!] === 1;
    const ends = stackEnd[i] === stackStart[i];
    if (isBase) {
      root.before -= weight;
      if (ends) root.beforeSelf -= weight;
    } else {
      if (weight < 0) negative = true;
      root.now += weight;
      if (ends) root.nowSelf += weight;
    }
    if (ends) continue;
    nextFrame[i] = stackEnd[i]! - 1;
    nextNode[i] = start[stack[nextFrame[i]!]! + 1]! - 1;
    live[liveCount++] = i;
  }

  const pairs = new PairIndex();
  // Sums by pair of path and node.
  const now = new Float64Array(liveCount);
  const nowSelf = new Float64Array(liveCount);
  const before = new Float64Array(liveCount);
  const beforeSelf = new Float64Array(liveCount);
  const called = new Uint8Array(liveCount);
  let level = [root];
  let kept: Path[] = [root];
  let count = 1;
  let least = 0;
  while (liveCount > 0) {
    pairs.clear();
    for (const sums of [now, nowSelf, before, beforeSelf, called]) sums.fill(0, 0, liveCount);
    for (let j = 0; j < liveCount; j++) {
      const i = live[j]!;
      const sample = samples[i]!;
      const weight = values.value[sample]!;
      const location = stack[nextFrame[i]!]!;
      const at = nextNode[i]!;
      const pair = pairs.find(standsOn[i]!, nodes[at]!);
      standsOn[i] = pair;
      if (at === start[location + 1]! - 1) called[pair] = 1;
      if (at > start[location]!) nextNode[i] = at - 1;
      else {
        const frame = --nextFrame[i]!;
        if (frame >= stackStart[i]!) nextNode[i] = start[stack[frame]! + 1]! - 1;
      }
      const ends = nextFrame[i]! < stackStart[i]!;
      if (input.isBase?.[sample] === 1) {
        before[pair]! -= weight;
        if (ends) beforeSelf[pair]! -= weight;
      } else {
        now[pair]! += weight;
        if (ends) nowSelf[pair]! += weight;
      }
    }
    count += pairs.count;
    const sizes = now.slice(0, pairs.count);
    for (let pair = 0; pair < sizes.length; pair++) {
      sizes[pair] = Math.abs(now[pair]!) + Math.abs(before[pair]!);
    }
    least = Math.max(least, cutoff(sizes.slice(), most));

    const next: Path[] = [];
    const rowInNext = new Int32Array(pairs.count).fill(-1);
    for (let pair = 0; pair < pairs.count; pair++) {
      if (sizes[pair]! < least) continue;
      const path: Path = {
        node: pairs.second[pair]!,
        inline: called[pair] === 0,
        now: now[pair]!,
        nowSelf: nowSelf[pair]!,
        before: before[pair]!,
        beforeSelf: beforeSelf[pair]!,
        children: [],
      };
      level[pairs.first[pair]!]!.children.push(path);
      rowInNext[pair] = next.push(path) - 1;
    }
    let goesOn = 0;
    for (let j = 0; j < liveCount; j++) {
      const i = live[j]!;
      const row = rowInNext[standsOn[i]!]!;
      if (row < 0 || nextFrame[i]! < stackStart[i]!) continue;
      standsOn[i] = row;
      live[goesOn++] = i;
    }
    liveCount = goesOn;
    level = next;
    // As many on every level of deep stacks would still be too many.
    for (const path of next) kept.push(path);
    if (kept.length > 2 * most) {
      least = Math.max(least, cutoff(Float64Array.from(kept, sizeOf), most));
      kept = kept.filter((path) => sizeOf(path) >= least);
    }
  }
  least = Math.max(least, cutoff(Float64Array.from(kept, sizeOf), most));
  return { root, count, least, negative };
}

export function sizeOf(path: Path): number {
  return Math.abs(path.now) + Math.abs(path.before);
}

/** The size below which paths are left out, so that no more than `most` stay; sorts the sizes. */
function cutoff(sizes: Float64Array, most: number): number {
  if (sizes.length <= most) return 0;
  sizes.sort();
  // Above the size at the limit: paths of equal size go together.
  return sizes[sizes.length - most - 1]! + 1;
}
