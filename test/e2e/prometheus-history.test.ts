// A new exporter beside a Prometheus that has scraped one for days: what those days tell is known at once. The days are
// written by `promtool tsdb create-blocks-from openmetrics`; server and exporter are real.

import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ApiTarget } from '../../exporter/src/server/api.js';
import { silentLogger } from '../../exporter/src/log.js';
import { PrometheusHistory } from '../../exporter/src/state/prometheus-history.js';
import { startLeaky, type Leaky } from '../lib/leaky.js';
import { freePort, startProgram, waitFor, type Program } from '../lib/programs.js';
import { getJson, startExporter, type Served } from '../lib/stack.js';

const MIB = 2 ** 20;
const HOUR = 3600;
const HOURS = 30;
const LEAK_AFTER_HOURS = 12;
const LEAK_BYTES_PER_SECOND = (12 * MIB) / HOUR;

const directory = mkdtempSync(join(tmpdir(), 'leakline-past-'));
const nowSeconds = Math.floor(Date.now() / 1000);
let prometheus: Program;
let url: string;
let leaky: Leaky;
let exporter: Served;

/** Thirty hours of a target whose live heap is 200 MiB, and in `leaks` rises from the twelfth hour on. */
function past(): string {
  const started = nowSeconds - HOURS * HOUR - 600;
  const families: Record<string, (target: string, heap: number, s: number) => string[]> = {
    leakline_process_commit_bytes: (target, heap) => [`{process="x",target="${target}"} ${2.2 * heap}`],
    leakline_process_start_time_seconds: (target) => [`{process="x",target="${target}"} ${started}`],
    go_memstats_heap_alloc_bytes: (target, heap, s) => [
      `{target="${target}"} ${heap * (1 + 0.8 * ((s * 0.37) % 1))}`,
    ],
    go_memstats_next_gc_bytes: (target, heap) => [`{target="${target}"} ${2 * heap}`],
    go_memstats_alloc_bytes_total: (target, _, s) => [`{target="${target}"} ${s * 10 * MIB}`],
    go_memstats_heap_objects: (target, heap) => [`{target="${target}"} ${Math.round(heap / 100)}`],
    go_gc_duration_seconds_count: (target, _, s) => [`{target="${target}"} ${Math.floor(s / 20)}`],
    go_goroutines: (target) => [`{target="${target}"} 40`],
    leakline_memory_part_bytes: (target, heap) => [`{part="live_heap",target="${target}"} ${heap}`],
  };
  const lines: string[] = [];
  for (const [name, of] of Object.entries(families)) {
    lines.push(`# TYPE ${name} gauge`);
    for (const target of ['leaks', 'quiet']) {
      for (let s = 0; s < HOURS * HOUR; s += 60) {
        const grown =
          target === 'leaks' ? Math.max(0, s - LEAK_AFTER_HOURS * HOUR) * LEAK_BYTES_PER_SECOND : 0;
        for (const sample of of(target, 200 * MIB + grown, s))
          lines.push(`${name}${sample} ${nowSeconds - HOURS * HOUR + s}`);
      }
    }
  }
  // A target of the same name under two exporters.
  lines.push('# TYPE go_memstats_heap_inuse_bytes gauge');
  for (const instance of ['a', 'b'])
    lines.push(`go_memstats_heap_inuse_bytes{instance="${instance}",target="shared"} 7 ${nowSeconds - HOUR}`);
  return `${lines.join('\n')}\n# EOF\n`;
}

beforeAll(async () => {
  const openMetrics = join(directory, 'past.txt');
  const data = join(directory, 'data');
  writeFileSync(openMetrics, past());
  execFileSync('promtool', ['tsdb', 'create-blocks-from', 'openmetrics', '--quiet', openMetrics, data]);
  const port = await freePort();
  url = `http://127.0.0.1:${port}`;
  writeFileSync(join(directory, 'prometheus.yml'), '{}');
  prometheus = startProgram('prometheus', [
    `--config.file=${join(directory, 'prometheus.yml')}`,
    `--storage.tsdb.path=${data}`,
    `--web.listen-address=127.0.0.1:${port}`,
    '--log.level=warn',
  ]);
  await waitFor('Prometheus', async () => (await fetch(`${url}/-/ready`)).ok);
  leaky = await startLeaky({ name: 'quiet', mode: 'flat', rate: '8MiB' });
  exporter = await startExporter({
    directory: join(directory, 'exporter'),
    config: { sampleInterval: '1s', discovery: { include: ['quiet'] }, prometheus: { url, lookback: '2d' } },
  });
});

afterAll(async () => {
  await Promise.all([exporter?.stop(), leaky?.stop(), prometheus?.stop()]);
  rmSync(directory, { recursive: true, force: true });
});

const config = (address = url) => ({ url: address, lookback: 2 * 24 * HOUR * 1000, labels: {} });

async function readPast(target: string, settings = config(), log = silentLogger()) {
  const history = new PrometheusHistory(settings, log);
  try {
    return await history.read(target, { mode: 'service' }, nowSeconds * 1000);
  } finally {
    history.close();
  }
}

describe('the past out of Prometheus', () => {
  test('is judged as if it had been watched', async () => {
    const { detector, baseline } = (await readPast('leaks'))!;
    const verdict = detector.verdict();
    expect(verdict.state).toBe('leaking');
    expect(verdict.slopes.live_heap!.perSecond / LEAK_BYTES_PER_SECOND).toBeCloseTo(1, 1);
    const onset = nowSeconds - (HOURS - LEAK_AFTER_HOURS) * HOUR;
    expect(Math.abs(verdict.sinceSeconds! - onset)).toBeLessThan(2 * HOUR);
    const heap = baseline.deviations(verdict.sinceSeconds).find(({ signal }) => signal === 'live_heap')!;
    expect(heap.normal / (200 * MIB)).toBeCloseTo(1, 1);
    expect(heap.ratio).toBeGreaterThan(1.8);
  });

  test('of a healthy target is healthy', async () => {
    expect((await readPast('quiet'))!.detector.verdict().leaking).toEqual([]);
  });

  test('is none for a target that Prometheus does not know', async () => {
    expect(await readPast('unknown')).toBeUndefined();
  });

  test('is not taken from two exporters at once', async () => {
    const messages: string[] = [];
    const log = silentLogger();
    log.warn = (facts: unknown) => void messages.push(JSON.stringify(facts));
    expect(await readPast('shared', config(), log)).toBeUndefined();
    expect(messages.join()).toMatch(/2 exporters tell of .*prometheus\.labels/);
  });

  test('is none where nothing answers', async () => {
    expect(await readPast('leaks', config('http://127.0.0.1:9/'))).toBeUndefined();
  });

  test('is known to a new exporter within seconds, beside what it sees itself', async () => {
    const target = await waitFor('the past in the API', async () => {
      const seen = await getJson<ApiTarget>(`${exporter.url}/api/v1/targets/quiet`);
      return (seen.baseline ?? []).some(({ hours }) => (hours ?? 0) >= 20) && seen;
    });
    expect(target.health).toBe('up');
    expect(target.baseline!.find(({ signal }) => signal === 'goroutines')!.normal).toBeCloseTo(40, 0);
  });
});
