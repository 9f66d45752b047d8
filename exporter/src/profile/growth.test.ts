import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ProfileBuilder } from './builder.js';
import { decodeProfile } from './decode/decode.js';
import { growthOf, type GrowthCapture } from './growth.js';
import { takenAtMs } from './profile.js';

const MB = 2 ** 20;
const HEAP = [
  { type: 'inuse_objects', unit: 'count' },
  { type: 'inuse_space', unit: 'bytes' },
];

/** A frame as "function file:line", from the leaf to the root, joined by " < ". */
type Stack = string;

/** Captures 30 s apart of stacks with their bytes at each; objects of 1 KiB. */
function captures(
  levels: Record<Stack, number[]>,
  { buildIds = [], shuffle = false }: { buildIds?: string[]; shuffle?: boolean } = {},
): GrowthCapture[] {
  const count = Object.values(levels)[0]!.length;
  return Array.from({ length: count }, (_, c) => {
    const builder = new ProfileBuilder({ sampleTypes: HEAP });
    const mapping = builder.mapping({ file: '/srv/shop', buildId: buildIds[c] ?? 'one' });
    const stacks = Object.entries(levels);
    // Other ids in every capture, as Go has it.
    if (shuffle && c % 2 === 1) stacks.reverse();
    for (const [stack, bytes] of stacks) {
      const locations = stack.split(' < ').map((text) => {
        const [, name, file, line] = /^(\S+) (\S+):(\d+)$/.exec(text)!;
        const fn = builder.function({ name: name!, file: file! });
        return builder.location({
          mapping,
          address: BigInt(builder.stackEntries + 1),
          lines: [{ function: fn, line: Number(line) }],
        });
      });
      builder.sample([bytes[c]! / 1024, bytes[c]!], locations);
    }
    return { profile: builder.build(), takenAtMs: 1_700_000_000_000 + c * 30_000, id: `c${c}` };
  });
}

const LEAK =
  'bytes.makeSlice /go/src/bytes/buffer.go:229 < example.com/shop/cache.Put /src/cache/put.go:31 < main.main /src/main.go:9';
const CHURN =
  'encoding/json.Unmarshal /go/src/encoding/json/decode.go:96 < main.handle /src/handle.go:7 < net/http.serve /go/src/net/http/server.go:1';
const IDLE = 'runtime.malg /go/src/runtime/proc.go:4 < runtime.mstart /go/src/runtime/proc.go:8';

describe('growth of two captures', () => {
  const growth = growthOf(
    captures({ [LEAK]: [10 * MB, 40 * MB], [CHURN]: [30 * MB, 20 * MB], [IDLE]: [MB, MB] }),
  );

  it('says what each function gained, by bytes and by second', () => {
    expect(growth.functions[0]).toEqual({
      function: 'bytes.makeSlice',
      file: '/go/src/bytes/buffer.go',
      line: 229,
      firstBytes: 10 * MB,
      lastBytes: 40 * MB,
      growthBytes: 30 * MB,
      growthBytesPerSecond: MB,
      share: 1,
      growthObjects: 30 * 1024,
      averageObjectBytes: 1024,
      history: [10 * MB, 40 * MB],
      own: false,
    });
  });

  it('lists what shrank last, and not what stayed', () => {
    expect(growth.functions.map(({ function: name, growthBytes }) => [name, growthBytes])).toEqual([
      ['bytes.makeSlice', 30 * MB],
      ['encoding/json.Unmarshal', -10 * MB],
    ]);
    expect(growth.functions[1]!.share).toBe(0);
  });

  it('blames the nearest own frame, with the whole stack', () => {
    expect(growth.blamed).toEqual([
      {
        function: 'example.com/shop/cache.Put',
        file: '/src/cache/put.go',
        line: 31,
        growthBytes: 30 * MB,
        growthBytesPerSecond: MB,
        share: 1,
        stack: LEAK.split(' < '),
        history: [10 * MB, 40 * MB],
      },
    ]);
  });

  it('blames by the main module where it is known', () => {
    const other = growthOf(captures({ [LEAK]: [0, MB] }), { mainModule: 'example.com/other' });
    expect(other.blamed.map(({ function: name }) => name)).toEqual(['main.main']);
  });

  it('says the captures and the sample type', () => {
    expect(growth.captures).toEqual([
      { id: 'c0', takenAt: '2023-11-14T22:13:20.000Z', totalBytes: 41 * MB },
      { id: 'c1', takenAt: '2023-11-14T22:13:50.000Z', totalBytes: 61 * MB },
    ]);
    expect([growth.sampleType, growth.unit, growth.notes]).toEqual(['inuse_space', 'bytes', []]);
  });
});

describe('growth of many captures', () => {
  it.each([
    ['ends high', [5, 90, 20, 70, 10, 95]],
    ['falls and recovers', [80, 1, 2, 60, 90, 99]],
    ['saw', [1, 100, 1, 100, 1, 100]],
  ])('puts churn that %s behind a small steady leak', (_, churn) => {
    const growth = growthOf(
      captures({
        [CHURN]: churn.map((mb) => mb * MB),
        [LEAK]: [10, 11, 12, 13, 14, 15].map((mb) => mb * MB),
      }),
    );
    expect(growth.functions[0]!.function).toBe('bytes.makeSlice');
    expect(growth.functions[0]!.growthBytesPerSecond).toBeCloseTo(MB / 30, 6);
    expect(growth.blamed[0]!.function).toBe('example.com/shop/cache.Put');
    expect(growth.blamed[0]!.share).toBeGreaterThan(0.9);
  });

  it('forgives a leak one small dip', () => {
    const growth = growthOf(
      captures({
        [LEAK]: [100, 140, 139, 180].map((mb) => mb * MB),
        [IDLE]: [1, 1.1, 1.2, 1.3].map((mb) => mb * MB),
      }),
    );
    expect(growth.functions[0]!.function).toBe('bytes.makeSlice');
  });

  it('ranks steps as growth', () => {
    const growth = growthOf(
      captures({ [LEAK]: [0, 0, 30, 30, 60, 60].map((mb) => mb * MB), [IDLE]: Array(6).fill(MB) }),
    );
    expect(growth.functions.map(({ function: name }) => name)).toEqual(['bytes.makeSlice']);
    expect(growth.functions[0]!.lowerBytesPerSecond).toBeGreaterThanOrEqual(0);
  });

  it('matches frames whatever their ids, and in any order of captures', () => {
    const levels = { [LEAK]: [1, 2, 3, 4].map((mb) => mb * MB), [CHURN]: [9, 1, 8, 2].map((mb) => mb * MB) };
    const shuffled = captures(levels, { shuffle: true });
    expect(growthOf(shuffled.reverse())).toEqual(growthOf(captures(levels)));
  });
});

describe('a rebuilt binary', () => {
  const after = LEAK.replace('put.go:31', 'put.go:35');
  const rebuilt = captures({ [LEAK]: [10 * MB, 0], [after]: [0, 30 * MB] }, { buildIds: ['one', 'two'] });

  it('is told by function, with a note', () => {
    const growth = growthOf(rebuilt);
    expect(growth.blamed).toMatchObject([
      { function: 'example.com/shop/cache.Put', line: 35, growthBytes: 20 * MB },
    ]);
    expect(growth.blamed[0]!.stack).toEqual(after.split(' < '));
    expect(growth.lines).toBeUndefined();
    expect(growth.notes).toEqual([expect.stringContaining('was rebuilt')]);
  });

  it('is not suspected where the build id stays', () => {
    const growth = growthOf(captures({ [LEAK]: [10 * MB, 10 * MB], [after]: [0, 30 * MB] }));
    expect(growth.blamed).toMatchObject([{ line: 35, growthBytes: 30 * MB }]);
    expect(growth.lines).toHaveLength(1);
  });
});

describe('captures that say little', () => {
  it('refuses a single one', () => {
    expect(() => growthOf(captures({ [LEAK]: [1] }))).toThrow('two captures');
  });

  it('refuses a sample type that is not there', () => {
    expect(() => growthOf(captures({ [LEAK]: [1, 2] }), { sampleType: 'space' })).toThrow('inuse_objects');
  });

  it('knows no rate without times', () => {
    const growth = growthOf(captures({ [LEAK]: [MB, 2 * MB] }).map((c) => ({ ...c, takenAtMs: 0 })));
    expect(growth.functions[0]).toMatchObject({ growthBytes: MB, growthBytesPerSecond: 0 });
    expect(growth.notes).toEqual([expect.stringContaining('same time')]);
  });

  it('says how much no own code answers for', () => {
    const growth = growthOf(captures({ [IDLE]: [0, 3 * MB], [LEAK]: [0, MB] }));
    expect(growth.notes).toEqual(['75% of the growth is on stacks without a frame of own code']);
  });
});

it('finds what grew in a real service', () => {
  const read = (name: string): GrowthCapture => {
    const profile = decodeProfile(readFileSync(new URL(`./testdata/profiles/${name}`, import.meta.url)));
    return { profile, takenAtMs: takenAtMs(profile)!, id: name };
  };
  const growth = growthOf([read('prometheus-a.pb.gz'), read('prometheus-b.pb.gz')]);
  const total = growth.captures!.map(({ totalBytes }) => totalBytes);
  expect(total).toEqual([4891720, 7306530]);
  const net = growth.functions.reduce((sum, { growthBytes }) => sum + growthBytes, 0);
  expect(net).toBe(total[1]! - total[0]!);
});

it('adds up: shares of what grows are a whole, growth is last less first', () => {
  const levels = fc.array(fc.array(fc.nat({ max: 2 ** 30 }), { minLength: 4, maxLength: 4 }), {
    minLength: 1,
    maxLength: 6,
  });
  fc.assert(
    fc.property(levels, (series) => {
      const growth = growthOf(
        captures(Object.fromEntries(series.map((bytes, i) => [`main.f${i} /src/f.go:${i + 1}`, bytes]))),
      );
      const shares = growth.functions.reduce((sum, { share }) => sum + share, 0);
      expect(shares === 0 || Math.abs(shares - 1) < 1e-9).toBe(true);
      for (const row of growth.functions) {
        expect(row.growthBytes).toBe(row.lastBytes - row.firstBytes);
        expect(row.history).toEqual(series[Number(row.function.slice('main.f'.length))]);
      }
    }),
  );
});
