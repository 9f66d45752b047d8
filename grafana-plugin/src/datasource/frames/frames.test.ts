import type { DataFrame } from '@grafana/data';
import { describe, expect, it } from 'vitest';
import type { ApiGrowth } from 'leakline/api';
import { capture, incident, target } from '../../panel/domain/api.testing';
import {
  alertsFrame,
  capturesFrame,
  flamegraphFrame,
  goroutinesFrame,
  growthFrame,
  growthOverTimeFrame,
  incidentsFrame,
  topFrame,
} from './capture-frames';
import { FIELD_TYPE } from './field-type';
import { leadingSignal, targetsFrame, worstFirst } from './target-frames';

/** Field name → values. */
function columns(frame: DataFrame): Record<string, unknown[]> {
  return Object.fromEntries(frame.fields.map((field) => [field.name, field.values]));
}

const slope = (perSecond: number) => ({
  perSecond,
  lowerPerSecond: perSecond - 1,
  upperPerSecond: perSecond + 1,
});
const verdict = {
  since: '2026-03-01T14:02:00Z',
  channel: 'live_heap' as const,
  pattern: 'linear' as const,
  leaking: [],
  timeToLimit: { limit: 'config', limitBytes: 1, seconds: 60 },
  why: 'it rose',
};

describe('targets', () => {
  const leaking = target({
    name: 'b',
    verdict: { ...verdict, state: 'leaking', slopes: { live_heap: slope(5) } },
  });
  const faster = target({
    name: 'c',
    verdict: { ...verdict, state: 'leaking', slopes: { live_heap: slope(9) } },
  });
  const healthy = target({ name: 'a', verdict: { ...verdict, state: 'healthy', slopes: {} } });
  const down = target({ name: 'd', health: 'down', problem: 'connection refused', signals: {} });

  it('stand worst first, the fastest before the slower', () => {
    expect(worstFirst([down, healthy, leaking, faster]).map(({ name }) => name)).toEqual([
      'c',
      'b',
      'a',
      'd',
    ]);
  });

  it('tell what is known, and null for what is not', () => {
    const frame = targetsFrame([down, leaking], 'A');
    expect(frame).toMatchObject({ name: 'verdicts', refId: 'A', length: 2 });
    expect(columns(frame)).toMatchObject({
      target: ['b', 'd'],
      state: ['leaking', null],
      health: ['up', 'down'],
      slope: [5, null],
      'slope lower': [4, null],
      since: [Date.parse('2026-03-01T14:02:00Z'), null],
      'time to limit': [60, null],
      commit: [400 * 2 ** 20, null],
      why: ['it rose', 'connection refused'],
    });
  });

  it('are read by the signal that gave the leak away, else the heap, else the commit', () => {
    const of = (channel: 'goroutines' | null, slopes: object) =>
      leadingSignal(target({ verdict: { ...verdict, state: 'leaking', channel, slopes } }));
    expect(of('goroutines', { goroutines: slope(1), live_heap: slope(1) })).toBe('goroutines');
    expect(of('goroutines', { live_heap: slope(1), commit: slope(1) })).toBe('live_heap');
    expect(of(null, { commit: slope(1) })).toBe('commit');
    expect(of(null, {})).toBeNull();
    expect(leadingSignal(target())).toBeNull();
  });
});

it('captures tell why they were taken and why they failed', () => {
  const failed = capture('c2', '2026-03-01T14:01:00Z', {
    state: 'failed',
    kinds: [],
    failures: [{ kind: 'heap', code: 'timeout', message: 'took too long' }],
  });
  const byAlert = capture('c1', '2026-03-01T14:00:00Z', {
    trigger: 'alert',
    alert: { fingerprint: 'f', startsAt: '2026-03-01T13:59:00Z', name: 'LeaklineLeakSuspected' },
  });
  expect(columns(capturesFrame([byAlert, failed]))).toMatchObject({
    time: [Date.parse('2026-03-01T14:00:00Z'), Date.parse('2026-03-01T14:01:00Z')],
    id: ['c1', 'c2'],
    alert: ['LeaklineLeakSuspected', null],
    profiles: ['heap, goroutine', ''],
    failure: [null, 'heap: took too long'],
  });
});

it('incidents and their alerts are regions: time and timeEnd, open ones without an end', () => {
  const alert = {
    fingerprint: 'f',
    name: 'LeaklineLeakSuspected',
    status: 'firing' as const,
    startsAt: '2026-03-01T14:10:00Z',
    endsAt: null,
    labels: {},
    annotations: { description: 'rises' },
  };
  const open = incident({ alerts: [alert] });
  const over = incident({ id: 'i2', state: 'resolved', closedAt: '2026-03-01T15:00:00Z' });
  expect(columns(incidentsFrame([open, over]))).toMatchObject({
    timeEnd: [null, Date.parse('2026-03-01T15:00:00Z')],
    state: ['open', 'resolved'],
  });
  expect(columns(alertsFrame([open, over]))).toEqual({
    time: [Date.parse('2026-03-01T14:10:00Z')],
    timeEnd: [null],
    title: ['LeaklineLeakSuspected'],
    text: ['rises'],
    target: ['orders-api'],
    status: ['firing'],
  });
});

describe('growth', () => {
  const row = (name: string, growthBytes: number, history?: number[]) => ({
    function: name,
    file: `/s/${name}.go`,
    line: 7,
    firstBytes: 0,
    lastBytes: growthBytes,
    growthBytes,
    growthBytesPerSecond: growthBytes / 10,
    share: 0.5,
    ...(history ? { history } : {}),
  });
  const growth: ApiGrowth = {
    functions: [row('put', 100, [0, 50, 100]), row('drop', -5, [5, 2, 0]), row('short', 9, [1])],
    blamed: [],
    captures: ['2026-03-01T14:00:00Z', '2026-03-01T14:05:00Z', '2026-03-01T14:10:00Z'].map((takenAt, i) => ({
      id: `c${i}`,
      takenAt,
      totalBytes: 1,
    })),
  };

  it('is a row a function', () => {
    const frame = growthFrame('orders-api', growth);
    expect(columns(frame)).toMatchObject({
      function: ['put', 'drop', 'short'],
      growth: [100, -5, 9],
      own: [null, null, null],
    });
    expect(frame.fields.find(({ name }) => name === 'share')?.config.unit).toBe('percentunit');
  });

  it('over time is a series a growing function with a value for each capture', () => {
    const frame = growthOverTimeFrame('orders-api', growth);
    expect(columns(frame)).toEqual({
      time: growth.captures!.map(({ takenAt }) => Date.parse(takenAt)),
      put: [0, 50, 100],
    });
    expect(frame.fields[1]?.labels).toEqual({ target: 'orders-api', function: 'put' });
    expect(growthOverTimeFrame('x', { functions: [], blamed: [] }).length).toBe(0);
  });
});

it('the flame graph is the frame that Grafana’s own panel and Explore draw', () => {
  const frame = flamegraphFrame({
    sampleType: 'inuse_space',
    unit: 'bytes',
    level: [0, 1],
    value: [10, 10],
    self: [0, 10],
    label: ['total', 'main.main'],
  });
  expect(frame.fields.map(({ name, type }) => [name, type])).toEqual([
    ['level', FIELD_TYPE.number],
    ['value', FIELD_TYPE.number],
    ['self', FIELD_TYPE.number],
    ['label', FIELD_TYPE.string],
  ]);
  expect(frame.meta?.preferredVisualisationType).toBe('flamegraph');
  expect(frame.fields[1]?.config.unit).toBe('bytes');
});

it('the top tells units of its sample type; goroutines tell growth only against a base', () => {
  const top = { sampleType: 'x', total: 1, rows: [{ function: 'f', file: '', line: 0, flat: 1, cum: 2 }] };
  expect(topFrame({ ...top, unit: 'nanoseconds' }).fields[2]?.config.unit).toBe('ns');
  expect(topFrame({ ...top, unit: 'count' }).fields[3]?.config.unit).toBe('short');
  const where = { function: 'main.wait', file: '/s/main.go', line: 9 };
  const rows = [{ where, waitsFor: 'select', startedAs: 'main.run', count: 3, growth: 2, stack: [where] }];
  expect(columns(goroutinesFrame(rows, true))).toEqual({
    function: ['main.wait'],
    file: ['/s/main.go'],
    line: [9],
    'waits for': ['select'],
    'started as': ['main.run'],
    goroutines: [3],
    growth: [2],
  });
  expect(Object.keys(columns(goroutinesFrame(rows, false)))).not.toContain('growth');
});
