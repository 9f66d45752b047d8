// A result for tests: a run that leaks, with every part set, and hostile names.

import type { VerifyResult } from './types.js';

export const LEAKING: VerifyResult = {
  version: 1,
  outcome: 'failed',
  failures: [
    {
      kind: 'heap_leak',
      message: 'the live heap grows by 812 KiB/s; example.com/shop/cache.Put holds 98 % of the growth',
      place: { function: 'example.com/shop/cache.Put', file: '/src/shop/cache/put.go', line: 31 },
    },
    { kind: 'native_leak', message: 'memory outside of Go grows <&> "fast"\n100 %, by::it\u0000self' },
  ],
  warnings: ['the load ended with code 1. Its last output:\n    boom'],
  service: { name: 'shop', command: ['./shop'], pid: 42, goVersion: 'go1.26', module: 'example.com/shop' },
  startedAt: '2026-06-01T12:00:00.000Z',
  watchedFrom: '2026-06-01T12:00:31.000Z',
  watchedTo: '2026-06-01T12:03:31.000Z',
  warmupSeconds: 30,
  watchedSeconds: 180,
  extended: false,
  readings: 61,
  operations: { count: 180_000, perSecond: 1000, source: 'hey' },
  channels: [
    {
      signal: 'live_heap',
      unit: 'bytes',
      state: 'growing',
      reason: 'grows',
      level: 50_000_000,
      perSecond: 812_000,
      lowerPerSecond: 800_000,
      upperPerSecond: 820_000,
      rise: 146_160_000,
      certainty: 40,
      failed: true,
      why: 'grows by 793 KiB/s (97 % a minute), evenly and to the end',
    },
  ],
  functions: [
    {
      function: 'example.com/shop/cache.Put',
      file: '/src/shop/cache/put.go',
      line: 31,
      growthBytes: 146_000_000,
      growthBytesPerSecond: 812_000,
      share: 0.98,
      bytesPerOperation: 812,
      sure: true,
      leaks: true,
      stack: ['example.com/shop/cache.Put /src/shop/cache/put.go:31', 'main.serve /src/shop/main.go:9'],
    },
    {
      function: 'x|`<script>`|y',
      file: '',
      line: 0,
      growthBytes: 1000,
      growthBytesPerSecond: 5,
      share: 0.01,
      sure: false,
      leaks: false,
      stack: [],
    },
  ],
  goroutines: [],
  series: { atSeconds: [0, 3], liveHeapBytes: [50_000_000, 52_436_000], goroutines: [12, null] },
};
