import { copyFileSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import bcrypt from 'bcryptjs';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { LeaklineError } from '../errors.js';
import { createBasicAuthCheck } from './basic-auth.js';
import { parseWebConfig, webConfigReader } from './web-config.js';
import { ConfigError } from './yaml-file.js';

const testdata = path.join(import.meta.dirname, 'testdata');
const certificates = path.join(import.meta.dirname, '../target-http/testdata');
const bad = readdirSync(testdata).filter((name) => /^web-.*\.bad\.yml$/.test(name));
/** The least cost: the tests are about the rules, not about the time. */
const hashOf = (password: string) => bcrypt.hashSync(password, 4);

const folders: string[] = [];
afterEach(() => {
  vi.restoreAllMocks();
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
});

function folderWith(files: Record<string, string>): string {
  const folder = mkdtempSync(path.join(tmpdir(), 'leakline-'));
  folders.push(folder);
  for (const [name, text] of Object.entries(files)) writeFileSync(path.join(folder, name), text);
  for (const name of ['ca.crt', 'server.crt', 'server.key']) {
    copyFileSync(path.join(certificates, name), path.join(folder, name));
  }
  return folder;
}

describe('parseWebConfig', () => {
  it.each(bad)('%s', (name) => {
    const read = (file: string) => readFileSync(path.join(testdata, file), 'utf8');
    const parse = () => parseWebConfig(read(name), name);
    expect(parse).toThrow(ConfigError);
    expect(parse).toThrow(read(name.replace(/\.yml$/, '.txt')).trimEnd());
    expect(read(name.replace(/\.yml$/, '.txt'))).not.toContain('hunter2');
  });

  it('finds a bad file for each rule', () => expect(bad.length).toBeGreaterThan(7));
});

describe('webConfigReader', () => {
  it('gives TLS options, headers and users', async () => {
    const folder = folderWith({
      'web.yml': [
        'tls_server_config:',
        '  cert_file: server.crt',
        '  key_file: server.key',
        '  client_auth_type: RequireAndVerifyClientCert',
        '  client_ca_file: ca.crt',
        '  min_version: TLS13',
        'http_server_config:',
        '  headers: { X-Frame-Options: deny }',
        'basic_auth_users:',
        `  anna: ${hashOf('a')}`,
      ].join('\n'),
    });
    const config = await webConfigReader(path.join(folder, 'web.yml'), () => undefined).current();
    expect(config).toMatchObject({
      tls: { requestCert: true, rejectUnauthorized: true, minVersion: 'TLSv1.3', maxVersion: 'TLSv1.3' },
      headers: { 'X-Frame-Options': 'deny' },
    });
    expect(config.tls?.cert).toEqual(readFileSync(path.join(folder, 'server.crt')));
    expect([...config.users.keys()]).toEqual(['anna']);
  });

  it('reads again when the file changes, and keeps the good one while it is broken', async () => {
    const folder = folderWith({ 'web.yml': `basic_auth_users: { anna: ${hashOf('a')} }` });
    const file = path.join(folder, 'web.yml');
    const problems: LeaklineError[] = [];
    const reader = webConfigReader(file, (error) => problems.push(error));
    const first = await reader.current();
    expect(await reader.current()).toBe(first);
    writeFileSync(file, 'basic_auth_users: { bea: plain }');
    expect(await reader.current()).toBe(first);
    expect(await reader.current()).toBe(first);
    expect(problems).toHaveLength(1);
    writeFileSync(file, `basic_auth_users: { bea: ${hashOf('b')} }`);
    expect([...(await reader.current()).users.keys()]).toEqual(['bea']);
  });

  it('takes a renewed certificate, but not one without its key', async () => {
    const folder = folderWith({
      'web.yml': 'tls_server_config: { cert_file: server.crt, key_file: server.key }',
    });
    const problems: LeaklineError[] = [];
    const reader = webConfigReader(path.join(folder, 'web.yml'), (error) => problems.push(error));
    const first = await reader.current();
    copyFileSync(path.join(certificates, 'client.crt'), path.join(folder, 'server.crt'));
    expect(await reader.current()).toBe(first);
    expect(problems.map(({ message }) => message)).toEqual([
      'tls_server_config: cert_file and key_file are no pair in PEM form',
    ]);
    copyFileSync(path.join(certificates, 'client.key'), path.join(folder, 'server.key'));
    expect((await reader.current()).tls?.cert).toEqual(readFileSync(path.join(certificates, 'client.crt')));
  });

  it('refuses a file that is wrong from the start', async () => {
    const missing = path.join(folderWith({}), 'web.yml');
    await expect(webConfigReader(missing, () => undefined).current()).rejects.toThrow(
      `webConfigFile: cannot read ${missing}: no such file`,
    );
  });
});

describe('createBasicAuthCheck', () => {
  const users = new Map([
    ['anna', hashOf('right:with:colons')],
    ['bea', hashOf('grün')],
  ]);
  const basic = (name: string, password: string) =>
    `Basic ${Buffer.from(`${name}:${password}`).toString('base64')}`;

  it.each([
    [basic('anna', 'right:with:colons'), 'anna'],
    [basic('bea', 'grün'), 'bea'],
    [basic('anna', 'right'), undefined],
    [basic('anna', 'grün'), undefined],
    // An unknown user with the password of the first one is still unknown.
    [basic('cleo', 'right:with:colons'), undefined],
    [basic('', ''), undefined],
    ['Bearer x', undefined],
    ['Basic !!', undefined],
    [`Basic ${'A'.repeat(2000)}`, undefined],
    [undefined, undefined],
  ])('%s: %s', async (header, user) => {
    expect(await createBasicAuthCheck()(users, header)).toBe(user);
  });

  it('lets nobody in where there are no users', async () => {
    expect(await createBasicAuthCheck()(new Map(), basic('anna', 'x'))).toBeUndefined();
  });

  it('computes one hash for each question, for unknown users too, and remembers the answer', async () => {
    const compare = vi.spyOn(bcrypt, 'compare');
    const check = createBasicAuthCheck();
    for (let i = 0; i < 3; i++) {
      await check(users, basic('anna', 'right:with:colons'));
      await check(users, basic('anna', 'wrong'));
      await check(users, basic('nobody', 'wrong'));
    }
    expect(compare).toHaveBeenCalledTimes(3);
    await check(new Map([['anna', hashOf('new')]]), basic('anna', 'right:with:colons'));
    expect(compare).toHaveBeenCalledTimes(4);
  });
});
