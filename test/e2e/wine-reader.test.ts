// The Windows reader on a real node.exe, under Wine: its calls and layouts against GetProcessMemoryInfo, against
// Wine's own wmic and against what Linux says of the same process.

import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { startWine, type Wine, type WindowsProgram } from '../lib/wine.js';
import { readUnderWine, type WineReading } from './wine-reader.js';

let wine: Wine;
let reading: WineReading;
let idle: WindowsProgram;

/** Allocates memory that it touches, so that it stands out, and waits. */
const IDLE =
  'const held = Buffer.alloc(200 << 20, 1); console.log("ready"); setInterval(() => held[0]++, 60000)';

beforeAll(async () => {
  wine = await startWine();
  idle = wine.start(wine.node, ['-e', IDLE]);
  await vi.waitFor(() => expect(idle.output()).toContain('ready'), { timeout: 60_000 });
  reading = await readUnderWine(wine);
});
afterAll(() => wine?.close());

/** Figures of the same process at slightly different times. */
function close(actual: number | undefined, expected: number): void {
  expect(actual! / expected).toBeGreaterThan(0.85);
  expect(actual! / expected).toBeLessThan(1.15);
}

describe('the reader on node.exe', () => {
  it('is the one for Windows', () => {
    expect(reading.platform).toBe('windows');
  });

  it('sees its own process as node.exe sees itself', () => {
    const own = reading.processes.find(({ pid }) => pid === reading.pid)!;
    expect(own.name).toBe('node.exe');
    close(own.workingSetBytes, reading.rss);
    expect(own.threads).toBeGreaterThan(4);
    expect(own.handles).toBeGreaterThan(10);
    expect(Math.abs(reading.now - reading.uptimeSeconds * 1000 - own.startedAtMs)).toBeLessThan(10_000);
    expect(reading.ownPath).toBe(wine.windowsPath(wine.node));
    expect(reading.noPath).toBeNull();
  });

  it('agrees with GetProcessMemoryInfo on every process', () => {
    expect(reading.counters.length).toBeGreaterThan(4);
    for (const { pid, name, workingSetBytes, pagefileBytes } of reading.counters) {
      const process = reading.processes.find((each) => each.pid === pid)!;
      expect(process.name.toLowerCase()).toBe(name.toLowerCase());
      close(process.workingSetBytes, workingSetBytes);
      close(process.commitBytes, pagefileBytes);
    }
  });

  it('agrees with Linux on a process that holds 200 MiB', () => {
    const status = readFileSync(`/proc/${idle.child.pid}/status`, 'utf8');
    const residentBytes = Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)![1]) * 1024;
    const largest = reading.processes.reduce((a, b) => (a.workingSetBytes! > b.workingSetBytes! ? a : b));
    expect(largest.name).toBe('node.exe');
    expect(largest.pid).not.toBe(reading.pid);
    close(largest.workingSetBytes, residentBytes);
    expect(largest.commitBytes).toBeGreaterThan(200 << 20);
  });

  it('lists what wmic lists', async () => {
    const table = await wine.run('wmic', ['process', 'get', 'Name,ParentProcessId,ProcessId,ThreadCount']);
    const rows = [...table.matchAll(/^(\S+)\s+(\d+)\s+(\d+)\s+(\d+)/gm)];
    const listed = new Map(
      rows.map(([, name, parent, pid]) => [Number(pid), { name, parent: Number(parent) }]),
    );
    // What ended meanwhile is in the first list only.
    const common = reading.processes.filter(({ pid }) => listed.has(pid));
    expect(common.length).toBeGreaterThan(4);
    for (const { pid, name, parentPid } of common) {
      expect(listed.get(pid)).toEqual({ name, parent: parentPid });
    }
  });

  it('gives every process one identity that lasts', () => {
    const identity = (list: WineReading['processes']): string[] =>
      list.map(({ pid, startedAtMs }) => `${pid} ${startedAtMs}`);
    expect(new Set(identity(reading.processes)).size).toBe(reading.processes.length);
    expect(identity(reading.again)).toEqual(identity(reading.processes));
    for (const { pid } of reading.processes) expect([0, 4]).not.toContain(pid);
  });

  it('leaves absent what Wine does not tell', () => {
    const untold = [
      'privateWorkingSetBytes',
      'hardFaults',
      'pageFaults',
      'gdiObjects',
      'userObjects',
      'pagedPoolBytes',
    ];
    for (const process of reading.processes)
      for (const field of untold) expect(process).not.toHaveProperty(field);
    for (const field of ['hardFaults', 'pagedPoolBytes']) expect(reading.host).not.toHaveProperty(field);
  });

  it('reads the memory of the host', () => {
    const meminfo = readFileSync('/proc/meminfo', 'utf8');
    const line = (key: string): number =>
      Number(new RegExp(`^${key}: +(\\d+) kB$`, 'm').exec(meminfo)![1]) * 1024;
    close(reading.host.physicalBytes, line('MemTotal'));
    expect(reading.host.availableBytes).toBeLessThan(line('MemTotal'));
    expect(reading.host.commitBytes).toBeLessThan(reading.host.commitLimitBytes!);
  });
});
