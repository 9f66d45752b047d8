// The reports of the API on captures of a real service: what grew, where it stands in the source, and as pictures.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ApiCapture } from '../../exporter/src/server/api.js';
import { LEAKY_SOURCE, startLeaky, type Leaky } from '../lib/leaky.js';
import { waitFor } from '../lib/programs.js';
import { getJson, startExporter, type Served } from '../lib/stack.js';

const directory = mkdtempSync(join(tmpdir(), 'leakline-analysis-'));
let leaky: Leaky;
let exporter: Served;
let base: string;
let last: string;

const api = (path: string) => `${exporter.url}/api/v1/${path}`;

async function capture(): Promise<string> {
  const { id } = await waitFor('the capture to be accepted', async () => {
    const response = await fetch(api('captures'), {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ target: 'analysed' }),
    });
    return response.status === 202 && ((await response.json()) as ApiCapture);
  });
  await waitFor(
    `capture ${id}`,
    async () => (await getJson<ApiCapture>(api(`captures/${id}`))).state === 'complete',
  );
  return id;
}

beforeAll(async () => {
  leaky = await startLeaky({ mode: 'map-cache', rate: '4MiB', name: 'analysed' });
  exporter = await startExporter({
    directory: join(directory, 'exporter'),
    config: {
      sampleInterval: '1s',
      discovery: { include: ['analysed'] },
      capture: { minGcInterval: '1s', onVerdict: false },
      profile: { sourceRoots: [LEAKY_SOURCE] },
    },
  });
  await waitFor('the target', async () => (await fetch(api('targets/analysed'))).ok);
  base = await capture();
  await new Promise((resolve) => setTimeout(resolve, 5_000));
  last = await capture();
});
afterAll(async () => {
  await exporter?.stop();
  await leaky?.stop();
  rmSync(directory, { recursive: true, force: true });
});

describe('of a capture against its base', () => {
  test('top names the function that grew first', async () => {
    const top = await getJson<{ unit: string; rows: { function: string; flat: number }[] }>(
      api(`captures/${last}/top?base=${base}&sample=inuse_space`),
    );
    expect(top.unit).toBe('bytes');
    expect(top.rows[0]).toMatchObject({ function: 'main.(*SessionCache).Put' });
    expect(top.rows[0]!.flat).toBeGreaterThan(8 * 2 ** 20);
  });

  test('list shows its source with the bytes at the line', async () => {
    const list = await getJson<{ routines: { lines: { source: string; flat: number }[] }[] }>(
      api(`captures/${last}/list?function=SessionCache.*Put`),
    );
    const heaviest = [...list.routines[0]!.lines].sort((a, b) => b.flat - a.flat)[0]!;
    expect(heaviest.flat).toBeGreaterThan(8 * 2 ** 20);
    expect(heaviest.source).toMatch(/make\(\[\]byte/);
  });

  test('peek tells who calls it', async () => {
    const peek = await getJson<{ entries: { function: string; callers: { function: string }[] }[] }>(
      api(`captures/${last}/peek?function=SessionCache.*Put`),
    );
    expect(peek.entries[0]!.callers.length).toBeGreaterThan(0);
  });

  test('the flame graph holds absolute growth', async () => {
    const flame = await getJson<{ label: string[]; level: number[]; diff: { growth: number[] } }>(
      api(`captures/${last}/flamegraph?base=${base}&diffBase=true`),
    );
    const at = flame.label.indexOf('main.(*SessionCache).Put');
    expect(flame.level[0]).toBe(0);
    expect(flame.diff.growth[at]).toBeGreaterThan(8 * 2 ** 20);
  });

  test('the call graph is a picture that needs nothing installed', async () => {
    const svg = await fetch(api(`captures/${last}/callgraph`));
    expect(svg.headers.get('content-type')).toContain('image/svg+xml');
    expect(await svg.text()).toContain('SessionCache');
    const pdf = Buffer.from(await (await fetch(api(`captures/${last}/callgraph?format=pdf`))).arrayBuffer());
    expect(pdf.subarray(0, 5).toString()).toBe('%PDF-');
  });

  test('the goroutine profile has the same reports', async () => {
    const top = await getJson<{ sampleType: string; rows: object[] }>(
      api(`captures/${last}/top?profile=goroutine`),
    );
    expect(top.sampleType).toBe('goroutine');
    expect(top.rows.length).toBeGreaterThan(0);
  });

  test('growth blames the function and its line', async () => {
    const growth = await getJson<{ blamed: { function: string; file: string; share: number }[] }>(
      api('targets/analysed/growth'),
    );
    expect(growth.blamed[0]).toMatchObject({ function: 'main.(*SessionCache).Put' });
    expect(growth.blamed[0]!.share).toBeGreaterThan(0.8);
  });
});

test.each([
  ['a pattern that is none', 'top?focus=(', 400],
  ['no pattern', 'list', 400],
  ['a pattern that matches nothing', 'peek?function=nobody_is_named_so', 404],
  ['a parameter that is no number', 'top?nodecount=many', 400],
  ['a capture that is not there', '../0000000000000000/top', 404],
])('%s is refused with its reason', async (_, path, status) => {
  const response = await fetch(api(`captures/${last}/${path}`));
  expect([response.status, await response.json()]).toEqual([
    status,
    { error: { code: expect.any(String) as string, message: expect.any(String) as string } },
  ]);
});
