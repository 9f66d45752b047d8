// The routes of captures, alerts, incidents and growth as express serves them, held against their OpenAPI description.

import { execFile, execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { Agent, request as httpRequest, type IncomingMessage } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Ajv2020 } from 'ajv/dist/2020.js';
import type { Express } from 'express';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createCaptureService } from '../../capture/create.js';
import { profileEngine } from '../../capture/engine.js';
import { reportCommand } from '../../commands/report.js';
import { digestOf } from '../../capture/jobs/profile-check.js';
import type { CaptureService } from '../../capture/service.js';
import { FakeWatch, profileBytes } from '../../capture/watch.testing.js';
import { configSchema, type Config } from '../../config/schema.js';
import { silentLogger } from '../../log.js';
import { Exposition } from '../../metrics/families.js';
import type { ApiCapture, ApiCaptures, ApiIncident, Page } from '../api.js';
import { runHere } from '../../profile/analyses.js';
import { bytesOf } from '../../profile/kept-profile.js';
import { reportBody } from '../../profile/report-analysis.js';
import { createApp } from '../app.js';
import { listen, type Listener } from '../listen.js';
import { OPENAPI } from '../openapi/index.js';
import { captureRouters } from './capture-routers.js';
import { eventually } from '../../capture/eventually.testing.js';

const ajv = new Ajv2020({ strict: false, formats: { 'date-time': true, binary: true } });
ajv.addSchema({ $id: 'api', components: OPENAPI.components });

const NO_SOURCE = () => ({ problem: 'no source on this host' });

let dir: string;
let watch: FakeWatch;
let service: CaptureService;
let app: Express;
let server: Listener | undefined;
let base: string;
const asked = new Set<string>();

beforeEach(async () => {
  dir = mkdtempSync(join(tmpdir(), 'leakline-routes-'));
  watch = new FakeWatch();
  watch.add('orders');
  await start();
});

async function start(changes: Partial<Config['capture']> = {}, listensOnLoopback = true): Promise<void> {
  await server?.close(0);
  service = await createCaptureService({
    watch,
    config: {
      ...configSchema.parse({}).capture,
      minGcInterval: 0,
      store: { type: 'local', minFree: 1 },
      ...changes,
    },
    stateDir: dir,
    engine: profileEngine(runHere),
    log: silentLogger(),
  });
  app = createApp({
    watch,
    exposition: new Exposition([]),
    isReady: () => true,
    apiRouters: captureRouters(
      service,
      (profiles, request) => reportBody(profiles.map(bytesOf), request, NO_SOURCE),
      {
        watch,
        run: runHere,
        sources: () => ({ roots: [], trimPath: '' }),
      },
    ),
    listensOnLoopback,
    log: silentLogger(),
  });
  server = await listen({ host: '127.0.0.1', port: 0 }, app);
  base = `http://127.0.0.1:${server.address.port}/api/v1`;
}

afterEach(async () => {
  await server?.close(0);
  server = undefined;
  await service.close();
  rmSync(dir, { recursive: true, force: true });
});

interface Answer {
  status: number;
  headers: Headers;
  body: unknown;
}

type Operations = Record<
  string,
  { responses: Record<string, { content?: Record<string, { schema: object }> }> }
>;
const OPERATIONS = new Map(Object.entries(OPENAPI.paths as Record<string, Operations>));

/** Asks a route of the description and holds the answer against what it says. `route` is "METHOD /path". */
async function ask(route: string, path: string, init: RequestInit = {}): Promise<Answer> {
  const [method = 'GET', template = ''] = route.split(' ');
  const operation = OPERATIONS.get(template)?.[method.toLowerCase()];
  expect(operation, `${route} is described`).toBeDefined();
  asked.add(route);
  const response = await fetch(base + path, { method, ...init });
  const described = operation?.responses[String(response.status)];
  expect(described, `${route} may answer ${response.status}`).toBeDefined();
  const type = response.headers.get('content-type')?.split(';')[0] ?? '';
  if (type !== 'application/json') {
    return {
      status: response.status,
      headers: response.headers,
      body: Buffer.from(await response.arrayBuffer()),
    };
  }
  const body: unknown = await response.json();
  const schema = described?.content?.[type]?.schema;
  expect(schema, `${route} may answer ${response.status} with JSON`).toBeDefined();
  const validate = ajv.compile(schema && '$ref' in schema ? { $ref: `api${String(schema.$ref)}` } : schema!);
  expect(validate(body), `${route}: ${ajv.errorsText(validate.errors)} in ${JSON.stringify(body)}`).toBe(
    true,
  );
  return { status: response.status, headers: response.headers, body };
}

function post(body: unknown): RequestInit {
  return { body: JSON.stringify(body), headers: { 'Content-Type': 'application/json' } };
}

async function capture(kinds?: string[]): Promise<ApiCapture> {
  const { body } = await ask(
    'POST /captures',
    '/captures',
    post({ target: 'orders', ...(kinds && { kinds }) }),
  );
  return service.whenTaken((body as ApiCapture).id);
}

const ALERT = {
  status: 'firing',
  labels: { alertname: 'LeakSuspected', target: 'orders' },
  annotations: { summary: 'it leaks' },
  startsAt: '2026-06-01T12:00:00.5Z',
  endsAt: '0001-01-01T00:00:00Z',
  fingerprint: 'fd0e96da72590db2',
};

describe('captures', () => {
  it('are taken on request and looked at where the answer says', async () => {
    const { status, headers, body } = await ask('POST /captures', '/captures', post({ target: 'orders' }));
    expect(status).toBe(202);
    const { id } = body as ApiCapture;
    expect(headers.get('location')).toBe(`/api/v1/captures/${id}`);
    await service.whenTaken(id);
    const there = await ask('GET /captures/{id}', `/captures/${id}`);
    expect(there.body).toMatchObject({ id, state: 'complete', kinds: ['heap', 'goroutine'] });
    expect(there.headers.get('cache-control')).toContain('immutable');
    const list = await ask('GET /captures', '/captures?target=orders&limit=1');
    expect((list.body as Page<ApiCapture>).items.map((item) => item.id)).toEqual([id]);
    expect(list.headers.get('cache-control')).toBe('no-store');
  });

  it.each([
    [{}, 400, 'target'],
    [{ target: 'orders', kinds: ['heep'] }, 400, 'kinds'],
    [{ target: 'orders', cpuSeconds: 1e6 }, 400, 'cpuSeconds'],
    [{ target: 'orders', url: 'http://127.0.0.1:1/' }, 400, 'url'],
    [{ target: 'none' }, 404, 'no target'],
  ])('are refused with the reason: %j', async (request, status, reason) => {
    const answer = await ask('POST /captures', '/captures', post(request));
    expect(answer.status).toBe(status);
    expect(JSON.stringify(answer.body)).toContain(reason);
  });

  it.each(['limit=0', 'limit=x', 'cursor=zzz', 'from=yesterday', 'trigger=whim', 'target=a&target=b'])(
    'are not listed by ?%s',
    async (query) => {
      expect((await ask('GET /captures', `/captures?${query}`)).status).toBe(400);
    },
  );

  it('say what they wait for, and the list says while they are stopped', async () => {
    await service.close();
    await start({ minGcInterval: 3_600_000 });
    await capture();
    const { body } = await ask('POST /captures', '/captures', post({ target: 'orders' }));
    expect(body).toMatchObject({
      state: 'pending',
      waiting: { reason: 'gc_interval', message: expect.stringContaining('minGcInterval') as unknown },
    });
    const { id, waiting } = body as ApiCapture;
    expect(Date.parse(waiting?.until ?? '')).toBeGreaterThan(Date.now() + 3_500_000);
    expect((await ask('GET /captures/{id}/profiles/{kind}', `/captures/${id}/profiles/heap`)).status).toBe(
      409,
    );
    await service.close();
    await start({ store: { type: 'local', minFree: Number.MAX_SAFE_INTEGER } });
    await ask('POST /captures', '/captures', post({ target: 'orders', kinds: ['goroutine'] }));
    await eventually(async () => {
      const { stopped, items } = (await ask('GET /captures', '/captures')).body as ApiCaptures;
      expect(stopped).toMatchObject({
        state: 'full',
        message: expect.stringContaining('minFree') as unknown,
      });
      const pending = items.filter((item) => item.state === 'pending');
      expect(pending.map((item) => item.waiting?.reason)).toEqual(['store', 'store']);
    });
  });

  it('are unknown by an unknown id', async () => {
    expect((await ask('GET /captures/{id}', '/captures/none')).status).toBe(404);
    expect((await ask('GET /captures/{id}', '/captures/..%2F..%2Fetc')).status).toBe(404);
    expect((await ask('GET /captures/{id}/profiles/{kind}', '/captures/none/profiles/heap')).status).toBe(
      404,
    );
  });
});

describe('a profile', () => {
  it('is what the target sent, with a validator that never changes', async () => {
    const { id } = await capture(['heap']);
    const path = `/captures/${id}/profiles/heap`;
    const { headers, body, status } = await ask('GET /captures/{id}/profiles/{kind}', path);
    expect(status).toBe(200);
    expect(body).toEqual(profileBytes('prometheus-a.pb.gz'));
    expect(headers.get('etag')).toBe(`"${await digestOf(body as Buffer)}"`);
    expect(headers.get('cache-control')).toContain('immutable');
    expect(headers.get('content-disposition')).toContain(`${id}-heap.pb.gz`);
    // Without "force-cache", fetch itself asks not to be answered with 304.
    const known = { headers: { 'If-None-Match': headers.get('etag') ?? '' }, cache: 'force-cache' };
    const again = await ask('GET /captures/{id}/profiles/{kind}', path, known);
    expect(again.status).toBe(304);
    expect((await ask('GET /captures/{id}/profiles/{kind}', `/captures/${id}/profiles/cpu`)).status).toBe(
      404,
    );
    expect((await ask('GET /captures/{id}/profiles/{kind}', `/captures/${id}/profiles/wild`)).status).toBe(
      404,
    );
  });

  it.each([
    ['a download', 'GET /captures/{id}/profiles/{kind}', 'profiles/heap'],
    ['a report', 'GET /captures/{id}/top', 'top'],
  ])('that was changed on disk is set aside by %s', async (_, route, path) => {
    const { id } = await capture(['heap']);
    const file = (readdirSync(dir, { recursive: true }) as string[]).find((name) =>
      name.endsWith(`${id}/heap.pb.gz`),
    );
    const bytes = readFileSync(join(dir, file!));
    bytes[bytes.length >> 1]! ^= 1;
    writeFileSync(join(dir, file!), bytes);
    const { status, body, headers } = await ask(route, `/captures/${id}/${path}`);
    expect(status).toBe(410);
    expect(body).toMatchObject({ error: { code: 'capture_damaged' } });
    expect(headers.get('cache-control')).toBe('no-store');
    expect((await ask('GET /captures/{id}', `/captures/${id}`)).status).toBe(404);
  });

  it('opens with go tool pprof by its address', async () => {
    const { id } = await capture(['heap']);
    const go = process.env['GO'] ?? ['/usr/lib/go-1.19/bin/go', 'go'].find((path) => works(path)) ?? 'go';
    const url = `${base}/captures/${id}/profiles/heap`;
    const { stdout: out } = await promisify(execFile)(
      go,
      ['tool', 'pprof', '-top', '-nodecount=3', '-sample_index=inuse_space', url],
      { env: { ...process.env, PPROF_TMPDIR: dir } },
    );
    expect(out).toContain('Type: inuse_space');
    expect(out).toMatch(/flat\s+flat%\s+sum%/);
  });
});

describe('alerts', () => {
  it('are taken over, open an incident and lead to its growth', async () => {
    await capture();
    const answer = await ask(
      'POST /alerts',
      '/alerts?source=alertmanager',
      post({ alerts: [ALERT], version: '4' }),
    );
    expect(answer.status).toBe(202);
    expect(answer.body).toEqual({ accepted: 1, unknownTargets: 0, unusable: 0 });
    await eventually(async () => {
      const { body } = await ask('GET /incidents', '/incidents?target=orders&state=open');
      const [incident] = (body as Page<ApiIncident>).items;
      expect(incident?.captures).toHaveLength(1);
    });
    const [incident] = service.incidents({}).items;
    const { body } = await ask('GET /incidents/{id}', `/incidents/${incident?.id}`);
    expect(body).toMatchObject({ target: 'orders', state: 'open', alerts: [{ name: 'LeakSuspected' }] });
    const growth = await ask('GET /targets/{target}/growth', '/targets/orders/growth');
    expect(growth.status).toBe(200);
    expect(
      (growth.body as { functions: { growthBytes: number }[] }).functions[0]?.growthBytes,
    ).toBeGreaterThan(0);
  });

  it('are sent again when more come at once than may be held', async () => {
    const agent = new Agent({ keepAlive: false, maxSockets: 20 });
    // Each says that it is 8 MiB and sends nothing of it: nine of them are more than 64 MiB.
    const held = Array.from({ length: 8 }, () => {
      const options = {
        agent,
        method: 'POST',
        headers: {
          'Content-Type': 'application/json',
          'Content-Length': 8 * 1024 * 1024,
          Expect: '100-continue',
        },
      };
      const request = httpRequest(`${base}/alerts`, options).on('error', () => undefined);
      request.flushHeaders();
      return { request, admitted: once(request, 'continue') };
    });
    await Promise.all(held.map(({ admitted }) => admitted));
    const refused = await ask('POST /alerts', '/alerts', post({ alerts: [ALERT] }));
    expect(refused).toMatchObject({ status: 503, body: { error: { code: 'busy' } } });
    expect(refused.headers.get('retry-after')).toBe('1');
    for (const { request } of held) request.destroy();
    agent.destroy();
    await eventually(async () => {
      expect((await ask('POST /alerts', '/alerts', post({ alerts: [ALERT] }))).status).toBe(202);
    });
  });

  it.each([
    ['half an object', '{"alerts":', 400],
    ['no list of alerts', '{"status":"firing"}', 400],
    ['no object', '[1]', 400],
    ['too much', `{"alerts":[],"x":"${'x'.repeat(9_000_000)}"}`, 413],
  ])('are refused only where nothing can be read: %s', async (_, body, status) => {
    const answer = await ask('POST /alerts', '/alerts', {
      body,
      headers: { 'Content-Type': 'application/json' },
    });
    expect(answer.status).toBe(status);
  });

  it.each(['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data', ''])(
    'of content type "%s" are refused: another site can make a browser send that',
    async (type) => {
      const init = { body: JSON.stringify({ alerts: [ALERT] }), headers: { 'Content-Type': type } };
      expect((await ask('POST /alerts', '/alerts', init)).status).toBe(415);
      const request = { body: JSON.stringify({ target: 'orders' }), headers: { 'Content-Type': type } };
      expect((await ask('POST /captures', '/captures', request)).status).toBe(415);
      expect(service.metrics().queueLength).toBe(0);
    },
  );

  it('lead to growth only with two captures, and to none of an unknown target', async () => {
    expect((await ask('GET /targets/{target}/growth', '/targets/orders/growth')).status).toBe(409);
    expect((await ask('GET /targets/{target}/growth', '/targets/none/growth')).status).toBe(404);
    expect((await ask('GET /incidents/{id}', '/incidents/none')).status).toBe(404);
    expect((await ask('GET /incidents', '/incidents?state=closed')).status).toBe(400);
  });
});

// Loading what writes a PDF takes long on a busy machine.
describe('the report of an incident', { timeout: 120_000 }, () => {
  const path = (id: string, format?: string) =>
    `/incidents/${id}/report${format === undefined ? '' : `?format=${format}`}`;
  const report = (id: string, format?: string) => ask('GET /incidents/{id}/report', path(id, format));

  async function incident(): Promise<ApiIncident> {
    await ask('POST /alerts', '/alerts', post({ alerts: [ALERT] }));
    await eventually(() => {
      expect(service.incidents({}).items[0]?.captures).toHaveLength(1);
    });
    // By hand, while the incident is open: the second one that growth needs.
    await capture();
    await eventually(() => {
      expect(service.incidents({}).items[0]?.growth?.functions).not.toHaveLength(0);
    });
    return service.incidents({}).items[0]!;
  }

  it('has every form, under a name to save it by, and runs nothing in a browser', async () => {
    const { id, blamed, growth } = await incident();
    const named = blamed?.function ?? growth!.functions[0]!.function;
    const html = await report(id);
    expect(html.status).toBe(200);
    expect(html.headers.get('content-type')).toBe('text/html; charset=utf-8');
    expect(html.headers.get('content-disposition')).toBe(`inline; filename="leakline-orders-${id}.html"`);
    expect(html.headers.get('content-security-policy')).toContain("sandbox; default-src 'none'");
    const markdown = await report(id, 'md');
    expect(markdown.headers.get('content-type')).toBe('text/markdown; charset=utf-8');
    expect(String(markdown.body)).toContain(`\`${named}\``);
    expect(String(markdown.body)).toContain('LeakSuspected fires: it leaks');
    const pdf = await report(id, 'pdf');
    expect(pdf.headers.get('content-type')).toBe('application/pdf');
    expect((pdf.body as Buffer).subarray(0, 5).toString()).toBe('%PDF-');
  });

  it.each([
    ['shop-7.example:9464', 'http://shop-7.example:9464'],
    ['[fd00::7]:80', "'http://[fd00::7]:80'"],
    ['shop$(id)', undefined],
    ['shop 7', undefined],
    ["x'", undefined],
    ['user@shop', undefined],
  ])('names the address that it was asked through, unless that is more than one: %s', async (host, url) => {
    await start({}, false);
    const { id } = await incident();
    const request = httpRequest(`${base}${path(id, 'md')}`, { headers: { host } }).end();
    const [response] = (await once(request, 'response')) as [IncomingMessage];
    const markdown = Buffer.concat(await response.toArray()).toString();
    expect(markdown).toContain(`--url ${url ?? new URL(base).origin} --report`);
    if (url === undefined) expect(markdown).not.toContain(host);
  });

  it('is refused in a form that there is not, and of an unknown incident', async () => {
    const answer = await report('none', 'docx');
    expect(answer).toMatchObject({
      status: 400,
      body: { error: { message: expect.stringContaining('md, html, pdf') as string } },
    });
    expect((await report('none')).status).toBe(404);
  });

  it('comes from the command as from the route, from a running exporter and from its folder', async () => {
    const { id } = await incident();
    const run = async (...args: string[]): Promise<string> => {
      const written: string[] = [];
      const spy = vi
        .spyOn(process.stdout, 'write')
        .mockImplementation((chunk) => written.push(String(chunk)) > 0);
      try {
        await reportCommand().parseAsync(args, { from: 'user' });
      } finally {
        spy.mockRestore();
      }
      return written.join('');
    };
    const url = new URL(base).origin;
    const sameDay = (text: string) => text.replace(/^\*\d{4}-.*$/m, '');
    const asked = String((await report(id, 'md')).body);
    expect(asked).toContain(`leakline report ${id} --url ${url} --report`);
    const advice = /\n## What to look at next\n([^]*?)\n## /.exec(asked)![1]!.trim().split('\n');
    expect(advice[0]).toMatch(/^- \*\*Go objects are held: \S/);
    expect(advice.at(-1)).toContain('leakline verify --load');
    expect(sameDay(await run(id, '--url', url))).toBe(sameDay(asked));
    expect(await run('--url', url)).toMatch(new RegExp(`^INCIDENT .*\\n${id} +orders +open +\\S+Z +\\S`));
    const file = join(dir, 'out.md');
    // Incidents reach the folder a moment after they change.
    await service.workedIn();
    await run('orders', '--state-dir', dir, '--report', file);
    const written = readFileSync(file, 'utf8');
    // Where nothing watches the target, what the captures and the incident keep is told.
    for (const line of asked.split('\n').filter((each) => each.startsWith('| `')))
      expect(written).toContain(line);
    const [from, to] = /^leakline pprof growth (\S+) (\S+)$/m.exec(written)!.slice(1) as [string, string];
    expect(from).not.toBe(to);
    for (const profile of [from, to])
      expect(readFileSync(profile).subarray(0, 2).toString('hex')).toBe('1f8b');
    await expect(run('nobody', '--url', url)).rejects.toThrow(/no incident and no target .*"nobody"/);
  });
});

describe('targets', () => {
  it('are told with their state and their samples', async () => {
    const { body } = await ask('GET /targets', '/targets');
    expect((body as Page<unknown>).items).toMatchObject([{ name: 'orders', health: 'up', hasPprof: true }]);
    expect((await ask('GET /targets/{target}', '/targets/orders')).status).toBe(200);
    expect((await ask('GET /targets/{target}', '/targets/none')).status).toBe(404);
    expect((await ask('GET /targets/{target}/samples', '/targets/orders/samples?from=0')).status).toBe(200);
    expect((await ask('GET /targets/{target}/samples', '/targets/orders/samples?from=x')).status).toBe(400);
  });
});

describe('reports', () => {
  it.each([
    ['top', 'nodecount=3', { sampleType: 'inuse_space', total: 4_891_720, matched: 34 }],
    ['top', 'granularity=lines&cum=true', { unit: 'bytes' }],
    ['peek', 'function=newStripeSeries', { unit: 'bytes' }],
    ['list', 'function=.', { unit: 'bytes' }],
    ['flamegraph', 'focus=prometheus', { unit: 'bytes' }],
    ['callgraph', 'format=json', { unit: 'bytes' }],
  ])('of a capture are as described: %s?%s', async (kind, query, expected) => {
    const { id } = await capture(['heap']);
    const answer = await ask(`GET /captures/{id}/${kind}`, `/captures/${id}/${kind}?${query}`);
    expect(answer.status).toBe(200);
    expect(answer.body).toMatchObject(expected);
    expect(answer.headers.get('cache-control')).toContain(kind === 'list' ? 'no-store' : 'immutable');
  });

  it('compare with a base, and the flame graph tells growth', async () => {
    const first = await capture(['heap']);
    const second = await capture(['heap']);
    const query = `base=${first.id}&diffBase=true`;
    const top = await ask('GET /captures/{id}/top', `/captures/${second.id}/top?${query}`);
    expect((top.body as { rows: { flat: number }[] }).rows[0]?.flat).toBeGreaterThan(0);
    const flame = await ask('GET /captures/{id}/flamegraph', `/captures/${second.id}/flamegraph?${query}`);
    expect(flame.body).toHaveProperty('diff.growth');
  });

  it.each([
    ['svg', 'image/svg+xml', '<svg'],
    ['dot', 'text/vnd.graphviz', 'digraph'],
    ['pdf', 'application/pdf', '%PDF-'],
  ])('draw the call graph as %s', async (format, type, start) => {
    const { id } = await capture(['heap']);
    const path = `/captures/${id}/callgraph?format=${format}&nodecount=10`;
    const answer = await ask('GET /captures/{id}/callgraph', path);
    expect(answer.headers.get('content-type')).toContain(type);
    expect((answer.body as Buffer).toString('latin1')).toContain(start);
    const known = { headers: { 'If-None-Match': answer.headers.get('etag') ?? '' }, cache: 'force-cache' };
    expect((await ask('GET /captures/{id}/callgraph', path, known)).status).toBe(304);
  });

  it.each([
    ['top', 'nodefraction=2', 400],
    ['top', 'focus=[', 400],
    ['top', 'granularity=moods', 400],
    ['peek', '', 400],
    ['peek', 'function=NoSuchFunction', 404],
    ['list', 'function=NoSuchFunction', 404],
    ['top', 'base=none', 404],
    ['top', 'profile=cpu', 404],
    ['callgraph', 'format=gif', 400],
  ])('are refused with the reason: %s?%s', async (kind, query, status) => {
    const { id } = await capture(['heap']);
    const answer = await ask(`GET /captures/{id}/${kind}`, `/captures/${id}/${kind}?${query}`);
    expect(answer.status).toBe(status);
  });
});

it('has every route described, and every described route asked', async () => {
  const { body } = await ask('GET /openapi.json', '/openapi.json');
  expect(body).toEqual(JSON.parse(JSON.stringify(OPENAPI)));
  const described = [...OPERATIONS].flatMap(([path, operations]) =>
    Object.keys(operations).map((method) => `${method.toUpperCase()} ${path}`),
  );
  expect(described.sort()).toEqual(routesOf(app).sort());
  expect([...asked].sort()).toEqual(described.sort());
});

interface Layer {
  route?: { path: string; methods: Record<string, boolean> };
  handle: unknown;
}

/** "METHOD /path/{parameter}" of every route in the routers of the app: those under /api/v1. */
function routesOf({ router }: Express): string[] {
  const routers = (router.stack as Layer[]).map(({ handle }) => handle as { stack?: Layer[] });
  return routers
    .flatMap(({ stack = [] }) => stack)
    .flatMap(({ route }) =>
      Object.keys(route?.methods ?? {}).map(
        (method) => `${method.toUpperCase()} ${route!.path.replace(/:(\w+)/g, '{$1}')}`,
      ),
    );
}

function works(path: string): boolean {
  try {
    execFileSync(path, ['version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}
