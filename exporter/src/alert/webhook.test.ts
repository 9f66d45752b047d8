import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { UsageError } from '../errors.js';
import { MAX_ALERTS, parseWebhook } from './webhook.js';

function body(name: string): unknown {
  return JSON.parse(readFileSync(new URL(`testdata/${name}`, import.meta.url), 'utf8'));
}

describe('parseWebhook', () => {
  it('reads what Alertmanager 0.25 sends', () => {
    expect(parseWebhook(body('alertmanager-0.25-firing.json'))).toEqual({
      unusable: 0,
      truncated: 0,
      alerts: [
        {
          fingerprint: 'fd0e96da72590db2',
          name: 'LeakSuspected',
          status: 'firing',
          startsAt: '2026-11-23T11:49:48.398Z',
          endsAt: null,
          labels: expect.objectContaining({ target: 'orders', signal: 'commit' }) as unknown,
          annotations: { summary: 'orders is leaking' },
        },
      ],
    });
  });

  it.each(['alertmanager-0.25-mixed.json', 'alertmanager-current.json'])(
    'goes by the status of each alert, not by that of the group: %s',
    (name) => {
      const { alerts } = parseWebhook(body(name));
      expect(alerts.map(({ labels, status, endsAt }) => [labels.target, status, endsAt])).toEqual([
        ['orders', 'resolved', '2026-11-23T11:49:55.000Z'],
        ['billing', 'firing', null],
      ]);
    },
  );

  it('gives a firing the same identity in every notification', () => {
    const [first] = parseWebhook(body('alertmanager-0.25-firing.json')).alerts;
    const [again] = parseWebhook(body('alertmanager-0.25-mixed.json')).alerts;
    expect([again?.fingerprint, again?.startsAt]).toEqual([first?.fingerprint, first?.startsAt]);
  });

  it('reads what Grafana sends', () => {
    const { alerts } = parseWebhook(body('grafana.json'));
    expect(alerts.map((a) => [a.name, a.labels.target, a.status, a.startsAt, a.endsAt])).toEqual([
      ['Leak suspected', 'orders', 'firing', '2021-10-12T07:51:03.157Z', null],
      ['Leak suspected', 'billing', 'resolved', '2021-10-12T07:56:03.157Z', '2021-10-12T08:16:03.157Z'],
    ]);
  });

  it.each([
    [null, 'the body must be a JSON object'],
    [[], 'the body must be a JSON object'],
    [{}, 'the body has no list "alerts"'],
    [{ alerts: 'many' }, 'the body has no list "alerts"'],
    [{ alerts: [7] }, 'no alert of the body can be read: the first is no object'],
    [{ alerts: [{ status: 'on fire' }] }, 'the first has no status'],
    [{ alerts: [{ status: 'firing', startsAt: 'today' }] }, 'the first has no startsAt'],
  ])('refuses %j with the reason', (unusable, reason) => {
    expect(() => parseWebhook(unusable)).toThrow(reason);
  });

  it('takes an empty notification', () => {
    expect(parseWebhook({ alerts: [], truncatedAlerts: 3 })).toEqual({
      alerts: [],
      unusable: 0,
      truncated: 3,
    });
  });

  it('passes over the alert that is none and keeps the rest', () => {
    const alert = { status: 'firing', labels: { alertname: 'A' }, startsAt: '2026-06-01T00:00:00Z' };
    const { alerts, unusable } = parseWebhook({ alerts: [{ status: 'firing' }, alert] });
    expect(unusable).toBe(1);
    expect(alerts).toHaveLength(1);
    expect(alerts[0]?.fingerprint).toMatch(/^[0-9a-f]{16}$/);
  });

  it('bounds what it keeps', () => {
    const startsAt = '2026-06-01T00:00:00Z';
    const many = Array.from({ length: MAX_ALERTS + 7 }, () => ({ status: 'firing', labels: {}, startsAt }));
    expect(parseWebhook({ alerts: many })).toMatchObject({ alerts: { length: MAX_ALERTS }, unusable: 7 });
    const labels = Object.fromEntries(Array.from({ length: 500 }, (_, i) => [`l${i}`, 'x'.repeat(100_000)]));
    const { alerts } = parseWebhook({
      alerts: [{ status: 'firing', labels, annotations: labels, startsAt }],
    });
    expect(JSON.stringify(alerts[0]).length).toBeLessThan(200_000);
  });

  it('keeps a label called __proto__ as a label', () => {
    const parsed: unknown = JSON.parse(
      '{"alerts":[{"status":"firing","startsAt":"2026-06-01T00:00:00Z","labels":{"__proto__":"x","constructor":"y"}}]}',
    );
    const [alert] = parseWebhook(parsed).alerts;
    expect(Object.keys(alert?.labels ?? {})).toEqual(['__proto__', 'constructor']);
    expect(alert?.name).toBe('alert');
  });

  it('answers with a webhook or a UsageError, whatever comes', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        try {
          parseWebhook({ alerts: [value], ...(typeof value === 'object' ? value : {}) });
        } catch (error) {
          expect(error).toBeInstanceOf(UsageError);
        }
      }),
    );
  });
});
