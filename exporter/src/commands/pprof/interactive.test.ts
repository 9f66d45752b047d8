import { readFileSync } from 'node:fs';
import { PassThrough } from 'node:stream';
import { expect, it } from 'vitest';
import { decodeProfile } from '../../profile/decode/decode.js';
import { completions } from './completion.js';
import { interactive, Session } from './interactive.js';
import type { PprofIo } from './io.js';
import { parseArguments } from './arguments.js';
import { DEFAULT_SETTINGS } from './settings.js';

const profile = decodeProfile(
  readFileSync(new URL('../../profile/testdata/profiles/prometheus-b.pb.gz', import.meta.url)),
);

function world(input: NodeJS.ReadableStream = new PassThrough()) {
  const seen = { out: '', error: '', files: new Map<string, string | Uint8Array>() };
  const io: PprofIo = {
    readFile: () => Promise.reject(new Error('no history')),
    writeFile: (file, content) => Promise.resolve(void seen.files.set(file, content)),
    modifiedAtMs: () => Promise.reject(new Error('no file')),
    readStart: () => Promise.reject(new Error('no file')),
    writeNew: () => Promise.resolve(true),
    makeDirectory: () => Promise.resolve(),
    writeTemporary: (content, extension) =>
      Promise.resolve(seen.files.set(`tmp.${extension}`, content)).then(() => `tmp.${extension}`),
    openBrowser: () => Promise.resolve(),
    out: (content) => void (seen.out += content.toString()),
    error: (text) => void (seen.error += text),
    isTerminal: false,
    input,
    output: new PassThrough().resume(),
    cwd: '/',
    home: '/nowhere',
    env: {},
    platform: 'linux',
    timeZone: 'UTC',
  };
  return { io, seen };
}

it('answers a session line by line', async () => {
  const input = new PassThrough();
  const { io, seen } = world(input);
  input.end('top3\nsample_index=alloc_space\ntop 2 -cum\nfocus=tsdb\no\nbogus\nlist\nquit\n');
  await interactive(profile, false, { ...DEFAULT_SETTINGS, timeZone: 'UTC' }, io);
  expect(seen.out).toContain('Entering interactive mode');
  expect(seen.out).toContain('Showing top 3 nodes out of');
  expect(seen.out).toContain('Showing top 2 nodes out of');
  expect(seen.out).toMatch(/focus {21}= tsdb/);
  expect(seen.out).toMatch(/sample_index {14}= alloc_space {9} \/\/: \[alloc_objects \|/);
  expect(seen.error).toBe('unrecognized command: "bogus"\ncommand list requires an argument\n');
});

it('keeps options between commands, and those of a line for the line alone', async () => {
  const { io, seen } = world();
  const session = new Session(profile, false, { ...DEFAULT_SETTINGS }, io);
  for (const line of ['lines', 'inuse_objects', 'top1 flate >report.txt', 'tags -112b', ':', 'nodecount']) {
    expect(await session.run(line)).toBe(true);
  }
  expect(String(seen.files.get('report.txt'))).toMatch(/focus=flate[^]*deflate\.go:666/);
  expect(seen.out).toContain('bytes: Total');
  expect(seen.error).toContain('please specify a value, e.g. nodecount=<val>');
  expect(await session.run('q')).toBe(false);
});

it('completes commands, options and functions', () => {
  expect(completions('pe', profile)).toEqual(['peek ']);
  expect(completions('granu', profile)).toEqual(['granularity=']);
  expect(completions('help tra', profile)).toEqual(['help traces']);
  expect(completions('peek newStripe', profile)).toEqual([
    'peek github.com/prometheus/prometheus/tsdb.newStripeSeries',
  ]);
  expect(completions('top -newStripe', profile)).toHaveLength(1);
});

it('reads flags before and after files, as flags and as words', () => {
  expect(parseArguments(['a', '-top', '-nodecount', '5', 'b'])).toMatchObject({
    command: 'top',
    sources: ['a', 'b'],
  });
  expect(parseArguments(['top', 'a', '--json', '-cum'])).toMatchObject({
    command: 'top',
    json: true,
    sources: ['a'],
  });
  expect(parseArguments(['peek', 'x|y', 'a'])).toMatchObject({
    command: 'peek',
    pattern: 'x|y',
    sources: ['a'],
  });
  expect(parseArguments(['-list=f.*', 'a', '-lines=true']).settings.granularity).toBe('lines');
  expect(parseArguments(['growth', 'a', 'b'])).toMatchObject({ command: 'growth', sources: ['a', 'b'] });
  expect(parseArguments(['top'.padEnd(5, '2')])).toMatchObject({ command: undefined, sources: ['top22'] });
});

it.each([
  [['-top', '-tree', 'a'], 'must set at most one output format'],
  [['-lines', '-files', 'a'], 'conflicting options set: [lines files]'],
  [['-top'], 'no profile source specified'],
  [['-base=a', '-diff_base=b', 'c'], '-base and -diff_base flags cannot both be specified'],
  [['-nodecuont=3', 'a'], 'flag provided but not defined: -nodecuont=3'],
  [['-nodecount=x', 'a'], 'nodecount: "x" is not a whole number'],
  [['a', '-focus'], 'flag needs an argument: -focus'],
  [['-http=:0', 'a'], 'leakline serve'],
])('refuses %j', (argv, message) => {
  expect(() => parseArguments(argv)).toThrow(message);
});
