// `leakline pprof ARGS` prints what `go tool pprof ARGS` printed: one table over the recorded texts.

import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { PprofIo } from './io.js';
import { runPprof } from './run.js';

const testdata = fileURLToPath(new URL('../../profile/testdata/', import.meta.url));
const profiles = join(testdata, 'profiles');

interface Entry {
  name: string;
  args: string[];
}

function manifest(file: string): Entry[] {
  const rows = readFileSync(join(testdata, file), 'utf8').trimEnd().split('\n');
  return rows.map((row) => {
    const [name, args] = row.split('\t') as [string, string];
    return { name, args: args.split(' ') };
  });
}

/** Runs as in the folder of the profiles, with TZ=UTC, and gives back standard output. */
async function run(args: readonly string[]): Promise<string> {
  let out = '';
  const refuse = () => Promise.reject(new Error('not in this test'));
  const io: PprofIo = {
    readFile: (file) => readFile(join(profiles, file)),
    readStart: refuse,
    modifiedAtMs: refuse,
    writeNew: refuse,
    writeFile: refuse,
    makeDirectory: refuse,
    writeTemporary: refuse,
    openBrowser: refuse,
    out: (content) => void (out += content.toString()),
    error: () => undefined,
    isTerminal: false,
    input: process.stdin,
    output: process.stdout,
    cwd: profiles,
    home: '/nowhere',
    // No sources of Go's own: what is found would depend on the machine.
    env: { GOROOT: '/nowhere', GOPATH: '/nowhere' },
    platform: 'linux',
    timeZone: 'UTC',
  };
  await runPprof(args, io);
  return out;
}

describe('Go 1.19', () => {
  const entries = manifest('golden/manifest.tsv');

  it('has all recorded texts', () => {
    expect(entries).toHaveLength(72);
  });

  it.each(entries)('$name', async ({ name, args }) => {
    expect(await run(args)).toBe(readFileSync(join(testdata, 'golden', `${name}.txt`), 'utf8'));
  });
});

// Further flags, as Go 1.19 and as Go 1.26 answers them.
describe.each(['1.19', '1.26'])('Go %s, more flags', (version) => {
  it.each(manifest('golden/more.tsv'))('$name', async ({ name, args }) => {
    const expected = readFileSync(join(testdata, 'golden', `go${version}`, `${name}.txt`), 'utf8');
    expect(await run(['-compat', version, ...args])).toBe(expected);
  });
});
