// The verdict on real Go services, all at once: what leaks is called in time and by its cause, what does not is left
// alone, and the exporter that is restarted in between goes on where it stood.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ApiTarget, ApiVerdict, Page } from '../../exporter/src/server/api.js';
import { startLeaky, type Leaky, type LeakyOptions } from '../lib/leaky.js';
import { waitFor } from '../lib/programs.js';
import { getJson, startExporter, type Served } from '../lib/stack.js';

/** What a service may use: its leak hits it within minutes. */
const LIMITS: Record<string, string> = {
  fast: '768MiB',
  native: '512MiB',
  goroutines: '640MiB',
  'warm-up': '512MiB',
  'gc-off': '512MiB',
};
const SERVICES: Record<string, LeakyOptions> = {
  fast: { mode: 'map-cache', rate: '3MiB' },
  native: { mode: 'native', rate: '3MiB' },
  goroutines: { mode: 'goroutines', rate: '1MiB' },
  'warm-up': { mode: 'warm-up', rate: '2MiB', args: ['-plateau=48MiB'] },
  'gc-off': { mode: 'flat', rate: '1MiB', churn: '1MiB', env: { GOGC: 'off', GOMEMLIMIT: '256MiB' } },
  // Tickers are full of pointers: marking them is work. One core, so that it is a good share of what the process has.
  thrash: {
    mode: 'tickers',
    rate: '1MiB',
    churn: '8MiB',
    env: { GOMEMLIMIT: '40MiB', GOMAXPROCS: '1' },
  },
};
/** Seconds from the start of the service to the call, by the times of the samples; a busy machine gets more. */
const SOON_SECONDS = 120;
const BUSY = 1.5;
const CALL_TIMEOUT_MS = 230_000;

const directory = mkdtempSync(join(tmpdir(), 'leakline-verdict-'));
const services: Leaky[] = [];
let exporter: Served;

const start = () =>
  startExporter({
    directory: join(directory, 'exporter'),
    port: exporter?.port,
    config: {
      sampleInterval: '1s',
      discovery: { interval: '2s', include: Object.keys(SERVICES) },
      targets: Object.entries(LIMITS).map(([name, memoryLimit]) => ({ name, executable: name, memoryLimit })),
      capture: { enabled: false },
      state: { dir: join(directory, 'state'), saveInterval: '10s' },
    },
  });

beforeAll(async () => {
  services.push(
    ...(await Promise.all(
      Object.entries(SERVICES).map(([name, options]) => startLeaky({ ...options, name })),
    )),
  );
  exporter = await start();
});

afterAll(async () => {
  await Promise.all([exporter?.stop(), ...services.map((service) => service.stop())]);
  rmSync(directory, { recursive: true, force: true });
});

const targetOf = (name: string) => getJson<ApiTarget>(`${exporter.url}/api/v1/targets/${name}`);

/** Waits until a service is called; how many seconds after its start that was. */
async function called(name: string): Promise<{ seconds: number; verdict: ApiVerdict }> {
  let last: ApiTarget | undefined;
  const target = await waitFor(
    () => `the call of ${name}; last: ${JSON.stringify(last?.verdict)} ${JSON.stringify(last?.signals)}`,
    async () => {
      last = await targetOf(name);
      return last.verdict?.state === 'leaking' && last;
    },
    CALL_TIMEOUT_MS,
  );
  const seconds = (Date.parse(target.sampledAt!) - Date.parse(target.startedAt!)) / 1000;
  return { seconds, verdict: target.verdict! };
}

describe('the verdict on real services', () => {
  test('calls a fast leak within two minutes', async () => {
    const { seconds, verdict } = await called('fast');
    expect(seconds).toBeLessThan(SOON_SECONDS * BUSY);
    expect(verdict.leaking).toContain('live_heap');
    expect(verdict.timeToLimit).toMatchObject({ limit: 'config' });
    expect(verdict.why).toMatch(/the live heap rose \d/);
  });

  test('goes on where it stood when the exporter is restarted', async () => {
    const before = (await targetOf('fast')).verdict!;
    await exporter.stop();
    exporter = await start();
    const after = await waitFor('a verdict', async () => (await targetOf('fast')).verdict);
    expect(after.state).toBe('leaking');
    expect(after.since).toBe(before.since);
    expect(after.channel).toBe(before.channel);
  });

  test('tells memory outside of Go, and goroutines, by their names', async () => {
    const native = await called('native');
    expect(native.verdict).toMatchObject({ channel: 'non_go' });
    expect(native.verdict.leaking).not.toContain('live_heap');
    const goroutines = await called('goroutines');
    expect(goroutines.verdict).toMatchObject({ channel: 'goroutines', pattern: 'goroutine' });
  });

  test('tells a collector that is at its memory limit', async () => {
    const { verdict } = await called('thrash');
    expect(verdict.leaking).toContain('gc_pressure');
    expect(verdict.why).toMatch(/the garbage collector runs \d.* the memory limit of Go is reached/);
  });

  test('leaves a cache that warms up and a collector that is off alone', async () => {
    const { items } = await getJson<Page<ApiTarget>>(`${exporter.url}/api/v1/targets`);
    const quiet = items.filter(({ name }) => name === 'warm-up' || name === 'gc-off');
    expect(quiet.map(({ name, verdict }) => [name, verdict!.leaking]).sort()).toEqual([
      ['gc-off', []],
      ['warm-up', []],
    ]);
  });
});
