// What a server is given: the package of `npm run pack`, the systemd unit, the installer for Windows as far as it can be
// held true without Windows.

import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { VERSION } from '../../exporter/src/version.js';
import { findProgram } from '../lib/programs.js';
import { REPOSITORY } from '../lib/stack.js';

const HOST = join(REPOSITORY, 'provisioning/host');
let directory: string;
let cli: string;

/** The package as `npm install` unpacks it, with the dependencies of this checkout. */
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'leakline-host-'));
  const packed = execFileSync(
    'npm',
    ['pack', '--silent', '-w', 'leakline', '--pack-destination', directory],
    {
      cwd: REPOSITORY,
      encoding: 'utf8',
    },
  );
  execFileSync('tar', ['-xzf', packed.trim(), '-C', '.'], { cwd: directory });
  symlinkSync(join(REPOSITORY, 'node_modules'), join(directory, 'node_modules'));
  cli = join(directory, 'package/bin/leakline.js');
}, 120_000);
afterAll(() => rmSync(directory, { recursive: true, force: true }));

function leakline(...args: string[]): { status: number | null; stdout: string; stderr: string } {
  return spawnSync(process.execPath, [cli, ...args], { cwd: directory, encoding: 'utf8' });
}

describe('the package', () => {
  it('runs by itself, and holds the page, the licence and nothing of the tests', () => {
    expect(leakline('--version').stdout.trim()).toBe(VERSION);
    expect(leakline('pprof', '--help').status).toBe(0);
    const files = execFileSync('find', ['package', '-type', 'f'], { cwd: directory, encoding: 'utf8' });
    expect(files).toContain('package/dist/page/index.html');
    expect(files).toContain('package/LICENSE');
    expect(
      files.split('\n').filter((file) => /\.map$|(?<!\.d)\.ts$|tsbuildinfo|testing|testdata/.test(file)),
    ).toEqual([]);
  });
});

describe('the systemd unit', () => {
  const unit = join(HOST, 'leakline.service');

  it.runIf(findProgram('systemd-analyze'))('is one, by systemd-analyze', () => {
    const { status, stderr } = spawnSync('systemd-analyze', ['verify', unit], { encoding: 'utf8' });
    expect([status, stderr]).toEqual([0, '']);
  });

  it('starts the command with the example as its configuration, and keeps state where the unit may write', () => {
    const text = readFileSync(unit, 'utf8');
    expect(/^ExecStart=\/usr\/bin\/env leakline (.*)$/m.exec(text)?.[1]).toBe(
      'serve --config /etc/leakline/leakline.yml',
    );
    expect(
      leakline('serve', '--check', '--config', join(REPOSITORY, 'provisioning/leakline.example.yml')).status,
    ).toBe(0);
    // $XDG_STATE_HOME/leakline, as the exporter looks for it, is the folder that the unit names.
    expect(/^Environment=XDG_STATE_HOME=(.*)$/m.exec(text)?.[1]).toBe('/var/lib');
    expect(/^StateDirectory=(.*)$/m.exec(text)?.[1]).toBe('leakline');
  });
});

describe('the installer for Windows', () => {
  const script = readFileSync(join(HOST, 'install-windows.ps1'), 'utf8');

  it('writes a configuration that is valid, with its log and state beside it', () => {
    const [, config] = /^ +@'\n([^]*?)\n'@/m.exec(script)!;
    const file = join(directory, 'leakline.yml');
    writeFileSync(file, config!);
    expect(leakline('serve', '--check', '--config', file)).toMatchObject({ status: 0, stderr: '' });
    expect(config).toMatch(/^ {2}dir: state$/m);
    expect(config).toMatch(/^ {2}file: leakline\.log$/m);
  });

  it('starts what the package holds, from a folder that only administrators may change', () => {
    expect(script).toContain(String.raw`Join-Path $ProgramFolder 'node_modules\leakline\bin\leakline.js'`);
    expect(script).toContain('Join-Path $env:ProgramFiles');
    expect(script).toContain('#Requires -RunAsAdministrator');
    expect(script).toContain("/inheritance:r /grant:r '*S-1-5-18:(OI)(CI)F' '*S-1-5-32-544:(OI)(CI)F'");
  });
});
