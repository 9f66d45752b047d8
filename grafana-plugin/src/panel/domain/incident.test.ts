import { expect, it } from 'vitest';
import { capture, incident } from './api.testing';
import { incidentEvents } from './incident';

const at = (minute: number): string => `2026-03-01T14:${String(minute).padStart(2, '0')}:00Z`;

it('tells an incident in the order in which it happened', () => {
  const events = incidentEvents(
    incident({
      state: 'resolved',
      openedAt: at(10),
      closedAt: at(40),
      alerts: [
        {
          fingerprint: 'f',
          name: 'LeaklineLeakSuspected',
          status: 'resolved',
          startsAt: at(10),
          endsAt: at(39),
          labels: {},
          annotations: { summary: 'orders-api leaks' },
        },
      ],
      verdicts: [{ at: at(12), state: 'leaking', slopePerSecond: 1000, why: 'it rose' }],
      captures: ['c1', 'lost', 'c2'],
    }),
    [
      capture('c2', at(20), {
        state: 'failed',
        failures: [{ kind: 'heap', code: 'x', message: 'timed out' }],
      }),
      capture('c1', at(11), { trigger: 'alert' }),
    ],
  );
  expect(events.map(({ kind }) => kind)).toEqual([
    'opened',
    'firing',
    'capture',
    'verdict',
    'capture',
    'resolved',
    'closed',
  ]);
  expect(events[1]).toMatchObject({ alert: 'LeaklineLeakSuspected', text: 'orders-api leaks' });
  expect(events[4]).toMatchObject({ id: 'c2', failure: 'heap: timed out' });
  expect(new Set(events.map(({ key }) => key)).size).toBe(events.length);
});

it('leaves out times that are none, and says that a process exited', () => {
  const events = incidentEvents(
    incident({ openedAt: 'yesterday', state: 'ended_by_exit', closedAt: at(5) }),
    [],
  );
  expect(events).toEqual([{ atMs: Date.parse(at(5)), key: 'closed', kind: 'closed', exited: true }]);
});
