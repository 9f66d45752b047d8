import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { watchConfig, type ConfigWatch } from './watch.js';

let folder: string;
let file: string;
let watch: ConfigWatch;
const changes: string[] = [];
const errors: string[] = [];

beforeEach(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'leakline-'));
  file = path.join(folder, 'leakline.yml');
  writeFileSync(file, 'listen: "first:1"');
  changes.length = 0;
  errors.length = 0;
  watch = watchConfig(
    file,
    (config) => changes.push(config.listen),
    (error) => errors.push(error.message),
    { intervalMs: 20 },
  );
  // The first look is done: what follows is a change.
  await watch.reload();
  changes.length = 0;
});

afterEach(() => {
  watch.close();
  rmSync(folder, { recursive: true });
});

const WAIT = { timeout: 10_000 };
const told = (expected: { changes: string[]; errors: string[] }) =>
  vi.waitFor(() => expect({ changes, errors }).toEqual(expected), WAIT);

describe('watchConfig', () => {
  it('reloads when the file is written, and when an editor replaces it', async () => {
    writeFileSync(file, 'listen: "second:2"');
    await told({ changes: ['second:2'], errors: [] });
    writeFileSync(`${file}.new`, 'listen: "third:3"');
    renameSync(`${file}.new`, file);
    await told({ changes: ['second:2', 'third:3'], errors: [] });
  });

  it('refuses a broken one, and takes the mended one', async () => {
    writeFileSync(file, 'listen: nowhere');
    const problem = `${file}:1:9: listen: "nowhere" must be HOST:PORT, such as "127.0.0.1:9464" or ":9464"`;
    await told({ changes: [], errors: [problem] });
    writeFileSync(file, 'listen: "mended:1"');
    await told({ changes: ['mended:1'], errors: [problem] });
  });

  it('says that the file is gone', async () => {
    rmSync(file);
    await told({ changes: [], errors: [`cannot read the configuration ${file}: no such file`] });
  });

  it('reloads on SIGHUP, changed or not', async () => {
    process.emit('SIGHUP');
    await told({ changes: ['first:1'], errors: [] });
  });

  it('tells nothing when the file was only touched, nor after close', async () => {
    writeFileSync(file, 'listen: "first:1"');
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(changes).toEqual([]);
    watch.close();
    writeFileSync(file, 'listen: "late:1"');
    await watch.reload();
    expect({ changes, errors }).toEqual({ changes: [], errors: [] });
    expect(process.listenerCount('SIGHUP')).toBe(0);
  });
});
