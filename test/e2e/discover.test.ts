// leakline discover on this host, with real Go services.

import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterEach, beforeAll, expect, it } from 'vitest';
import { createDiscoverer } from '../../exporter/src/discovery/index.js';
import {
  createProcessMemoryReader,
  type ProcessMemoryReader,
} from '../../exporter/src/process-memory/index.js';
import { goToolchain, startLeaky, type Leaky, type LeakyOptions } from '../lib/leaky.js';

const run = promisify(execFile);
const LEAKLINE = fileURLToPath(new URL('../../exporter/bin/leakline.js', import.meta.url));

const started: Leaky[] = [];
async function start(options: LeakyOptions = {}): Promise<Leaky> {
  const leaky = await startLeaky({ churn: 0, ...options });
  started.push(leaky);
  return leaky;
}
async function stop(leaky: Leaky): Promise<void> {
  started.splice(started.indexOf(leaky), 1);
  await leaky.stop();
}
afterEach(async () => {
  for (const leaky of started.splice(0)) await leaky.stop();
});

let reader: ProcessMemoryReader;
beforeAll(async () => {
  reader = await createProcessMemoryReader();
});

interface Item {
  name: string;
  pid: number;
  goVersion?: string;
  module?: string;
  moduleVersion?: string;
  pprofUrl?: string;
  expvarUrl?: string;
  workingSetBytes?: number;
}
async function discoverJson(...flags: string[]): Promise<Item[]> {
  const { stdout } = await run(process.execPath, [LEAKLINE, 'discover', '--json', ...flags]);
  return (JSON.parse(stdout) as { items: Item[] }).items;
}

/** A name that no other run on this machine uses. */
const unique = (name: string) => `${name}-${process.pid}`;

it('finds a service with its version, module and pprof address', async () => {
  const name = unique('orders-api');
  const orders = await start({ name });
  const item = (await discoverJson()).find(({ pid }) => pid === orders.pid);
  expect(item).toMatchObject({
    name,
    goVersion: goToolchain().version,
    module: 'leakline.test/leaky',
    moduleVersion: '(devel)',
    pprofUrl: `${orders.url}/debug/pprof/`,
    expvarUrl: `${orders.url}/debug/vars`,
  });
  expect(item?.workingSetBytes).toBeGreaterThan(1 << 20);

  const { stdout } = await run(process.execPath, [LEAKLINE, 'discover']);
  expect(stdout.split('\n')[0]).toMatch(/^NAME +PID +GO +MODULE +VERSION +MEMORY +PPROF$/);
  expect(stdout).toMatch(new RegExp(`^${name} +${orders.pid} .*${orders.url}/debug/pprof/$`, 'm'));
});

it('reaches services on all addresses and on IPv6', async () => {
  const everywhere = await start({ name: unique('everywhere'), addr: ':0' });
  const items = await discoverJson();
  expect(items.find(({ pid }) => pid === everywhere.pid)?.pprofUrl).toBe(
    `http://127.0.0.1:${everywhere.port}/debug/pprof/`,
  );
});

// Exporters of other tests ask a service once as well, when they first see it.
it('asks two paths, and none with --no-probe', { retry: 2 }, async () => {
  const orders = await start({ pprof: false, expvar: false });
  const before = await orders.stats();
  const silent = (await discoverJson('--no-probe')).find(({ pid }) => pid === orders.pid);
  expect(silent).toMatchObject({ module: 'leakline.test/leaky' });
  expect(silent).not.toHaveProperty('pprofUrl');
  const after = await orders.stats();
  // At most the connection of the second question itself is new.
  expect(after.connections - before.connections).toBeLessThanOrEqual(1);
  expect(Object.keys(after.requests)).toEqual(['/stats']);

  await discoverJson();
  expect(Object.keys((await orders.stats()).requests).sort()).toEqual([
    '/debug/pprof/',
    '/debug/vars',
    '/stats',
  ]);
});

it('keeps the name over a restart, and gives suffixes where two run', async () => {
  const discoverer = await createDiscoverer({ reader, probe: true });
  const pass = async () => {
    const found = await discoverer.discover(await reader.readProcesses());
    return new Map(found.map((each) => [each.pid, each]));
  };
  const name = unique('shop');
  const first = await start({ name });
  expect((await pass()).get(first.pid)?.name).toBe(name);

  await stop(first);
  const second = await start({ name });
  expect((await pass()).get(second.pid)?.name).toBe(name);

  const third = await start({ name });
  const both = await pass();
  expect(both.get(second.pid)?.name).toBe(name);
  expect(both.get(third.pid)?.name).toBe(`${name}-2`);

  await stop(second);
  const fourth = await start({ name });
  const again = await pass();
  expect(again.get(third.pid)?.name).toBe(`${name}-2`);
  expect(again.get(fourth.pid)?.name).toBe(name);
  expect(again.get(fourth.pid)?.pprofUrl).toBe(`${fourth.url}/debug/pprof/`);

  // Who is known is not asked again.
  const before = (await fourth.stats()).requests;
  await pass();
  expect((await fourth.stats()).requests['/debug/pprof/']).toBe(before['/debug/pprof/']);
});
