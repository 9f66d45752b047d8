import { describe, expect, it } from 'vitest';
import { baselineOf, compareWithBaseline, parseBaseline } from './baseline.js';
import { LEAKING } from './results.testing.js';
import type { FunctionResult } from './types.js';

const [HEAP] = LEAKING.channels;
const [PUT] = LEAKING.functions;
const RUN = { file: 'leak-baseline.json', run: baselineOf(LEAKING) };
const STEADY = { ...HEAP!, state: 'steady' as const, perSecond: 10 };

const compare = (functions: FunctionResult[], heap = HEAP!, operations = LEAKING.operations) =>
  compareWithBaseline(RUN, heap, functions, operations).changes.map(({ place, change, was, now }) => [
    place?.function ?? 'heap',
    change,
    was,
    now,
  ]);

describe('a stored run', () => {
  it('holds what surely grows, and is read back as it was written', () => {
    expect(RUN.run.functions.map(({ function: name }) => name)).toEqual(['example.com/shop/cache.Put']);
    expect(parseBaseline(JSON.stringify(RUN.run), 'f')).toEqual(RUN.run);
  });

  it.each([
    ['no JSON', '{', 'f: is not JSON'],
    ['another file', '{"name": "package"}', 'f: is not a baseline (leaklineBaseline)'],
    [
      'another version',
      '{"leaklineBaseline": 2}',
      'f: is a baseline of version 2, and this Leakline reads version 1',
    ],
    [
      'a broken field',
      JSON.stringify({ ...RUN.run, watchedSeconds: -1 }),
      'f: is not a baseline (watchedSeconds)',
    ],
  ])('refuses %s', (_, text, message) => {
    expect(() => parseBaseline(text, 'f')).toThrow(message);
  });
});

describe('compared with it', () => {
  it('a leak that is gone is fixed', () => {
    expect(compare([], STEADY)).toEqual([
      ['heap', 'fixed', 812, 0],
      ['example.com/shop/cache.Put', 'fixed', 812, 0],
    ]);
  });

  it.each([
    ['the same at another line is unchanged', { line: 99 }, 'unchanged', 812],
    ['twice as much is a regression', { bytesPerOperation: 1700 }, 'regressed', 1700],
    ['half of it is better', { bytesPerOperation: 400 }, 'improved', 400],
  ])('%s', (_, now, change, rate) => {
    expect(compare([{ ...PUT!, ...now }])).toContainEqual(['example.com/shop/cache.Put', change, 812, rate]);
  });

  it('another function that grows is new; one that may be noise is not told', () => {
    const other = { ...PUT!, function: 'main.log', bytesPerOperation: 5 };
    expect(compare([PUT!, other])).toContainEqual(['main.log', 'new', 0, 5]);
    expect(compare([PUT!, { ...other, sure: false }])).toHaveLength(2);
  });

  it('bytes a second are compared where operations were not counted in both', () => {
    const { changes, notes } = compareWithBaseline(RUN, HEAP!, [PUT!], undefined);
    expect(changes.every(({ unit }) => unit === 'bytes_per_second')).toBe(true);
    expect(notes).toHaveLength(1);
  });
});
