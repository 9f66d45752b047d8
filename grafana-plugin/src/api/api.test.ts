import { describe, expect, it } from 'vitest';
import { LeaklineApi, queryString } from './client';
import { FetchTransport } from './fetch-transport';
import { ApiProblem, problemOf, toProblem } from './problem';

const said = (code: string, message = 'why') => ({ error: { code, message } });

describe('a problem', () => {
  it.each([
    // [status, body, through Grafana's proxy, kind]
    [0, null, false, 'unreachable'],
    [502, null, true, 'unreachable'],
    [504, '', true, 'unreachable'],
    [503, said('starting'), false, 'unreachable'],
    [401, said('unauthorized'), false, 'unauthorised'],
    [403, { message: 'plugin proxy route access denied' }, true, 'unauthorised'],
    // The proxy makes 400 of an upstream 401, with a text of its own.
    [400, { message: 'Authentication to data source failed' }, true, 'unauthorised'],
    [400, 'Authentication to data source failed', true, 'unauthorised'],
    [400, said('bad_parameter'), true, 'refused'],
    [400, null, false, 'refused'],
    [404, said('target_unknown'), true, 'not_found'],
    [404, said('unknown_route'), true, 'old_version'],
    [404, '<html>', false, 'old_version'],
    [409, said('few_captures'), false, 'refused'],
    [500, {}, false, 'refused'],
  ] as const)('of status %d with %j (proxy: %s) is %s', (status, body, viaProxy, kind) => {
    const problem = problemOf(status, body, viaProxy);
    expect(problem).toMatchObject({ kind, status });
    expect(problem.message).not.toBe('');
  });

  it('is made of anything thrown', () => {
    const problem = new ApiProblem('refused', 'no');
    expect(toProblem(problem)).toBe(problem);
    expect(toProblem(new TypeError('Failed to fetch'))).toMatchObject({ kind: 'unreachable' });
    expect(toProblem('x').message).toBe('x');
  });
});

it('a query string leaves out what is not given', () => {
  expect(queryString({ a: 1, b: undefined, c: '', d: 'x y&z' })).toBe('?a=1&d=x+y%26z');
  expect(queryString({})).toBe('');
});

describe('the API through fetch', () => {
  function apiOf(answers: Response[]): { api: LeaklineApi; asked: string[] } {
    const asked: string[] = [];
    const transport = new FetchTransport('api/v1/', (input) => {
      asked.push(String(input));
      const answer = answers.shift();
      return answer ? Promise.resolve(answer) : Promise.reject(new TypeError('Failed to fetch'));
    });
    return { api: new LeaklineApi(transport), asked };
  }
  const json = (body: unknown, status = 200): Response => new Response(JSON.stringify(body), { status });

  it('follows pages to the end', async () => {
    const { api, asked } = apiOf([
      json({ items: [{ name: 'a' }], next: 'n1' }),
      json({ items: [{ name: 'b' }], next: null }),
    ]);
    expect((await api.targets()).map(({ name }) => name)).toEqual(['a', 'b']);
    expect(asked).toEqual(['api/v1/targets', 'api/v1/targets?cursor=n1']);
  });

  it('asks for one function and no other', async () => {
    const { api, asked } = apiOf([json({ unit: 'bytes', entries: [] })]);
    await api.peek('c1', 'cache.(*Store[...]).Put', {});
    const pattern = new URL(asked[0]!, 'http://x').searchParams.get('function')!;
    expect('cache.(*Store[...]).Put').toMatch(new RegExp(pattern));
    expect('cache.(*Store[...]).Put2').not.toMatch(new RegExp(pattern));
  });

  it('tells no version of an exporter that does not describe itself', async () => {
    expect(await apiOf([json({}, 404)]).api.version()).toBe('');
    expect(await apiOf([json({ info: { version: '1.2.3' } })]).api.version()).toBe('1.2.3');
    await expect(apiOf([]).api.version()).rejects.toMatchObject({ kind: 'unreachable' });
  });
});
