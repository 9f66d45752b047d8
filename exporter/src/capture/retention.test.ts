import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { incidentOf, recordOf } from './records.testing.js';
import { planRetention, type RetentionLimits } from './retention.js';
import { sizeOf } from './record.js';

const DAY_MS = 86_400_000;
const NOW_MS = Date.parse('2026-06-30T00:00:00Z');
const LIMITS: RetentionLimits = {
  maxAgeMs: 30 * DAY_MS,
  maxPerTarget: 100,
  maxBytesPerTarget: 1e6,
  maxBytes: 1e7,
  keepBaselines: 2,
};

function taken(daysAgo: number): string {
  return new Date(NOW_MS - daysAgo * DAY_MS).toISOString();
}

describe('planRetention', () => {
  it('deletes what is past its age, but neither the last baselines nor what an open incident holds', () => {
    const captures = [
      recordOf({ id: 'oldmanual', takenAt: taken(40) }),
      recordOf({ id: 'newmanual', takenAt: taken(3) }),
      recordOf({ id: 'oldbaseline', takenAt: taken(50), baseline: true, trigger: 'baseline' }),
      recordOf({ id: 'openincident', takenAt: taken(60) }),
      recordOf({ id: 'closedincident', takenAt: taken(60) }),
    ];
    const incidents = [
      incidentOf({ id: 'aaaaaaaa', state: 'open', captures: ['openincident'] }),
      incidentOf({ id: 'bbbbbbbb', state: 'resolved', closedAt: taken(59), captures: ['closedincident'] }),
    ];
    const plan = planRetention(captures, incidents, LIMITS, NOW_MS);
    expect(plan.captures.sort()).toEqual(['closedincident', 'oldmanual']);
    expect(plan.incidents).toEqual(['bbbbbbbb']);
  });

  it('counts by target: the oldest ordinary ones go first, the baseline last', () => {
    const captures = [5, 4, 3, 2, 1].map((day) => recordOf({ id: `capture${day}x`, takenAt: taken(day) }));
    captures.push(recordOf({ id: 'baseline', takenAt: taken(9), baseline: true, trigger: 'baseline' }));
    captures.push(recordOf({ id: 'othertarget', target: 'other', takenAt: taken(20) }));
    const plan = planRetention(captures, [], { ...LIMITS, maxPerTarget: 3 }, NOW_MS);
    expect(plan.captures.sort()).toEqual(['capture3x', 'capture4x', 'capture5x']);
  });

  it('counts bytes by target and in all', () => {
    const big = (id: string, target: string, day: number) =>
      recordOf({ id, target, takenAt: taken(day), bytes: 400_000 });
    const captures = [
      big('orders10', 'orders', 3),
      big('orders20', 'orders', 2),
      big('orders30', 'orders', 1),
      big('billing10', 'billing', 5),
    ];
    expect(planRetention(captures, [], LIMITS, NOW_MS).captures).toEqual(['orders10']);
    expect(planRetention(captures, [], { ...LIMITS, maxBytes: 800_000 }, NOW_MS).captures.sort()).toEqual([
      'billing10',
      'orders10',
    ]);
  });

  it('treats two hosts with one target name as two targets', () => {
    const captures = [1, 2].flatMap((day) => [
      recordOf({ id: `hosta${day}xx`, host: 'a', takenAt: taken(day) }),
      recordOf({ id: `hostb${day}xx`, host: 'b', takenAt: taken(day) }),
    ]);
    expect(planRetention(captures, [], { ...LIMITS, maxPerTarget: 2 }, NOW_MS).captures).toEqual([]);
  });

  it('never keeps more than the limits allow, and never deletes a baseline while an ordinary one is left', () => {
    const capture = fc.record({
      target: fc.constantFrom('a', 'b', 'c'),
      day: fc.integer({ min: 0, max: 60 }),
      bytes: fc.integer({ min: 1, max: 600_000 }),
      baseline: fc.boolean(),
    });
    fc.assert(
      fc.property(
        fc.array(capture, { maxLength: 40 }),
        fc.integer({ min: 1, max: 8 }),
        (list, maxPerTarget) => {
          const captures = list.map(({ day, ...rest }, index) =>
            recordOf({ ...rest, id: `capture${String(index).padStart(3, '0')}`, takenAt: taken(day) }),
          );
          const limits = { ...LIMITS, maxPerTarget };
          const deleted = new Set(planRetention(captures, [], limits, NOW_MS).captures);
          const kept = captures.filter(({ id }) => !deleted.has(id));
          expect(kept.reduce((sum, c) => sum + sizeOf(c), 0)).toBeLessThanOrEqual(limits.maxBytes);
          for (const target of ['a', 'b', 'c']) {
            const ofTarget = kept.filter((c) => c.target === target);
            expect(ofTarget.length).toBeLessThanOrEqual(maxPerTarget);
            expect(ofTarget.reduce((sum, c) => sum + sizeOf(c), 0)).toBeLessThanOrEqual(
              limits.maxBytesPerTarget,
            );
            const lastBaseline = captures
              .filter((c) => c.target === target && c.baseline)
              .sort((a, b) =>
                a.takenAt < b.takenAt || (a.takenAt === b.takenAt && a.id < b.id) ? 1 : -1,
              )[0];
            if (lastBaseline && ofTarget.some((c) => !c.baseline))
              expect(deleted.has(lastBaseline.id)).toBe(false);
          }
        },
      ),
    );
  });

  it('keeps the last few baselines of each build, and the one that an open incident compares with', () => {
    const captures = [1, 2, 3, 4, 5].map((day) =>
      recordOf({ id: `build1day${day}`, takenAt: taken(day), baseline: true, moduleVersion: 'v1' }),
    );
    captures.push(recordOf({ id: 'build2day9', takenAt: taken(9), baseline: true, moduleVersion: 'v2' }));
    const open = incidentOf({ baselineCapture: 'build1day4' });
    expect(planRetention(captures, [open], LIMITS, NOW_MS).captures).toEqual(['build1day3', 'build1day5']);
  });
});
