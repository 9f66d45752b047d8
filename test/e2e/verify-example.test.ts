// The example repository as its README says it: a leak is found and stored, fixed, and verified as fixed. The first run is
// the step of the GitHub Action, the second the script of the GitLab job, each by the shell and with the environment that
// their documentation names; only the times of leakline-verify.yml are shorter.

import { execFile } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { parse, stringify } from 'yaml';
import { goToolchain } from '../lib/go.js';
import { freePort } from '../lib/programs.js';

const REPOSITORY = fileURLToPath(new URL('../..', import.meta.url));
const SOURCE = join(REPOSITORY, 'test/example');
const folder = mkdtempSync(join(tmpdir(), 'leakline-example-'));
const env = { ...process.env, GOFLAGS: '-mod=mod', GOPROXY: 'off', GOTOOLCHAIN: 'local', CGO_ENABLED: '0' };

const run = promisify(execFile);
const build = () =>
  run(goToolchain().path, ['build', '-buildvcs=false', '-o', 'bin/', '.', './cmd/load'], {
    cwd: folder,
    env,
  });

interface Action {
  runs: { steps: { name?: string; run?: string; shell?: string; env?: Record<string, string> }[] };
}
const action = parse(readFileSync(join(REPOSITORY, 'action.yml'), 'utf8')) as Action;
const gitlab = parse(readFileSync(join(SOURCE, '.gitlab-ci.yml'), 'utf8')) as {
  leaks: { script: string[]; artifacts: { reports: Record<string, string> } };
};

/** As a runner does: the script in a file, "bash --noprofile --norc -eo pipefail" over it, Leakline's output kept. */
function shell(script: string, more: Record<string, string>) {
  const file = join(folder, '.script.sh');
  writeFileSync(file, script);
  return new Promise<{ code: unknown; stdout: string; stderr: string }>((resolve) => {
    const options = { cwd: folder, env: { ...env, GITHUB_ACTIONS: '', GITHUB_STEP_SUMMARY: '', ...more } };
    execFile('bash', ['--noprofile', '--norc', '-eo', 'pipefail', file], options, (error, stdout, stderr) =>
      resolve({ code: error === null ? 0 : error.code, stdout, stderr }),
    );
  });
}

/** leakline-verify.yml of the example, with the address and the times of this test. */
function configure(changes: Record<string, unknown>): void {
  const known = parse(readFileSync(join(folder, 'leakline-verify.yml'), 'utf8')) as Record<string, unknown>;
  writeFileSync(join(folder, 'leakline-verify.yml'), stringify({ ...known, ...changes }));
}

beforeAll(async () => {
  cpSync(SOURCE, folder, { recursive: true });
  // Where npx looks first.
  symlinkSync(join(REPOSITORY, 'node_modules'), join(folder, 'node_modules'));
  await build();
  const addr = `127.0.0.1:${await freePort()}`;
  configure({
    command: ['./bin/shop', '-addr', addr],
    ready: `http://${addr}/healthz`,
    load: `./bin/load -url http://${addr}/quote`,
    // Where a busy machine makes the load stall it is watched on until that is made up for.
    ...{ warmup: '3s', duration: '12s', interval: '400ms', extend: '30s' },
    // Every other answer is in the profile: twelve seconds hold few of them.
    memProfileRate: '1KiB',
  });
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

it('leak, fix, verified', async () => {
  const summary = join(folder, 'summary.md');
  const step = action.runs.steps.find(({ name }) => name === 'Verify')!;
  expect(step.shell).toBe('bash');
  expect(step.env).toEqual({ LEAKLINE_ARGS: '${{ inputs.args }}' });
  const leaking = await shell(step.run!, {
    // As inputs.args of a workflow: one a line, never a piece of script.
    LEAKLINE_ARGS: [
      '--write-baseline',
      'leak-baseline.json',
      '--gitlab',
      '$(touch ran) quality.json',
      '',
    ].join('\n'),
    GITHUB_ACTION_PATH: REPOSITORY,
    GITHUB_ACTIONS: 'true',
    GITHUB_STEP_SUMMARY: summary,
    GITHUB_WORKSPACE: folder,
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
  const quality = JSON.parse(readFileSync(join(folder, '$(touch ran) quality.json'), 'utf8')) as unknown[];
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
  configure({ baseline: 'leak-baseline.json' });
  const fixed = await shell(gitlab.leaks.script.join('\n'), { GITLAB_CI: 'true', CI_PROJECT_DIR: folder });
  expect(fixed.code, fixed.stdout + fixed.stderr).toBe(0);
  expect(fixed.stdout).toMatch(/PASSED {2}shop: no leak/);
  expect(fixed.stdout).toMatch(
    /fixed +example\.com\/shop\/cache\.\(\*Cache\)\.Put was \d+ B\/operation, is now 0/,
  );
  const { junit, codequality } = gitlab.leaks.artifacts.reports;
  expect(readFileSync(join(folder, junit!), 'utf8')).toContain('failures="0"');
  expect(JSON.parse(readFileSync(join(folder, codequality!), 'utf8'))).toEqual([]);
});
