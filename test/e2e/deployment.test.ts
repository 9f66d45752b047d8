// docker-compose.yml, the Dockerfiles, the Kubernetes example and Grafana's provisioning: what can be held true without an
// engine, a cluster or a Grafana.

import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it, test } from 'vitest';
import { parse, parseAllDocuments } from 'yaml';
import { findProgram } from '../lib/programs.js';
import { REPOSITORY } from '../lib/stack.js';

const read = (path: string) => readFileSync(join(REPOSITORY, path), 'utf8');
const directory = mkdtempSync(join(tmpdir(), 'leakline-deployment-'));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

interface Service {
  image?: string;
  build?: string | { context: string; dockerfile: string };
  command?: string[];
  volumes?: string[];
  ports?: string[];
  network_mode?: string;
  pid?: string;
  healthcheck?: { test: string[] };
  depends_on?: string[] | Record<string, { condition: string }>;
  environment?: Record<string, string>;
}
const compose = parse(read('docker-compose.yml')) as {
  services: Record<string, Service>;
  volumes: Record<string, null>;
};
const services = Object.entries(compose.services);
const service = (name: string) => compose.services[name]!;

describe('docker-compose.yml', () => {
  it.runIf(findProgram('docker-compose'))('is what docker-compose takes', () => {
    const { status, stderr } = spawnSync('docker-compose', ['config', '--quiet'], {
      cwd: REPOSITORY,
      encoding: 'utf8',
    });
    expect([status, stderr]).toEqual([0, '']);
  });

  it('mounts what exists, read-only, and keeps what must last in volumes that it declares', () => {
    const used = new Set<string>();
    for (const [name, { volumes = [] }] of services) {
      for (const mount of volumes) {
        const [from, , mode] = mount.split(':');
        if (!from!.startsWith('./')) used.add(from!);
        else {
          expect(existsSync(join(REPOSITORY, from!)), `${name}: ${from}`).toBe(true);
          expect(mode, `${name}: ${from}`).toBe('ro');
        }
      }
    }
    expect([...used].sort()).toEqual(Object.keys(compose.volumes).sort());
  });

  it('hands every program the provisioning that it has in this repository', () => {
    const mountsOf = (name: string) =>
      (service(name).volumes ?? []).map((mount) => mount.split(':').slice(0, 2));
    expect(mountsOf('prometheus')).toContainEqual(['./provisioning/prometheus', '/etc/prometheus']);
    expect(mountsOf('alertmanager')).toContainEqual(['./provisioning/alertmanager', '/etc/alertmanager']);
    expect(mountsOf('grafana')).toContainEqual(['./provisioning/grafana', '/etc/grafana/provisioning']);
    const provider = parse(read('provisioning/grafana/dashboards/leakline.yml')) as {
      providers: { options: { path: string } }[];
    };
    expect(mountsOf('grafana')).toContainEqual([
      './dashboards/json/provisioning',
      provider.providers[0]!.options.path,
    ]);
    const home = service('grafana').environment?.GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH ?? '';
    const dashboards = join(REPOSITORY, 'dashboards/json/provisioning');
    expect(existsSync(home.replace(provider.providers[0]!.options.path, dashboards)), home).toBe(true);
    expect(mountsOf('leakline')).toContainEqual([
      './provisioning/compose/leakline.yml',
      '/etc/leakline/leakline.yml',
    ]);
    for (const [name, file] of [
      ['prometheus', '/etc/prometheus/prometheus.yml'],
      ['alertmanager', '/etc/alertmanager/alertmanager.yml'],
    ] as const) {
      expect(service(name).command).toContain(`--config.file=${file}`);
    }
  });

  it('lets the exporter see the processes of the service, and all find each other on loopback', () => {
    expect(service('leakline').pid).toBe(service('orders-api').pid);
    for (const [name, { network_mode }] of services) {
      expect(network_mode, name).toBe(name === 'pod' ? undefined : 'service:pod');
    }
    for (const port of service('pod').ports ?? []) expect(port).toMatch(/^127\.0\.0\.1:(\d+):\1$/);
  });

  it('pins every version and asks every program for its health', () => {
    for (const [name, { image, build, healthcheck }] of services) {
      if (image !== undefined) expect(image, name).toMatch(/:v?\d+\.\d+(\.\d+)?$/);
      else expect(build, name).toBeDefined();
      if (name !== 'pod') expect(healthcheck?.test[0], name).toBe('CMD');
    }
  });

  it('waits only for what has a health check', () => {
    for (const [name, { depends_on: needs = [] }] of services) {
      const conditions = Array.isArray(needs)
        ? needs.map((each) => [each, ''] as const)
        : Object.entries(needs);
      for (const [needed, condition] of conditions) {
        expect(compose.services, name).toHaveProperty(needed);
        if (typeof condition !== 'string' && condition.condition === 'service_healthy') {
          expect(service(needed).healthcheck, `${name} waits for ${needed}`).toBeDefined();
        }
      }
    }
  });

  test.each(['provisioning/compose/leakline.yml'])('%s is what the exporter takes', (file) => {
    checkExporterConfig(join(REPOSITORY, file));
  });
});

function checkExporterConfig(file: string): void {
  const cli = join(REPOSITORY, 'exporter/bin/leakline.js');
  const { status, stderr } = spawnSync(process.execPath, [cli, 'serve', '--check', '--config', file], {
    encoding: 'utf8',
  });
  expect([status, stderr]).toEqual([0, '']);
}

describe('Dockerfiles', () => {
  const files = ['exporter/Dockerfile', 'grafana-plugin/Dockerfile', 'test/fixtures/leaky/Dockerfile'];

  it('are those that docker-compose.yml builds', () => {
    const built = services.flatMap(([, { build }]) =>
      build === undefined ? [] : [typeof build === 'string' ? `${build}/Dockerfile` : build.dockerfile],
    );
    expect(built.sort()).toEqual(files);
  });

  // The rules of hadolint that matter here: pinned bases, no root at the end, commands as lists, no cache left behind.
  it.each(files)('%s: two stages of pinned images, the last without build tools and as no root', (file) => {
    const lines = read(file)
      .replaceAll(/\\\n/g, ' ')
      .split('\n')
      .filter((line) => line !== '' && !line.startsWith('#'));
    const froms = lines.filter((line) => line.startsWith('FROM '));
    expect(froms).toHaveLength(2);
    for (const from of froms)
      expect(from).toMatch(/^FROM [\w./-]+:\d+\.\d+(\.\d+)?(-\w+\d+\.\d+)?( AS build)?$/);
    const last = lines.slice(lines.lastIndexOf(froms[1]!));
    expect(last.filter((line) => /^RUN .*(npm|go|apk|apt)/.test(line))).toEqual([]);
    const user = last.filter((line) => line.startsWith('USER ')).at(-1);
    expect(Number(/^USER (\d+)/.exec(user ?? '')?.[1])).toBeGreaterThan(0);
    for (const line of last.filter((each) => /^(CMD|ENTRYPOINT) /.test(each)))
      expect(line).toMatch(/ \[".*"\]$/);
    expect(lines.filter((line) => /^(ADD|MAINTAINER) |^RUN .*(sudo|:latest)/.test(line))).toEqual([]);
  });

  it.each(files.slice(0, 2))('%s copies what exists or is built', (file) => {
    const made = new Set(['/src/node_modules', '/src/exporter/dist', '/src/grafana-plugin/dist']);
    for (const [, from] of read(file).matchAll(/^COPY --from=build (\S+)/gm)) {
      const here = from!.replace('/src/', '');
      expect(made.has(from!) || existsSync(join(REPOSITORY, here)), from).toBe(true);
    }
  });

  it('run exporter and service as one user: only so is the memory of the service to be read', () => {
    const userOf = (file: string) => /^USER (\S+)/m.exec(read(file))?.[1];
    expect(userOf('exporter/Dockerfile')).toBe(userOf('test/fixtures/leaky/Dockerfile'));
  });

  it('allow the app and its two parts by their exact names', () => {
    const ids = ['', 'datasource/', 'panel/'].map(
      (folder) => (JSON.parse(read(`grafana-plugin/src/${folder}plugin.json`)) as { id: string }).id,
    );
    expect(read('grafana-plugin/Dockerfile')).toContain(
      `GF_PLUGINS_ALLOW_LOADING_UNSIGNED_PLUGINS=${ids.join(',')}\n`,
    );
    const { apps } = parse(read('provisioning/grafana/plugins/leakline.yml')) as { apps: { type: string }[] };
    expect(apps.map(({ type }) => type)).toEqual([ids[0]]);
  });
});

interface Kubernetes {
  kind: string;
  metadata: { name: string; labels?: Record<string, string> };
  data?: Record<string, string>;
  spec: {
    jobLabel?: string;
    selector: Record<string, string> & { matchLabels?: Record<string, string> };
    ports?: { name: string; targetPort: string }[];
    endpoints?: { port: string }[];
    groups?: unknown[];
    template?: {
      metadata: { labels: Record<string, string> };
      spec: {
        shareProcessNamespace: boolean;
        securityContext: { runAsNonRoot: boolean; runAsUser: number };
        containers: {
          name: string;
          ports: { name: string }[];
          volumeMounts?: { name: string }[];
          resources: { limits: { memory: string } };
        }[];
        volumes: { name: string }[];
      };
    };
  };
}

describe('the Kubernetes example', () => {
  const documents = ['sidecar.yml', 'service-monitor.yml', 'prometheus-rule.yml'].flatMap((name) =>
    parseAllDocuments(read(`provisioning/kubernetes/${name}`)).map((document) => {
      expect(document.errors).toEqual([]);
      return document.toJS() as Kubernetes;
    }),
  );
  const one = (kind: string) => documents.find((document) => document.kind === kind)!;

  it('shares the processes of the pod with the exporter, as one user', () => {
    const { spec } = one('Deployment').spec.template!;
    expect(spec).toMatchObject({
      shareProcessNamespace: true,
      securityContext: { runAsNonRoot: true, runAsUser: 10001 },
    });
    const volumes = spec.volumes.map(({ name }) => name);
    for (const { volumeMounts = [] } of spec.containers) {
      for (const { name } of volumeMounts) expect(volumes).toContain(name);
    }
  });

  it('has selectors and ports that meet', () => {
    const { labels } = one('Deployment').spec.template!.metadata;
    const ports = one('Deployment').spec.template!.spec.containers.flatMap((container) => container.ports);
    expect(labels).toMatchObject(one('Deployment').spec.selector.matchLabels!);
    expect(labels).toMatchObject(one('Service').spec.selector);
    expect(ports.map(({ name }) => name)).toContain(one('Service').spec.ports![0]!.targetPort);
    const monitor = one('ServiceMonitor').spec;
    expect(one('Service').metadata.labels).toMatchObject(monitor.selector.matchLabels!);
    expect(one('Service').spec.ports!.map(({ name }) => name)).toContain(monitor.endpoints![0]!.port);
    // The rules go by the job "leakline".
    expect(one('Service').metadata.labels![monitor.jobLabel!]).toBe('leakline');
  });

  it('configures the exporter in a way that it takes, with the limit of the container', () => {
    const text = one('ConfigMap').data!['leakline.yml']!;
    const file = join(directory, 'leakline.yml');
    writeFileSync(file, text);
    checkExporterConfig(file);
    const limit = one('Deployment').spec.template!.spec.containers[0]!.resources.limits.memory;
    expect(text).toContain(`memoryLimit: ${limit}B`);
  });

  it.runIf(findProgram('promtool'))('holds rules that promtool takes', () => {
    const file = join(directory, 'rules.json');
    writeFileSync(file, JSON.stringify({ groups: one('PrometheusRule').spec.groups }));
    expect(spawnSync('promtool', ['check', 'rules', file], { encoding: 'utf8' })).toMatchObject({
      status: 0,
    });
  });
});

interface GrafanaRule {
  title: string;
  condition: string;
  data: { refId: string; datasourceUid: string; model: { expr?: string; expression?: string } }[];
  annotations: Record<string, string>;
  notification_settings: { receiver: string };
}

describe('Grafana', () => {
  const folder = join(REPOSITORY, 'provisioning/grafana');

  it('has nothing but files that it reads', () => {
    const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) =>
      statSync(join(folder, name)).isFile(),
    );
    for (const name of files) {
      expect(name).toMatch(/^(alerting|dashboards|datasources|plugins)\/[\w-]+\.yml$/);
      expect(parse(read(`provisioning/grafana/${name}`)), name).toMatchObject({ apiVersion: 1 });
    }
  });

  it('has rules that ask its own data source, with an answer for every letter, and reach the exporter', () => {
    const { datasources } = parse(read('provisioning/grafana/datasources/leakline.yml')) as {
      datasources: { uid: string; type: string; url?: string }[];
    };
    const { contactPoints } = parse(read('provisioning/grafana/alerting/contact-points.yml')) as {
      contactPoints: { name: string; receivers: { settings: { url: string } }[] }[];
    };
    const { groups } = parse(read('provisioning/grafana/alerting/rules.yml')) as {
      groups: { rules: GrafanaRule[] }[];
    };
    const webhook = /url: (http\S+)/.exec(read('provisioning/alertmanager/alertmanager.yml'))![1];
    expect(contactPoints[0]!.receivers[0]!.settings.url).toBe(webhook);
    const prometheus = datasources.find(({ type }) => type === 'prometheus')!;
    for (const { title, condition, data, annotations, notification_settings } of groups.flatMap(
      ({ rules }) => rules,
    )) {
      const letters = data.map(({ refId }) => refId);
      expect(new Set(letters).size, title).toBe(letters.length);
      expect(letters, title).toContain(condition);
      for (const { datasourceUid, model } of data) {
        expect([prometheus.uid, '__expr__'], title).toContain(datasourceUid);
        if (model.expression !== undefined) expect(letters, title).toContain(model.expression);
        if (model.expr !== undefined) expect(model.expr, title).not.toMatch(/%s|\$/);
      }
      for (const text of Object.values(annotations)) {
        expect(text, title).not.toMatch(/\$|\| query|printf/);
        for (const [, letter] of text.matchAll(/\.Values(?:\.| ")([A-Z])/g))
          expect(letters, title).toContain(letter);
      }
      expect(notification_settings.receiver, title).toBe(contactPoints[0]!.name);
    }
  });
});
