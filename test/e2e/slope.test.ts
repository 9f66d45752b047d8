// From running Go processes to slopes in Prometheus: the service leaks at a told rate, the exporter watches, a real
// Prometheus scrapes, and a query says the rate. Healthy services beside it have no slope.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ApiTarget, Page } from '../../exporter/src/server/api.js';
import { startLeaky, type Leaky, type LeakyOptions } from '../lib/leaky.js';
import { waitFor } from '../lib/programs.js';
import { getJson, queryPrometheus, startExporter, startPrometheus, type Served } from '../lib/stack.js';

const MiB = 2 ** 20;
const RATE_BYTES_PER_SECOND = 2 * MiB;
/** The service is told its rate; what Prometheus holds may differ from it by this share. */
const TOLERANCE = 0.15;
/** A healthy service beside it shows less than this. */
const NO_SLOPE_BYTES_PER_SECOND = 0.05 * RATE_BYTES_PER_SECOND;

const SERVICES: Record<string, LeakyOptions> = {
  'leaks-expvar': { mode: 'map-cache', rate: RATE_BYTES_PER_SECOND },
  'leaks-metrics': { mode: 'global-append', rate: RATE_BYTES_PER_SECOND, expvar: false, metrics: true },
  'leaks-pprof': { mode: 'slice', rate: RATE_BYTES_PER_SECOND, expvar: false },
  'healthy-flat': { mode: 'flat', rate: '32MiB' },
  'healthy-lru': { mode: 'lru', rate: '16MiB' },
};
const LEAKING = Object.keys(SERVICES).filter((name) => name.startsWith('leaks'));
const HEALTHY = Object.keys(SERVICES).filter((name) => name.startsWith('healthy'));

const directory = mkdtempSync(join(tmpdir(), 'leakline-slope-'));
const services: Leaky[] = [];
let exporter: Served;
let prometheus: Served;

beforeAll(async () => {
  for (const [name, options] of Object.entries(SERVICES))
    services.push(await startLeaky({ ...options, name }));
  exporter = await startExporter({
    directory: join(directory, 'exporter'),
    config: {
      sampleInterval: '1s',
      discovery: { include: Object.keys(SERVICES) },
      targets: [
        { name: 'leaks-metrics', executable: 'leaks-metrics', metrics: `${services[1]!.url}/metrics` },
      ],
    },
  });
  prometheus = await startPrometheus({
    directory: join(directory, 'prometheus'),
    exporterPort: exporter.port,
  });
});

afterAll(async () => {
  await Promise.all([prometheus?.stop(), exporter?.stop(), ...services.map((service) => service.stop())]);
  rmSync(directory, { recursive: true, force: true });
});

const slope = async (target: string, edge = '') => {
  const query = `leakline_leak_slope_bytes_per_second${edge}{target="${target}",signal="live_heap"}`;
  return (await queryPrometheus(prometheus.url, query))[0]?.value;
};

describe('in Prometheus', () => {
  test('every service is a target that is up, found without a word of configuration', async () => {
    const up = await waitFor('all targets in Prometheus', async () => {
      const samples = await queryPrometheus(prometheus.url, 'leakline_target_up == 1');
      return samples.length === services.length && samples.map(({ labels }) => labels.target).sort();
    });
    expect(up).toEqual(Object.keys(SERVICES).sort());
    const { items } = await getJson<Page<ApiTarget>>(`${exporter.url}/api/v1/targets`);
    for (const { name, accounting, signals } of items) {
      const parts = Object.values(accounting!.parts).reduce((a, b) => a + b, 0);
      expect(parts / accounting!.totalBytes, name).toBeCloseTo(1, 6);
      expect(signals.commit, name).toBeGreaterThan(MiB);
    }
  });

  test.each(LEAKING)('the slope of %s is the rate that it was told', async (target) => {
    let seen: number | undefined;
    await waitFor(
      () => `a slope of ${target} within 15 % of ${RATE_BYTES_PER_SECOND}; last seen: ${seen}`,
      async () => {
        seen = await slope(target);
        if (seen === undefined) return false;
        // Judged when the interval is narrow: the first minutes say their width.
        const width = ((await slope(target, '_upper')) ?? Infinity) - ((await slope(target, '_lower')) ?? 0);
        if (width > 2 * TOLERANCE * RATE_BYTES_PER_SECOND) return false;
        return Math.abs(seen / RATE_BYTES_PER_SECOND - 1) <= TOLERANCE;
      },
      150_000,
    );
    expect(Math.abs(seen! / RATE_BYTES_PER_SECOND - 1)).toBeLessThanOrEqual(TOLERANCE);
  });

  test.each(HEALTHY)('%s has no slope', async (target) => {
    const value = await waitFor(`a verdict on ${target}`, async () => {
      const leaking = await queryPrometheus(
        prometheus.url,
        `leakline_leak_state{target="${target}",state="leaking"}`,
      );
      return leaking.length > 0 && leaking[0]!.value === 0 && { slope: (await slope(target)) ?? 0 };
    });
    expect(Math.abs(value.slope)).toBeLessThan(NO_SLOPE_BYTES_PER_SECOND);
  });

  test('the names of client_golang hold the numbers of the service itself', async () => {
    const [sample] = await queryPrometheus(
      prometheus.url,
      'go_memstats_heap_inuse_bytes{target="leaks-expvar"}',
    );
    const vars = await getJson<{ memstats: { HeapInuse: number } }>(`${services[0]!.url}/debug/vars`);
    // A collection between the two takes half of the heap at the most (GOGC=100).
    expect(sample!.value).toBeGreaterThan(0.4 * vars.memstats.HeapInuse);
    expect(sample!.value).toBeLessThan(2.5 * vars.memstats.HeapInuse);
  });
});
