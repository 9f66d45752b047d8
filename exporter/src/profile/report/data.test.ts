import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { ProfileBuilder } from '../builder.js';
import { decodeProfile } from '../decode/decode.js';
import {
  callGraph,
  compareProfiles,
  flameGraph,
  listReport,
  peekReport,
  prepare,
  topReport,
  topText,
} from './index.js';
import { compile } from './pattern.js';

const read = (name: string) =>
  decodeProfile(readFileSync(new URL(`../testdata/profiles/${name}.pb.gz`, import.meta.url)));

const before = read('prometheus-a');
const after = read('prometheus-b');
const diff = compareProfiles({ sources: [after], bases: [before], keepBase: true });

describe('reports as data', () => {
  it('top holds the rows of the text', () => {
    const data = topReport(prepare(after, 'top'));
    const text = topText(prepare(after, 'top', { timeZone: 'UTC' }))
      .trimEnd()
      .split('\n')
      .slice(6);
    expect(data.rows).toHaveLength(text.length);
    expect(data.rows.map(({ name }) => name)).toEqual(
      text.map((line) =>
        line
          .split('  ')
          .at(-1)!
          .replace(/ \((partial-)?inline\)$/, ''),
      ),
    );
    expect(data.rows[0]).toMatchObject({ function: 'compress/flate.NewWriter', flat: 1_848_496, inline: '' });
    expect(data.rows.at(-1)!.sumPercent).toBeCloseTo((data.shown / data.total) * 100);
    expect(data).toMatchObject({ sampleType: 'inuse_space', unit: 'bytes' });
  });

  it('peek names callers and callees', () => {
    const { entries } = peekReport(
      prepare(after, 'peek'),
      compile('argument', 'flate.NewWriter'),
      'flate.NewWriter',
    );
    expect(entries).toHaveLength(1);
    expect(entries[0]!.callers.map((call) => call.function)).toContain('compress/gzip.(*Writer).Write');
    expect(() => peekReport(prepare(after, 'peek'), compile('argument', 'nowhere'), 'nowhere')).toThrow(
      'no matches found for regexp: nowhere',
    );
  });

  it('list adds up lines and shows the source around them', () => {
    const source = Array.from({ length: 2000 }, (_, i) => `line ${i + 1}`);
    const { routines } = listReport(
      prepare(after, 'list'),
      compile('argument', 'flate.NewWriter'),
      '',
      () => ({ lines: source }),
    );
    const [routine] = routines;
    expect(routine).toMatchObject({
      function: 'compress/flate.NewWriter',
      file: 'compress/flate/deflate.go',
      flat: 1_848_496,
    });
    expect(routine!.weights).toEqual([{ line: 666, flat: 1_848_496, cum: 1_848_496 }]);
    expect(routine!.lines.map(({ line }) => line)).toEqual([
      661, 662, 663, 664, 665, 666, 667, 668, 669, 670, 671,
    ]);
    expect(routine!.lines[5]).toEqual({ line: 666, flat: 1_848_496, cum: 1_848_496, source: 'line 666' });
  });

  it('call graph has calls between its nodes only', () => {
    const graph = callGraph(prepare(after, 'dot'));
    expect(graph.nodes.length).toBeGreaterThan(50);
    for (const edge of graph.edges) {
      expect(graph.nodes[edge.from]?.id).toBe(edge.from);
      expect(graph.nodes[edge.to]?.id).toBe(edge.to);
    }
    const weights = graph.edges.map(({ weight }) => Math.abs(weight));
    expect(weights).toEqual([...weights].sort((a, b) => b - a));
  });
});

describe('flame graph', () => {
  it('is one tree, depth first, in which every value is its own and that of its callees', () => {
    const flame = flameGraph(prepare(after, 'flame'));
    const sums = flame.self.slice();
    for (let i = flame.level.length - 1; i > 0; i--) {
      const caller = flame.level.lastIndexOf(flame.level[i]! - 1, i);
      sums[caller]! += sums[i]!;
    }
    expect(sums).toEqual(flame.value);
    expect(flame.level.filter((level) => level === 0)).toHaveLength(1);
    expect(flame.value[0]).toBe(topReport(prepare(after, 'top')).total);
    expect(flame.diff).toBeUndefined();
  });

  it('shows what holds most of many paths, and how deep they may be', () => {
    const builder = new ProfileBuilder({ sampleTypes: [{ type: 'space', unit: 'bytes' }] });
    const location = (name: string) =>
      builder.location({ lines: [{ function: builder.function({ name }) }] });
    const main = location('main.main');
    const recursion = location('main.recurse');
    builder.sample([1e9], [...Array<number>(1000).fill(recursion), main]);
    for (let i = 0; i < 21_000; i++) builder.sample([i + 1], [location(`main.part${i}`), main]);
    const flame = flameGraph(prepare(builder.build(), 'flame'));
    // The root, main.main, the recursion, and the parts that hold most.
    expect(flame.level).toHaveLength(20_000);
    expect(flame.value[0]).toBe(1e9 + (21_000 * 21_001) / 2);
    expect(flame.level.slice(0, 1002)).toEqual(Array.from({ length: 1002 }, (_, level) => level));
    expect(flame.value.slice(1002, 1004)).toEqual([21_000, 20_999]);
    expect(flame.droppedPaths).toBe(1002 + 21_000 - 20_000);
  });

  it('carries growth in absolute amounts in a diff', () => {
    const flame = flameGraph(prepare(diff, 'flame'));
    const { base, growth } = flame.diff!;
    expect(flame.value[0]! - base![0]!).toBe(growth[0]);
    expect(base![0]).toBe(topReport(prepare(before, 'top')).total);
    const writer = flame.label.indexOf('compress/flate.NewWriter');
    expect(growth[writer]).toBe(1_848_496);
    expect(base![writer]).toBe(0);
  });

  it('knows growth alone where the base was subtracted', () => {
    const flame = flameGraph(prepare(compareProfiles({ sources: [before], bases: [after] }), 'flame'));
    expect(flame.diff!.base).toBeNull();
    expect(flame.diff!.growth[0]).toBeLessThan(0);
  });
});

it('keeps total and rows of a profile whose stack recurs', () => {
  const builder = new ProfileBuilder({ sampleTypes: [{ type: 'space', unit: 'bytes' }] });
  const [a, b] = ['main.a', 'main.b'].map((name) =>
    builder.location({ lines: [{ function: builder.function({ name }) }] }),
  );
  builder.sample([10], [a!, b!, a!, b!]);
  const { rows, total } = topReport(prepare(builder.build(), 'top'));
  expect(total).toBe(10);
  expect(rows.map(({ name, flat, cum }) => [name, flat, cum])).toEqual([
    ['main.a', 10, 10],
    ['main.b', 0, 10],
  ]);
});

it('drops the frames that a profile asks to drop', () => {
  const builder = new ProfileBuilder({
    sampleTypes: [{ type: 'space', unit: 'bytes' }],
    dropFrames: 'runtime\\..*',
    keepFrames: 'runtime\\.keep',
  });
  const location = (name: string) => builder.location({ lines: [{ function: builder.function({ name }) }] });
  builder.sample([1], [location('runtime.mallocgc'), location('runtime.newobject'), location('main.f')]);
  builder.sample([2], [location('runtime.keep'), location('main.g')]);
  const { rows } = topReport(prepare(builder.build(), 'top'));
  expect(rows.map(({ name, flat }) => [name, flat])).toEqual([
    ['runtime.keep', 2],
    ['main.f', 1],
    ['main.g', 0],
  ]);
});
