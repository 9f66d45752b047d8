// `leakline serve` as a user meets it: what it answers, what it refuses and how it says so, how it reloads and ends.

import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ApiTarget, Page } from '../../exporter/src/server/api.js';
import { startLeaky, type Leaky } from '../lib/leaky.js';
import { waitFor } from '../lib/programs.js';
import { getJson, REPOSITORY, startExporter, type Served } from '../lib/stack.js';

const CLI = join(REPOSITORY, 'exporter/bin/leakline.js');
const directory = mkdtempSync(join(tmpdir(), 'leakline-serve-'));
let leaky: Leaky;
let exporter: Served;
let exporterDirectory: string;

beforeAll(async () => {
  leaky = await startLeaky({ mode: 'flat', name: 'served' });
  exporterDirectory = join(directory, 'exporter');
  exporter = await startExporter({
    directory: exporterDirectory,
    config: { discovery: { include: ['served'] } },
  });
});
afterAll(async () => {
  await exporter?.stop();
  await leaky?.stop();
  rmSync(directory, { recursive: true, force: true });
});

function run(...args: string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [CLI, ...args], {
    encoding: 'utf8',
    timeout: 60_000,
  });
  return { status, stdout, stderr };
}

const targets = async () => (await getJson<Page<ApiTarget>>(`${exporter.url}/api/v1/targets`)).items;

describe('what cannot be done is one clear line and an exit code', () => {
  test('a port in use', () => {
    const { status, stderr } = run(
      'serve',
      '--listen',
      `127.0.0.1:${exporter.port}`,
      '--config',
      quietConfig(),
    );
    expect([status, stderr.trim()]).toEqual([
      3,
      `leakline: 127.0.0.1:${exporter.port} is in use by another program; choose another with --listen HOST:PORT`,
    ]);
  });
  test('a configuration that is not there, and one that is broken', () => {
    expect(run('serve', '--config', '/nowhere.yml')).toMatchObject({
      status: 2,
      stderr: 'leakline: cannot read the configuration /nowhere.yml: no such file\n',
    });
    const file = join(directory, 'broken.yml');
    writeFileSync(file, 'lisen: 127.0.0.1:1\n');
    expect(run('serve', '--config', file, '--check')).toMatchObject({
      status: 2,
      stderr: `leakline: ${file}:1:1: lisen: is unknown; did you mean "listen"?\n`,
    });
  });
  test('a command that is not there, an option that is unknown', () => {
    expect(run('serv')).toMatchObject({ status: 2 });
    expect(run('serv').stderr).toContain('there is no command "serv"; there are: serve,');
    expect(run('serve', '--bogus')).toMatchObject({ status: 2, stderr: "error: unknown option '--bogus'\n" });
  });
  test('a configuration that is right is said to be', () => {
    const file = quietConfig();
    expect(run('serve', '--config', file, '--check')).toMatchObject({
      status: 0,
      stdout: `${file}: ok, 0 targets\n`,
    });
  });
});

function quietConfig(): string {
  const file = join(directory, 'quiet.yml');
  writeFileSync(file, `state: { dir: ${JSON.stringify(join(directory, 'quiet'))} }\n`);
  return file;
}

describe('while it runs', () => {
  test('it finds the process by itself and joins both views of it', async () => {
    const target = await waitFor('a sample of the service', async () => {
      const [first] = await targets();
      return first?.signals.commit !== undefined && first.signals.live_heap !== undefined && first;
    });
    expect(target).toMatchObject({
      name: 'served',
      origin: 'discovery',
      health: 'up',
      pid: leaky.pid,
      hasPprof: true,
    });
  });

  test('promtool finds nothing to say of the metrics of this host', async () => {
    const input = await (await fetch(`${exporter.url}/metrics`)).text();
    const { status, stdout, stderr } = spawnSync('promtool', ['check', 'metrics'], {
      input,
      encoding: 'utf8',
    });
    expect({ status, stdout, stderr }).toEqual({ status: 0, stdout: '', stderr: '' });
    expect(input).toContain('leakline_target_up{target="served"} 1');
    expect(input).toMatch(/^leakline_host_memory_physical_bytes \d{9,}$/m);
  });

  test('a page of another site cannot ask it by a name of its own', async () => {
    const { status } = spawnSync('curl', ['--version']);
    expect(status, 'curl is needed').toBe(0);
    const answer = spawnSync('curl', ['-s', '-H', 'Host: evil.example', `${exporter.url}/api/v1/targets`], {
      encoding: 'utf8',
    });
    expect(JSON.parse(answer.stdout)).toMatchObject({ error: { code: 'wrong_host' } });
  });

  test('a changed configuration is taken into use, a broken one is refused and the old one kept', async () => {
    const file = join(exporterDirectory, 'leakline.yml');
    const good = readFileSync(file, 'utf8');
    writeFileSync(file, `${good}targets: [{ name: renamed, executable: served }]\n`);
    await waitFor('the new name', async () => (await targets()).some(({ name }) => name === 'renamed'));
    writeFileSync(file, `${good}targets: [{ nam: broken }]\n`);
    await waitFor('the refusal', () =>
      exporter.output().includes('the configuration is broken; the old one is kept'),
    );
    expect((await targets()).map(({ name }) => name)).toEqual(['renamed']);
  });

  test('it ends within five seconds of being asked, with a connection open', async () => {
    const controller = new AbortController();
    const hanging = fetch(`${exporter.url}/metrics`, {
      signal: controller.signal,
      headers: { connection: 'keep-alive' },
    });
    await (await hanging).text();
    const askedAt = performance.now();
    await exporter.stop();
    expect(exporter.process.signalCode).toBeNull();
    expect(exporter.process.exitCode).toBe(0);
    expect(performance.now() - askedAt).toBeLessThan(5_000);
    controller.abort();
  });
});
