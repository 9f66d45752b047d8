// The whole stack behind a blamed line: of all stacks on which it is the own frame nearest to the leaf, the one that
// grew most between the first and the last capture.

import { NO_FRAME, type FrameTable, type LocationFrames } from './growth-frames.js';
import type { Profile } from './profile.js';
import { SequenceTable } from './sequence-table.js';

/** A capture with its frames in the common numbering. */
export interface BlameSource {
  profile: Profile;
  /** Index of the sample type. */
  type: number;
  frames: LocationFrames;
}

export interface GrowingStack {
  ownLine: number;
  /** Leaf first, "function file:line". */
  stack: string[];
}

/**
 * The stack that grew most of each blamed key.
 * @param keyOf the key of each own line that is looked for
 * @param rebuilt stacks are matched by functions alone, since lines shifted
 */
export function growingStacks(
  first: BlameSource,
  last: BlameSource,
  table: FrameTable,
  keyOf: ReadonlyMap<number, number>,
  rebuilt: boolean,
): Map<number, GrowingStack> {
  const stacks = new SequenceTable();
  const growth: number[] = [];
  /** By stack: its key, and the lines as the newest capture has them. */
  const keys: number[] = [];
  const lines: Int32Array[] = [];
  const collect = ({ profile, type, frames }: BlameSource, sign: 1 | -1): void => {
    const { values, stackStart, stack, count } = profile.samples;
    const types = profile.sampleTypes.length;
    let whole = new Int32Array(256);
    for (let s = 0; s < count; s++) {
      const value = values[s * types + type]!;
      if (value === 0) continue;
      let length = 0;
      let own = NO_FRAME;
      for (let i = stackStart[s]!; i < stackStart[s + 1]!; i++) {
        const l = stack[i]!;
        if (own === NO_FRAME) {
          own = frames.ownLine[l]!;
          if (own !== NO_FRAME && !keyOf.has(own)) break;
        }
        const [from, to] = [frames.start[l]!, frames.start[l + 1]!];
        if (length + to - from > whole.length) {
          const wider = new Int32Array(2 * (length + to - from));
          wider.set(whole);
          whole = wider;
        }
        for (let f = from; f < to; f++) whole[length++] = frames.frames[f]!;
      }
      const key = keyOf.get(own);
      if (key === undefined) continue;
      const identity = Uint32Array.from({ length }, (_, i) =>
        rebuilt ? table.functionOfLine(whole[i]!) : whole[i]!,
      );
      const row = stacks.intern(identity, 0, length);
      growth[row] = (growth[row] ?? 0) + sign * value;
      keys[row] = key;
      lines[row] = whole.slice(0, length);
    }
  };
  collect(first, -1);
  collect(last, 1);

  const best = new Map<number, number>();
  growth.forEach((bytes, row) => {
    const known = best.get(keys[row]!);
    if (known === undefined || bytes > growth[known]!) best.set(keys[row]!, row);
  });
  return new Map(
    [...best].map(([key, row]) => {
      const frames = Array.from(lines[row]!);
      return [
        key,
        {
          ownLine: frames.find((line) => table.isOwn(line))!,
          stack: frames.map((line) => {
            const { function: name, file, line: number } = table.frame(line);
            return `${name} ${file}:${number}`;
          }),
        },
      ];
    }),
  );
}
