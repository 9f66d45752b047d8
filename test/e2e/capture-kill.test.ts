// kill -9 at random points of writing, 200 times: nothing that was promised is lost or taken twice, nothing damaged is
// served.

import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { LocalStore } from '../../exporter/src/capture/store/local.js';
import { silentLogger } from '../../exporter/src/log.js';
import { temporaryFolder } from '../lib/capture-server.js';

const KILLS = 200;
/** Writers at once, each with a folder of its own: most of a life is the start of Node. */
const WRITERS = 4;
/** A kill comes this long after the writer has begun or is ready, at the most, and mostly sooner. */
const MAX_LIFE_MS = 300;
/** This share of the writers is killed while it takes up what the one before left behind. */
const KILLED_AT_START = 0.25;
const WRITER = fileURLToPath(new URL('capture-writer.mjs', import.meta.url));
const HEAP = readFileSync(
  new URL('../../exporter/src/profile/testdata/profiles/prometheus-a.pb.gz', import.meta.url),
);

let target: Server;
let pprofUrl = '';

beforeAll(async () => {
  target = createServer((_request, response) => response.end(HEAP));
  await new Promise<void>((resolve) => target.listen(0, '127.0.0.1', resolve));
  const address = target.address();
  if (typeof address !== 'object' || !address) throw new Error('no address');
  pprofUrl = `http://127.0.0.1:${address.port}/debug/pprof/`;
});
afterAll(() => {
  target.close();
  target.closeAllConnections();
});

type Life = { after: 'begun' | 'ready'; milliseconds: number };

function someLife(): Life {
  return {
    after: Math.random() < KILLED_AT_START ? 'begun' : 'ready',
    milliseconds: Math.random() ** 2 * MAX_LIFE_MS,
  };
}

/** Runs the writer on a folder until it is killed, or until it has nothing left to do. The firings that it promised. */
async function write(dir: string, first: number, life: Life | 'drain'): Promise<number[]> {
  const args = [WRITER, dir, pprofUrl, String(first), ...(life === 'drain' ? ['drain'] : [])];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  let output = '';
  let dies = false;
  child.stdout.on('data', (chunk: Buffer) => {
    output += chunk.toString();
    if (life === 'drain' || dies || !output.includes(life.after)) return;
    dies = true;
    setTimeout(() => child.kill('SIGKILL'), life.milliseconds);
  });
  const [code, signal] = await new Promise<[number | null, string | null]>((resolve) =>
    child.once('close', (...how: [number | null, string | null]) => resolve(how)),
  );
  if (life === 'drain') expect(code).toBe(0);
  else expect(signal).toBe('SIGKILL');
  return [...output.matchAll(/promised (\d+)\n/g)].map((match) => Number(match[1]));
}

/** Kills a writer again and again. What was promised, and how often each firing was captured. */
async function killAgainAndAgain(
  dir: string,
  kills: number,
): Promise<{ promised: number[]; captures: number[] }> {
  const promised: number[] = [];
  let next = 0;
  for (let kill = 0; kill < kills; kill++) {
    const kept = await write(dir, next, someLife());
    promised.push(...kept);
    // The one after the last promise may or may not have reached the disk.
    next = (kept.at(-1) ?? next - 1) + 2;
  }
  await write(dir, 0, 'drain');

  const store = new LocalStore({ dir, minFreeBytes: 1, log: silentLogger() });
  await store.open();
  const captures: number[] = [];
  for (const capture of store.captures()) {
    expect(await store.profile(capture.id, 'heap')).toEqual(HEAP);
    if (capture.trigger === 'alert') captures.push(Number(capture.target.replace('target-', '')));
  }
  // Each incident is there whole and knows its capture.
  const known = store.incidents().flatMap((incident) => incident.captures);
  expect(captures.length).toBeGreaterThan(0);
  expect(store.captures().filter(({ id }) => !known.includes(id))).toEqual([]);
  return { promised, captures };
}

it('keeps every promise over 200 kills', { timeout: 900_000 }, async () => {
  // What a kill leaves is the same on a RAM disk, where many more writes fit into a life.
  const folders = Array.from({ length: WRITERS }, () =>
    temporaryFolder(existsSync('/dev/shm') ? '/dev/shm' : undefined),
  );
  try {
    const ends = await Promise.all(folders.map(({ path }) => killAgainAndAgain(path, KILLS / WRITERS)));
    const promises = ends.reduce((sum, { promised }) => sum + promised.length, 0);
    process.stdout.write(`${KILLS} kills, ${promises} promises\n`);
    expect(promises).toBeGreaterThan(KILLS);
    for (const { promised, captures } of ends) {
      expect(promised.filter((firing) => !captures.includes(firing))).toEqual([]);
      expect(captures.length).toBe(new Set(captures).size);
    }
  } finally {
    for (const folder of folders) folder.remove();
  }
});
