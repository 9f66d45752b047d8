// The built plugin in the host page, with what it needs around it: a service that leaks when told, exporters that watch
// it, and one that is locked and watches nothing.

import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { bundleHost, serveHost, type Host } from '../../grafana-plugin/host/serve.mjs';
import { writeHealthyPast } from './healthy-past.js';
import { startLeaky, type Leaky } from './leaky.js';
import { REPOSITORY, startExporter, type Served } from './stack.js';

export const PLUGIN = join(REPOSITORY, 'grafana-plugin');

/** bcrypt of "secret": made by bcryptjs, cost 4, so that a test does not wait for it. */
const SECRET_HASH = '$2b$04$AmM3vp/jMENla15vzMU8DOpDNCRVt6oJqOAobImmMyxAo51KhSb2u';
export const CREDENTIALS = `Basic ${Buffer.from('anna:secret').toString('base64')}`;

export interface PluginStack {
  host: Host;
  leaky: Leaky;
  /** Watches `orders-api`, of whose healthy days it knows; `users-api`, without pprof; `gone`, which does not answer. */
  exporter: Served;
  /** Watches `orders-api`, of whose past it knows nothing, and takes captures by hand only. */
  byHand: Served;
  /** Asks for CREDENTIALS and watches nothing. */
  locked: Served;
  /** Takes connections and never answers. */
  silentUrl: string;
  directory: string;
  stop: () => Promise<void>;
}

/** Builds the plugin and starts everything. The service is healthy, and stays so until it is told to leak. */
export async function startPluginStack(): Promise<PluginStack> {
  const directory = mkdtempSync(join(tmpdir(), 'leakline-plugin-'));
  const common = { sampleInterval: '1s', leak: { mode: 'session' }, discovery: { enabled: false } };
  const open = join(directory, 'open');
  await writeHealthyPast(join(open, 'state'), 'orders-api');
  // The first healthy capture is taken while the plugin is built.
  const leaky = await startLeaky({ churn: '16MiB' });
  const orders = {
    name: 'orders-api',
    pprof: `${leaky.url}/debug/pprof/`,
    expvar: `${leaky.url}/debug/vars`,
  };
  const capture = { minGcInterval: '1s', cooldown: '0s', timeout: '20s', baseline: { after: '10s' } };
  const exporter = await startExporter({
    directory: open,
    config: {
      ...common,
      capture,
      targets: [
        orders,
        { name: 'users-api', expvar: `${leaky.url}/debug/vars` },
        { name: 'gone', pprof: 'http://127.0.0.1:9/debug/pprof/' },
      ],
    },
  });
  const byHand = await startExporter({
    directory: join(directory, 'by-hand'),
    config: {
      ...common,
      capture: { ...capture, minGcInterval: '5s', onVerdict: false, baseline: { after: '7d' } },
      targets: [orders],
    },
  });
  mkdirSync(join(directory, 'locked'));
  const webConfigFile = join(directory, 'locked/web.yml');
  writeFileSync(webConfigFile, `basic_auth_users:\n  anna: '${SECRET_HASH}'\n`);
  const locked = await startExporter({
    directory: join(directory, 'locked'),
    config: { ...common, webConfigFile },
  });
  const silent = await startSilent();
  const [react19, react18] = await Promise.all([
    bundleHost(19),
    bundleHost(18),
    promisify(execFile)(process.execPath, [join(PLUGIN, 'build.mjs')]),
  ]);
  const host = await serveHost({
    bundles: { 'react-19': react19, 'react-18': react18 },
    upstream: { url: exporter.url },
  });
  const address = silent.address();
  return {
    host,
    leaky,
    exporter,
    byHand,
    locked,
    silentUrl: `http://127.0.0.1:${typeof address === 'object' && address ? address.port : 0}`,
    directory,
    stop: async () => {
      await host.close();
      silent.close();
      await Promise.all([exporter, byHand, locked, leaky].map((program) => program.stop()));
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

function startSilent(): Promise<Server> {
  const server = createServer((socket) => {
    socket.on('error', () => undefined);
    server.once('close', () => socket.destroy());
  });
  return new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(server)));
}

/** The alert that Alertmanager sends for a target. */
export function firingAlert(target: string, startsAt: Date): object {
  return {
    version: '4',
    groupKey: '{}:{}',
    status: 'firing',
    receiver: 'leakline',
    groupLabels: {},
    commonLabels: {},
    commonAnnotations: {},
    externalURL: '',
    alerts: [
      {
        status: 'firing',
        labels: { alertname: 'LeaklineLeakSuspected', target, severity: 'critical' },
        annotations: { summary: `${target} leaks memory` },
        startsAt: startsAt.toISOString(),
        endsAt: '0001-01-01T00:00:00Z',
        generatorURL: '',
        fingerprint: '5ad3c1e0b1f2a4d7',
      },
    ],
  };
}
