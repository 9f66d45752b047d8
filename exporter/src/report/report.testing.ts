// A model of a report with every section filled, for the tests.

import type { ReportModel } from './model.js';

const MIB = 2 ** 20;
const START_MS = Date.parse('2026-06-01T12:00:00Z');

/** @param name stands in every place that a foreign text can reach. */
export function reportModel(name = 'orders'): ReportModel {
  const atMs = Array.from({ length: 40 }, (_, i) => START_MS + i * 15_000);
  const live = atMs.map((_, i) => (i === 5 ? null : (50 + i * 10) * MIB));
  const functionGrowth = {
    function: `main.(*${name}).Put`,
    file: `/src/${name}.go`,
    line: 77,
    firstBytes: 4 * MIB,
    lastBytes: 300 * MIB,
    growthBytes: 296 * MIB,
    growthBytesPerSecond: 0.5 * MIB,
    share: 0.97,
  };
  return {
    title: `${name} leaks 512 KiB/s`,
    summary: `${name} grows.`,
    generatedAt: '2026-06-01T12:10:00Z',
    generator: 'leakline 0.0.0',
    target: {
      name,
      host: name,
      pid: 42,
      startedAt: '2026-06-01T11:00:00Z',
      executable: `/opt/${name}`,
      goVersion: 'go1.26',
      module: `example.com/${name}`,
      moduleVersion: 'v1.2.3',
      labels: { team: name },
      facts: [{ name: 'Incident', value: name }],
    },
    events: [{ at: '2026-06-01T12:02:00Z', kind: 'alert', text: `${name} fires` }],
    verdict: {
      state: 'leaking',
      since: '2026-06-01T12:00:30Z',
      channel: 'live_heap',
      pattern: 'linear',
      slopes: { live_heap: { perSecond: 0.5 * MIB, lowerPerSecond: 0.4 * MIB, upperPerSecond: 0.6 * MIB } },
      leaking: ['live_heap'],
      timeToLimit: { limit: name, limitBytes: 640 * MIB, seconds: 400 },
      why: `${name} grew`,
    },
    trend: {
      atMs,
      series: [
        { signal: 'live_heap', values: live },
        { signal: 'goroutines', values: atMs.map(() => 12) },
      ],
      fit: {
        signal: 'live_heap',
        fromMs: START_MS,
        fromValue: 50 * MIB,
        toMs: START_MS + 600_000,
        toValue: 450 * MIB,
      },
      marks: [{ atMs: START_MS + 120_000, kind: 'alert', text: name }],
      limits: [{ name, bytes: 640 * MIB }],
    },
    accounting: {
      first: {
        at: '2026-06-01T12:00:00Z',
        totalBytes: 80 * MIB,
        clampedBytes: 0,
        parts: { live_heap: 50 * MIB, non_go: 30 * MIB },
      },
      last: {
        at: '2026-06-01T12:10:00Z',
        totalBytes: 480 * MIB,
        clampedBytes: 0,
        parts: { live_heap: 440 * MIB, non_go: 40 * MIB },
        note: name,
      },
    },
    baseline: [{ signal: name, unit: 'bytes', normal: MIB, spread: 1024, now: 2 * MIB, ratio: 2 }],
    growth: {
      functions: [functionGrowth],
      blamed: [{ ...functionGrowth, stack: [`main.(*${name}).Put /src/${name}.go:77`] }],
      unit: 'bytes',
      sampleType: 'inuse_space',
      captures: [
        { id: 'a', takenAt: '2026-06-01T12:00:00Z', totalBytes: 4 * MIB },
        { id: 'b', takenAt: '2026-06-01T12:10:00Z', totalBytes: 300 * MIB },
      ],
      notes: [name],
    },
    goroutines: {
      firstCount: 10,
      lastCount: 12,
      groups: [
        { createdBy: `main.${name}`, blockedAt: name, state: name, lastCount: 2, leaked: 1, stack: [name] },
      ],
    },
    callGraph: {
      dot: `digraph "g" {\nN1 [label=${JSON.stringify(name.replace(/[^\p{L}\p{N}]/gu, '_'))}]\n}`,
      caption: name,
    },
    sources: [
      {
        function: name,
        file: name,
        firstLine: 77,
        lines: [`\tput(${name})`],
        marked: [{ line: 77, growthBytes: MIB }],
      },
    ],
    advice: [{ title: name, text: name }],
    reproduce: [{ text: name, command: `echo ${name}` }],
    missing: [name],
  };
}
