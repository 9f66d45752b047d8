import { expect, it } from 'vitest';
import { liveHeapOf } from './live-heap.js';

const MIB = 2 ** 20;
const AT = Array.from({ length: 20 }, (_, i) => i);
/** Garbage since the collection: now and then none. */
const garbage = (i: number) => ((i * 7) % 5) * 0.3 * MIB;

it('takes the live heap from the goal of the pacer, whatever GOGC is', () => {
  for (const factor of [1.5, 2, 3]) {
    const live = AT.map((i) => (20 + 0.1 * i) * MIB);
    const readings = live.map((bytes, i) => ({
      heapAllocBytes: bytes + garbage(i),
      nextGcBytes: bytes * factor,
    }));
    const found = liveHeapOf(AT, readings);
    for (const i of AT) expect(found[i]! / live[i]!).toBeCloseTo(1, 6);
  }
});

it.each([
  ['GOGC=off', () => 2 ** 63 - 1],
  ['a heap below the least goal', () => 4 * MIB],
  ['an unknown goal', () => undefined],
  ['a goal at GOMEMLIMIT, which falls as stacks grow', (i: number) => (100 - 0.01 * i) * MIB],
])('takes HeapAlloc with %s', (_, goal) => {
  const readings = AT.map((i) => ({ heapAllocBytes: (2 + 0.1 * i) * MIB, nextGcBytes: goal(i) }));
  expect(liveHeapOf(AT, readings)).toEqual(readings.map(({ heapAllocBytes }) => heapAllocBytes));
});
