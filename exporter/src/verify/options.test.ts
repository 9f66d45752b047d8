import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { intervalMsOf, readOptions } from './options.js';

const folder = mkdtempSync(path.join(tmpdir(), 'leakline-verify-options-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const write = (name: string, text: string) => {
  const file = path.join(folder, name);
  writeFileSync(file, text);
  return file;
};

describe('readOptions', () => {
  it('needs nothing but a command', async () => {
    const options = await readOptions({ command: ['./service'] }, undefined, folder);
    expect(options).toMatchObject({
      command: ['./service'],
      warmup: 30_000,
      duration: 180_000,
      memProfileRate: 32768,
    });
    expect(intervalMsOf(options)).toBe(1000);
  });

  it('reads leakline-verify.yml of the folder, with flags over it and its paths relative to it', async () => {
    const inner = mkdtempSync(path.join(folder, 'repo-'));
    writeFileSync(
      path.join(inner, 'leakline-verify.yml'),
      `command: [./service, --port, '8080']
load: ./load.sh
duration: 2m
limits: { bytesPerOperation: 64B, goroutineGrowthPerMinute: 5 }
reports: { junit: out/leak.xml }
`,
    );
    const options = await readOptions(
      { duration: '1m', 'limits.bytesPerOperation': '128B' },
      undefined,
      inner,
    );
    expect(options).toMatchObject({
      command: ['./service', '--port', '8080'],
      duration: 60_000,
      limits: { bytesPerOperation: 128, goroutineGrowthPerMinute: 5 },
      reports: { junit: path.join(inner, 'out/leak.xml') },
    });
    const attached = await readOptions({ attach: '4711' }, undefined, inner);
    expect(attached.command).toBeUndefined();
  });

  it.each([
    ['a flag out of range', { command: ['x'], duration: '1s' }, '--duration "1s" must be between 5s and 1d'],
    [
      'a flag without unit',
      { command: ['x'], warmup: '30' },
      '--warmup "30" must be a duration such as "30s" or "1h30m"',
    ],
    [
      'a limit',
      { command: ['x'], 'limits.bytesPerOperation': 'few' },
      '--max-bytes-per-operation "few" must be a size such as "512MiB"',
    ],
    [
      'an address',
      { command: ['x'], ready: 'localhost:80' },
      '--ready "localhost:80" must be an http:// or https:// address',
    ],
    ['no service', {}, 'what is to be verified?'],
    ['two services', { command: ['x'], attach: '1' }, 'exclude each other'],
    ['operations of no load', { command: ['x'], operations: 5 }, 'need a --load'],
    [
      'no operations',
      { command: ['x'], 'limits.bytesPerOperation': '1B' },
      'bytes per operation need operations',
    ],
    [
      'no group',
      { command: ['x'], load: 'y', operationsMatch: 'abc' },
      '--operations-match "abc" must be a regular',
    ],
    [
      'few readings',
      { command: ['x'], interval: '10s', duration: '1m' },
      'must be at most a 20th of --duration',
    ],
    ['nothing to compare', { command: ['x'], onlyRegressions: true }, 'needs a --baseline'],
  ])('refuses %s', async (_, flags, message) => {
    await expect(readOptions(flags, undefined, folder)).rejects.toThrow(message);
    await expect(readOptions(flags, undefined, folder)).rejects.toMatchObject({ exitCode: 2 });
  });

  it('names file, line and field of what is wrong in the file', async () => {
    const file = write(
      'bad.yml',
      'command: [./service]\nlimits:\n  bytesPerOperatoin: 64B\nduration: soon\n',
    );
    await expect(readOptions({}, file)).rejects.toThrow(
      `${file}:3:3: limits.bytesPerOperatoin: is unknown; did you mean "bytesPerOperation"?\n` +
        `${file}:4:11: duration: "soon" must be a duration such as "30s" or "1h30m"`,
    );
    await expect(readOptions({}, path.join(folder, 'none.yml'))).rejects.toMatchObject({
      code: 'config_unreadable',
    });
  });
});
