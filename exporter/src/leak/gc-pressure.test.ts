import { describe, expect, test } from 'vitest';
import { LeakDetector } from './detector.js';
import { emptySample } from './series.js';
import type { LeakSample } from './types.js';

const MIB = 2 ** 20;
const START = 1_700_000_000;

/** What a collector does for a while. */
interface Phase {
  minutes: number;
  liveMib: number;
  /** Goal of the next collection. */
  goalMib: number;
  collectionsPerSecond: number;
  /** Share of the CPU that they take now. */
  cpu: number;
}

const CALM: Phase = { minutes: 15, liveMib: 60, goalMib: 120, collectionsPerSecond: 0.2, cpu: 0.01 };
const THRASH: Phase = { minutes: 6, liveMib: 246, goalMib: 250, collectionsPerSecond: 8, cpu: 0.3 };

interface Options {
  gogcPercent?: number | null;
  tellsCpu?: boolean;
  at?: (detector: LeakDetector) => LeakDetector;
}

/** Pushes the phases one after the other, a sample each 5 s; the minutes at which the verdict changed. */
function run(phases: Phase[], { gogcPercent = null, tellsCpu = true, at = (same) => same }: Options = {}) {
  let detector = new LeakDetector({ mode: 'service', gogcPercent });
  const changes: number[] = [];
  let age = 0;
  let collections = 0;
  let cpuSeconds = 0;
  for (const phase of phases) {
    const end = age + phase.minutes * 60;
    for (; age < end; age += 5) {
      collections += 5 * phase.collectionsPerSecond;
      cpuSeconds += 5 * phase.cpu;
      const part = (age * 0.37) % 1;
      const sample: LeakSample = {
        ...emptySample(),
        atSeconds: START + age,
        startedAtSeconds: START,
        commitBytes: 300 * MIB,
        heapAllocBytes: (phase.liveMib + part * (phase.goalMib - phase.liveMib)) * MIB,
        nextGcBytes: phase.goalMib * MIB,
        gcCount: Math.floor(collections),
        gcCpuFraction: tellsCpu ? cpuSeconds / Math.max(1, age + 5) : null,
      };
      const before = detector.leaking;
      detector.push(sample);
      if (detector.leaking !== before) changes.push(Math.round((10 * age) / 60) / 10);
      detector = at(detector);
    }
  }
  return { verdict: detector.verdict(), changes };
}

describe('pressure on the collector', () => {
  test('is told within three minutes, with its numbers, and ends', () => {
    const { verdict, changes } = run([CALM, THRASH]);
    expect(changes).toHaveLength(1);
    expect(changes[0]).toBeLessThan(18);
    expect(verdict).toMatchObject({
      state: 'leaking',
      channel: 'gc_pressure',
      leaking: ['gc_pressure'],
      pattern: 'gc_pressure',
    });
    expect(verdict.sinceSeconds! - START).toBeGreaterThanOrEqual(14.5 * 60);
    expect(verdict.sinceSeconds! - START).toBeLessThanOrEqual(16 * 60);
    expect(verdict.why).toMatch(
      /runs 8 times a second \(normal: 0\.[23]\d* times a second\) and takes 30 % of the CPU; its goal of 250 MiB leaves .* % of room/,
    );
    const ended = run([CALM, THRASH, CALM]);
    expect(ended.changes).toHaveLength(2);
    expect(ended.verdict.leaking).toEqual([]);
  });

  test('of an old process is not hidden in the mean since its start', () => {
    const { changes } = run([{ ...CALM, minutes: 48 * 60 }, THRASH]);
    expect(changes).toHaveLength(1);
    expect(changes[0]! - 48 * 60).toBeLessThan(3);
  });

  test.each<[string, Phase[], Options?]>([
    ['a heap far below its limit', [CALM, { ...THRASH, liveMib: 120 }]],
    ['a load that collects often, always', [{ ...THRASH, liveMib: 60, goalMib: 120, minutes: 60 }]],
    ['a low GOGC', [{ ...THRASH, goalMib: 270, minutes: 60 }], { gogcPercent: 10 }],
    ['a low GOGC that nobody tells', [{ ...THRASH, goalMib: 270, minutes: 60 }]],
    ['a minute of it', [CALM, { ...THRASH, minutes: 1 }, CALM]],
    ['a limit at which little is collected', [CALM, { ...THRASH, collectionsPerSecond: 0.1, cpu: 0.01 }]],
  ])('is not seen in %s', (_, phases, options) => {
    expect(run(phases, options).changes).toEqual([]);
  });

  test('is seen with GOGC=off, where no collection came before the limit', () => {
    const free: Phase = { minutes: 15, liveMib: 100, goalMib: 250, collectionsPerSecond: 0, cpu: 0 };
    expect(run([free, THRASH], { gogcPercent: -1 }).changes).toHaveLength(1);
  });

  test('is seen by the rate alone where the CPU time is not told', () => {
    expect(run([CALM, THRASH], { tellsCpu: false }).changes).toHaveLength(1);
  });

  test('outlives a restart of the exporter at any time', () => {
    const at = (detector: LeakDetector) =>
      LeakDetector.restore({ mode: 'service' }, JSON.parse(JSON.stringify(detector.snapshot())));
    expect(run([{ ...CALM, minutes: 4 }, THRASH], { at })).toEqual(run([{ ...CALM, minutes: 4 }, THRASH]));
  });
});
