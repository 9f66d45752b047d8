// The demo: a Go service that leaks, the exporter on it, Prometheus and Alertmanager beside it, and line by line what
// happens. Ctrl-C ends all that it started. `--once` ends by itself when the verdict is reached.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { formatBytes, formatBytesPerSecond, formatDuration } from '../../exporter/src/format.js';
import type { ApiGrowth, ApiTarget, Page } from '../../exporter/src/server/api.js';
import { LEAKY_SOURCE, startLeaky, type LeakyMode } from '../lib/leaky.js';
import { preferPort } from '../lib/programs.js';
import { getJson, queryPrometheus, startAlertmanager, startExporter, startPrometheus } from '../lib/stack.js';
import { ensurePrograms } from './install.js';

const HELP = `Usage: npm run demo [-- options]

Builds and starts a Go service that leaks, watches it, and says line by line what happens.

Options:
  --once          stop when the verdict is reached (exit code 0)
  --mode MODE     how it leaks: map-cache, goroutines, slice, steps, native … (default: map-cache)
  --rate RATE     bytes a second, for example 512KiB (default: 2MiB)
  --no-install    install nothing, whatever is missing
  --help
`;

const { values: options } = parseArgs({
  options: {
    once: { type: 'boolean', default: false },
    mode: { type: 'string', default: 'map-cache' },
    rate: { type: 'string', default: '2MiB' },
    'no-install': { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});
if (options.help) {
  process.stdout.write(HELP);
  process.exit(0);
}

/** The service may hold this much: with a limit near, a leak is judged in about a minute rather than in hours. */
const MEMORY_LIMIT = '640MiB';
/** Longest wait of `--once` for a verdict. */
const ONCE_TIMEOUT_MS = 300_000;
const POLL_MS = 1_000;

const startedAtMs = Date.now();
const colour = process.stdout.isTTY;
const paint = (code: number, text: string) => (colour ? `\u001b[${code}m${text}\u001b[0m` : text);
function say(what: string, text: string): void {
  const elapsed = `${Math.round((Date.now() - startedAtMs) / 1000)} s`.padStart(6);
  process.stdout.write(`${paint(2, elapsed)}  ${paint(1, what.padEnd(10))} ${text}\n`);
}

let prometheusTold = false;
const directory = mkdtempSync(join(tmpdir(), 'leakline-demo-'));
const started: { stop(): Promise<void> }[] = [];
let stopping: Promise<void> | undefined;
function stopAll(): Promise<void> {
  stopping ??= (async () => {
    for (const program of started.reverse()) await program.stop();
    rmSync(directory, { recursive: true, force: true });
  })();
  return stopping;
}
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.on(signal, () => {
    say('stopping', 'ending all that was started');
    void stopAll().then(() => process.exit(0));
  });
}
function track<T extends { stop(): Promise<void> }>(program: T): T {
  started.push(program);
  return program;
}

try {
  const has = ensurePrograms({ mayInstall: !options['no-install'], say });
  say('building', `the Go service (mode ${options.mode}, ${options.rate} a second)`);
  const leaky = track(
    await startLeaky({
      mode: options.mode as LeakyMode,
      rate: options.rate,
      expvar: true,
      name: 'orders-api',
    }),
  );
  say('service', `orders-api, process ${leaky.pid}, leaks at ${leaky.url} (its modes: ${leaky.url}/modes)`);

  const exporter = track(
    await startExporter({
      directory: join(directory, 'exporter'),
      port: await preferPort(9464),
      config: {
        sampleInterval: '1s',
        targets: [{ name: 'orders-api', pprof: `${leaky.url}/debug/pprof/`, memoryLimit: MEMORY_LIMIT }],
        discovery: { include: ['orders-api'] },
        // A demo of minutes: the second capture of the incident comes soon, and the sources are at hand.
        capture: { minGcInterval: '5s', followUp: '15s' },
        profile: { sourceRoots: [LEAKY_SOURCE] },
      },
    }),
  );
  say('exporter', `${exporter.url}/  (metrics: ${exporter.url}/metrics)`);

  let prometheusUrl: string | undefined;
  if (has.prometheus) {
    const alertmanager = has.alertmanager
      ? track(
          await startAlertmanager({
            directory: join(directory, 'alertmanager'),
            exporterPort: exporter.port,
            port: await preferPort(9093),
          }),
        )
      : undefined;
    const prometheus = track(
      await startPrometheus({
        directory: join(directory, 'prometheus'),
        exporterPort: exporter.port,
        alertmanagerPort: alertmanager?.port,
        port: await preferPort(9090),
      }),
    );
    prometheusUrl = prometheus.url;
    const query = encodeURIComponent('leakline_leak_slope_bytes_per_second');
    say('prometheus', `${prometheus.url}/graph?g0.expr=${query}&g0.tab=0`);
    if (alertmanager) say('alerts', `${alertmanager.url}/`);
  }
  await follow(exporter.url, prometheusUrl);
  await stopAll();
} catch (error) {
  say('failed', error instanceof Error ? error.message : String(error));
  await stopAll();
  process.exitCode = 3;
}

/** Tells what changes until the verdict (`--once`) or for ever. */
async function follow(exporterUrl: string, prometheusUrl: string | undefined): Promise<void> {
  let state = '';
  let lastSampledMs = 0;
  const followedFromMs = Date.now();
  for (;;) {
    const { items } = await getJson<Page<ApiTarget>>(`${exporterUrl}/api/v1/targets`);
    const target = items.find(({ name }) => name === 'orders-api');
    const verdict = target?.verdict;
    if (target && Date.now() - lastSampledMs > 10_000) {
      lastSampledMs = Date.now();
      say('sampled', describeSample(target));
    }
    if (verdict && verdict.state !== state) {
      state = verdict.state;
      say(state === 'growing' ? 'suspected' : state, describeVerdict(target));
    }
    if (state === 'leaking') {
      if (prometheusUrl !== undefined) await tellPrometheus(prometheusUrl);
      if (options.once) {
        await tellGrowth(exporterUrl);
        return;
      }
    }
    if (options.once && Date.now() - followedFromMs > ONCE_TIMEOUT_MS) {
      throw new Error(`no verdict within ${formatDuration(ONCE_TIMEOUT_MS / 1000)}`);
    }
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}

function describeSample({ signals }: ApiTarget): string {
  const parts = [
    signals.commit !== undefined && `commit ${formatBytes(signals.commit)}`,
    signals.live_heap !== undefined && `live heap ${formatBytes(signals.live_heap)}`,
    signals.goroutines !== undefined && `${signals.goroutines} goroutines`,
  ];
  return parts.filter(Boolean).join(', ');
}

function describeVerdict({ name, verdict }: ApiTarget): string {
  if (!verdict) return name;
  const slope = verdict.slopes.commit ?? verdict.slopes.live_heap;
  if (!slope || verdict.since === null) return `${name}: ${verdict.why}`;
  const since = new Date(verdict.since).toLocaleTimeString();
  const rate = `${formatBytesPerSecond(slope.perSecond)} (${formatBytesPerSecond(slope.lowerPerSecond)} to ${formatBytesPerSecond(slope.upperPerSecond)})`;
  const limit = verdict.timeToLimit ? `; limit in ${formatDuration(verdict.timeToLimit.seconds)}` : '';
  return `${name} grows at ${rate} since ${since}${limit}. ${verdict.why}`;
}

async function tellPrometheus(url: string): Promise<void> {
  if (prometheusTold) return;
  // The verdict is a scrape and an evaluation ahead of what Prometheus holds.
  for (let attempt = 0; attempt < 30; attempt++) {
    const samples = await queryPrometheus(
      url,
      'leakline_leak_slope_bytes_per_second and on (target) leakline_leak_suspected == 1',
    );
    if (samples.length > 0) {
      prometheusTold = true;
      const slopes = samples.map(({ labels, value }) => `${labels.signal} ${formatBytesPerSecond(value)}`);
      say('prometheus', `holds the slope: ${slopes.join(', ')}`);
      return;
    }
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}

/** The functions that grow, once captures were compared; the exporter captures on its own verdict. */
async function tellGrowth(exporterUrl: string): Promise<void> {
  for (let attempt = 0; attempt < 60; attempt++) {
    const response = await fetch(`${exporterUrl}/api/v1/targets/orders-api/growth`);
    if (response.ok) {
      const { blamed } = (await response.json()) as ApiGrowth;
      const first = blamed[0];
      if (first && first.growthBytes > 0) {
        const share = `${Math.round(first.share * 100)} % of the growth`;
        say(
          'function',
          `${first.function} ${first.file}:${first.line}: ${formatBytes(first.growthBytes)}, ${share}`,
        );
        return;
      }
    }
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}
