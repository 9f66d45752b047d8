// The Go runtime of real processes, of every Go toolchain here, by each source that they offer.

import { afterEach, describe, expect, it } from 'vitest';
import { createGoRuntimeReader, type GoRuntimeReader } from '../../exporter/src/go-runtime/index.js';
import { createTargetHttp } from '../../exporter/src/target-http/client.js';
import { goToolchains, startLeaky } from '../lib/leaky.js';

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

type Offer = Parameters<typeof startLeaky>[0];

async function readerOf(offer: Offer): Promise<GoRuntimeReader> {
  const leaky = await startLeaky({ mode: 'map-cache', rate: '1MiB', ...offer });
  cleanups.push(() => leaky.stop());
  const http = createTargetHttp(`${leaky.url}/debug/pprof/`);
  cleanups.push(() => http.close());
  const reader = createGoRuntimeReader({ http, metricsUrl: `${leaky.url}/metrics` });
  cleanups.push(() => reader.close());
  return reader;
}

const SIZES = ['heapSysBytes', 'heapInuseBytes', 'stackSysBytes', 'nextGcBytes'] as const;

describe.each(goToolchains())('with $version', (toolchain) => {
  it.each([
    ['expvar', { expvar: true, metrics: true }],
    ['prometheus', { expvar: false, metrics: true }],
    ['heap_text', { expvar: false, metrics: false }],
  ] as const)('from %s', async (source, offer) => {
    const reader = await readerOf({ ...offer, build: { toolchain } });
    const first = await reader.read();
    expect(first.source).toBe(source);
    expect(first.goroutines).toBeGreaterThan(1);
    for (const field of SIZES) expect(first[field], field).toBeGreaterThan(0);
    expect(first.sysBytes).toBeGreaterThan(first.heapAllocBytes);
    expect(first.heapIdleBytes! + first.heapInuseBytes!).toBe(first.heapSysBytes);
    await expect
      .poll(async () => (await reader.read()).totalAllocBytes, { timeout: 60_000 })
      .toBeGreaterThan(first.totalAllocBytes!);
    await expect.poll(async () => (await reader.read()).gcCount, { timeout: 60_000 }).toBeGreaterThan(0);
    expect(reader.source).toBe(source);
  });

  it('sees that GOGC is off', async () => {
    const reader = await readerOf({ env: { GOGC: 'off' }, build: { toolchain } });
    expect((await reader.read()).nextGcBytes).toBeGreaterThanOrEqual(2 ** 62);
  });
});

it('works without pprof, and says why where there is nothing', async () => {
  const withMetrics = await readerOf({ pprof: false, expvar: false, metrics: true });
  expect((await withMetrics.read()).source).toBe('prometheus');
  const withNothing = await readerOf({ pprof: false, expvar: false, metrics: false });
  await expect(withNothing.read()).rejects.toMatchObject({
    code: 'runtime_status',
    message: expect.stringMatching(
      /^GET \/debug\/vars: status 404: the target does not serve it; GET \/metrics/,
    ),
  });
});
