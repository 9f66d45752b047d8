import { appendFileSync, mkdtempSync, readFileSync, rmSync, statSync, truncateSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { z } from 'zod';
import { silentLogger } from '../../log.js';
import { Journal } from './journal.js';

let dir: string;
let path: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'leakline-journal-'));
  path = join(dir, 'queue.ndjson');
});
afterEach(() => {
  rmSync(dir, { recursive: true, force: true });
});

async function open(): Promise<Journal<string>> {
  const journal = new Journal({ path, entry: z.string(), log: silentLogger() });
  await journal.open();
  return journal;
}

it('has open what was added and not done, in its order', async () => {
  const journal = await open();
  await Promise.all(['a', 'b', 'c'].map((id) => journal.add(new Map([[id, `entry ${id}`]]))));
  await journal.done(['b', 'unknown']);
  await journal.close();
  expect([...(await open()).entries()]).toEqual([
    ['a', 'entry a'],
    ['c', 'entry c'],
  ]);
});

it('adds an id once', async () => {
  const journal = await open();
  await journal.add(new Map([['a', 'first']]));
  await journal.add(new Map([['a', 'second']]));
  expect([...journal.entries()]).toEqual([['a', 'first']]);
  expect(readFileSync(path, 'utf8').split('\n')).toHaveLength(2);
  await journal.close();
});

it('finds the whole lines of every torn file', async () => {
  const journal = await open();
  await journal.add(
    new Map([
      ['a', 'one'],
      ['b', 'two'],
    ]),
  );
  await journal.close();
  const whole = readFileSync(path);
  const firstLine = whole.indexOf('\n') + 1;
  for (let length = whole.length; length >= 0; length--) {
    rmSync(path);
    appendFileSync(path, whole);
    truncateSync(path, length);
    const torn = await open();
    const expected = length === whole.length ? ['a', 'b'] : length >= firstLine ? ['a'] : [];
    expect([...torn.entries().keys()]).toEqual(expected);
    await torn.add(new Map([['z', 'after']]));
    await torn.close();
    const again = await open();
    expect([...again.entries().keys()]).toEqual([...expected, 'z']);
    await again.close();
  }
});

it('passes over a damaged line and keeps the rest', async () => {
  appendFileSync(
    path,
    '{"add":"a","entry":"one"}\n\0\0\0\n{"add":"b","entry":7}\n{"add":"c","entry":"three"}\n',
  );
  expect([...(await open()).entries().keys()]).toEqual(['a', 'c']);
});

it('does not grow with what is done', async () => {
  const journal = await open();
  const text = 'x'.repeat(200_000);
  for (let i = 0; i < 40; i++) {
    await journal.add(new Map([[`id${i}`, text]]));
    if (i !== 3) await journal.done([`id${i}`]);
  }
  await journal.close();
  expect(statSync(path).size).toBeLessThan(2_500_000);
  expect([...(await open()).entries().keys()]).toEqual(['id3']);
});

it('never compacts away what it has just promised', async () => {
  const journal = await open();
  const text = 'x'.repeat(600_000);
  for (let i = 0; i < 12; i++) {
    await journal.done([`id${i - 1}`]);
    await journal.add(new Map([[`id${i}`, text]]));
    // A compaction comes after the promise; looked at as a kill behind it would leave it.
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(readFileSync(path, 'utf8')).toContain(`{"add":"id${i}"`);
  }
  await journal.close();
});
