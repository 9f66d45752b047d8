import { describe, expect, it } from 'vitest';
import { LeaklineApi, type Query, type Transport } from '../api/client';
import { ApiProblem } from '../api/problem';
import { capture, incident, target } from '../panel/domain/api.testing';
import { runQuery, variableValues } from './run-query';
import type { LeaklineQuery } from './types';

const span = { fromMs: Date.parse('2026-03-01T14:00:00Z'), toMs: Date.parse('2026-03-01T15:00:00Z') };
const captures = [
  capture('base', '2026-03-01T13:00:00Z', { baseline: true, trigger: 'baseline' }),
  capture('new', '2026-03-01T14:30:00Z'),
];
const flame = { sampleType: 's', unit: 'bytes', level: [0], value: [1], self: [1], label: ['total'] };

/** Answers by path, and keeps what was asked. */
function apiOf(answers: Record<string, unknown>): { api: LeaklineApi; asked: [string, Query][] } {
  const asked: [string, Query][] = [];
  const transport: Transport = {
    json<T>(_method: string, path: string, query: Query = {}): Promise<T> {
      asked.push([
        path,
        Object.fromEntries(Object.entries(query).filter(([, value]) => value !== undefined)),
      ]);
      if (!(path in answers)) return Promise.reject(new ApiProblem('not_found', path, 404));
      // What the exporter would answer, as JSON tells it.
      const answer: T = JSON.parse(JSON.stringify(answers[path]));
      return Promise.resolve(answer);
    },
    text: () => Promise.resolve(''),
    href: (path) => path,
    toolHref: () => null,
  };
  return { api: new LeaklineApi(transport), asked };
}

const query = (change: Partial<LeaklineQuery>): LeaklineQuery => ({
  refId: 'A',
  queryType: 'verdicts',
  ...change,
});
const page = (items: unknown[], next: string | null = null) => ({ items, next });

describe('a query', () => {
  it('for verdicts asks for one target or for all', async () => {
    const { api, asked } = apiOf({
      targets: page([target(), target({ name: 'b' })]),
      'targets/b': target({ name: 'b' }),
    });
    expect((await runQuery(api, query({}), span))[0]?.length).toBe(2);
    expect((await runQuery(api, query({ target: 'b' }), span))[0]?.length).toBe(1);
    expect(asked.map(([path]) => path)).toEqual(['targets', 'targets/b']);
  });

  it('respects the time range', async () => {
    const { api, asked } = apiOf({ captures: page(captures) });
    await runQuery(api, query({ queryType: 'captures' }), span);
    expect(asked[0]).toEqual([
      'captures',
      { from: '2026-03-01T14:00:00.000Z', to: '2026-03-01T15:00:00.000Z' },
    ]);
  });

  it('for samples makes a frame of each target', async () => {
    const samples = { atMs: [1], signals: { commit: [1] }, parts: {}, gcCount: [1] };
    const { api } = apiOf({
      targets: page([target({ name: 'a' }), target({ name: 'b' })]),
      'targets/a/samples': { ...samples, target: 'a' },
      'targets/b/samples': { ...samples, target: 'b' },
    });
    const frames = await runQuery(api, query({ queryType: 'samples' }), span);
    expect(frames.map((frame) => frame.fields[1]?.labels)).toEqual([
      { target: 'a', signal: 'commit' },
      { target: 'b', signal: 'commit' },
    ]);
  });

  it.each([
    [{}, 'captures/new/flamegraph', { base: 'base' }],
    [{ base: 'none' }, 'captures/new/flamegraph', {}],
    [{ capture: 'base' }, 'captures/base/flamegraph', {}],
    [
      { sample: 'alloc_space', filter: 'cache', granularity: 'lines' },
      'captures/new/flamegraph',
      { base: 'base', sample: 'alloc_space', focus: 'cache', granularity: 'lines' },
    ],
  ] as const)(
    'for a flame graph takes the captures that it names, or those a person would: %j',
    async (change, path, asking) => {
      const { api, asked } = apiOf({
        captures: page(captures),
        'captures/base': captures[0],
        'captures/new/flamegraph': flame,
        'captures/base/flamegraph': flame,
      });
      await runQuery(api, query({ queryType: 'flamegraph', target: 'orders-api', ...change }), span);
      expect(asked.at(-1)).toEqual([path, asking]);
    },
  );

  it('for goroutines keeps what did not change', async () => {
    const { api, asked } = apiOf({ captures: page(captures), 'captures/new/flamegraph': flame });
    await runQuery(api, query({ queryType: 'goroutines', target: 'orders-api' }), span);
    expect(asked.at(-1)).toEqual([
      'captures/new/flamegraph',
      { profile: 'goroutine', granularity: 'lines', base: 'base', diffBase: 'true' },
    ]);
  });

  it('for allocators filters functions by the pattern', async () => {
    const row = (name: string) => ({
      function: name,
      file: '',
      line: 0,
      firstBytes: 0,
      lastBytes: 1,
      growthBytes: 1,
      growthBytesPerSecond: 1,
      share: 0.5,
    });
    const { api } = apiOf({
      'targets/orders-api/growth': { functions: [row('cache.Put'), row('http.Serve')], blamed: [] },
    });
    const [frame] = await runQuery(
      api,
      query({ queryType: 'allocators', target: 'orders-api', filter: '^cache' }),
      span,
    );
    expect(frame?.fields[0]?.values).toEqual(['cache.Put']);
  });

  it('for incidents keeps those of the target that touch the time range', async () => {
    const { api } = apiOf({
      incidents: page([
        incident({ id: 'open' }),
        incident({ id: 'later', openedAt: '2026-03-01T16:00:00Z' }),
        incident({ id: 'before', openedAt: '2026-03-01T12:00:00Z', closedAt: '2026-03-01T13:00:00Z' }),
        incident({ id: 'other', target: 'b' }),
      ]),
    });
    const [frame] = await runQuery(api, query({ queryType: 'incidents', target: 'orders-api' }), span);
    expect(frame?.fields.find(({ name }) => name === 'id')?.values).toEqual(['open']);
  });

  it.each(['allocators', 'growth_over_time', 'flamegraph', 'goroutines'] as const)(
    'for %s says that it needs a target',
    async (queryType) => {
      const { api } = apiOf({});
      await expect(runQuery(api, query({ queryType }), span)).rejects.toThrow('needs a target');
    },
  );

  it('says that there is no capture yet', async () => {
    const { api } = apiOf({ captures: page([]) });
    const asking = runQuery(api, query({ queryType: 'flamegraph', target: 'orders-api' }), span);
    await expect(asking).rejects.toThrow('no capture yet');
  });
});

it('variables are names of targets, and captures with their time as text and their id as value', async () => {
  const { api } = apiOf({ targets: page([target()]), captures: page(captures) });
  expect(await variableValues(api, 'targets', '', span)).toEqual([
    { text: 'orders-api', value: 'orders-api' },
  ]);
  expect((await variableValues(api, 'captures', 'orders-api', span))[0]).toEqual({
    text: '2026-03-01T13:00:00Z baseline',
    value: 'base',
  });
});
