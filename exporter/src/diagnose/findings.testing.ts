// A diagnosis with every section filled, for the tests of what shows it.

import { advise } from '../advice/index.js';
import type { SessionCapture } from '../session/index.js';
import type { Findings, LiveState } from './types.js';

export const MIB = 2 ** 20;
export const START_MS = Date.parse('2026-06-01T12:00:00Z');

const PARTS = {
  live_heap: 40 * MIB,
  garbage: 12 * MIB,
  heap_fragmentation: MIB,
  heap_idle: 4 * MIB,
  stacks: MIB,
  runtime: 5 * MIB,
  profiling_buckets: 1.4 * MIB,
  non_go: 3 * MIB,
};
const totalOf = (parts: Record<string, number>) =>
  Object.values(parts).reduce((sum, bytes) => sum + bytes, 0);
const GROWN = { ...PARTS, live_heap: 100 * MIB };

function capture(takenAtMs: number): SessionCapture {
  const profile = { kind: 'heap' as const, bytes: 48_000, sha256: 'a'.repeat(64) };
  return {
    takenAtMs,
    profiles: new Map(),
    worthRetrying: false,
    record: {
      version: 1,
      id: `${takenAtMs}`,
      target: 'orders',
      host: 'h',
      takenAt: new Date(takenAtMs).toISOString(),
      trigger: 'diagnose',
      alert: null,
      incident: null,
      baseline: false,
      state: 'complete',
      profiles: [profile],
      failures: [],
      gcForced: true,
      labels: {},
      signals: {},
    },
  };
}

/** @param name stands in every place that a foreign text can reach. */
export function findings(name = 'orders', change: Partial<Findings> = {}): Findings {
  const atMs = Array.from({ length: 60 }, (_, i) => START_MS + i * 1000);
  const first = { atMs: atMs[0]!, parts: PARTS, totalBytes: totalOf(PARTS), clampedBytes: 0 };
  const last = { atMs: atMs.at(-1)!, parts: GROWN, totalBytes: totalOf(GROWN), clampedBytes: 0 };
  const place = { function: `main.(*${name}).Put`, file: `/src/${name}/cache.go`, line: 77 };
  const growth: NonNullable<Findings['growth']> = {
    functions: [],
    blamed: [
      {
        ...place,
        growthBytes: 60 * MIB,
        growthBytesPerSecond: MIB,
        share: 0.97,
        stack: Array.from({ length: 8 }, (_, i) => `main.(*${name}).f${i} /src/${name}/cache.go:${77 + i}`),
      },
    ],
    notes: [`a note on ${name}`],
  };
  const goroutines: Findings['goroutines'] = [
    {
      count: 300,
      createdBy: { function: `main.serve${name}`, file: `/src/${name}.go`, line: 12 },
      entry: null,
      blockedAt: { function: `main.wait${name}`, file: `/src/${name}.go`, line: 30 },
      ownFrame: null,
      states: [{ state: 'chan receive', count: 300 }],
      longestWaitMinutes: 2,
      leaked: 0,
      stack: [],
      firstCount: 12,
      lastCount: 300,
      growth: 288,
      growthPerSecond: 4.8,
      share: 1,
      history: [12, 300],
    },
  ];
  const verdict: Findings['verdict'] = {
    state: 'leaking',
    sinceSeconds: START_MS / 1000,
    channel: 'live_heap',
    pattern: 'linear',
    slopes: {
      live_heap: { perSecond: MIB, lowerPerSecond: 0.95 * MIB, upperPerSecond: 1.05 * MIB },
      goroutines: { perSecond: 4.8, lowerPerSecond: 4.7, upperPerSecond: 4.9 },
    },
    leaking: ['live_heap'],
    timeToLimit: { limit: name, limitBytes: 640 * MIB, seconds: 500 },
    reasons: [],
    why: `the live heap of ${name} grows by 1 MiB/s`,
  };
  return {
    target: {
      name,
      origin: 'discovery',
      health: 'up',
      pid: 4711,
      executable: `/opt/${name}`,
      go: { goVersion: 'go1.26.4', module: `example.com/${name}`, moduleVersion: 'v1.2.3' },
      labels: {},
      limits: [],
      lastSample: {
        atMs: atMs.at(-1)!,
        signals: { live_heap: 100 * MIB, commit: last.totalBytes, goroutines: 300 },
        runtime: {
          source: 'expvar',
          heapAllocBytes: 112 * MIB,
          gcCpuFraction: 0.012,
          gcPausesSeconds: [0.000_12],
        },
      },
    },
    startedAtMs: START_MS,
    endedAtMs: START_MS + 60_000,
    verdict,
    problem: undefined,
    first,
    last,
    series: {
      atMs,
      signals: {
        commit: atMs.map((_, i) => first.totalBytes + i * MIB),
        live_heap: atMs.map((_, i) => (i % 7 === 3 ? null : (40 + i) * MIB)),
        goroutines: atMs.map((_, i) => 12 + 5 * i),
      },
      parts: {},
      gcCount: atMs.map((_, i) => 100 + i),
    },
    captures: [capture(START_MS), capture(START_MS + 60_000)],
    growth,
    goroutines,
    sources: [
      {
        function: place.function,
        file: place.file,
        firstLine: 75,
        lines: [
          `func (c *${name}) Put() {`,
          '    c.next++',
          '    c.sessions[c.next] = make([]byte, size)',
          '}',
        ],
        marked: [{ line: 77, growthBytes: 60 * MIB }],
      },
    ],
    advice: advise({ verdict, first, last, seconds: 60, growth, goroutines, platform: 'linux', pid: 4711 }),
    notes: [{ atMs: START_MS, text: `no source of ${name}` }],
    load: `hey -z 30s http://127.0.0.1/${name}`,
    ...change,
  };
}

/** What the live view shows of these findings half-way. */
export function liveState(from: Findings, change: Partial<LiveState> = {}): LiveState {
  return {
    status: from.target,
    problem: from.problem,
    phase: 'watching',
    elapsedMs: 30_000,
    durationMs: 180_000,
    verdict: from.verdict,
    waiting: { text: '11 more garbage collections until the heap can be judged', done: 1 / 12 },
    first: from.first,
    last: from.last,
    series: from.series,
    forcedLiveHeapBytes: [40, 55, 70, 85, 100].map((mib) => mib * MIB),
    collections: { since: 59, perMinute: 118, forced: 5 },
    captures: from.captures.map(({ takenAtMs }) => ({ takenAtMs, heapBytes: 48_000, failure: undefined })),
    load: from.load,
    ...change,
  };
}
