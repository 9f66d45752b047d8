import { describe, expect, it } from 'vitest';
import type { ProcessReading } from '../process-memory/types.js';
import type { BuildInfo } from './build-info.js';
import { Discoverer, type DiscovererOptions } from './discover.js';

const process = (pid: number, name: string, startedAtMs = pid * 1000): ProcessReading => ({
  pid,
  name,
  startedAtMs,
});
const ORDERS: BuildInfo = { goVersion: 'go1.22.1', module: 'example.com/orders', moduleVersion: 'v1.4.2' };
const URL = 'http://127.0.0.1:6060/debug/pprof/';

/** A host whose executables are named as its processes; those named here are Go. */
function host(options: Partial<DiscovererOptions> = {}) {
  const counts = { read: [] as string[], snapshots: 0, asked: [] as string[] };
  const names = new Map<number, string>();
  let clock = 0;
  let listens: string[] | undefined = ['127.0.0.1:6060'];
  let pprofUrl: string | undefined = URL;
  const discoverer = new Discoverer({
    reader: {
      platform: 'windows',
      executablePath: (pid) => (pid === 13 ? undefined : `/opt/${names.get(pid)}`),
    },
    ports: {
      snapshot: () => {
        counts.snapshots++;
        return { loopbackAddresses: () => Promise.resolve(listens) };
      },
    },
    readBuildInfo: (file) => {
      counts.read.push(file);
      if (file.endsWith('/broken')) return Promise.reject(new Error('the disk is gone'));
      return Promise.resolve(file.endsWith('/orders') ? ORDERS : undefined);
    },
    ask: (addresses) => {
      counts.asked.push(...addresses);
      return Promise.resolve({ pprofUrl, refused: [] });
    },
    now: () => clock,
    ownPid: 1,
    ...options,
  });
  return {
    counts,
    discoverer,
    pass: (...readings: ProcessReading[]) => {
      for (const { pid, name } of readings) names.set(pid, name);
      return discoverer.discover(readings);
    },
    advance: (ms: number) => (clock += ms),
    setPprof: (url: string | undefined) => (pprofUrl = url),
    setListens: (addresses: string[] | undefined) => (listens = addresses),
  };
}

it('tells Go processes with their module and where their profiles are', async () => {
  const { pass } = host();
  expect(await pass(process(10, 'orders'), process(11, 'postgres'))).toEqual([
    {
      name: 'orders',
      pid: 10,
      startedAtMs: 10_000,
      executable: '/opt/orders',
      go: {
        goVersion: 'go1.22.1',
        module: 'example.com/orders',
        moduleVersion: 'v1.4.2',
        revision: undefined,
      },
      pprofUrl: URL,
      expvarUrl: undefined,
    },
  ]);
});

it('looks at a process once', async () => {
  const { pass, counts } = host();
  const processes = [process(10, 'orders'), process(11, 'postgres'), process(12, 'orders')];
  for (let i = 0; i < 5; i++) await pass(...processes);
  expect(counts).toEqual({
    read: ['/opt/orders', '/opt/postgres', '/opt/orders'],
    snapshots: 1,
    asked: ['127.0.0.1:6060', '127.0.0.1:6060'],
  });
});

it('looks again at a pid that is used again, and at a process that executes another program', async () => {
  const { pass } = host();
  expect(await pass(process(10, 'sh'))).toEqual([]);
  expect(await pass(process(10, 'orders'))).toMatchObject([{ name: 'orders', pid: 10 }]);
  expect(await pass(process(10, 'postgres', 99_000))).toEqual([]);
});

it('keeps the name over a restart and gives a suffix where two run', async () => {
  const { pass } = host();
  await pass(process(10, 'orders'));
  expect(await pass(process(20, 'orders'))).toMatchObject([{ name: 'orders', pid: 20 }]);
  expect(await pass(process(30, 'orders'), process(20, 'orders'))).toMatchObject([
    { name: 'orders-2', pid: 30 },
    { name: 'orders', pid: 20 },
  ]);
});

describe('asking', () => {
  it('is repeated ever more rarely while there are no profiles', async () => {
    const { pass, counts, advance, setPprof } = host();
    setPprof(undefined);
    const askedAt: number[] = [];
    for (let second = 0, asked = 0; second <= 3600; second++, advance(1000)) {
      await pass(process(10, 'orders'));
      if (counts.asked.length > asked) askedAt.push(second);
      asked = counts.asked.length;
    }
    expect(askedAt).toEqual([0, 5, 15, 35, 75, 155, 315, 635, 1235, 1835, 2435, 3035]);
    setPprof(URL);
    advance(600_000);
    expect(await pass(process(10, 'orders'))).toMatchObject([{ pprofUrl: URL }]);
  });

  it('begins anew on demand, and keeps the old address until there is another', async () => {
    const { pass, counts, advance, discoverer, setPprof } = host();
    await pass(process(10, 'orders'));
    setPprof(undefined);
    discoverer.reprobe(10);
    expect(await pass(process(10, 'orders'))).toMatchObject([{ pprofUrl: URL }]);
    discoverer.reprobe(10);
    await pass(process(10, 'orders'));
    expect(counts.asked).toHaveLength(2);
    setPprof('http://127.0.0.1:7070/debug/pprof/');
    advance(5_000);
    expect(await pass(process(10, 'orders'))).toMatchObject([
      { pprofUrl: 'http://127.0.0.1:7070/debug/pprof/' },
    ]);
    advance(600_000);
    await pass(process(10, 'orders'));
    expect(counts.asked).toHaveLength(3);
  });

  it('does not happen where it is off, excluded, or nobody listens', async () => {
    const off = host({ ports: undefined });
    expect(await off.pass(process(10, 'orders'))).toMatchObject([{ name: 'orders', pprofUrl: undefined }]);
    const excluded = host({ isWanted: (name) => name !== 'orders' });
    await excluded.pass(process(10, 'orders'));
    const silent = host();
    silent.setListens([]);
    await silent.pass(process(10, 'orders'));
    const denied = host();
    denied.setListens(undefined);
    await denied.pass(process(10, 'orders'));
    for (const { counts } of [off, excluded, silent, denied]) expect(counts.asked).toEqual([]);
  });
});

it('says which processes it cannot look into, and leaves out itself', async () => {
  const { pass, discoverer, counts } = host();
  expect(
    await pass(process(0, 'idle'), process(1, 'orders'), process(13, 'guarded'), process(14, 'broken')),
  ).toEqual([]);
  expect(discoverer.unread).toEqual([
    { pid: 13, name: 'guarded', reason: 'denied', message: 'its executable is not told to this user' },
    { pid: 14, name: 'broken', reason: 'failed', message: 'the disk is gone' },
  ]);
  // A failure may pass; a denial does not.
  await pass(process(13, 'guarded'), process(14, 'broken'));
  expect(counts.read).toEqual(['/opt/broken', '/opt/broken']);
  await pass();
  expect(discoverer.unread).toEqual([]);
});
