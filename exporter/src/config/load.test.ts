// One bad file a rule in testdata/, with the exact message beside it.

import { readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { defaultConfig, loadConfig, parseConfig } from './load.js';
import { nearest } from './problems.js';
import { ConfigError } from './yaml-file.js';

const testdata = path.join(import.meta.dirname, 'testdata');
const read = (name: string) => readFileSync(path.join(testdata, name), 'utf8');
const bad = readdirSync(testdata).filter((name) => name.endsWith('.bad.yml') && !name.startsWith('web-'));

function messageOf(text: string, file = 'leakline.yml'): string {
  try {
    parseConfig(text, file);
  } catch (error) {
    if (error instanceof ConfigError) return error.message;
    throw error;
  }
  return 'no error';
}

describe('a bad file', () => {
  it.each(bad)('%s', (name) => {
    expect(`${messageOf(read(name), name)}\n`).toBe(read(name.replace(/\.yml$/, '.txt')));
  });

  it('has a rule for each, and never shows a secret', () => {
    expect(bad.length).toBeGreaterThan(45);
    for (const name of bad) expect(messageOf(read(name))).not.toContain('hunter2');
  });

  it('is wrong usage: exit code 2', () => {
    expect(() => parseConfig('listen: x', 'leakline.yml')).toThrow(
      expect.objectContaining({ code: 'bad_config', exitCode: 2 }),
    );
  });

  it('is named as it was given when it cannot be read', async () => {
    await expect(loadConfig('/nowhere/leakline.yml')).rejects.toMatchObject({
      code: 'config_unreadable',
      exitCode: 2,
      message: 'cannot read the configuration /nowhere/leakline.yml: no such file',
    });
    await expect(loadConfig(testdata)).rejects.toThrow(
      `cannot read the configuration ${testdata}: it is a directory`,
    );
  });

  it('is refused when it is too large or too deep', () => {
    expect(messageOf(' '.repeat(2_000_001))).toBe('leakline.yml:1:1: the file is too large');
    expect(messageOf('['.repeat(100_000))).toMatch(/^leakline\.yml:1:1: is nested too deeply$/);
    expect(messageOf('targets: &a [*a]')).toBe(
      'leakline.yml:1:1: has too many aliases, or is nested too deeply',
    );
  });

  it('lists at most twenty problems', () => {
    const text = Array.from({ length: 30 }, (_, i) => `field${i}: 1`).join('\n');
    const lines = messageOf(text).split('\n');
    expect(lines).toHaveLength(21);
    expect(lines[20]).toBe('… and 10 more');
  });

  it('shows long and strange values bounded and escaped', () => {
    expect(messageOf(stringify({ log: { level: `\u001b[2J\n${'x'.repeat(500)}` } }))).toMatch(
      /^leakline\.yml:\d+:\d+: log\.level: "\\u001b\[2J\\nx{55}…" must be "debug", "info", "warn" or "error"$/,
    );
    expect(messageOf(stringify({ [`a\u001b${'b'.repeat(500)}`]: 1 })).length).toBeLessThan(400);
  });
});

describe('a good file', () => {
  it('is the default when it is empty', () => {
    expect(parseConfig('', 'leakline.yml')).toEqual(defaultConfig());
    expect(parseConfig(read('empty.good.yml'), 'leakline.yml')).toEqual(defaultConfig());
    expect(defaultConfig()).toMatchObject({
      listen: '127.0.0.1:9464',
      sampleInterval: 5000,
      discovery: { enabled: true, probe: true },
      targets: [],
      capture: { store: { type: 'local' }, retention: { maxBytes: 4 * 2 ** 30 } },
    });
  });

  it('gives milliseconds, bytes, and paths relative to itself', async () => {
    const config = await loadConfig(path.join(testdata, 'full.good.yml'));
    expect(config).toMatchObject({
      listen: '[::1]:9464',
      webConfigFile: path.join(testdata, 'web.yml'),
      sampleInterval: 90_000,
      targets: [
        {
          name: 'orders',
          memoryLimit: 1.5 * 2 ** 30,
          labels: { team: 'shop' },
          basicAuth: { username: 'anna', passwordFile: path.join(testdata, 'secrets/orders') },
          tls: { caFile: path.resolve('/etc/ssl/ca.pem'), insecureSkipVerify: false },
        },
        {
          name: 'billing.exe',
          executable: 'billing.exe',
          pidFile: path.join(testdata, '../run/billing.pid'),
          labels: { team: 'shop' },
        },
      ],
      capture: {
        maxProfileBytes: 2 ** 20,
        store: { type: 's3', bucket: 'profiles', secretAccessKeyFile: path.join(testdata, 'key') },
      },
      profile: { sourceRoots: [path.join(testdata, 'src'), path.resolve('/usr/src')] },
    });
  });
});

it('any text gives a configuration or a ConfigError', () => {
  const keys = fc.constantFrom(
    'targets',
    'name',
    'pprof',
    'capture',
    'store',
    'type',
    '__proto__',
    'labels',
    'x',
  );
  const { tree } = fc.letrec((tie) => ({
    tree: fc.oneof(
      { maxDepth: 5 },
      fc.oneof(fc.string(), fc.integer(), fc.boolean(), fc.constant(null)),
      fc.array(tie('tree'), { maxLength: 3 }),
      fc.array(fc.tuple(keys, tie('tree')), { maxLength: 4 }).map((pairs) => Object.fromEntries(pairs)),
    ),
  }));
  const text = fc.oneof(
    fc.string(),
    tree.map((value) => stringify(value)),
  );
  fc.assert(
    fc.property(text, (yaml) => {
      expect(messageOf(yaml)).toMatch(/^(no error|leakline\.yml:\d+:\d+: )/);
    }),
    { numRuns: 500 },
  );
});

describe('nearest', () => {
  it.each([
    ['sample_interval', ['sampleInterval', 'state'], 'sampleInterval'],
    ['exlude', ['include', 'exclude'], 'exclude'],
    ['Targets', ['targets'], 'targets'],
    ['dri', ['dir'], undefined],
    ['', ['dir'], undefined],
    ['wholly-different', ['dir', 'listen'], undefined],
  ])('%s', (name, names, meant) => {
    expect(nearest(name, names)).toBe(meant);
  });
});
