// The whole /metrics of a recorded host against one golden file, and promtool over it. To write the golden file anew:
//   UPDATE_GOLDEN=1 npx vitest run exporter/src/metrics

import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import type { ProcessReading } from '../process-memory/types.js';
import type { TargetStatus } from '../watch/types.js';
import { Exposition } from './families.js';
import { goRuntimeMetrics } from './go-runtime.js';
import { leakMetrics } from './leak.js';
import { ProcessNames, processMetrics } from './process.js';

const GOLDEN = fileURLToPath(new URL('./testdata/metrics.txt', import.meta.url));
const MiB = 2 ** 20;

const orders: TargetStatus = {
  name: 'orders-api',
  origin: 'discovery',
  health: 'up',
  pid: 4120,
  startedAtMs: 1_700_000_000_000,
  executable: 'C:\\srv\\orders-api.exe',
  go: { goVersion: 'go1.22.1', module: 'example.com/orders', moduleVersion: 'v1.4.0' },
  pprofUrl: 'http://127.0.0.1:6060/debug/pprof/',
  labels: {},
  limits: [],
  lastSample: {
    atMs: 1_700_000_600_000,
    process: {
      pid: 4120,
      startedAtMs: 1_700_000_000_000,
      name: 'orders-api.exe',
      privateWorkingSetBytes: 300 * MiB,
      workingSetBytes: 320 * MiB,
      peakWorkingSetBytes: 330 * MiB,
      commitBytes: 412 * MiB,
      peakCommitBytes: 420 * MiB,
      pagedPoolBytes: 200_000,
      nonpagedPoolBytes: 30_000,
      pageFaults: 123_456,
      hardFaults: 7,
      handles: 345,
      threads: 14,
      gdiObjects: 0,
      userObjects: 2,
      virtualBytes: 5000 * MiB,
      cpuSeconds: 12.5,
    },
    runtime: {
      source: 'expvar',
      heapAllocBytes: 200 * MiB,
      totalAllocBytes: 9000 * MiB,
      sysBytes: 380 * MiB,
      mallocs: 1_000_000,
      frees: 900_000,
      heapInuseBytes: 220 * MiB,
      nextGcBytes: 300 * MiB,
      gcCount: 42,
      gcPauseTotalSeconds: 0.05,
      gcPausesSeconds: [0.001, 0.002, 0.0005],
      gcCpuFraction: 0.01,
      lastGcAtSeconds: 1_700_000_590.5,
      goroutines: 88,
    },
    accounting: {
      totalBytes: 412 * MiB,
      clampedBytes: 0,
      parts: { live_heap: 150 * MiB, garbage: 50 * MiB, non_go: 40 * MiB },
    },
    signals: {},
  },
  verdict: {
    state: 'leaking',
    sinceSeconds: 1_700_000_100,
    channel: 'live_heap',
    pattern: 'linear',
    slopes: {
      commit: { perSecond: 2_000_000, lowerPerSecond: 1_900_000, upperPerSecond: 2_100_000 },
      live_heap: { perSecond: 1_000_000, lowerPerSecond: 950_000, upperPerSecond: 1_050_000 },
      goroutines: { perSecond: 0.5, lowerPerSecond: 0.4, upperPerSecond: 0.6 },
    },
    leaking: ['live_heap'],
    timeToLimit: { limit: 'host_commit', limitBytes: 8192 * MiB, seconds: 3_600 },
    reasons: [],
    why: 'rose',
  },
  baseline: [
    {
      signal: 'live_heap',
      normal: 60 * MiB,
      spread: 2 * MiB,
      now: 150 * MiB,
      ratio: 2.5,
      hours: 12,
      byHourOfDay: false,
    },
    { signal: 'gc_rate', normal: 0, spread: 0, now: 0.1, ratio: null, hours: 12, byHourOfDay: false },
  ],
};
const quiet: TargetStatus = {
  name: 'quiet',
  origin: 'config',
  health: 'down',
  go: {},
  labels: {},
  limits: [],
};

const others: ProcessReading[] = [
  {
    pid: 10,
    startedAtMs: 1_699_000_000_000,
    name: 'sqlservr.exe',
    privateWorkingSetBytes: 900 * MiB,
    cpuSeconds: 5,
  },
  { pid: 12, startedAtMs: 1_699_500_000_000, name: 'w3wp.exe', privateWorkingSetBytes: 100 * MiB },
  { pid: 11, startedAtMs: 1_699_400_000_000, name: 'w3wp.exe', privateWorkingSetBytes: 90 * MiB },
  { pid: 13, startedAtMs: 1_699_500_000_000, name: 'tiny "quoted"\\.exe', privateWorkingSetBytes: 1 * MiB },
];

function exposition(selection = { top: 20, include: [] as string[], exclude: [] as string[] }) {
  return new Exposition([
    processMetrics({
      targets: () => [orders, quiet],
      processes: () => [...others, orders.lastSample!.process!],
      host: () => ({
        physicalBytes: 16_384 * MiB,
        availableBytes: 5_000 * MiB,
        commitBytes: 9_000 * MiB,
        hardFaults: 99,
      }),
      selection: () => selection,
    }),
    goRuntimeMetrics(() => [orders, quiet]),
    leakMetrics(() => [orders, quiet]),
  ]);
}

describe('/metrics', () => {
  test('of a recorded host is the golden file', async () => {
    const text = await exposition().render();
    if (process.env.UPDATE_GOLDEN) writeFileSync(GOLDEN, text);
    expect(text).toBe(readFileSync(GOLDEN, 'utf8'));
  });

  test('leaves promtool check metrics silent', async () => {
    const input = await exposition().render();
    const { status, stdout, stderr, error } = spawnSync('promtool', ['check', 'metrics'], {
      input,
      encoding: 'utf8',
    });
    expect(error, 'promtool is needed: apt-get install prometheus').toBeUndefined();
    expect({ status, stdout, stderr }).toEqual({ status: 0, stdout: '', stderr: '' });
  });

  test('is the same at every scrape, also at scrapes at the same time', async () => {
    const metrics = exposition();
    const first = await metrics.render();
    expect(await Promise.all([metrics.render(), metrics.render()])).toEqual([first, first]);
    expect(await metrics.render()).toBe(first);
  });

  test('holds the top processes only, and those that are wanted', async () => {
    const names = async (selection: { top: number; include: string[]; exclude: string[] }) =>
      [
        ...(await exposition(selection).render()).matchAll(
          /^leakline_process_private_working_set_bytes\{process="([^"]*)"\}/gm,
        ),
      ].map(([, name]) => name);
    expect(await names({ top: 2, include: [], exclude: [] })).toEqual(['sqlservr', 'w3wp']);
    expect(await names({ top: 9, include: ['w3wp*'], exclude: [] })).toEqual(['w3wp-2', 'w3wp']);
    expect(await names({ top: 9, include: [], exclude: ['w3wp*', 'tiny*'] })).toEqual(['sqlservr']);
  });
});

test('a process keeps its name for as long as it is told, whatever comes and goes beside it', () => {
  const names = new ProcessNames();
  const [a, b, c] = [1, 2, 3].map((n) => ({ pid: n, startedAtMs: n, name: 'w3wp.exe' })) as ProcessReading[];
  const assign = (...processes: ProcessReading[]) => names.assign(processes, new Set()).map(([name]) => name);
  expect(assign(a!, b!)).toEqual(['w3wp', 'w3wp-2']);
  expect(assign(b!)).toEqual(['w3wp-2']);
  expect(assign(b!, c!)).toEqual(['w3wp-2', 'w3wp']);
});
