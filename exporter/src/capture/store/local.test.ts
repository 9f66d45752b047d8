import { mkdtempSync, readdirSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { silentLogger } from '../../log.js';
import { digestOf } from '../jobs/profile-check.js';
import { LocalStore } from './local.js';
import { incidentOf, recordOf } from '../records.testing.js';
import type { CaptureRecord } from '../record.js';

const PROFILE = Buffer.from('a profile as the target sent it');

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'leakline-store-'));
});
afterEach(() => {
  rmSync(dir, { recursive: true, force: true });
});

async function openStore(log = silentLogger()): Promise<LocalStore> {
  const store = new LocalStore({ dir, minFreeBytes: 1, log });
  await store.open();
  return store;
}

async function keep(store: LocalStore, changes: Partial<CaptureRecord>): Promise<CaptureRecord> {
  const sha256 = await digestOf(PROFILE);
  const record = recordOf({ ...changes, profiles: [{ kind: 'heap', bytes: PROFILE.length, sha256 }] });
  await store.put(record, new Map([['heap', PROFILE]]));
  return record;
}

describe('LocalStore', () => {
  it('keeps a capture as a folder that a person can read, for its user only', async () => {
    const store = await openStore();
    await keep(store, { id: 'capture1', target: 'orders' });
    const folder = join(dir, 'captures', 'orders', '20260601T120000Z-capture1');
    expect(readdirSync(folder).sort()).toEqual(['capture.json', 'heap.pb.gz']);
    expect(await readFile(join(folder, 'heap.pb.gz'))).toEqual(PROFILE);
    expect(JSON.parse(await readFile(join(folder, 'capture.json'), 'utf8'))).toMatchObject({
      target: 'orders',
    });
    if (process.platform !== 'win32') {
      expect(statSync(folder).mode & 0o777).toBe(0o700);
      expect(statSync(join(folder, 'heap.pb.gz')).mode & 0o777).toBe(0o600);
      expect(statSync(join(dir, 'captures', 'orders')).mode & 0o777).toBe(0o700);
    }
  });

  it('finds everything again, newest first', async () => {
    const before = await openStore();
    await keep(before, { id: 'capture1', takenAt: '2026-06-01T12:00:00.000Z' });
    await keep(before, { id: 'capture2', takenAt: '2026-06-02T12:00:00.000Z', target: '../etc/пример CON' });
    await before.putIncidents([incidentOf({ id: 'incident1' })]);
    const store = await openStore();
    expect(store.captures().map(({ id }) => id)).toEqual(['capture2', 'capture1']);
    expect(store.captures()).toEqual(before.captures());
    expect(store.sizeBytes()).toBe(2 * PROFILE.length);
    expect(await store.profile('capture2', 'heap')).toEqual(PROFILE);
    expect(store.incidents()).toEqual([incidentOf({ id: 'incident1' })]);
  });

  it('sets aside what is damaged or foreign, names it in the log, and serves the rest', async () => {
    const before = await openStore();
    for (let i = 1; i <= 6; i++) await keep(before, { id: `capture${i}` });
    const orders = join(dir, 'captures', 'orders');
    const folder = (i: number) => join(orders, `20260601T120000Z-capture${i}`);
    truncateSync(join(folder(2), 'capture.json'), 40);
    truncateSync(join(folder(3), 'heap.pb.gz'), 7);
    rmSync(join(folder(4), 'heap.pb.gz'));
    writeFileSync(join(folder(5), 'capture.json'), '{"version":2}');
    await mkdir(join(orders, 'my notes'));
    await mkdir(join(orders, '.writing-capture9'));
    await writeFile(join(dir, 'captures', 'a-file'), 'foreign');
    const lines: string[] = [];
    const store = await openStore(pino({ level: 'warn' }, { write: (line: string) => lines.push(line) }));
    expect(store.captures().map(({ id }) => id)).toEqual(['capture6', 'capture1']);
    for (const name of [
      'capture2',
      'capture3',
      'capture4',
      'capture5',
      'my notes',
      '.writing-capture9',
      'a-file',
    ]) {
      expect(lines.filter((line) => line.includes(name))).toHaveLength(1);
    }
    expect(readdirSync(orders).sort()).toEqual(['20260601T120000Z-capture1', '20260601T120000Z-capture6']);
    expect(readdirSync(join(dir, 'captures', '.set-aside'))).toHaveLength(5);
  });

  it('does not serve a profile that was changed on disk', async () => {
    const store = await openStore();
    await keep(store, { id: 'capture1' });
    const path = join(dir, 'captures', 'orders', '20260601T120000Z-capture1', 'heap.pb.gz');
    writeFileSync(path, Buffer.alloc(PROFILE.length, 1));
    await expect(store.profile('capture1', 'heap')).rejects.toMatchObject({ code: 'capture_damaged' });
    expect(store.captures()).toEqual([]);
  });

  it('says why a profile is not there', async () => {
    const store = await openStore();
    await expect(store.profile('none', 'heap')).rejects.toMatchObject({
      code: 'capture_unknown',
      status: 404,
    });
    await keep(store, { id: 'capture1', failures: [{ kind: 'cpu', code: 'x', message: 'it timed out' }] });
    await expect(store.profile('capture1', 'cpu')).rejects.toThrow('it timed out');
  });

  it('takes a capture once, and removes it whole', async () => {
    const store = await openStore();
    await keep(store, { id: 'capture1' });
    await keep(store, { id: 'capture1' });
    expect(store.sizeBytes()).toBe(PROFILE.length);
    await store.remove('capture1');
    await store.remove('capture1');
    expect(store.sizeBytes()).toBe(0);
    expect(readdirSync(join(dir, 'captures', 'orders'))).toEqual([]);
  });

  it('leaves room on the disk to everything else', async () => {
    const store = new LocalStore({ dir, minFreeBytes: Number.MAX_SAFE_INTEGER, log: silentLogger() });
    await store.open();
    await expect(keep(store, { id: 'capture1' })).rejects.toMatchObject({ code: 'store_full' });
    expect(store.captures()).toEqual([]);
  });
});
