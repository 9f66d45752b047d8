import { readFileSync } from 'node:fs';
import http from 'node:http';
import path from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import type { LeaklineError } from '../errors.js';
import { createTargetHttp } from '../target-http/client.js';
import { createPace } from './pace.js';
import { createGoRuntimeReader, type GoRuntimeReaderOptions } from './reader.js';

const recorded = (name: string) => readFileSync(path.join(import.meta.dirname, 'testdata', name));
const BODIES: Record<string, Buffer> = {
  '/debug/vars': recorded('expvar-go1.19.json'),
  '/metrics?format=prometheus': recorded('metrics-go1.26.txt'),
  '/debug/pprof/heap?debug=1': recorded('heap-debug1-go1.19.txt'),
  '/debug/pprof/': recorded('index-go1.19.html'),
};
const ALL = Object.keys(BODIES);
const MINUTES = 60_000;

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

/** A target that offers what `offered` holds at the time, and remembers what it was asked. */
async function fakeTarget(
  offered: Set<string>,
  answer?: (url: string, response: http.ServerResponse) => boolean,
) {
  const asked: string[] = [];
  const server = http.createServer((request, response) => {
    const url = request.url ?? '';
    asked.push(url);
    if (answer?.(url, response)) return;
    response.statusCode = offered.has(url) ? 200 : 404;
    response.end(offered.has(url) ? BODIES[url] : 'not found, says the target');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  cleanups.push(() => {
    server.closeAllConnections();
    server.close();
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  const origin = `http://127.0.0.1:${address.port}`;
  return { asked, origin, server, metricsUrl: `${origin}/metrics?format=prometheus` };
}

function pprofOf(origin: string) {
  const client = createTargetHttp(`${origin}/debug/pprof/`);
  cleanups.push(() => client.close());
  return client;
}

function reader(options: GoRuntimeReaderOptions) {
  const created = createGoRuntimeReader(options);
  cleanups.push(() => created.close());
  return created;
}

async function failure(promise: Promise<unknown>): Promise<LeaklineError> {
  return promise.then(
    () => Promise.reject(new Error('did not fail')),
    (error: LeaklineError) => error,
  );
}

describe('createGoRuntimeReader', () => {
  it.each([
    ['expvar', ALL, 41],
    ['prometheus', ALL.filter((url) => url !== '/debug/vars'), 4],
    ['heap_text', ['/debug/pprof/heap?debug=1', '/debug/pprof/'], 41],
    ['heap_text', ['/debug/pprof/heap?debug=1'], undefined],
  ])('chooses %s first when %j are offered', async (source, offered, goroutines) => {
    const { origin, metricsUrl } = await fakeTarget(new Set(offered));
    const runtime = reader({ http: pprofOf(origin), metricsUrl });
    expect(runtime.source).toBeUndefined();
    const reading = await runtime.read();
    expect([reading.source, runtime.source, reading.goroutines]).toEqual([source, source, goroutines]);
  });

  it('asks only the chosen source from then on', async () => {
    const { asked, origin, metricsUrl } = await fakeTarget(new Set(ALL));
    const runtime = reader({ http: pprofOf(origin), metricsUrl });
    await runtime.read();
    await runtime.read();
    expect(asked.toSorted()).toEqual(['/debug/pprof/', '/debug/pprof/', '/debug/vars', '/debug/vars']);
  });

  it('works with an address of expvar or of metrics alone, without pprof', async () => {
    const { origin, metricsUrl, asked } = await fakeTarget(new Set(ALL));
    expect((await reader({ expvarUrl: `${origin}/debug/vars` }).read()).source).toBe('expvar');
    expect((await reader({ metricsUrl }).read()).source).toBe('prometheus');
    expect(asked).toEqual(['/debug/vars', '/metrics?format=prometheus']);
  });

  it('chooses again at once when the source vanishes, and the cheaper one when it is back', async () => {
    const offered = new Set(ALL);
    let nowMs = 0;
    const { origin, asked } = await fakeTarget(offered);
    const runtime = reader({ http: pprofOf(origin), now: () => nowMs });
    expect((await runtime.read()).source).toBe('expvar');
    offered.delete('/debug/vars');
    expect((await runtime.read()).source).toBe('heap_text');
    asked.length = 0;
    nowMs += 1 * MINUTES;
    expect((await runtime.read()).source).toBe('heap_text');
    expect(asked).not.toContain('/debug/vars');
    offered.add('/debug/vars');
    nowMs += 5 * MINUTES;
    expect((await runtime.read()).source).toBe('expvar');
  });

  it('chooses again when the answer becomes garbage', async () => {
    let garbage = false;
    const { origin } = await fakeTarget(new Set(ALL), (url, response) => {
      if (!garbage || url !== '/debug/vars') return false;
      response.end('<html>maintenance</html>');
      return true;
    });
    const runtime = reader({ http: pprofOf(origin) });
    expect((await runtime.read()).source).toBe('expvar');
    garbage = true;
    expect((await runtime.read()).source).toBe('heap_text');
  });

  it('asks a target that does not answer once, and tells why', async () => {
    const { origin, asked, server } = await fakeTarget(new Set(), (_, response) => {
      response.destroy();
      return true;
    });
    const runtime = reader({ http: pprofOf(origin) });
    const error = await failure(runtime.read());
    expect([error.code, error.message]).toEqual([
      'target_unreachable',
      'GET /debug/vars: the target closed the connection',
    ]);
    expect(asked).not.toContain('/debug/pprof/heap?debug=1');
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
    expect((await failure(runtime.read())).message).toBe(
      'GET /debug/vars: connection refused: nothing listens there',
    );
  });

  it('tries the other origin when one does not answer', async () => {
    const dead = await fakeTarget(new Set(), (_, response) => {
      response.destroy();
      return true;
    });
    const { origin } = await fakeTarget(new Set(ALL));
    const runtime = reader({ http: pprofOf(origin), expvarUrl: `${dead.origin}/debug/vars` });
    expect((await runtime.read()).source).toBe('heap_text');
  });

  it('says of everything that it tried why it did not work, and nothing that the target says', async () => {
    const { origin } = await fakeTarget(new Set(), (url, response) => {
      if (url !== '/debug/pprof/heap?debug=1') return false;
      response.writeHead(401).end('password is hunter2');
      return true;
    });
    const error = await failure(reader({ http: pprofOf(origin) }).read());
    expect(error.code).toBe('runtime_status');
    expect(error.message).toBe(
      'GET /debug/vars: status 404: the target does not serve it; ' +
        'GET heap?debug=1: status 401: the target wants credentials (basicAuth, bearerToken or tls of the target)',
    );
  });

  it('looks for the goroutine count seldom where the index does not tell it', async () => {
    let nowMs = 0;
    const { origin, asked } = await fakeTarget(new Set(['/debug/vars']));
    const runtime = reader({ http: pprofOf(origin), now: () => nowMs });
    for (let i = 0; i < 3; i++) await runtime.read();
    expect(asked.filter((url) => url === '/debug/pprof/')).toHaveLength(1);
    nowMs += 5 * MINUTES;
    await runtime.read();
    expect(asked.filter((url) => url === '/debug/pprof/')).toHaveLength(2);
  });

  it('stops at a signal', async () => {
    const { origin } = await fakeTarget(new Set(ALL), () => true);
    const error = await failure(reader({ http: pprofOf(origin) }).read(AbortSignal.timeout(30)));
    expect(error.code).toBe('target_aborted');
  });

  it('slows down when the text fallback is long', async () => {
    const { origin } = await fakeTarget(new Set(ALL), (url, response) => {
      if (!url.startsWith('/debug/pprof/heap')) return false;
      response.write(Buffer.alloc(8 * 2 ** 20, '1: 2 [3: 4] @ 0x5\n'));
      response.end(BODIES[url]);
      return true;
    });
    const expensive = reader({ http: pprofOf(origin), expvarUrl: `${origin}/nowhere` });
    expect(expensive.minIntervalMs).toBe(0);
    await expensive.read();
    expect(expensive.minIntervalMs).toBeGreaterThanOrEqual(8000);
    const cheap = reader({ http: pprofOf(origin) });
    await cheap.read();
    expect(cheap.minIntervalMs).toBeLessThan(100);
  });

  it('needs something to ask', () => {
    expect(() => createGoRuntimeReader({})).toThrow('a target needs an address of pprof, expvar or metrics');
  });
});

describe('createPace', () => {
  it('keeps the text fallback at one percent of a core and at a MiB a second', () => {
    const pace = createPace();
    expect(pace.minIntervalMs('heap_text')).toBe(0);
    pace.add('heap_text', 313, 1000);
    expect(pace.minIntervalMs('heap_text')).toBe(31_300);
    const other = createPace();
    other.add('heap_text', 10, 27 * 2 ** 20);
    expect(other.minIntervalMs('heap_text')).toBe(27_000);
  });

  it('does not take one stall for a cost, nor the network for work', () => {
    const pace = createPace();
    for (const elapsedMs of [2, 5000, 3]) pace.add('heap_text', elapsedMs, 1000);
    expect(pace.minIntervalMs('heap_text')).toBe(300);
    pace.add('expvar', 900, 4000);
    expect(pace.minIntervalMs('expvar')).toBe(4);
  });

  it('never rests longer than a quarter of an hour', () => {
    const pace = createPace();
    pace.add('heap_text', 30_000, 2 ** 29);
    expect(pace.minIntervalMs('heap_text')).toBe(900_000);
  });
});
