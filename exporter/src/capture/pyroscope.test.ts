// Against a receiver that reads requests by Pyroscope's documented wire format (POST /ingest, format pprof, multipart).

import { createServer, type IncomingMessage, type Server } from 'node:http';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { silentLogger } from '../log.js';
import { ingestUrl, PyroscopeOutlet } from './pyroscope.js';
import { recordOf } from './records.testing.js';
import { profileBytes } from './watch.testing.js';
import { eventually } from './eventually.testing.js';

interface Ingested {
  url: URL;
  headers: IncomingMessage['headers'];
  parts: FormData;
}

let server: Server;
let base: string;
let ingested: Ingested[];
let status: number;

beforeEach(async () => {
  ingested = [];
  status = 200;
  server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const type = request.headers['content-type'] ?? '';
      void new Response(Buffer.concat(chunks), { headers: { 'Content-Type': type } })
        .formData()
        .then((parts) => {
          ingested.push({ url: new URL(request.url ?? '', base), headers: request.headers, parts });
          response.writeHead(status).end('whatever');
        });
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (typeof address !== 'object' || !address) throw new Error('no address');
  base = `http://127.0.0.1:${address.port}`;
});
afterEach(() => {
  server.closeAllConnections();
  server.close();
});

const HEAP = profileBytes('prometheus-a.pb.gz');
const RECORD = recordOf({
  takenAt: '2026-06-01T12:00:00.500Z',
  moduleVersion: 'v1.2.3',
  labels: { team: 'shop', odd: 'a{b}=c,"d"' },
  profiles: [
    { kind: 'heap', bytes: HEAP.length, sha256: '0'.repeat(64) },
    { kind: 'goroutine_debug2', bytes: 5, sha256: '0'.repeat(64) },
  ],
});

it('sends the heap with the labels of the target, once', async () => {
  const outlet = new PyroscopeOutlet(
    { url: `${base}/pyroscope/`, tenant: 'acme', basicAuth: { username: 'u', password: 'p' } },
    silentLogger(),
  );
  outlet.push(RECORD, () => Promise.resolve(HEAP));
  await eventually(() => expect(outlet.counts()).toEqual({ pushed: 1, failed: 0 }));
  await outlet.close();
  const [{ url, headers, parts }] = ingested as [Ingested];
  expect(url.pathname).toBe('/pyroscope/ingest');
  expect(Object.fromEntries(url.searchParams)).toEqual({
    name: 'orders{team=shop,odd=a_b__c__d_,host=host-1,trigger=manual,version=v1.2.3}',
    from: '1780315186',
    until: '1780315201',
    format: 'pprof',
    spyName: 'gospy',
  });
  expect(headers['x-scope-orgid']).toBe('acme');
  expect(headers.authorization).toBe(`Basic ${Buffer.from('u:p').toString('base64')}`);
  const profile = parts.get('profile') as File;
  expect(Buffer.from(await profile.arrayBuffer())).toEqual(HEAP);
  const types = JSON.parse(await (parts.get('sample_type_config') as File).text()) as Record<string, object>;
  expect(Object.keys(types).sort()).toEqual(['inuse_objects', 'inuse_space']);
  expect(types['inuse_space']).toEqual({
    units: 'bytes',
    'display-name': 'inuse_space',
    aggregation: 'average',
    sampled: false,
  });
});

it('counts what is refused or cannot be reached, and goes on', async () => {
  status = 500;
  const outlet = new PyroscopeOutlet({ url: base }, silentLogger());
  outlet.push(RECORD, () => Promise.resolve(HEAP));
  await eventually(() => expect(outlet.counts()).toEqual({ pushed: 0, failed: 1 }));
  outlet.push(RECORD, () => Promise.reject(new Error('gone')));
  await eventually(() => expect(outlet.counts()).toEqual({ pushed: 0, failed: 2 }));
  status = 200;
  outlet.push(RECORD, () => Promise.resolve(HEAP));
  await eventually(() => expect(outlet.counts()).toEqual({ pushed: 1, failed: 2 }));
  await outlet.close();
});

it('asks beside the base address, whatever its end', () => {
  expect(ingestUrl('https://p.example', RECORD).pathname).toBe('/ingest');
  expect(ingestUrl('https://p.example/a//', RECORD).pathname).toBe('/a/ingest');
});
