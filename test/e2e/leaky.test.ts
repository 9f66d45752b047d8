// The leaking service does what its README says: on every Go toolchain here, for Linux and Windows.

import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { afterEach, describe, expect, it } from 'vitest';
import { buildLeaky, goToolchains, LEAKY_SOURCE, startLeaky, type Leaky } from '../lib/leaky.js';

const run = promisify(execFile);
const started: Leaky[] = [];
const start = async (...args: Parameters<typeof startLeaky>) => {
  const leaky = await startLeaky(...args);
  started.push(leaky);
  return leaky;
};

afterEach(async () => {
  for (const leaky of started.splice(0)) await leaky.stop();
});

describe.each(goToolchains())('with $version', (toolchain) => {
  it('passes its own tests and builds for Windows', async () => {
    const env = { ...process.env, GOTOOLCHAIN: 'local', GOFLAGS: '-mod=mod' };
    const { stdout } = await run(toolchain.path, ['test', '.'], { cwd: LEAKY_SOURCE, env });
    expect(stdout).toMatch(/^ok /);
    expect(await buildLeaky({ toolchain, goos: 'windows' })).toMatch(/leaky\.exe$/);
  });

  it('retains at its rate, and mends', async () => {
    const leaky = await start({
      modes: { 'map-cache': '4MiB', native: '1MiB' },
      churn: 0,
      build: { toolchain },
    });
    const retained = async () => {
      const modes = await leaky.modes();
      return modes.find(({ mode }) => mode === 'map-cache')!.retainedBytes;
    };
    const firstAt = performance.now();
    const first = await retained();
    await new Promise((resolve) => setTimeout(resolve, 2000));
    const grown = (await retained()) - first;
    const perSecond = grown / ((performance.now() - firstAt) / 1000);
    expect(perSecond / (4 << 20)).toBeGreaterThan(0.9);
    expect(perSecond / (4 << 20)).toBeLessThan(1.1);

    const profile = await (await fetch(`${leaky.url}/debug/pprof/heap?debug=1&gc=1`)).text();
    expect(profile).toContain('main.(*SessionCache).Put');

    await leaky.reset();
    expect((await leaky.modes()).filter(({ retainedBytes }) => retainedBytes > 0)).toEqual([]);
  });
});

it('serves only what it is told to', async () => {
  const leaky = await start({ expvar: false, pprof: false, metrics: true, name: 'orders-api' });
  const status = async (path: string) => (await fetch(leaky.url + path)).status;
  expect(await status('/debug/vars')).toBe(404);
  expect(await status('/debug/pprof/')).toBe(404);
  expect(await status('/metrics')).toBe(200);
  expect(leaky.executable).toMatch(/orders-api(\.exe)?$/);
  const { connections, requests } = await leaky.stats();
  expect(connections).toBeGreaterThan(0);
  expect(requests['/debug/vars']).toBe(1);
});

it('keeps what a request brings', async () => {
  const leaky = await start({ mode: 'per-request', rate: 1000 });
  for (let i = 0; i < 5; i++) await (await fetch(`${leaky.url}/work`)).text();
  expect((await leaky.modes()).find(({ mode }) => mode === 'per-request')!.retainedBytes).toBe(5000);
});

it('says which modes there are', async () => {
  await expect(startLeaky({ args: ['-mode=nothing'] })).rejects.toThrow(
    /there is no such mode; there are: .*map-cache/,
  );
});
