import { describe, expect, it } from 'vitest';
import { judgeRun, leakOfFunctions, type JudgeInput, type Reading } from './judge.js';
import type { FunctionResult, OperationsResult } from './types.js';

const MIB = 2 ** 20;
/** The same every time, about one unit. */
const noise = (i: number) => 2 * (((i * 0.618034) % 1) + ((i * i * 0.414214) % 1) - 1);

function readings(seconds: number, mib: (at: number) => number, noiseMib = 0.05): Reading[] {
  return Array.from({ length: seconds / 3 + 1 }, (_, i) => ({
    atSeconds: 3 * i,
    heapAllocBytes: (mib(3 * i) + noiseMib * noise(i)) * MIB,
  }));
}

const PUT: FunctionResult = {
  function: 'cache.Put',
  file: '/src/put.go',
  line: 31,
  growthBytes: 3 * MIB,
  growthBytesPerSecond: MIB / 60,
  lowerBytesPerSecond: (0.9 * MIB) / 60,
  share: 1,
  sure: true,
  leaks: true,
  stack: [],
};

const judge = (more: Partial<JudgeInput> & Pick<JudgeInput, 'readings'>) =>
  judgeRun({ windowSeconds: 180, growth: { functions: [], goroutines: [] }, limits: {}, ...more });

describe('a watch that went on beyond its window', () => {
  // What the first window leaves open: a leak, or something that fills with a time constant of that window.
  const growsOn = (at: number) => 50 + at / 60;
  const fills = (at: number) => 50 + 4.5 * (1 - Math.exp(-at / 180));

  it('fails where the last window grows as the first one did', () => {
    expect(judge({ readings: readings(360, growsOn) }).failures).toHaveLength(1);
  });
  it('passes where it has slowed down', () => {
    const judged = judge({ readings: readings(360, fills) });
    expect([judged.failures, judged.channels[0]!.state]).toEqual([[], 'undecided']);
  });
  it('passes where growth has ended', () => {
    const judged = judge({ readings: readings(360, (at) => 50 + Math.min(at, 180) / 60) });
    expect([judged.failures, judged.isUndecided]).toEqual([[], false]);
  });
});

describe('a heap that is too noisy to be judged alone', () => {
  const noisy = readings(180, (at) => 50 + at / 60, 4);
  const operations: OperationsResult = { count: 18_000, perSecond: 100, source: 'hey' };
  const growth = { functions: [PUT], goroutines: [] };

  it('is undecided or steady without a function that leaks', () => {
    expect(judge({ readings: noisy }).failures).toEqual([]);
    expect(
      judge({ readings: noisy, growth: { ...growth, functions: [{ ...PUT, leaks: false }] } }).failures,
    ).toEqual([]);
  });
  it('fails by what the function holds more, a second and an operation', () => {
    const { failures, channels } = judge({
      readings: noisy,
      growth,
      operations,
      limits: { bytesPerOperation: 64 },
    });
    expect(failures.map(({ kind }) => kind)).toEqual(['heap_leak', 'bytes_per_operation']);
    expect(failures[1]!.message).toBe('175 B/operation stay in the heap; 64 B/operation are allowed');
    expect(failures[1]!.place).toEqual({ function: 'cache.Put', file: '/src/put.go', line: 31 });
    expect(channels[0]!.lowerPerSecond).toBe(PUT.lowerBytesPerSecond);
  });
  it('passes an operation that leaves less than is allowed', () => {
    const { failures } = judge({ readings: noisy, growth, operations, limits: { bytesPerOperation: 200 } });
    expect(failures.map(({ kind }) => kind)).toEqual(['heap_leak']);
  });
});

describe('leakOfFunctions', () => {
  const heap = {
    state: 'undecided',
    reason: 'may_level_off',
    level: 50 * MIB,
    perSecond: MIB / 60,
    upperPerSecond: (2 * MIB) / 60,
  } as const;
  it.each([
    ['settles what may level off', heap, PUT, true],
    ['that is a small part of the growth does not', { ...heap, perSecond: (1.8 * MIB) / 60 }, PUT, false],
    ['that grows by more than the heap can have', { ...heap, upperPerSecond: MIB / 120 }, PUT, false],
    ['that grows and does not leak', heap, { ...PUT, leaks: false }, false],
    ['beside a heap that slows down', { ...heap, reason: 'slows_down' }, PUT, false],
    ['beside a heap that follows the load', { ...heap, reason: 'follows_load' }, PUT, false],
  ] as const)('a function %s', (_, channel, each, isLeak) => {
    expect(leakOfFunctions(channel, [each]) !== undefined).toBe(isLeak);
  });
});
