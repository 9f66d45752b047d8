// Many exporters, one bucket: what two exporters capture, a third with no targets serves. Against a running S3 server.

import { ListObjectsV2Command, PutObjectCommand } from '@aws-sdk/client-s3';
import { afterAll, afterEach, beforeAll, expect, it, vi } from 'vitest';
import { S3Store } from '../../exporter/src/capture/store/s3.js';
import { recordOf } from '../../exporter/src/capture/records.testing.js';
import { silentLogger } from '../../exporter/src/log.js';
import type { Config } from '../../exporter/src/config/schema.js';
import type { ApiCapture, ApiGrowth, ApiIncident, Page } from '../../exporter/src/server/api.js';
import { startCaptureServer, temporaryFolder, type CaptureServer } from '../lib/capture-server.js';
import { startLeaky, type Leaky } from '../lib/leaky.js';
import { pprofWatch } from '../lib/pprof-watch.js';
import { S3_KEY, s3Client, startS3Server, type S3Server } from '../lib/s3-server.js';

let s3: S3Server;
let leaky: Leaky;
const endings: (() => Promise<void> | void)[] = [];

beforeAll(async () => {
  s3 = await startS3Server();
  leaky = await startLeaky({ mode: 'map-cache', rate: '8MiB' });
});
afterEach(async () => {
  for (const end of endings.splice(0).reverse()) await end();
});
afterAll(async () => {
  await leaky.stop();
  await s3.stop();
});

async function exporter(host: string, targets: string[]): Promise<CaptureServer> {
  const folder = temporaryFolder();
  endings.push(() => folder.remove());
  const watch = pprofWatch(
    targets.map((name) => ({ name, pprofUrl: `${leaky.url}/debug/pprof/`, startedAtMs: Date.now() })),
  );
  endings.push(() => watch.close());
  const store: Config['capture']['store'] = {
    type: 's3',
    bucket: s3.bucket,
    prefix: 'leakline/',
    region: 'us-east-1',
    endpoint: s3.endpoint,
    forcePathStyle: true,
    ...S3_KEY,
  };
  const server = await startCaptureServer({
    watch,
    stateDir: folder.path,
    host,
    config: { store, minGcInterval: 0, cooldown: 0 },
  });
  endings.push(() => server.stop());
  return server;
}

async function get<T>({ url }: CaptureServer, path: string): Promise<T> {
  const response = await fetch(`${url}/api/v1/${path}`);
  expect(response.status, path).toBe(200);
  return (await response.json()) as T;
}

it('holds the captures of all exporters, served by one with no targets', async () => {
  const first = await exporter('host-1', ['orders']);
  const second = await exporter('host-2', ['orders', 'billing']);
  const ids: string[] = [];
  for (const [server, target] of [
    [first, 'orders'],
    [first, 'orders'],
    [second, 'billing'],
  ] as const) {
    const { id } = await server.service.captureNow({ target, kinds: ['heap'] });
    expect(await server.service.whenTaken(id)).toMatchObject({ state: 'complete' });
    ids.push(id);
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
  const startsAt = new Date().toISOString();
  const labels = { alertname: 'Leak', target: 'billing' };
  const alert = {
    fingerprint: 'fp',
    name: 'Leak',
    status: 'firing' as const,
    startsAt,
    endsAt: null,
    labels,
    annotations: {},
  };
  await second.service.handleAlerts({ alerts: [alert], unusable: 0, truncated: 0 });
  await vi.waitFor(() => expect(second.service.incidents({}).items[0]?.captures).toHaveLength(1), {
    timeout: 30_000,
  });
  await second.service.workedIn();

  const reader = await exporter('host-3', []);
  const list = (await get<Page<ApiCapture>>(reader, 'captures')).items;
  expect(list).toHaveLength(4);
  expect(list.filter(({ host }) => host === 'host-1')).toHaveLength(2);
  for (const id of ids) {
    const profile = await fetch(`${reader.url}/api/v1/captures/${id}/profiles/heap`);
    const original = await fetch(`${first.url}/api/v1/captures/${id}/profiles/heap`);
    expect(profile.status).toBe(200);
    const bytes = Buffer.from(await profile.arrayBuffer());
    if (original.status === 200) expect(bytes).toEqual(Buffer.from(await original.arrayBuffer()));
  }
  expect((await get<ApiGrowth>(reader, 'targets/orders/growth')).functions).toBeDefined();
  const [incident] = (await get<Page<ApiIncident>>(reader, 'incidents')).items;
  expect(incident).toMatchObject({ target: 'billing', host: 'host-2', state: 'open' });
});

it('shows a capture only once it is whole, and one that is gone no more', async () => {
  const client = s3Client(s3.endpoint);
  endings.push(() => client.destroy());
  const log = silentLogger();
  const store = new S3Store({ client, bucket: s3.bucket, prefix: 'whole/', log });
  const other = new S3Store({ client: s3Client(s3.endpoint), bucket: s3.bucket, prefix: 'whole/', log });
  await store.open();
  await other.open();
  endings.push(
    () => store.close(),
    () => other.close(),
  );
  const folder = 'whole/captures/orders/20260601T120000Z-halfcapture/';
  await client.send(new PutObjectCommand({ Bucket: s3.bucket, Key: `${folder}heap.pb.gz`, Body: 'x' }));
  await client.send(
    new PutObjectCommand({
      Bucket: s3.bucket,
      Key: 'whole/captures/orders/20260601T120000Z-badcapture/capture.json',
      Body: '{"version":1}',
    }),
  );
  await other.refresh();
  expect(other.captures()).toEqual([]);

  const bytes = Buffer.from('profile');
  const sha256 = 'f1234d75178d892a133a410355a5a990cf75d2f33eba25d575943d4df632f3a4';
  const record = recordOf({ id: 'wholecapture', profiles: [{ kind: 'heap', bytes: bytes.length, sha256 }] });
  await store.put(record, new Map([['heap', bytes]]));
  await other.refresh();
  expect(other.captures()).toEqual([record]);
  // The digest is not that of the bytes: what was changed in the bucket is not served.
  await expect(other.profile('wholecapture', 'heap')).rejects.toMatchObject({ code: 'capture_damaged' });
  await store.remove('wholecapture');
  await other.refresh();
  expect(other.captures()).toEqual([]);

  // What a killed exporter left behind goes after a day.
  const later = new S3Store({
    client: s3Client(s3.endpoint),
    bucket: s3.bucket,
    prefix: 'whole/',
    log,
    now: () => Date.now() + 25 * 3_600_000,
  });
  await later.open();
  await later.close();
  const { Contents = [] } = await client.send(
    new ListObjectsV2Command({ Bucket: s3.bucket, Prefix: folder }),
  );
  expect(Contents).toEqual([]);
});

it('names the bucket when it cannot be reached', async () => {
  const client = s3Client('http://127.0.0.1:9');
  const store = new S3Store({ client, bucket: 'nowhere', prefix: '', log: silentLogger() });
  await expect(store.open()).rejects.toMatchObject({
    code: 'store_unreachable',
    message: expect.stringContaining('nowhere') as unknown,
  });
  await store.close();
});
