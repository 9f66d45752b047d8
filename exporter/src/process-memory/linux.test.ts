import {
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { spawn } from 'node:child_process';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createLinuxReader } from './linux.js';
import type { ProcessReading } from './types.js';

type Recorded = string | { link: string } | { base64: string };

interface RecordedHost {
  detailed: number[];
  /** What ps said of the same processes. */
  expected: {
    pid: number;
    parentPid: number;
    name: string;
    rssKb: number;
    vszKb: number;
    threads: number;
    minorFaults: number;
    majorFaults: number;
  }[];
  withoutMemory: { pid: number; state: string; kernel: boolean }[];
  tree: Record<string, Recorded>;
}

const recorded = JSON.parse(
  readFileSync(new URL('testdata/linux-host.json', import.meta.url), 'utf8'),
) as RecordedHost;

function layOut(root: string, tree: Record<string, Recorded>): void {
  for (const [path, content] of Object.entries(tree)) {
    const file = join(root, path);
    mkdirSync(dirname(file), { recursive: true });
    if (typeof content === 'string') writeFileSync(file, content);
    else if ('link' in content) symlinkSync(content.link, file);
    else writeFileSync(file, Buffer.from(content.base64, 'base64'));
  }
}

const roots: string[] = [];
function host(tree: Record<string, Recorded>): string {
  const root = mkdtempSync(join(tmpdir(), 'leakline-proc-'));
  roots.push(root);
  layOut(root, tree);
  return root;
}
afterAll(() => {
  for (const root of roots) rmSync(root, { recursive: true });
});

function read(root: string, detailed?: number[]): Map<number, ProcessReading> {
  const list = createLinuxReader({ root }).readProcesses(new Set(detailed)) as ProcessReading[];
  expect(new Set(list.map(({ pid }) => pid)).size).toBe(list.length);
  return new Map(list.map((reading) => [reading.pid, reading]));
}

describe('a recorded host', () => {
  let root: string;
  let readings: Map<number, ProcessReading>;
  beforeAll(() => {
    root = host(recorded.tree);
    readings = read(root, recorded.detailed);
  });

  it('agrees with ps on every process', () => {
    expect(recorded.expected.length).toBeGreaterThan(300);
    const seen = recorded.expected.map(({ pid }) => {
      const reading = readings.get(pid)!;
      return {
        pid,
        parentPid: reading.parentPid,
        name: reading.name,
        rssKb: reading.workingSetBytes! / 1024,
        vszKb: reading.virtualBytes! / 1024,
        threads: reading.threads,
        minorFaults: reading.pageFaults! - reading.hardFaults!,
        majorFaults: reading.hardFaults,
      };
    });
    expect(seen).toEqual(recorded.expected);
  });

  it('leaves out kernel threads and zombies', () => {
    expect(recorded.withoutMemory.some(({ state }) => state === 'Z')).toBe(true);
    expect(recorded.withoutMemory.some(({ kernel }) => kernel)).toBe(true);
    for (const { pid } of recorded.withoutMemory) expect(readings.has(pid)).toBe(false);
    expect(readings.size).toBe(recorded.expected.length);
  });

  it('adds the dearer figures for detailed pids only', () => {
    const [pid] = recorded.detailed as [number];
    const status = recorded.tree[`proc/${pid}/status`] as string;
    const rollup = recorded.tree[`proc/${pid}/smaps_rollup`] as string;
    const kb = (text: string, key: string): number =>
      Number(new RegExp(`^${key}:\\s+(\\d+) kB$`, 'm').exec(text)![1]);
    expect(readings.get(pid)).toMatchObject({
      peakWorkingSetBytes: kb(status, 'VmHWM') * 1024,
      privateWorkingSetBytes: (kb(rollup, 'Private_Clean') + kb(rollup, 'Private_Dirty')) * 1024,
      commitBytes: (kb(rollup, 'Private_Dirty') + kb(rollup, 'Swap')) * 1024,
      handles: Object.keys(recorded.tree).filter((path) => path.startsWith(`proc/${pid}/fd/`)).length,
    });
    const plain = recorded.expected.find((row) => !recorded.detailed.includes(row.pid))!;
    for (const field of [
      'privateWorkingSetBytes',
      'commitBytes',
      'peakWorkingSetBytes',
      'handles',
      'pagedPoolBytes',
    ]) {
      expect(readings.get(plain.pid)).not.toHaveProperty(field);
    }
  });

  it('reads the host', () => {
    const meminfo = recorded.tree['proc/meminfo'] as string;
    const line = (key: string): number =>
      Number(new RegExp(`^${key}: +(\\d+) kB$`, 'm').exec(meminfo)![1]) * 1024;
    expect(createLinuxReader({ root }).readHost()).toEqual({
      physicalBytes: line('MemTotal'),
      availableBytes: line('MemAvailable'),
      commitBytes: line('Committed_AS'),
      commitLimitBytes: line('CommitLimit'),
      cachedBytes: line('Cached'),
      hardFaults: Number(/^pgmajfault (\d+)$/m.exec(recorded.tree['proc/vmstat'] as string)![1]),
    });
  });

  it('knows creation times from the boot time', () => {
    const { pid } = recorded.expected[0]!;
    const fields = (recorded.tree[`proc/${pid}/stat`] as string).split(') ')[1]!.split(' ');
    const bootedAt = Number(/^btime (\d+)$/m.exec(recorded.tree['proc/stat'] as string)![1]);
    expect(readings.get(pid)!.startedAtMs).toBe(bootedAt * 1000 + Number(fields[19]) * 10);
  });
});

/** `stat` and `statm` of a small process with the given name and creation time. */
function small(pid: number, comm: string, startTicks?: number): Record<string, string> {
  return {
    [`proc/${pid}/stat`]: stat(pid, comm, startTicks),
    [`proc/${pid}/statm`]: '765 405 377 5 0 123 0\n',
  };
}

function stat(pid: number, comm: string, startTicks = 1000): string {
  const [, rest] = (recorded.tree[`proc/${recorded.expected[0]!.pid}/stat`] as string).split(') ');
  const fields = rest!.split(' ');
  fields[19] = String(startTicks);
  return `${pid} (${comm}) ${fields.join(' ')}`;
}

const BOOT = { 'proc/stat': 'cpu 1 2 3\nbtime 1700000000\n' };

describe('a host that changes meanwhile', () => {
  it('keeps creation times when the boot time that the kernel shows moves', () => {
    const root = host({ ...BOOT, ...small(7, 'orders') });
    const reader = createLinuxReader({ root });
    const before = reader.readProcesses() as ProcessReading[];
    writeFileSync(join(root, 'proc/stat'), 'cpu 1 2 3\nbtime 1700000001\n');
    expect(reader.readProcesses()).toEqual(before);
  });

  it('leaves out what vanishes between the listing and the reading', () => {
    const root = host({
      ...BOOT,
      'proc/7/status': '',
      'proc/8/stat': '',
      'proc/9/stat': '9 (cut',
      ...small(10, 'a'),
    });
    expect([...read(root, [7, 8, 9]).keys()]).toEqual([10]);
  });

  it('gives an executed program and a reused pid their own names', () => {
    const root = host({
      ...BOOT,
      ...small(7, 'long-name-first'),
      'proc/7/cmdline': '/opt/long-name-first-of-all\0',
    });
    const reader = createLinuxReader({ root });
    const name = (): string => (reader.readProcesses() as ProcessReading[])[0]!.name;
    expect(name()).toBe('long-name-first-of-all');
    layOut(root, { ...small(7, 'second') });
    expect(name()).toBe('second');
    layOut(root, {
      ...small(7, 'long-name-first', 2000),
      'proc/7/cmdline': '/opt/long-name-first-again\0',
    });
    expect(name()).toBe('long-name-first-again');
  });

  it('drops details that belong to another process with the same pid', () => {
    const root = host({ ...BOOT, ...small(7, 'a'), 'proc/7/status': 'VmHWM:\t 400 kB\n' });
    const reader = createLinuxReader({ root });
    expect((reader.readProcesses(new Set([7])) as ProcessReading[])[0]).toHaveProperty(
      'peakWorkingSetBytes',
      400 * 1024,
    );
    // Reading the descriptors is the last thing before the second look at stat: the pid changes hands there.
    const swapping = new Proxy(new Set([7]), {
      get: (set, key) =>
        key === 'has'
          ? (pid: number) => {
              writeFileSync(join(root, 'proc/7/stat'), stat(7, 'a', 2000));
              return set.has(pid);
            }
          : Reflect.get(set, key),
    });
    const [reading] = reader.readProcesses(swapping) as ProcessReading[];
    expect(reading).toMatchObject({ startedAtMs: 1_700_000_010_000 });
    expect(reading).not.toHaveProperty('peakWorkingSetBytes');
  });

  it('leaves absent what it may not read', () => {
    // A folder in place of a file fails on reading as a denied file does, for root too.
    const root = host({
      ...BOOT,
      ...small(7, 'a'),
      'proc/7/smaps_rollup/x': '',
      'proc/7/status': 'VmHWM:\t 400 kB\n',
    });
    const reading = read(root, [7]).get(7)!;
    expect(reading.peakWorkingSetBytes).toBe(400 * 1024);
    for (const field of ['privateWorkingSetBytes', 'commitBytes', 'handles'])
      expect(reading).not.toHaveProperty(field);
    expect(createLinuxReader({ root }).readHost()).toEqual({});
    expect(createLinuxReader({ root }).executablePath(7)).toBeUndefined();
    expect(createLinuxReader({ root }).memoryLimit!(7)).toBeUndefined();
  });

  it('keeps files open within a quarter of its limit, and closes those of processes that are gone', () => {
    const limits = 'Max open files            24                   4096                 files\n';
    const tree = [7, 8, 9, 10].map((pid) => small(pid, `p${pid}`));
    const root = host(Object.assign({ ...BOOT, 'proc/self/limits': limits }, ...tree));
    const open = (): number =>
      readdirSync('/proc/self/fd').filter((fd) => {
        try {
          return readlinkSync(`/proc/self/fd/${fd}`).startsWith(root);
        } catch {
          return false;
        }
      }).length;
    const reader = createLinuxReader({ root });
    const names = (): string[] => (reader.readProcesses() as ProcessReading[]).map(({ name }) => name).sort();
    expect(names()).toEqual(['p10', 'p7', 'p8', 'p9']);
    expect(open()).toBe(6);
    expect(names()).toEqual(['p10', 'p7', 'p8', 'p9']);
    for (const pid of [7, 8, 9]) rmSync(join(root, `proc/${pid}`), { recursive: true });
    expect(names()).toEqual(['p10']);
    expect(open()).toBeLessThanOrEqual(2);
    reader.close!();
    expect(open()).toBe(0);
  });

  it('names the former path of an executable that was replaced', () => {
    const root = host({ ...BOOT, 'proc/7/exe': { link: '/opt/orders (deleted)' } });
    expect(createLinuxReader({ root }).executablePath(7)).toBe('/opt/orders');
  });

  it('says so where there is no /proc', () => {
    const root = host({});
    expect(() => createLinuxReader({ root })).toThrow(
      `${join(root, 'proc/stat')} does not tell the boot time: is /proc mounted?`,
    );
  });
});

it('finds the memory limit of a process', () => {
  const root = host({
    ...BOOT,
    'proc/self/mountinfo': '41 31 0:38 / /sys/fs/cgroup rw,relatime - cgroup2 cgroup2 rw\n',
    'proc/7/cgroup': '0::/system.slice/orders.service\n',
    'sys/fs/cgroup/system.slice/orders.service/memory.max': '536870912\n',
    'sys/fs/cgroup/system.slice/memory.max': 'max\n',
  });
  expect(createLinuxReader({ root }).memoryLimit!(7)).toEqual({ name: 'cgroup', bytes: 512 * 1024 * 1024 });
});

describe.runIf(process.platform === 'linux')('this host', () => {
  it('sees itself as Node does', () => {
    const reader = createLinuxReader();
    const readings = reader.readProcesses(new Set([process.pid])) as ProcessReading[];
    const own = readings.find(({ pid }) => pid === process.pid)!;
    const { rss } = process.memoryUsage();
    expect(own.workingSetBytes! / rss).toBeGreaterThan(0.7);
    expect(own.workingSetBytes! / rss).toBeLessThan(1.3);
    expect(own.privateWorkingSetBytes).toBeGreaterThan(1 << 20);
    expect(own.privateWorkingSetBytes).toBeLessThan(own.workingSetBytes! * 1.1);
    expect(own.handles).toBeGreaterThan(3);
    expect(own.parentPid).toBe(process.ppid);
    expect(Math.abs(Date.now() - process.uptime() * 1000 - own.startedAtMs)).toBeLessThan(5000);
    expect(reader.executablePath(process.pid)).toBe(process.execPath);
    expect(basename(process.execPath).startsWith('node')).toBe(true);
  });

  it('keeps a process the same from sample to sample, and drops it when it has ended', async () => {
    const child = spawn('/bin/sleep', ['300']);
    try {
      const reader = createLinuxReader();
      const find = (): ProcessReading | undefined =>
        (reader.readProcesses() as ProcessReading[]).find(({ pid }) => pid === child.pid);
      const first = find()!;
      expect(first.name).toBe('sleep');
      expect(find()).toMatchObject({ pid: child.pid, startedAtMs: first.startedAtMs });
      const exited = new Promise((done) => child.once('exit', done));
      child.kill();
      await exited;
      expect(find()).toBeUndefined();
    } finally {
      child.kill();
    }
  });
});
