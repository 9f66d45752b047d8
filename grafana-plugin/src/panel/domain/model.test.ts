import type { DataFrame } from '@grafana/data';
import { expect, it } from 'vitest';
import { capturesFrame, growthFrame, incidentsFrame } from '../../datasource/frames/capture-frames';
import { accountingFrame, samplesFrame, targetsFrame } from '../../datasource/frames/target-frames';
import { FIELD_TYPE } from '../../datasource/frames/field-type';
import { capture, incident, target } from './api.testing';
import { chooseTarget, readFrames, signalOfMetric } from './model';

const samples = {
  target: 'orders-api',
  atMs: [1000, 2000],
  signals: { live_heap: [1, 2], goroutines: [null, 3], handles: [null, null] },
  parts: { live_heap: [1, 2], garbage: [0, 1] },
  gcCount: [1, 2],
};

function prometheus(name: string, labels: Record<string, string>, unit?: string): DataFrame {
  return {
    name,
    length: 2,
    fields: [
      { name: 'Time', type: FIELD_TYPE.time, config: {}, values: [1000, 2000] },
      { name: 'Value', type: FIELD_TYPE.number, config: unit ? { unit } : {}, labels, values: [5, 6] },
    ],
  };
}

it('reads back whole what the data source wrote', () => {
  const data = readFrames([
    targetsFrame([target()]),
    samplesFrame(samples),
    accountingFrame(samples),
    capturesFrame([capture('c', '2026-03-01T14:00:00Z')]),
    incidentsFrame([incident()]),
    growthFrame('orders-api', { functions: [], blamed: [] }),
  ]);
  expect(data.targets).toEqual([target()]);
  expect(data.series.map(({ signal, unit, values }) => [signal, unit, values])).toEqual([
    ['live_heap', 'bytes', [1, 2]],
    ['goroutines', 'count', [null, 3]],
  ]);
  expect(data.series.every((one) => one.target === 'orders-api')).toBe(true);
  expect(data.samples[0]).toEqual(samples);
  expect(data.captures.map(({ id }) => id)).toEqual(['c']);
  expect(data.incidents).toHaveLength(1);
  expect(data.growth).toEqual([{ target: 'orders-api', growth: { functions: [], blamed: [] } }]);
  expect(data.empty).toBe(false);
});

it('knows the signals of Prometheus by the names of the metrics', () => {
  const data = readFrames([
    prometheus('heap', { __name__: 'go_memstats_heap_inuse_bytes' }),
    prometheus('go_goroutines{target="x"}', {}),
    prometheus('requests', { __name__: 'http_requests_total' }, 'short'),
    prometheus('rss', { __name__: 'process_resident_memory_bytes' }, 'bytes'),
  ]);
  expect(data.series.map(({ signal, unit }) => [signal, unit])).toEqual([
    ['heap_inuse', 'bytes'],
    ['goroutines', 'count'],
    [null, 'count'],
    [null, 'bytes'],
  ]);
});

it.each([
  ['leakline_process_commit_bytes', 'commit'],
  ['leakline_process_private_working_set_bytes', 'private_working_set'],
  ['leakline_process_working_set_bytes', 'working_set'],
  ['leakline_process_handles', 'handles'],
  ['go_memstats_stack_inuse_bytes', 'stacks'],
  ['up', null],
])('%s is %s', (metric, signal) => expect(signalOfMetric(metric)).toBe(signal));

it('shows the target that a person picked, the one of the options, or the only one', () => {
  const [a, b] = [target({ name: 'a' }), target({ name: 'b' })];
  expect(chooseTarget([a, b], 'b')).toBe(b);
  expect(chooseTarget([a, b], 'c')).toBeNull();
  expect(chooseTarget([a, b], null)).toBeNull();
  expect(chooseTarget([a], null)).toBe(a);
  expect(chooseTarget([a, b], 'b', 'a')).toBe(a);
  expect(chooseTarget([a], null, 'gone with its variable')).toBe(a);
  expect(chooseTarget([a], 'c', 'd')).toBeNull();
});

it('says when nothing came', () => {
  expect(readFrames([]).empty).toBe(true);
  expect(readFrames([targetsFrame([])]).empty).toBe(true);
});
