// Captures: from an alert to the growth table with a 200 MB heap; a burst of webhooks; a store of 5,000 captures.

import { createHash } from 'node:crypto';
import { existsSync, rmSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { LocalStore } from '../../exporter/src/capture/store-local.js';
import { recordOf } from '../../exporter/src/capture/records.testing.js';
import { silentLogger } from '../../exporter/src/log.js';
import type { ApiIncident, Page } from '../../exporter/src/server/api.js';
import { startCaptureServer, temporaryFolder } from '../lib/capture-server.js';
import { startLeaky } from '../lib/leaky.js';
import { pprofWatch } from '../lib/pprof-watch.js';

const HEAP_BYTES = 200e6;
const ALERTS = 500;
const WEBHOOKS = 50;
const CAPTURES = 5000;

export async function run(): Promise<void> {
  await alertToGrowth();
  await burst();
  await manyCaptures();
}

function row(what: string, figure: string, ask: string): void {
  process.stdout.write(`| ${what} | ${figure} | ${ask} |\n`);
}

function ms(since: number): string {
  return `${(performance.now() - since).toFixed(0)} ms`;
}

function alertBody(alerts: { target: string; fingerprint: string }[]): string {
  return JSON.stringify({
    version: '4',
    alerts: alerts.map(({ target, fingerprint }) => ({
      status: 'firing',
      labels: { alertname: 'LeakSuspected', target, severity: 'critical', instance: '127.0.0.1:9464' },
      annotations: { summary: `${target} is leaking`, description: 'x'.repeat(500) },
      startsAt: '2026-06-01T12:00:00Z',
      endsAt: '0001-01-01T00:00:00Z',
      generatorURL: 'http://prometheus.example/graph?g0.expr=leakline_leak_suspected',
      fingerprint,
    })),
  });
}

const JSON_TYPE = { 'Content-Type': 'application/json' };

async function alertToGrowth(): Promise<void> {
  const folder = temporaryFolder();
  const leaky = await startLeaky({ mode: 'map-cache', rate: '100MiB' });
  const watch = pprofWatch([
    { name: 'leaky', pprofUrl: `${leaky.url}/debug/pprof/`, startedAtMs: Date.now() },
  ]);
  const server = await startCaptureServer({ watch, stateDir: folder.path, config: { minGcInterval: 0 } });
  try {
    const baseline = await server.service.captureNow({ target: 'leaky', kinds: ['heap'] });
    await server.service.whenTaken(baseline.id);
    while (
      ((await leaky.modes()).find(({ mode }) => mode === 'map-cache')?.retainedBytes ?? 0) < HEAP_BYTES
    ) {
      await sleep(50);
    }
    await leaky.setMode('map-cache', '1MiB');
    // The first request pays for what is compiled and loaded lazily.
    const warm = alertBody([{ target: 'none', fingerprint: 'warm' }]);
    await fetch(`${server.url}/api/v1/alerts`, { method: 'POST', headers: JSON_TYPE, body: warm });
    const since = performance.now();
    const answer = await fetch(`${server.url}/api/v1/alerts`, {
      method: 'POST',
      headers: JSON_TYPE,
      body: alertBody([{ target: 'leaky', fingerprint: 'a' }]),
    });
    const accepted = ms(since);
    if (answer.status !== 202) throw new Error(`answered ${answer.status}`);
    for (;;) {
      const { items } = (await (await fetch(`${server.url}/api/v1/incidents`)).json()) as Page<ApiIncident>;
      if ((items[0]?.captures.length ?? 0) > 0) break;
      await sleep(10);
    }
    const growth = await fetch(`${server.url}/api/v1/targets/leaky/growth`);
    if (growth.status !== 200) throw new Error(`growth answered ${growth.status}`);
    await growth.json();
    process.stdout.write('| | measured | ask |\n|---|---|---|\n');
    row('one alert accepted', accepted, '50 ms');
    row('alert to growth table, 200 MB heap', ms(since), '2000 ms');
  } finally {
    await server.stop();
    watch.close();
    await leaky.stop();
    folder.remove();
  }
}

async function burst(): Promise<void> {
  const folder = temporaryFolder();
  const names = Array.from({ length: ALERTS }, (_, i) => `target-${i}`);
  // Nothing listens there: the captures fail, which is not what is measured.
  const watch = pprofWatch(names.map((name) => ({ name, pprofUrl: 'http://127.0.0.1:9/debug/pprof/' })));
  const server = await startCaptureServer({ watch, stateDir: folder.path });
  try {
    const bodyOf = (wave: number) =>
      alertBody(names.map((target) => ({ target, fingerprint: `${wave}-${target}` })));
    const post = async (wave: number): Promise<number> => {
      const since = performance.now();
      const init = { method: 'POST', headers: JSON_TYPE, body: bodyOf(wave) };
      const answer = await fetch(`${server.url}/api/v1/alerts`, init);
      if (answer.status !== 202) throw new Error(`answered ${answer.status}`);
      return performance.now() - since;
    };
    row(`${ALERTS} alerts in a body accepted`, `${(await post(0)).toFixed(0)} ms`, '');
    await server.service.workedIn();
    const rssBefore = process.memoryUsage().rss;
    let rssMost = rssBefore;
    let slowestScrapeMs = 0;
    let going = true;
    const scrapes = (async () => {
      while (going) {
        const since = performance.now();
        await (await fetch(`${server.url}/metrics`)).text();
        slowestScrapeMs = Math.max(slowestScrapeMs, performance.now() - since);
        rssMost = Math.max(rssMost, process.memoryUsage().rss);
        await sleep(5);
      }
    })();
    const slowest = await sendFromAside(`${server.url}/api/v1/alerts`, (i) => bodyOf(i + 1));
    await server.service.workedIn();
    going = false;
    await scrapes;
    const kept = server.service
      .incidents({ limit: 1000 })
      .items.reduce((sum, { alerts }) => sum + alerts.length, 0);
    row(`${WEBHOOKS} such bodies at once: slowest accepted`, `${slowest.toFixed(0)} ms`, '');
    row('alerts kept', `${kept} of ${(WEBHOOKS + 1) * ALERTS}`, 'all');
    row('/metrics meanwhile, slowest', `${slowestScrapeMs.toFixed(0)} ms`, '100 ms');
    row('memory above before, sender included', `${((rssMost - rssBefore) / 1e6).toFixed(0)} MB`, 'bounded');
  } finally {
    await server.stop();
    watch.close();
    folder.remove();
  }
}

/** Sends all bodies at once from a thread of its own, which takes nothing of the server's. Milliseconds of the slowest. */
async function sendFromAside(url: string, bodyOf: (i: number) => string): Promise<number> {
  const bodies = Array.from({ length: WEBHOOKS }, (_, i) => bodyOf(i));
  const sender = new Worker(
    `const { parentPort, workerData } = require('node:worker_threads');
     Promise.all(workerData.bodies.map(async (body) => {
       const since = performance.now();
       const headers = { 'Content-Type': 'application/json' };
       const { status } = await fetch(workerData.url, { method: 'POST', headers, body });
       if (status !== 202) throw new Error('answered ' + status);
       return performance.now() - since;
     })).then((times) => parentPort.postMessage(Math.max(...times)));`,
    { eval: true, workerData: { url, bodies } },
  );
  return new Promise((resolve, reject) => {
    sender.once('message', resolve).once('error', reject);
  });
}

async function manyCaptures(): Promise<void> {
  // The captures are written on a RAM disk where there is one: 5,000 times fsync is not what is measured.
  const folder = temporaryFolder(existsSync('/dev/shm') ? '/dev/shm' : undefined);
  const bytes = Buffer.alloc(20_000, 1);
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  const store = new LocalStore({ dir: folder.path, minFreeBytes: 1, log: silentLogger() });
  const watch = pprofWatch([]);
  try {
    await store.open();
    for (let i = 0; i < CAPTURES; i++) {
      const record = recordOf({
        id: `capture${String(i).padStart(6, '0')}`,
        target: `target-${i % 50}`,
        takenAt: new Date(Date.now() - i * 60_000).toISOString(),
        profiles: [{ kind: 'heap', bytes: bytes.length, sha256 }],
      });
      await store.put(record, new Map([['heap', bytes]]));
    }
    const since = performance.now();
    const config = {
      retention: { maxAge: 1e12, maxPerTarget: 1e6, maxBytesPerTarget: 1e12, maxBytes: 1e12 },
    };
    const server = await startCaptureServer({ watch, stateDir: folder.path, config });
    row(`start with ${CAPTURES} captures`, ms(since), '2000 ms');
    for (const path of ['captures', 'captures?target=target-7', 'captures?limit=1000']) {
      const listed = performance.now();
      await (await fetch(`${server.url}/api/v1/${path}`)).json();
      row(`list: ${path}`, ms(listed), '50 ms');
    }
    await server.stop();
  } finally {
    watch.close();
    rmSync(folder.path, { recursive: true, force: true });
  }
}
