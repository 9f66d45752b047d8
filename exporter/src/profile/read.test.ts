import { readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseGoroutineDump } from './goroutine-dump.js';
import { goroutineGrowth, groupGoroutines, recordsOfDump } from './goroutines.js';
import { DEFAULT_PROFILE_LIMITS } from './limits.js';
import { totals } from './merge.js';
import { ProfileError } from './profile-error.js';
import { readGoroutines, readProfile } from './read.js';

const file = (name: string) => readFileSync(new URL(`./testdata/profiles/${name}`, import.meta.url));
const stackOf = (bytes: Uint8Array, sample: number) => {
  const { samples, locations, functions, strings } = readProfile(bytes);
  return Array.from(
    samples.stack.subarray(samples.stackStart[sample], samples.stackStart[sample + 1]),
    (l) => {
      const row = locations.lineStart[l]!;
      const f = locations.lineFunction[row]!;
      return `${strings.at(functions.name[f]!)} ${strings.at(functions.file[f]!)}:${locations.lineNumber[row]}`;
    },
  );
};

describe('heap?debug=1', () => {
  const profile = readProfile(file('prometheus-heap-debug1.txt'));

  it('is scaled as the binary form of the same process is', () => {
    expect(profile.sampleTypes.map(({ type }) => type)).toEqual([
      'alloc_objects',
      'alloc_space',
      'inuse_objects',
      'inuse_space',
    ]);
    expect(profile.period).toBe(524288);
    // 2 of 1327104 B, 663552 B each: scaled by 1 / (1 − e^(−663552/524288)).
    const scale = 1 / (1 - Math.exp(-663552 / 524288));
    expect(Array.from(profile.samples.values.subarray(0, 4))).toEqual([
      Math.trunc(3 * scale),
      Math.trunc(1990656 * scale),
      Math.trunc(2 * scale),
      Math.trunc(1327104 * scale),
    ]);
    expect(totals(profile)[3]).toBeGreaterThan(2475568);
  });

  it('has the frames that Go names', () => {
    expect(stackOf(file('prometheus-heap-debug1.txt'), 0).slice(0, 2)).toEqual([
      'compress/flate.NewWriter compress/flate/deflate.go:666',
      'compress/gzip.(*Writer).Write compress/gzip/gzip.go:191',
    ]);
  });
});

const COUNTS = `goroutine profile: total 45
22 @ 0x48884e 0x41896e 0x418492 0x690267 0x48fdc1
# labels: {"job":"replies"}
#	0x690266	main.waitForReply+0x26	/src/leaks.go:94

23 @ 0x48884e 0x465c65
`;

describe('goroutine?debug=1', () => {
  it('has counts, labels and, where Go names no frame, addresses', () => {
    const profile = readProfile(Buffer.from(COUNTS));
    const { samples, locations, strings } = profile;
    expect(Array.from(samples.values)).toEqual([22, 23]);
    expect(stackOf(Buffer.from(COUNTS), 0)).toEqual(['main.waitForReply /src/leaks.go:94']);
    expect(strings.at(samples.labels.text[0]!)).toBe('replies');
    expect(Array.from(samples.stack.subarray(samples.stackStart[1]), (l) => locations.address[l])).toEqual([
      0x48884en,
      0x465c65n,
    ]);
  });
});

const DUMP = `goroutine 7 [running]:
main.dump()
	/src/main.go:5 +0x1d

goroutine 19 [chan receive, 12 minutes]:
main.waitForReply({0xc000, 0x2, 0x2}, 0x0)
	/src/leaks.go:94 +0x26
created by main.leakGoroutines in goroutine 1
	/src/leaks.go:88 +0x9da

goroutine 20 [chan receive, 3 minutes, locked to thread]:
main.waitForReply(...)
	/src/leaks.go:94 +0x26
created by main.leakGoroutines
	/src/leaks.go:88 +0x9da

goroutine 21 gp=0xc00 m=nil [select (leaked)]:
sync.(*Cond).Wait(0xc000)
	/go/src/sync/cond.go:70 +0x85
example.com/lib.(*Pool[...]).run(0x23e0)
	/go/pkg/mod/example.com/lib@v1.2.0/pool.go:40 +0x6c
created by main.(*mode).run in goroutine 1
	/src/modes.go:77 +0x9
`;

describe('goroutine?debug=2', () => {
  const goroutines = parseGoroutineDump(DUMP, DEFAULT_PROFILE_LIMITS);

  it('says state, wait, thread, leak and creator of each', () => {
    expect(
      goroutines.map(({ frames: _, createdBy, ...rest }) => ({ ...rest, by: createdBy?.function })),
    ).toEqual([
      { id: 7, state: 'running', waitMinutes: 0, lockedToThread: false, leaked: false, by: undefined },
      {
        id: 19,
        state: 'chan receive',
        waitMinutes: 12,
        lockedToThread: false,
        leaked: false,
        by: 'main.leakGoroutines',
      },
      {
        id: 20,
        state: 'chan receive',
        waitMinutes: 3,
        lockedToThread: true,
        leaked: false,
        by: 'main.leakGoroutines',
      },
      {
        id: 21,
        state: 'select',
        waitMinutes: 0,
        lockedToThread: false,
        leaked: true,
        by: 'main.(*mode).run',
      },
    ]);
    expect(goroutines[3]!.frames[1]).toEqual({
      function: 'example.com/lib.(*Pool[...]).run',
      file: '/go/pkg/mod/example.com/lib@v1.2.0/pool.go',
      line: 40,
    });
  });

  it('groups by creation and by where they block, longest wait first known', () => {
    const summary = groupGoroutines(recordsOfDump(goroutines));
    expect([summary.total, summary.longestWaitMinutes, summary.leaked]).toEqual([4, 12, 1]);
    expect(summary.states).toEqual([
      { state: 'chan receive', count: 2 },
      { state: 'running', count: 1 },
      { state: 'select', count: 1 },
    ]);
    expect(summary.byCreation[0]).toMatchObject({
      count: 2,
      createdBy: { function: 'main.leakGoroutines', line: 88 },
      longestWaitMinutes: 12,
    });
    expect(summary.byBlocking.map(({ blockedAt }) => blockedAt?.function)).toEqual([
      'main.waitForReply',
      'main.dump',
      'example.com/lib.(*Pool[...]).run',
    ]);
  });

  it('keeps what a cut-off dump has', () => {
    for (let length = 24; length < DUMP.length; length++) {
      expect(parseGoroutineDump(DUMP.slice(0, length), DEFAULT_PROFILE_LIMITS).length).toBeGreaterThan(0);
    }
  });

  it('of a real server has every goroutine', () => {
    const text = file('prometheus-goroutine-debug2.txt');
    const records = readGoroutines(text);
    expect(records).toHaveLength(text.toString().match(/^goroutine \d+ \[/gm)!.length);
    expect(records.every(({ frames }) => frames.length > 0)).toBe(true);
    expect(totals(readProfile(text))).toEqual([records.length]);
  });
});

describe('growth of goroutines', () => {
  const at = (count: number, minute: number) => ({
    takenAtMs: minute * 60_000,
    records: recordsOfDump(
      parseGoroutineDump(
        Array.from({ length: count }, (_, i) => DUMP.split('\n\n')[1]!.replace('19', String(100 + i))).join(
          '\n\n',
        ) +
          '\n\n' +
          DUMP.split('\n\n')
            .slice(minute % 2 ? 0 : 3)
            .join('\n\n'),
        DEFAULT_PROFILE_LIMITS,
      ),
    ),
  });

  it('names who creates those that stay', () => {
    const [first, ...rest] = goroutineGrowth([at(10, 0), at(70, 1), at(130, 2), at(190, 3)]);
    expect(first).toMatchObject({
      createdBy: { function: 'main.leakGoroutines' },
      blockedAt: { function: 'main.waitForReply' },
      lastCount: 192,
    });
    expect(first!.growthPerSecond).toBeCloseTo(1, 1);
    expect(first!.share).toBeGreaterThan(0.99);
    expect(rest.every(({ share }) => share < 0.01)).toBe(true);
  });
});

describe('what is no profile', () => {
  it.each([
    ['a page of an error', '<html><body>404 page not found</body></html>', 'profile_not_recognized'],
    ['a message', 'Could not enable CPU profiling: already in use', 'profile_not_recognized'],
    ['nothing', '', 'profile_empty'],
    [
      'a heap text with a broken record',
      'heap profile: 1: 2 [3: 4] @ heap/1048576\nnonsense\n',
      'profile_malformed',
    ],
    [
      'a count beyond 2^53',
      'goroutine profile: total 1\n99999999999999999999 @ 0x1\n',
      'profile_value_too_large',
    ],
  ])('%s is refused: %s', (_, text, code) => {
    expect(() => readProfile(Buffer.from(text))).toThrow(expect.objectContaining({ code }));
    expect(() => readProfile(gzipSync(text))).toThrow(ProfileError);
  });

  it('is refused with a code, or read, however a text is changed', () => {
    const heads = [COUNTS, DUMP, file('prometheus-heap-debug1.txt').toString().slice(0, 6000)];
    fc.assert(
      fc.property(
        fc.constantFrom(...heads),
        fc.array(fc.record({ at: fc.nat(), byte: fc.nat({ max: 255 }) }), { maxLength: 6 }),
        (text, changes) => {
          const bytes = Buffer.from(text);
          for (const { at, byte } of changes) bytes[at % bytes.length] = byte;
          try {
            readProfile(bytes);
            readGoroutines(bytes);
          } catch (error) {
            expect(error).toBeInstanceOf(ProfileError);
          }
        },
      ),
      { numRuns: 300 },
    );
  });
});
