import fc from 'fast-check';
import { expect, test } from 'vitest';
import { COLUMN, COLUMN_COUNT } from './channels.js';
import { fillWindow, History } from './history.js';
import { SERVICE } from './settings.js';

const BIN = SERVICE.levels[0]!.binSeconds;
const RATIO = SERVICE.levels[1]!.binSeconds / BIN;

/** Bins of a minute: numbers that ascend, with gaps, and the commit of each (NaN where it was not read). */
const minutes = fc
  .array(
    fc.record({
      gap: fc.oneof({ weight: 9, arbitrary: fc.constant(1) }, fc.integer({ min: 1, max: 400 })),
      commit: fc.oneof({ weight: 9, arbitrary: fc.integer({ min: 1, max: 1e6 }) }, fc.constant(NaN)),
    }),
    { minLength: 1, maxLength: 300 },
  )
  .map((list) => {
    let bin = 10; // the first minutes of a process are not kept
    return list.map(({ gap, commit }) => ({ bin: (bin += gap), commit }));
  });

test('a bin of five minutes holds the lowest minute and the sum of the collections', () => {
  fc.assert(
    fc.property(minutes, (bins) => {
      const history = new History(SERVICE.levels, 0);
      const values = new Float64Array(COLUMN_COUNT);
      const closed: number[] = [];
      for (const { bin, commit } of bins) {
        values.fill(NaN);
        values[COLUMN.commit] = commit;
        values[COLUMN.collections] = 2;
        history.add(bin, values, (level) => {
          if (level === 1) closed.push(history.levels[1]!.last);
        });
      }
      const level = history.levels[1]!;
      expect(closed).toEqual([...new Set(closed)]);
      for (const five of closed.filter((each) => each > level.last - level.size)) {
        const children = bins.filter(({ bin }) => Math.floor(bin / RATIO) === five);
        const known = children.map(({ commit }) => commit).filter((commit) => !Number.isNaN(commit));
        expect(level.at(COLUMN.commit, five)).toBe(known.length > 0 ? Math.min(...known) : NaN);
        expect(Math.round(level.at(COLUMN.collections, five))).toBe(2 * children.length);
      }
    }),
    { numRuns: 200, seed: 20_264 },
  );
});

test('a window holds the bins that have a value, and comes back from a snapshot as it was', () => {
  const history = new History(SERVICE.levels, 90);
  const values = new Float64Array(COLUMN_COUNT);
  for (let bin = 10; bin < 200; bin++) {
    values.fill(NaN);
    values[COLUMN.commit] = bin % 7 === 0 ? NaN : bin;
    values[COLUMN.goroutines] = 3 * bin;
    values[COLUMN.load] = 1;
    history.add(bin, values, () => undefined);
  }
  const { n, t, y } = fillWindow(history, 0, COLUMN.commit);
  const expected = Array.from({ length: 60 }, (_, i) => 140 + i).filter((bin) => bin % 7 !== 0);
  expect(Array.from(y.subarray(0, n))).toEqual(expected);
  expect(Array.from(t.subarray(0, n))).toEqual(expected.map((bin) => (bin + 0.5) * BIN - 90));
  const restored = new History(SERVICE.levels, 90);
  restored.restore(structuredClone(history.save()));
  expect(restored.save()).toEqual(history.save());
  // Counts are packed: exact to 0.04 %.
  expect(restored.levels[0]!.at(COLUMN.goroutines, 199) / (3 * 199)).toBeCloseTo(1, 3);
});
