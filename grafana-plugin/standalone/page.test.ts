import { expect, it } from 'vitest';
import type { ApiSamples } from 'leakline/api';
import { curveOf } from './MemorySparkline';
import { fittingSpan } from './TargetView';
import { incidentHref, routeOfHash, targetHref } from './use-route';

it.each([
  ['', null, null],
  ['#/', null, null],
  ['#/target/orders-api', 'orders-api', null],
  ['#/target/a%2Fb', 'a/b', null],
  ['#/target/x/incident/i1', 'x', 'i1'],
  ['#/target/%E0%A4%A', null, null],
  ['#/elsewhere', null, null],
])('the address %s leads to target %s, incident %s', (hash, target, incident) => {
  expect(routeOfHash(hash)).toEqual({ target, incident });
});

it('links lead back to what they were made of', () => {
  expect(routeOfHash(targetHref('a/b?#'))).toEqual({ target: 'a/b?#', incident: null });
  expect(routeOfHash(incidentHref('a b', 'i/1'))).toEqual({ target: 'a b', incident: 'i/1' });
});

const MINUTE_MS = 60_000;
function samples(atMs: number[], signals: ApiSamples['signals'] = {}): ApiSamples {
  return { target: 'x', atMs, signals, parts: {}, gcCount: [] };
}

it.each([
  // A young target fills the chart; an old one and one without samples keep the range; never less than a minute.
  [[10, 15], 9.9],
  [[0, 15], 0],
  [[], 0],
  [[14.9, 15], 14],
])('samples at minutes %j fit a chart from minute %d', (minutes, fromMinute) => {
  const span = { fromMs: 0, toMs: 15 * MINUTE_MS };
  const fitting = fittingSpan(span, samples(minutes.map((minute) => minute * MINUTE_MS)));
  expect(fitting).toEqual({ fromMs: fromMinute * MINUTE_MS, toMs: span.toMs });
});

it('the curve of a row is of the live heap from zero, and none without two samples', () => {
  const curve = curveOf(samples([0, 1000, 2000], { live_heap: [50, null, 100], commit: [7, 7, 7] }));
  expect(curve).toMatchObject({ first: 50, last: 100, line: 'M2.0 14.0L130.0 2.0' });
  expect(curveOf(samples([0, 1], { commit: [5, 6] }))).toMatchObject({ first: 5, last: 6 });
  expect(curveOf(samples([0], { commit: [5] }))).toBeNull();
  expect(curveOf(samples([0, 1]))).toBeNull();
});
