import { request as httpRequest } from 'node:http';
import { afterEach, describe, expect, test } from 'vitest';
import { silentLogger } from '../log.js';
import { Exposition } from '../metrics/families.js';
import type { TargetStatus, Watch } from '../watch/types.js';
import { createApp, type AppOptions } from './app.js';
import { escapeHtml, landingPage } from './landing.js';
import { listen, parseListenAddress, type Listener } from './listen.js';

const orders: TargetStatus = {
  name: 'orders-api',
  origin: 'discovery',
  health: 'up',
  pid: 7,
  startedAtMs: 0,
  go: {},
  pprofUrl: 'http://user:secret@127.0.0.1:6060/debug/pprof/',
  labels: {},
  limits: [],
};
const watch: Watch = {
  targets: () => [orders],
  target: (name) => (name === orders.name ? orders : undefined),
  samples: (_name, from, to) => ({ atMs: [from, to], signals: {}, parts: {}, gcCount: [null, null] }),
  endpoint: () => undefined,
  subscribe: () => () => undefined,
};

let open: Listener | undefined;
afterEach(async () => {
  await open?.close(0);
  open = undefined;
});

async function serve(options: Partial<AppOptions> = {}): Promise<string> {
  const app = createApp({
    watch,
    exposition: new Exposition([]),
    isReady: () => true,
    listensOnLoopback: true,
    log: silentLogger(),
    ...options,
  });
  open = await listen({ host: '127.0.0.1', port: 0 }, app);
  return `http://127.0.0.1:${open.address.port}`;
}

async function get(url: string, headers: Record<string, string> = {}) {
  // fetch does not let a caller set Host.
  return new Promise<{ status: number; headers: NodeJS.Dict<string | string[]>; body: string }>(
    (resolve, reject) => {
      httpRequest(url, { headers }, (response) => {
        let body = '';
        response.setEncoding('utf8').on('data', (chunk: string) => (body += chunk));
        response.on('end', () => resolve({ status: response.statusCode!, headers: response.headers, body }));
      })
        .on('error', reject)
        .end();
    },
  );
}

describe('the API', () => {
  test('lists the targets, and never tells an address or its credentials', async () => {
    const { body } = await get(`${await serve()}/api/v1/targets`);
    expect(JSON.parse(body)).toMatchObject({ items: [{ name: 'orders-api', hasPprof: true }], next: null });
    expect(body).not.toContain('secret');
  });
  test('says what it does not know, by code', async () => {
    const url = await serve();
    const target = await get(`${url}/api/v1/targets/none`);
    expect([target.status, JSON.parse(target.body).error.code]).toEqual([404, 'not_found']);
    const route = await get(`${url}/api/v1/nothing`);
    expect([route.status, JSON.parse(route.body).error.code]).toEqual([404, 'unknown_route']);
    const time = await get(`${url}/api/v1/targets/orders-api/samples?from=yesterday`);
    expect([time.status, JSON.parse(time.body).error.message]).toEqual([
      400,
      'from must be a time: RFC 3339 ("2024-05-01T12:00:00Z") or Unix milliseconds',
    ]);
  });
  test('reads times as RFC 3339 and as Unix milliseconds', async () => {
    const url = await serve();
    const { body } = await get(`${url}/api/v1/targets/orders-api/samples?from=1970-01-01T00:00:01Z&to=2000`);
    expect(JSON.parse(body).atMs).toEqual([1_000, 2_000]);
  });
});

describe('security', () => {
  test('on loopback only loopback names are answered', async () => {
    const url = await serve();
    expect((await get(`${url}/metrics`, { Host: 'evil.example' })).status).toBe(421);
    expect((await get(`${url}/metrics`, { Host: 'localhost:9464' })).status).toBe(200);
    expect((await get(`${url}/metrics`, { Host: '[::1]:9464' })).status).toBe(200);
    expect((await get(`${url}/metrics`, { Host: '127.evil.example' })).status).toBe(421);
  });
  test('elsewhere the names of the operator are answered', async () => {
    const url = await serve({ listensOnLoopback: false });
    expect((await get(`${url}/metrics`, { Host: 'win-07.corp:9464' })).status).toBe(200);
  });
  test('with users configured all but the health is closed', async () => {
    const right = `Basic ${Buffer.from('a:b:c').toString('base64')}`;
    const url = await serve({
      gate: {
        headers: () => Promise.resolve({ 'X-Of-The-Operator': 'yes' }),
        isAllowed: (header) => Promise.resolve(header === right),
      },
    });
    const authorization = (text: string) => ({
      Authorization: `Basic ${Buffer.from(text).toString('base64')}`,
    });
    expect((await get(`${url}/metrics`)).status).toBe(401);
    expect((await get(`${url}/api/v1/targets`, authorization('a:wrong'))).status).toBe(401);
    expect((await get(`${url}/api/v1/targets`, authorization('a:b:c'))).status).toBe(200);
    const health = await get(`${url}/-/healthy`);
    expect([health.status, health.headers['x-of-the-operator']]).toEqual([200, 'yes']);
  });
  test('what a target is named cannot write into the page', () => {
    expect(escapeHtml(`<img src=x onerror='a'>&"`)).toBe('&#60;img src=x onerror=&#39;a&#39;&#62;&#38;&#34;');
    expect(landingPage([{ ...orders, name: '<script>' }])).not.toContain('<script>');
  });
});

describe('readiness', () => {
  test('is told apart from health', async () => {
    const url = await serve({ isReady: () => false });
    expect((await get(`${url}/-/healthy`)).status).toBe(200);
    expect((await get(`${url}/-/ready`)).status).toBe(503);
  });
});

describe('listening', () => {
  test.each([
    ['127.0.0.1:9464', { host: '127.0.0.1', port: 9464 }],
    [':9464', { host: '', port: 9464 }],
    ['[::1]:80', { host: '::1', port: 80 }],
  ])('%s is an address', (text, address) => expect(parseListenAddress(text)).toEqual(address));
  test.each(['9464', 'localhost', 'a:b', '1.2.3.4:70000', '::1:80'])('%s is none', (text) =>
    expect(() => parseListenAddress(text)).toThrow('write HOST:PORT'),
  );
  test('a port in use is one clear line', async () => {
    await serve();
    await expect(
      listen({ host: '127.0.0.1', port: open!.address.port }, () => undefined),
    ).rejects.toMatchObject({
      code: 'port_in_use',
      exitCode: 3,
      message: `127.0.0.1:${open!.address.port} is in use by another program; choose another with --listen HOST:PORT`,
    });
  });
});
