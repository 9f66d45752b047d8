// The example repository as its README says it: a leak is found and stored, fixed, and verified as fixed.

import { execFile } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { goToolchain } from '../lib/go.js';
import { freePort } from '../lib/programs.js';
import { verify } from '../lib/verify.js';

const SOURCE = fileURLToPath(new URL('../example', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'leakline-example-'));
const env = { ...process.env, GOFLAGS: '-mod=mod', GOPROXY: 'off', GOTOOLCHAIN: 'local', CGO_ENABLED: '0' };
let flags: string[] = [];

const run = promisify(execFile);
const build = () =>
  run(goToolchain().path, ['build', '-buildvcs=false', '-o', 'bin/', '.', './cmd/load'], {
    cwd: folder,
    env,
  });

beforeAll(async () => {
  cpSync(SOURCE, folder, { recursive: true });
  await build();
  const addr = `127.0.0.1:${await freePort()}`;
  flags = [
    // Where a busy machine makes the load stall it is watched on until that is made up for.
    ...['--warmup', '3s', '--duration', '12s', '--interval', '400ms', '--extend', '30s'],
    // Every other answer is in the profile: twelve seconds hold few of them.
    ...['--memprofile-rate', '1KiB'],
    ...['--ready', `http://${addr}/healthz`, '--load', `./bin/load -url http://${addr}/quote`],
    ...['--', './bin/shop', '-addr', addr],
  ];
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

it('leak, fix, verified', async () => {
  const summary = join(folder, 'summary.md');
  const github = { GITHUB_ACTIONS: 'true', GITHUB_STEP_SUMMARY: summary, GITHUB_WORKSPACE: folder };
  const leaking = await verify({
    cwd: folder,
    args: ['--write-baseline', 'leak-baseline.json', '--gitlab', 'quality.json', ...flags],
    env: github,
  });
  expect(leaking.code, leaking.stdout + leaking.stderr).toBe(1);
  expect(leaking.stdout).toMatch(/FAILED {2}shop: a leak/);
  expect(leaking.stdout).toContain('example.com/shop/cache.(*Cache).Put');
  expect(leaking.stdout).toMatch(
    /::error file=cache\/cache\.go,line=31,title=Leakline%3A heap leak::the live heap grows/,
  );
  expect(leaking.stdout).toMatch(
    /::error file=cache\/cache\.go,line=31,title=Leakline%3A bytes per operation::/,
  );
  expect(readFileSync(summary, 'utf8')).toContain('## ❌ Leakline: shop');
  expect(readFileSync(join(folder, 'leakline.xml'), 'utf8')).toContain('<failure type="heap_leak"');
  const quality = JSON.parse(readFileSync(join(folder, 'quality.json'), 'utf8')) as unknown[];
  expect(quality[0]).toMatchObject({ location: { path: 'cache/cache.go', lines: { begin: 31 } } });
  const baseline = JSON.parse(readFileSync(join(folder, 'leak-baseline.json'), 'utf8')) as {
    functions: { function: string; bytesPerOperation: number }[];
  };
  const [put] = baseline.functions;
  expect(put!.function).toBe('example.com/shop/cache.(*Cache).Put');
  // 512 bytes of answer, a key, their places in map and slice.
  expect(put!.bytesPerOperation).toBeGreaterThan(400);
  expect(put!.bytesPerOperation).toBeLessThan(1200);

  await run('git', ['apply', 'fix.patch'], { cwd: folder });
  await build();
  const fixed = await verify({ cwd: folder, args: ['--baseline', 'leak-baseline.json', ...flags] });
  expect(fixed.code, fixed.stdout + fixed.stderr).toBe(0);
  expect(fixed.stdout).toMatch(/PASSED {2}shop: no leak/);
  expect(fixed.stdout).toMatch(
    /fixed +example\.com\/shop\/cache\.\(\*Cache\)\.Put was \d+ B\/operation, is now 0/,
  );
});
