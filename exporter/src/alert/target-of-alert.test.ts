import { expect, it } from 'vitest';
import { targetOfAlert, type KnownTargets } from './target-of-alert.js';

const LABELS = new Map<string, Record<string, string>>([
  ['orders', { service: 'shop-orders', zone: 'eu' }],
  ['billing', { service: 'shop-billing', zone: 'eu' }],
]);
const TARGETS: KnownTargets = {
  has: (name) => LABELS.has(name),
  withLabel: (label, value) => [...LABELS].flatMap(([name, of]) => (of[label] === value ? [name] : [])),
};

it.each([
  ['its name in the label target', { target: 'orders' }, [], 'orders'],
  ['an unknown name, whatever else fits', { target: 'gone', service: 'shop-orders' }, ['service'], undefined],
  ['a configured label that holds a name', { job: 'billing' }, ['job'], 'billing'],
  ['a configured label that a target has too', { service: 'shop-billing' }, ['job', 'service'], 'billing'],
  ['a label that fits two targets', { zone: 'eu' }, ['zone'], undefined],
  ['a label that is not configured', { service: 'shop-orders' }, [], undefined],
  ['the address of an exporter', { instance: '127.0.0.1:9464' }, ['job'], undefined],
])('maps by %s', (_, labels, alertLabels, expected) => {
  expect(targetOfAlert(labels, TARGETS, alertLabels)).toBe(expected);
});
