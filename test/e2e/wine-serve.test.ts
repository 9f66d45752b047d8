// leakline serve on a real node.exe under Wine, watching leaky.exe, scraped from Linux over loopback: what it exposes
// agrees with what Linux shows of the same processes, and what Wine does not tell is absent.

import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { stringify } from 'yaml';
import { buildLeaky, goToolchain, leakyArguments, leakyClient } from '../lib/leaky.js';
import { freePort } from '../lib/programs.js';
import { startWine, type Wine, type WindowsProgram } from '../lib/wine.js';

const CLI = new URL('../../exporter/bin/leakline.js', import.meta.url).pathname;
const MIB = 2 ** 20;
/** The service holds more than this at the end. */
const HELD_BYTES = 64 * MIB;
/** A sample may be older than what Linux shows at the same moment. */
const MARGIN_BYTES = 32 * MIB;
const TIMEOUT_MS = 120_000;

type Samples = { name: string; labels: Record<string, string>; value: number }[];

let wine: Wine;
let leaky: WindowsProgram;
let serve: WindowsProgram;
let folder: string;
let metricsUrl: string;
let client: ReturnType<typeof leakyClient>;

beforeAll(async () => {
  wine = await startWine();
  folder = mkdtempSync(join(tmpdir(), 'leakline-wine-serve-'));
  const exe = await buildLeaky({
    toolchain: goToolchain({ maxMinor: 20 }),
    goos: 'windows',
    name: 'wine-orders',
  });
  leaky = wine.start(exe, leakyArguments({ mode: 'map-cache', rate: '8MiB', churn: '1MiB' }));
  const url = await vi.waitFor(
    () => /leaky listening on (http:\S+)/.exec(leaky.output())?.[1] ?? expect.fail(leaky.output()),
    { timeout: TIMEOUT_MS },
  );
  client = leakyClient(url);
  const port = await freePort();
  const config = join(folder, 'leakline.yml');
  const state = join(folder, 'state');
  mkdirSync(state);
  writeFileSync(
    config,
    stringify({
      listen: `127.0.0.1:${port}`,
      sampleInterval: '1s',
      state: { dir: wine.windowsPath(state) },
      targets: [{ name: 'orders', executable: 'wine-orders.exe', pprof: `${url}/debug/pprof/` }],
    }),
  );
  serve = wine.start(wine.node, [wine.windowsPath(CLI), 'serve', '--config', wine.windowsPath(config)]);
  metricsUrl = `http://127.0.0.1:${port}/metrics`;
});
afterAll(async () => {
  await wine?.close();
  if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
});

async function scrape(): Promise<Samples> {
  const response = await fetch(metricsUrl);
  expect(response.status).toBe(200);
  const lines = (await response.text()).split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return lines.map((line) => {
    const [, name, labels = '', value] = /^([a-z_]+)(?:\{(.*)\})? (\S+)$/.exec(line) ?? expect.fail(line);
    const pairs = [...labels.matchAll(/([a-z_]+)="((?:[^"\\]|\\.)*)"/g)];
    return {
      name: name!,
      labels: Object.fromEntries(pairs.map(([, k, v]) => [k!, v!])),
      value: Number(value),
    };
  });
}

function valueOf(samples: Samples, name: string, labels: Record<string, string> = {}): number | undefined {
  return samples.find(
    (sample) => sample.name === name && Object.entries(labels).every(([k, v]) => sample.labels[k] === v),
  )?.value;
}

/** Of the process of Linux that runs a Windows program, in bytes. */
function statusOf(program: WindowsProgram, key: string): number {
  const status = readFileSync(`/proc/${program.child.pid}/status`, 'utf8');
  return Number(new RegExp(`^${key}:\\s+(\\d+) kB$`, 'm').exec(status)![1]) * 1024;
}

describe('leakline serve on Windows', () => {
  let samples: Samples;
  beforeAll(async () => {
    // Grown, and then at rest, so that two readings at different times agree.
    await vi.waitFor(
      async () => {
        const held = (await client.modes()).find(({ mode }) => mode === 'map-cache')!;
        expect(held.retainedBytes).toBeGreaterThan(HELD_BYTES + MARGIN_BYTES);
      },
      { timeout: TIMEOUT_MS, interval: 500 },
    );
    await client.setMode('map-cache', 0);
    await vi.waitFor(
      async () => {
        samples = await scrape();
        const workingSet = valueOf(samples, 'leakline_process_working_set_bytes', { target: 'orders' });
        expect(workingSet! / statusOf(leaky, 'VmRSS'), serve.output()).toBeCloseTo(1, 1);
      },
      { timeout: TIMEOUT_MS, interval: 1000 },
    );
  });

  it('shows the working set that Linux shows', () => {
    const of = (suffix: string, labels: Record<string, string>): number =>
      valueOf(samples, `leakline_process_${suffix}_bytes`, labels)!;
    expect(of('working_set', { target: 'orders' })).toBeGreaterThan(HELD_BYTES);
    expect(of('peak_working_set', { target: 'orders' })).toBeGreaterThanOrEqual(
      of('working_set', { target: 'orders' }),
    );
    // The exporter sees itself among the processes, too.
    const nodes = samples.filter(
      ({ name, labels }) => name === 'leakline_process_working_set_bytes' && /^node/.test(labels['process']!),
    );
    expect(nodes.some(({ value }) => Math.abs(value / statusOf(serve, 'VmRSS') - 1) < 0.3)).toBe(true);
  });

  it('shows the commit as Wine has it: the anonymous part of the resident memory', () => {
    const commit = valueOf(samples, 'leakline_process_commit_bytes', { target: 'orders' })!;
    expect(commit).toBeGreaterThan(HELD_BYTES);
    // Read a moment later, while the service makes and collects garbage.
    expect(Math.abs(commit / statusOf(leaky, 'RssAnon') - 1)).toBeLessThan(0.25);
  });

  it('accounts for the whole commit', () => {
    const parts = samples.filter(({ name }) => name === 'leakline_memory_part_bytes');
    expect(parts.length).toBe(8);
    const commit = valueOf(samples, 'leakline_process_commit_bytes', { target: 'orders' })!;
    expect(parts.reduce((sum, { value }) => sum + value, 0) / commit).toBeCloseTo(1, 2);
  });

  it('knows the program', () => {
    expect(valueOf(samples, 'leakline_target_up', { target: 'orders' })).toBe(1);
    const info = samples.find(
      ({ name, labels }) => name === 'leakline_process_info' && labels['target'] === 'orders',
    )!;
    expect(info.labels).toMatchObject({ process: 'orders', module: 'leakline.test/leaky' });
    expect(info.labels['executable']).toMatch(/wine-orders\.exe$/);
    const started = valueOf(samples, 'leakline_process_start_time_seconds', { target: 'orders' })!;
    expect(Math.abs(Date.now() / 1000 - started)).toBeLessThan(600);
    expect(valueOf(samples, 'leakline_process_threads', { target: 'orders' })).toBeGreaterThan(3);
  });

  it('reads the memory of the host', () => {
    const total = Number(/^MemTotal: +(\d+) kB$/m.exec(readFileSync('/proc/meminfo', 'utf8'))![1]) * 1024;
    expect(valueOf(samples, 'leakline_host_memory_physical_bytes')! / total).toBeCloseTo(1, 2);
    expect(valueOf(samples, 'leakline_host_memory_available_bytes')).toBeLessThan(total);
    expect(valueOf(samples, 'leakline_host_memory_commit_bytes')).toBeGreaterThan(0);
  });

  it.each([
    'leakline_process_private_working_set_bytes',
    'leakline_process_paged_pool_bytes',
    'leakline_process_page_faults_total',
    'leakline_process_hard_faults_total',
    'leakline_process_gdi_objects',
    'leakline_process_user_objects',
    'leakline_host_memory_peak_commit_bytes',
    'leakline_host_memory_cached_bytes',
    'leakline_host_memory_hard_faults_total',
  ])('leaves %s absent, which Wine does not tell', (name) => {
    expect(samples.filter((sample) => sample.name === name)).toEqual([]);
  });
});
