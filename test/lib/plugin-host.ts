// The built plugin in the host page, with what it needs around it: a leaking service, an exporter that watches it, and
// one that is locked and watches nothing.

import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bundleHost, serveHost, type Host } from '../../grafana-plugin/host/serve.mjs';
import { startLeaky, type Leaky } from './leaky.js';
import { REPOSITORY, startExporter, type Served } from './stack.js';

export const PLUGIN = join(REPOSITORY, 'grafana-plugin');

/** bcrypt of "secret": made by bcryptjs, cost 4, so that a test does not wait for it. */
const SECRET_HASH = '$2b$04$AmM3vp/jMENla15vzMU8DOpDNCRVt6oJqOAobImmMyxAo51KhSb2u';
export const CREDENTIALS = `Basic ${Buffer.from('anna:secret').toString('base64')}`;

export interface PluginStack {
  host: Host;
  leaky: Leaky;
  exporter: Served;
  /** Asks for CREDENTIALS and watches nothing. */
  locked: Served;
  /** Takes connections and never answers. */
  silentUrl: string;
  directory: string;
  stop: () => Promise<void>;
}

/** Builds the plugin and starts everything. `orders-api` leaks, `users-api` has no pprof, `gone` does not answer. */
export async function startPluginStack(): Promise<PluginStack> {
  execFileSync(process.execPath, [join(PLUGIN, 'build.mjs')], { stdio: 'pipe' });
  const directory = mkdtempSync(join(tmpdir(), 'leakline-plugin-'));
  const leaky = await startLeaky({ mode: 'map-cache', rate: '4MiB', churn: '16MiB' });
  const common = { sampleInterval: '1s', leak: { mode: 'session' }, discovery: { enabled: false } };
  const exporter = await startExporter({
    directory: join(directory, 'open'),
    config: {
      ...common,
      capture: { minGcInterval: '1s', cooldown: '0s', timeout: '5s' },
      targets: [
        { name: 'orders-api', pprof: `${leaky.url}/debug/pprof/`, expvar: `${leaky.url}/debug/vars` },
        { name: 'users-api', expvar: `${leaky.url}/debug/vars` },
        { name: 'gone', pprof: 'http://127.0.0.1:9/debug/pprof/' },
      ],
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
  const bundles = { 'react-19': await bundleHost(19), 'react-18': await bundleHost(18) };
  const host = await serveHost({ bundles, upstream: { url: exporter.url } });
  const address = silent.address();
  return {
    host,
    leaky,
    exporter,
    locked,
    silentUrl: `http://127.0.0.1:${typeof address === 'object' && address ? address.port : 0}`,
    directory,
    stop: async () => {
      await host.close();
      silent.close();
      await Promise.all([exporter.stop(), locked.stop(), leaky.stop()]);
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
