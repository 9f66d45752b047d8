import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { openLogFile } from './log.js';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'leakline-log-'));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

const lines = (name: string) => readFileSync(join(directory, name), 'utf8').trimEnd().split('\n');

it('writes JSON lines to a file for its owner alone, at once, and goes on in it after a restart', async () => {
  const file = join(directory, 'deep', 'leakline.log');
  (await openLogFile(file)).info({ target: 'orders' }, 'watching a target');
  (await openLogFile(file)).info('again');
  (await openLogFile(file, { level: 'warn' })).info('not this');
  expect(readdirSync(join(directory, 'deep'))).toEqual(['leakline.1.log']);
  expect(lines('deep/leakline.1.log').map((line) => JSON.parse(line) as unknown)).toMatchObject([
    { level: 30, target: 'orders', msg: 'watching a target' },
    { level: 30, msg: 'again' },
  ]);
  if (process.platform !== 'win32') {
    expect(statSync(join(directory, 'deep', 'leakline.1.log')).mode & 0o777).toBe(0o600);
  }
});

it('begins a new file when one is full, and keeps the last few', async () => {
  const log = await openLogFile(join(directory, 'leakline.log'));
  const megabyte = 'x'.repeat(2 ** 20);
  for (let i = 0; i < 75; i++) {
    log.info(megabyte);
    // Files are turned over between two writes.
    await new Promise((resolve) => setImmediate(resolve));
  }
  await expect.poll(() => readdirSync(directory).length, { timeout: 20_000 }).toBeLessThanOrEqual(5);
  for (const name of readdirSync(directory)) {
    expect(statSync(join(directory, name)).size).toBeLessThan(12 * 2 ** 20);
  }
  expect(readdirSync(directory)).not.toContain('leakline.1.log');
});

it('is plain text for people where that is asked for', async () => {
  (await openLogFile(join(directory, 'leakline.log'), { format: 'human' })).warn(
    { target: 'orders' },
    'gone',
  );
  await expect.poll(() => lines('leakline.1.log')).toHaveLength(2);
  expect(lines('leakline.1.log')[0]).toMatch(/WARN.*gone/);
});

it('names the file that cannot be written', async () => {
  writeFileSync(join(directory, 'file'), '');
  await expect(openLogFile(join(directory, 'file', 'leakline.log'))).rejects.toThrow(
    /^log\.file: cannot write .*leakline\.log: (ENOTDIR|EEXIST)/,
  );
});
