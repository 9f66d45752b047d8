import { expect, it } from 'vitest';
import { createProcessMemoryReader } from './index.js';
import { readHostFacts, readingOf } from './systeminformation.js';

const ENTRY = {
  pid: 501,
  parentPid: 1,
  name: 'orders-api',
  memRss: 2048,
  memVsz: 0,
  started: '2026-01-15 06:30:00',
};

it('translates an entry, without what is not told', () => {
  expect(readingOf(ENTRY)).toEqual({
    pid: 501,
    parentPid: 1,
    startedAtMs: new Date(2026, 0, 15, 6, 30).getTime(),
    name: 'orders-api',
    workingSetBytes: 2 * 1024 * 1024,
  });
});

it.each([
  { ...ENTRY, pid: 0 },
  { ...ENTRY, started: '' },
])('has no identity for $pid started at "$started"', (entry) => {
  expect(readingOf(entry)).toBeUndefined();
});

it('sees this process and this host', async () => {
  const reader = await createProcessMemoryReader('darwin');
  expect(reader.platform).toBe('systeminformation');
  const own = (await reader.readProcesses()).find(({ pid }) => pid === process.pid)!;
  expect(own.workingSetBytes! / process.memoryUsage.rss()).toBeGreaterThan(0.5);
  expect(Math.abs(own.startedAtMs - (Date.now() - process.uptime() * 1000))).toBeLessThan(60_000);
  const host = await reader.readHost();
  expect(host.physicalBytes).toBeGreaterThan(host.availableBytes!);
  const facts = await readHostFacts();
  expect(facts.physicalBytes).toBe(host.physicalBytes);
  expect(facts.system).not.toBe('');
  expect(facts.cpus).toBeGreaterThan(0);
});
