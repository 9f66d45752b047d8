import fc from 'fast-check';
import { expect, it } from 'vitest';
import { CaptureIndex, newestFirst } from './index-of-captures.js';
import { recordOf } from '../records.testing.js';

/** Added in any order, some of them deleted again, some added again with another time; read now and then. */
const steps = fc.array(
  fc.record({
    id: fc.integer({ min: 0, max: 8 }).map((n) => `capture${n}`),
    target: fc.constantFrom('orders', 'billing'),
    minute: fc.integer({ min: 10, max: 59 }),
    does: fc.constantFrom('add', 'delete', 'read'),
  }),
);

it('is in the order of time, in all and by target, however captures come and go', () => {
  fc.assert(
    fc.property(steps, (all) => {
      const index = new CaptureIndex();
      const kept = new Map<string, ReturnType<typeof recordOf>>();
      for (const { id, target, minute, does } of all) {
        if (does === 'read') index.newestFirst();
        if (does === 'delete') {
          index.delete(id);
          kept.delete(id);
        }
        if (does === 'add') {
          const record = recordOf({ id, target, takenAt: `2026-06-01T12:${minute}:00.000Z` });
          index.add(record);
          kept.set(id, record);
        }
      }
      const expected = [...kept.values()].sort(newestFirst);
      expect(index.newestFirst()).toEqual(expected);
      const orders = expected.filter(({ target }) => target === 'orders');
      expect(index.newestFirstOf('orders')).toEqual(orders);
      expect(index.newestFirstOf('nobody')).toEqual([]);
    }),
  );
});
