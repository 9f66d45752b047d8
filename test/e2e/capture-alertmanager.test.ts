// A real Alertmanager drives a real firing to captures of the real Go service, over a receiver that is down for a while,
// and its resolve.

import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { ApiCapture, ApiGrowth, ApiIncident, Page } from '../../exporter/src/server/api.js';
import { startCaptureServer, temporaryFolder, type CaptureServer } from '../lib/capture-server.js';
import { goToolchain, startLeaky, type Leaky } from '../lib/leaky.js';
import { pprofWatch } from '../lib/pprof-watch.js';

const run = promisify(execFile);
const PATIENCE = { timeout: 90_000, interval: 200 };
const MODULE = 'leakline.test/leaky';

let folder: ReturnType<typeof temporaryFolder>;
let leaky: Leaky;
let watch: ReturnType<typeof pprofWatch>;
let server: CaptureServer | undefined;
let alertmanager: ChildProcess | undefined;

beforeEach(async () => {
  folder = temporaryFolder();
  leaky = await startLeaky({ mode: 'map-cache', rate: '4MiB', churn: '8MiB' });
  watch = pprofWatch([
    {
      name: 'leaky',
      pprofUrl: `${leaky.url}/debug/pprof/`,
      pid: leaky.pid,
      startedAtMs: Date.now(),
      module: MODULE,
    },
  ]);
});
afterEach(async () => {
  if (alertmanager?.exitCode === null) {
    const gone = new Promise((resolve) => alertmanager?.once('exit', resolve));
    alertmanager.kill('SIGKILL');
    await gone;
  }
  await server?.stop();
  server = undefined;
  watch.close();
  await leaky.stop();
  folder.remove();
});

async function start(): Promise<CaptureServer> {
  return startCaptureServer({
    watch,
    stateDir: folder.path,
    config: { minGcInterval: 1000, followUp: 3000 },
  });
}

async function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer().listen(0, '127.0.0.1', () => {
      const address = probe.address();
      probe.close(() => {
        if (typeof address === 'object' && address) resolve(address.port);
        else reject(new Error('no port'));
      });
    });
  });
}

/** Relays to whatever capture server runs now, so that the receiver may go and come back at another port. */
async function startAlertmanager(webhookUrl: string): Promise<string> {
  const config = join(folder.path, 'alertmanager.yml');
  writeFileSync(
    config,
    `route: {receiver: leakline, group_by: [alertname], group_wait: 1s, group_interval: 1s, repeat_interval: 20s}
receivers: [{name: leakline, webhook_configs: [{url: '${webhookUrl}', send_resolved: true}]}]
`,
  );
  const port = await freePort();
  alertmanager = spawn(
    'prometheus-alertmanager',
    [
      `--config.file=${config}`,
      `--storage.path=${join(folder.path, 'alertmanager')}`,
      `--web.listen-address=127.0.0.1:${port}`,
      '--cluster.listen-address=',
    ],
    { stdio: 'ignore' },
  );
  const url = `http://127.0.0.1:${port}`;
  await vi.waitFor(async () => expect((await fetch(`${url}/-/ready`)).ok).toBe(true), PATIENCE);
  return url;
}

async function get<T>(path: string): Promise<T> {
  const response = await fetch(`${server!.url}/api/v1/${path}`);
  expect(response.status).toBe(200);
  return (await response.json()) as T;
}

async function captured(): Promise<ApiCapture[]> {
  const { items } = await get<Page<ApiCapture>>('captures?target=leaky');
  return items.filter(({ state }) => state !== 'pending');
}

it('fires, is captured once and again, names the leaking function, and resolves', async () => {
  server = await start();
  const url = await startAlertmanager(`${server.url}/api/v1/alerts`);
  const labels = ['alertname=LeakSuspected', 'target=leaky', 'severity=critical'];
  const alert = (...more: string[]) =>
    run('amtool', [`--alertmanager.url=${url}`, 'alert', 'add', ...labels, ...more]);
  await alert();
  await vi.waitFor(async () => {
    const done = (await captured()).map(({ trigger, state }) => [trigger, state]);
    expect(done).toEqual([
      ['follow_up', 'complete'],
      ['alert', 'complete'],
    ]);
  }, PATIENCE);

  const leak = (await leaky.modes()).find(({ mode }) => mode === 'map-cache')!;
  const growth = await get<ApiGrowth>('targets/leaky/growth');
  expect(growth.functions[0]?.function).toContain(leak.function);
  await vi.waitFor(async () => {
    const { items } = await get<Page<ApiIncident>>('incidents?target=leaky&state=open');
    expect(items).toHaveLength(1);
    expect(items[0]?.alerts).toHaveLength(1);
    expect(items[0]?.blamed?.function).toContain(leak.function);
  }, PATIENCE);
  expect(server.service.metrics().allocatorGrowth[0]?.function).toContain(leak.function);

  // The same alert with an end: Alertmanager sends that it is resolved.
  await alert(`--end=${new Date().toISOString()}`);
  await vi.waitFor(async () => {
    const [incident] = (await get<Page<ApiIncident>>('incidents?target=leaky')).items;
    expect(incident?.state).toBe('resolved');
    expect(incident?.alerts.map(({ status }) => status)).toEqual(['resolved']);
    expect((await captured()).map(({ trigger }) => trigger)).toEqual(['resolved', 'follow_up', 'alert']);
  }, PATIENCE);

  const heap = (await captured()).find(({ trigger }) => trigger === 'alert')!;
  const { stdout } = await run(goToolchain().path, [
    'tool',
    'pprof',
    '-top',
    '-sample_index=inuse_space',
    `${server.url}/api/v1/captures/${heap.id}/profiles/heap`,
  ]);
  expect(stdout).toContain(leak.function);
});

it('is sent again to a receiver that was down, and captured once', async () => {
  server = await start();
  const { port } = new URL(server.url);
  await server.stop();
  server = undefined;
  const url = await startAlertmanager(`http://127.0.0.1:${port}/api/v1/alerts`);
  await run('amtool', [`--alertmanager.url=${url}`, 'alert', 'add', 'alertname=Down', 'target=leaky']);
  await new Promise((resolve) => setTimeout(resolve, 3000));
  server = await startCaptureServer({
    watch,
    stateDir: folder.path,
    config: { minGcInterval: 1000 },
    port: Number(port),
  });
  await vi.waitFor(async () => expect(await captured()).toHaveLength(1), PATIENCE);
  await server.stop();
  // Started again, it is sent the firing again by and by (repeat_interval); what it has it does not take again.
  server = await startCaptureServer({
    watch,
    stateDir: folder.path,
    config: { minGcInterval: 1000, cooldown: 0 },
    port: Number(port),
  });
  await vi.waitFor(() => expect(server?.service.metrics().alerts[0]?.count).toBeGreaterThan(0), {
    ...PATIENCE,
    timeout: 150_000,
  });
  await server.service.workedIn();
  expect((await captured()).filter(({ trigger }) => trigger === 'alert')).toHaveLength(1);
});
