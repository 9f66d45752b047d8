import { expect, it } from 'vitest';
import { capture, incident } from './api.testing';
import { selectCaptures } from './selection';

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
const ids = (
  ...[given, told, picked = nothing]: Parameters<typeof selectCaptures> extends [infer A, infer B, infer C]
    ? [A, B, C?]
    : never
) => {
  const selection = selectCaptures(given, told, picked);
  return selection && [selection.capture.id, selection.base?.id ?? null];
};

it('takes the newest with a heap, against the newest baseline before it', () => {
  expect(ids(captures, null)).toEqual(['hand', 'baseline']);
});

it('takes the capture of an incident, against the incident’s own baseline', () => {
  const open = incident({ captures: ['alert'], baselineCapture: 'first' });
  expect(ids(captures, open)).toEqual(['alert', 'first']);
  expect(ids(captures, incident({ captures: ['alert'] }))).toEqual(['alert', 'baseline']);
});

it('lets a person’s pick go first, and never compares a capture with itself', () => {
  expect(ids(captures, incident({ captures: ['alert'] }), { capture: 'hand', base: 'alert' })).toEqual([
    'hand',
    'alert',
  ]);
  expect(ids(captures, null, { capture: 'hand', base: 'hand' })).toEqual(['hand', null]);
  expect(ids(captures, null, { capture: 'failed', base: null })).toEqual(['hand', 'baseline']);
});

it('compares with the oldest where there is no baseline, and with nothing where there is but one', () => {
  expect(ids([captures[0]!, captures[3]!], null)).toEqual(['hand', 'first']);
  expect(ids([captures[0]!], null)).toEqual(['first', null]);
  expect(ids(captures.slice(4), null)).toBeNull();
});
