import { expect, it } from 'vitest';
import { capture, incident } from './api.testing';
import { occasionOf, pendingCaptures, selectCaptures } from './selection';

const at = (minute: number): string => new Date(Date.UTC(2026, 2, 1, 14, minute)).toISOString();
const nothing = { capture: null, base: null };
const captures = [
  capture('first', at(0)),
  capture('baseline', at(5), { baseline: true, trigger: 'baseline' }),
  capture('alert', at(10), { trigger: 'alert' }),
  capture('hand', at(20)),
  capture('failed', at(30), { state: 'failed', kinds: [] }),
  capture('pending', at(31), { state: 'pending', kinds: [] }),
  capture('goroutines', at(32), { kinds: ['goroutine'] }),
];
const firing = (startsAt: string, status: 'firing' | 'resolved' = 'firing') => ({
  fingerprint: 'f1',
  name: 'LeaklineLeakSuspected',
  status,
  startsAt,
  endsAt: null,
  labels: {},
  annotations: {},
});

it.each([
  [
    'the newest with a heap, against the newest baseline before it',
    captures,
    null,
    nothing,
    'hand',
    'baseline',
  ],
  ['with no baseline, against the oldest', [captures[0]!, captures[3]!], null, nothing, 'hand', 'first'],
  ['with but one, against nothing', [captures[0]!], null, nothing, 'first', null],
  [
    'the capture of the alert, though a newer one was taken by hand',
    captures,
    incident({ captures: ['alert'], baselineCapture: 'first' }),
    nothing,
    'alert',
    'first',
  ],
  [
    'against a baseline of its own where the incident tells none',
    captures,
    incident({ captures: ['alert'] }),
    nothing,
    'alert',
    'baseline',
  ],
  [
    'the newest of the incident: the follow-up shows more than the alert',
    captures,
    incident({ captures: ['alert', 'hand'], baselineCapture: 'baseline' }),
    nothing,
    'hand',
    'baseline',
  ],
  [
    'the capture that tells its incident before the incident tells it',
    [...captures, capture('told', at(15), { trigger: 'alert', incident: 'i1' })],
    incident({ captures: [], baselineCapture: 'first' }),
    nothing,
    'told',
    'first',
  ],
  [
    'until the capture of the alert is there, the newest',
    captures,
    incident({ captures: ['pending', 'failed'], baselineCapture: 'baseline' }),
    nothing,
    'hand',
    'baseline',
  ],
  [
    'the next best base where retention has taken the baseline',
    captures,
    incident({ captures: ['alert'], baselineCapture: 'gone' }),
    nothing,
    'alert',
    'baseline',
  ],
  [
    'a person’s pick first',
    captures,
    incident({ captures: ['alert'] }),
    { capture: 'hand', base: 'alert' },
    'hand',
    'alert',
  ],
  [
    'a picked capture from before the baseline of the incident, against what was before it',
    captures,
    incident({ captures: ['alert'], baselineCapture: 'alert' }),
    { capture: 'baseline', base: null },
    'baseline',
    'first',
  ],
  ['never a capture with itself', captures, null, { capture: 'hand', base: 'hand' }, 'hand', null],
  ['what cannot be picked, not', captures, null, { capture: 'failed', base: null }, 'hand', 'baseline'],
] as const)('selects %s', (_, given, told, picked, capture, base) => {
  const selection = selectCaptures(given, told, picked);
  expect([selection?.capture.id, selection?.base?.id ?? null]).toEqual([capture, base]);
});

it('selects nothing where nothing is there', () => {
  expect(selectCaptures(captures.slice(4), incident({ captures: ['failed'] }), nothing)).toBeNull();
});

it.each([
  ['no incident', null, null],
  ['one that is over', incident({ state: 'resolved', alerts: [firing(at(1))] }), null],
  ['one of the verdict', incident({ openedBy: 'verdict' }), 'i1 '],
  ['its alert', incident({ alerts: [firing(at(1))] }), `i1 ${at(1)} f1`],
  ['a second alert', incident({ alerts: [firing(at(3)), firing(at(1))] }), `i1 ${at(3)} f1`],
  ['an alert that ended', incident({ alerts: [firing(at(3), 'resolved'), firing(at(1))] }), `i1 ${at(1)} f1`],
] as const)('an occasion to look again: %s', (_, told, occasion) => {
  expect(occasionOf(told)).toBe(occasion);
});

it('what is under way comes before what waits for its time', () => {
  const waits = (reason: 'time' | 'running' | 'gc_interval') => ({
    state: 'pending' as const,
    kinds: [],
    waiting: { reason, message: '' },
  });
  const given = [
    capture('follow-up', at(1), waits('time')),
    capture('done', at(2)),
    capture('later', at(4), waits('gc_interval')),
    capture('now', at(3), waits('running')),
  ];
  expect(pendingCaptures(given).map(({ id }) => id)).toEqual(['now', 'later', 'follow-up']);
});
