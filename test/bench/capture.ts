// Captures, by the exporter as users start it: from an alert to the growth table with a 200 MB heap; a burst of
// webhooks sent by a process of its own; a start with 5,000 captures. The ask stands beside each figure.

import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { recordOf } from '../../exporter/src/capture/records.testing.js';
import { LocalStore } from '../../exporter/src/capture/store/local.js';
import { silentLogger } from '../../exporter/src/log.js';
import type { ApiCapture, ApiGrowth, ApiIncident, Page } from '../../exporter/src/server/api.js';
import { temporaryFolder } from '../lib/capture-server.js';
import { startLeaky } from '../lib/leaky.js';
import { waitFor } from '../lib/programs.js';
import { getJson, startExporter, type Served } from '../lib/stack.js';

const HEAP_BYTES = 200e6;
const ALERTS = 500;
const WEBHOOKS = 50;
/** Single bodies sent one after the other; their median is told, the machine's moods are not. */
const SINGLE_BODIES = 9;
/** Incidents are written to the disk for a while after the alerts are worked in. */
const AFTERMATH_MS = 3000;
const CAPTURES = 5000;
const LISTS = 5;
const SENDER = fileURLToPath(new URL('webhook-sender.mjs', import.meta.url));
const execute = promisify(execFile);

export async function run(): Promise<void> {
  process.stdout.write('| | measured | ask |\n|---|---|---|\n');
  await alertToGrowth();
  await burst();
  await manyCaptures();
}

function row(what: string, figure: string, ask: string): void {
  process.stdout.write(`| ${what} | ${figure} | ${ask} |\n`);
}

function ms(milliseconds: number): string {
  return `${milliseconds.toFixed(milliseconds < 10 ? 1 : 0)} ms`;
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)]!;
}

/** Sends webhooks at once; milliseconds of each answer. Rejects where one is not 202. */
async function send(exporter: Served, firstWave: number, waves: number, alerts = ALERTS): Promise<number[]> {
  const args = [SENDER, `${exporter.url}/api/v1/alerts`, String(alerts), String(firstWave), String(waves)];
  const { stdout } = await execute(process.execPath, args);
  const answers = JSON.parse(stdout) as { status: number; milliseconds: number }[];
  const refused = answers.find(({ status }) => status !== 202);
  if (refused) throw new Error(`answered ${refused.status}`);
  return answers.map(({ milliseconds }) => milliseconds);
}

async function alertToGrowth(): Promise<void> {
  const folder = temporaryFolder();
  const leaky = await startLeaky({ mode: 'map-cache', rate: '100MiB' });
  const exporter = await startExporter({
    directory: folder.path,
    config: {
      discovery: { enabled: false },
      targets: [{ name: 'target-0', pprof: `${leaky.url}/debug/pprof/` }],
      capture: { minGcInterval: '1s', onVerdict: false },
    },
  });
  const api = `${exporter.url}/api/v1`;
  try {
    const { id } = await postCapture(api, { target: 'target-0', kinds: ['heap'] });
    await waitFor('the first capture', async () => {
      return (await getJson<ApiCapture>(`${api}/captures/${id}`)).state === 'complete';
    });
    await waitFor('the heap to grow', async () => {
      const mode = (await leaky.modes()).find((each) => each.mode === 'map-cache');
      return (mode?.retainedBytes ?? 0) > HEAP_BYTES;
    });
    await leaky.setMode('map-cache', '1MiB');
    const since = performance.now();
    const [accepted] = await send(exporter, 0, 1, 1);
    for (;;) {
      const { items } = await getJson<Page<ApiIncident>>(`${api}/incidents`);
      if ((items[0]?.captures.length ?? 0) > 0) break;
      await sleep(10);
    }
    const growth = await getJson<ApiGrowth>(`${api}/targets/target-0/growth`);
    if (growth.functions.length === 0) throw new Error('nothing grew');
    row('one alert accepted', ms(accepted!), '≤ 50 ms');
    row('alert → growth table, 200 MB heap', ms(performance.now() - since), '≤ 2000 ms');
  } finally {
    await exporter.stop();
    await leaky.stop();
    folder.remove();
  }
}

async function postCapture(api: string, body: object): Promise<ApiCapture> {
  const response = await fetch(`${api}/captures`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify(body),
  });
  return (await response.json()) as ApiCapture;
}

async function burst(): Promise<void> {
  const folder = temporaryFolder();
  const exporter = await startExporter({
    directory: folder.path,
    config: {
      // Nothing listens there: the captures fail, which is not what is measured.
      targets: Array.from({ length: ALERTS }, (_, i) => ({
        name: `target-${i}`,
        pprof: 'http://127.0.0.1:9/debug/pprof/',
      })),
      discovery: { enabled: false },
      sampleInterval: '5m',
    },
  });
  try {
    const quietMs = median(await times(20, () => scrape(exporter)));
    const single: number[] = [];
    for (let wave = 0; wave < SINGLE_BODIES; wave++) {
      single.push(...(await send(exporter, wave, 1)));
      await sleep(500);
    }
    row(`${ALERTS} alerts in a body accepted, median of ${SINGLE_BODIES}`, ms(median(single)), '≤ 50 ms');
    const rssBefore = peakBytes(exporter.pid);
    const scrapes: number[] = [];
    let going = true;
    const scraping = (async () => {
      while (going) {
        scrapes.push(await scrape(exporter));
        await sleep(5);
      }
    })();
    const accepted = await send(exporter, SINGLE_BODIES, WEBHOOKS);
    // What was taken over is worked in meanwhile: it must not hold up a scrape either.
    await waitFor('every alert to be worked in', () => isWorkedIn(exporter, SINGLE_BODIES + WEBHOOKS));
    await sleep(AFTERMATH_MS);
    going = false;
    await scraping;
    row(`${WEBHOOKS} such bodies at once: slowest accepted`, ms(Math.max(...accepted)), '');
    row('alerts kept', `${await alertsKept(exporter)} of ${(SINGLE_BODIES + WEBHOOKS) * ALERTS}`, 'all');
    row(
      `/metrics meanwhile (${ms(quietMs)} before), slowest of ${scrapes.length}`,
      ms(Math.max(...scrapes)),
      '≤ 100 ms',
    );
    const grown = (peakBytes(exporter.pid) - rssBefore) / 1e6;
    row('peak memory above before', `${grown.toFixed(0)} MB`, 'bounded');
  } finally {
    await exporter.stop();
    folder.remove();
  }
}

async function times(count: number, measure: () => Promise<number>): Promise<number[]> {
  const values: number[] = [];
  for (let i = 0; i < count; i++) values.push(await measure());
  return values;
}

async function scrape({ url }: Served): Promise<number> {
  const since = performance.now();
  const response = await fetch(`${url}/metrics`);
  await response.text();
  if (response.status !== 200) throw new Error(`/metrics answered ${response.status}`);
  return performance.now() - since;
}

/** Alerts in all incidents, a few incidents a page. */
async function alertsKept({ url }: Served): Promise<number> {
  let kept = 0;
  let next: string | null = '';
  while (next !== null) {
    const page: Page<ApiIncident> = await getJson(`${url}/api/v1/incidents?limit=20&cursor=${next}`);
    kept += page.items.reduce((sum, { alerts }) => sum + alerts.length, 0);
    next = page.next;
  }
  return kept;
}

/** Whether the last target of the bodies has been told of every one: bodies are worked in front to back. */
async function isWorkedIn({ url }: Served, alerts: number): Promise<boolean> {
  const page = await getJson<Page<ApiIncident>>(`${url}/api/v1/incidents?target=target-${ALERTS - 1}`);
  return page.items[0]?.alerts.length === alerts;
}

/** Peak resident memory of a process so far. */
function peakBytes(pid: number): number {
  const kib = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
  return Number(kib) * 1024;
}

async function manyCaptures(): Promise<void> {
  // The captures are written on a RAM disk where there is one: 5,000 times fsync is not what is measured.
  const folder = temporaryFolder(existsSync('/dev/shm') ? '/dev/shm' : undefined);
  const stateDir = join(folder.path, 'state');
  const bytes = Buffer.alloc(20_000, 1);
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  const store = new LocalStore({ dir: stateDir, minFreeBytes: 1, log: silentLogger() });
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
    const config = (capture: object) => ({ discovery: { enabled: false }, capture });
    const retention = { maxAge: '3650d', maxPerTarget: 10 * CAPTURES };
    const started = async (directory: string, capture: object) => {
      const since = performance.now();
      const exporter = await startExporter({ directory, config: config(capture) });
      return { exporter, milliseconds: performance.now() - since };
    };
    const without = await started(join(folder.path, 'empty'), { enabled: false });
    await without.exporter.stop();
    const { exporter, milliseconds } = await started(folder.path, { retention });
    try {
      row(
        `start with ${CAPTURES} captures (${ms(without.milliseconds)} with none)`,
        ms(milliseconds),
        '≤ 2000 ms',
      );
      for (const path of ['captures', 'captures?target=target-7', 'captures?limit=1000']) {
        const asked = await times(LISTS, async () => {
          const since = performance.now();
          await getJson(`${exporter.url}/api/v1/${path}`);
          return performance.now() - since;
        });
        row(`list: ${path}, slowest of ${LISTS}`, ms(Math.max(...asked)), '≤ 50 ms');
      }
    } finally {
      await exporter.stop();
    }
  } finally {
    folder.remove();
  }
}
