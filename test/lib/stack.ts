// The programs around a target: the exporter as built, and Prometheus and Alertmanager with the provisioned
// configuration, each on a free port and in a folder of its own.

import { cpSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parse, stringify } from 'yaml';
import { freePort, startProgram, waitFor, type Program } from './programs.js';

export const REPOSITORY = fileURLToPath(new URL('../../', import.meta.url));
const CLI = join(REPOSITORY, 'exporter/bin/leakline.js');

export interface Served extends Program {
  readonly url: string;
  readonly port: number;
}

export interface ExporterOptions {
  /** Folder for configuration, state and captures. */
  directory: string;
  /** Fields of leakline.yml; listen and folders are filled in. */
  config?: Record<string, unknown>;
  port?: number;
  /** Arguments of Node, before the command. */
  nodeArguments?: readonly string[];
}

/** Starts `leakline serve` as built and waits until it is ready. */
export async function startExporter(options: ExporterOptions): Promise<Served> {
  const { directory, config = {}, port, nodeArguments = [] } = options;
  mkdirSync(directory, { recursive: true });
  const listenPort = port ?? (await freePort());
  const file = join(directory, 'leakline.yml');
  const full = { listen: `127.0.0.1:${listenPort}`, state: { dir: join(directory, 'state') }, ...config };
  writeFileSync(file, stringify(full));
  const program = startProgram(process.execPath, [...nodeArguments, CLI, 'serve', '--config', file]);
  return waitReady('the exporter', program, `http://127.0.0.1:${listenPort}`, listenPort);
}

export interface PrometheusOptions {
  directory: string;
  exporterPort: number;
  /** Ports of further exporters, in the same job. */
  otherPorts?: readonly number[];
  alertmanagerPort?: number;
  port?: number;
  /** Scrapes and evaluates every second and waits seconds where the shipped configuration waits minutes. */
  hurried?: boolean;
}

/** Starts Prometheus with provisioning/prometheus/, pointed at this exporter (and Alertmanager). */
export async function startPrometheus(options: PrometheusOptions): Promise<Served> {
  const { directory, exporterPort, otherPorts = [], alertmanagerPort } = options;
  const port = options.port ?? (await freePort());
  cpSync(join(REPOSITORY, 'provisioning/prometheus'), directory, { recursive: true });
  const file = join(directory, 'prometheus.yml');
  const config = parse(readFileSync(file, 'utf8')) as {
    global: { scrape_interval: string; evaluation_interval: string };
    scrape_configs: {
      job_name: string;
      scrape_interval?: string;
      static_configs?: { targets: string[] }[];
    }[];
    alerting?: { alertmanagers: { static_configs: { targets: string[] }[] }[] };
  };
  for (const job of config.scrape_configs) {
    if (job.job_name !== 'leakline') continue;
    job.static_configs = [{ targets: [exporterPort, ...otherPorts].map((each) => `127.0.0.1:${each}`) }];
    if (options.hurried) job.scrape_interval = '1s';
  }
  if (options.hurried) {
    config.global = { ...config.global, scrape_interval: '1s', evaluation_interval: '1s' };
    for (const name of readdirSync(join(directory, 'rules'))) {
      const rules = join(directory, 'rules', name);
      const text = readFileSync(rules, 'utf8');
      writeFileSync(rules, text.replaceAll(/^( +(?:for|keep_firing_for): )\d+m$/gm, '$15s'));
    }
  }
  config.scrape_configs = config.scrape_configs.filter(({ job_name }) => job_name === 'leakline');
  if (alertmanagerPort === undefined) delete config.alerting;
  else
    config.alerting = {
      alertmanagers: [{ static_configs: [{ targets: [`127.0.0.1:${alertmanagerPort}`] }] }],
    };
  writeFileSync(file, stringify(config));
  const program = startProgram('prometheus', [
    `--config.file=${file}`,
    `--storage.tsdb.path=${join(directory, 'data')}`,
    `--web.listen-address=127.0.0.1:${port}`,
    '--log.level=warn',
  ]);
  return waitReady('Prometheus', program, `http://127.0.0.1:${port}`, port);
}

/** Starts Alertmanager with provisioning/alertmanager/, its webhook pointed at this exporter. */
export async function startAlertmanager(options: {
  directory: string;
  exporterPort: number;
  port?: number;
  /** Waits seconds where the shipped configuration waits a minute. */
  hurried?: boolean;
  /** What the webhook signs in with, as the comment of the configuration says. */
  credential?: { username: string; password_file: string };
}): Promise<Served> {
  const { directory, exporterPort } = options;
  const port = options.port ?? (await freePort());
  cpSync(join(REPOSITORY, 'provisioning/alertmanager'), directory, { recursive: true });
  const file = join(directory, 'alertmanager.yml');
  const text = readFileSync(file, 'utf8').replaceAll('127.0.0.1:9464', `127.0.0.1:${exporterPort}`);
  const hurried = text
    .replace(/group_wait: \d+s/, 'group_wait: 1s')
    .replace(/group_interval: 1m/, 'group_interval: 2s');
  const config = parse(options.hurried ? hurried : text) as {
    receivers: { webhook_configs: Record<string, unknown>[] }[];
  };
  if (options.credential) {
    for (const webhook of config.receivers.flatMap((receiver) => receiver.webhook_configs)) {
      webhook.http_config = { basic_auth: options.credential };
    }
  }
  writeFileSync(file, stringify(config));
  const program = startProgram('prometheus-alertmanager', [
    `--config.file=${file}`,
    `--storage.path=${join(directory, 'data')}`,
    `--web.listen-address=127.0.0.1:${port}`,
    '--cluster.listen-address=',
    '--log.level=warn',
  ]);
  return waitReady('Alertmanager', program, `http://127.0.0.1:${port}`, port);
}

async function waitReady(name: string, program: Program, url: string, port: number): Promise<Served> {
  try {
    await waitFor(name, async () => {
      if (!program.isRunning()) return true;
      return (await fetch(`${url}/-/ready`)).ok;
    });
    if (!program.isRunning()) throw new Error(`${name} ended at once:\n${program.output()}`);
  } catch (error) {
    await program.stop();
    throw new Error(`${name} did not get ready:\n${program.output()}`, { cause: error });
  }
  return { ...program, url, port };
}

/** Instant query; the samples of the answer. */
export async function queryPrometheus(
  url: string,
  query: string,
): Promise<{ labels: Record<string, string>; value: number }[]> {
  const response = await fetch(`${url}/api/v1/query?query=${encodeURIComponent(query)}`);
  const body = (await response.json()) as {
    status: string;
    error?: string;
    data: { result: { metric: Record<string, string>; value: [number, string] }[] };
  };
  if (body.status !== 'success') throw new Error(`Prometheus: ${body.error}`);
  return body.data.result.map(({ metric, value }) => ({ labels: metric, value: Number(value[1]) }));
}

export async function getJson<T>(url: string): Promise<T> {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`${url}: ${response.status} ${await response.text()}`);
  return (await response.json()) as T;
}
