// kill -9 at random points of writing, 200 times: nothing that was promised is lost or taken twice, nothing damaged is
// served.

import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { LocalStore } from '../../exporter/src/capture/store-local.js';
import { silentLogger } from '../../exporter/src/log.js';
import { temporaryFolder } from '../lib/capture-server.js';

const KILLS = 200;
/** A kill comes this long after the writer is ready, at the most, and mostly sooner. */
const MAX_LIFE_MS = 400;
const WRITER = fileURLToPath(new URL('capture-writer.mjs', import.meta.url));
const HEAP = readFileSync(
  new URL('../../exporter/src/profile/testdata/profiles/prometheus-a.pb.gz', import.meta.url),
);

let folder: ReturnType<typeof temporaryFolder>;
let target: Server;
let pprofUrl = '';

beforeAll(async () => {
  // What a kill leaves is the same on a RAM disk, where many more writes fit into a life.
  folder = temporaryFolder(existsSync('/dev/shm') ? '/dev/shm' : undefined);
  target = createServer((_request, response) => response.end(HEAP));
  await new Promise<void>((resolve) => target.listen(0, '127.0.0.1', resolve));
  const address = target.address();
  if (typeof address !== 'object' || !address) throw new Error('no address');
  pprofUrl = `http://127.0.0.1:${address.port}/debug/pprof/`;
});
afterAll(() => {
  target.close();
  target.closeAllConnections();
  folder.remove();
});

/** Runs the writer; `lifeMs` after it is ready it is killed. Returns the firings that it promised. */
async function write(first: number, lifeMs: number | 'drain'): Promise<number[]> {
  const args = [WRITER, folder.path, pprofUrl, String(first), ...(lifeMs === 'drain' ? ['drain'] : [])];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => {
    if (output === '' && lifeMs !== 'drain') setTimeout(() => child.kill('SIGKILL'), lifeMs);
    output += chunk.toString();
  });
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve));
  if (lifeMs === 'drain') expect(code).toBe(0);
  return [...output.matchAll(/promised (\d+)\n/g)].map((match) => Number(match[1]));
}

it('keeps every promise over 200 kills', { timeout: 900_000 }, async () => {
  const promised: number[] = [];
  let next = 0;
  for (let kill = 0; kill < KILLS; kill++) {
    const kept = await write(next, Math.random() ** 2 * MAX_LIFE_MS);
    promised.push(...kept);
    // The one after the last promise may or may not have reached the disk.
    next = (kept.at(-1) ?? next - 1) + 2;
  }
  await write(0, 'drain');

  const store = new LocalStore({ dir: folder.path, minFreeBytes: 1, log: silentLogger() });
  await store.open();
  const times = new Map<string, number>();
  for (const capture of store.captures()) {
    expect(await store.profile(capture.id, 'heap')).toEqual(HEAP);
    const key = `${capture.target} ${capture.trigger}`;
    times.set(key, (times.get(key) ?? 0) + 1);
  }
  process.stdout.write(`${KILLS} kills, ${promised.length} promises, ${store.captures().length} captures\n`);
  expect(promised.length).toBeGreaterThan(KILLS);
  expect(promised.filter((i) => times.get(`target-${i} alert`) !== 1)).toEqual([]);
  expect([...times.values()].filter((count) => count > 1)).toEqual([]);
});
