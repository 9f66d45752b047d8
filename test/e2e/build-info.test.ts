// Build info of binaries that the Go toolchains here build: Linux, Windows and macOS, as built and stripped.

import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { BuildInfoFiles } from '../../exporter/src/discovery/build-info-file.js';
import { readBuildInfo } from '../../exporter/src/discovery/build-info.js';
import { buildGo, goToolchains } from '../lib/go.js';
import { buildLeaky } from '../lib/leaky.js';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'leakline-build-info-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const read = (path: string) => new BuildInfoFiles().read(path);

describe.each(goToolchains())('with $version', (toolchain) => {
  it.each([
    ['linux', 'amd64'],
    ['linux', '386'],
    ['linux', 's390x'],
    ['windows', 'amd64'],
    ['windows', '386'],
    ['darwin', 'arm64'],
  ] as const)('%s on %s, as built and stripped', async (goos, goarch) => {
    // A small program of its own: the standard library for six platforms would take minutes to build.
    const dir = join(folder, `hello-${toolchain.minor}`);
    mkdirSync(dir, { recursive: true });
    writeFileSync(join(dir, 'go.mod'), 'module example.com/hello\n\ngo 1.19\n');
    writeFileSync(join(dir, 'main.go'), 'package main\n\nfunc main() { println("hello") }\n');
    for (const ldflags of ['', '-s -w']) {
      const path = await buildGo({ dir, toolchain, goos, goarch, ldflags });
      expect(await read(path)).toMatchObject({
        goVersion: toolchain.version,
        packagePath: 'example.com/hello',
        module: 'example.com/hello',
        moduleVersion: '(devel)',
        goos,
        goarch,
        cgoEnabled: false,
      });
    }
  });

  it('reads little of a large file', async () => {
    const path = await buildLeaky({ toolchain });
    const handle = await open(path);
    let bytes = 0;
    try {
      const info = await readBuildInfo({
        async read(offset, length) {
          const { bytesRead, buffer } = await handle.read(Buffer.alloc(length), 0, length, offset);
          bytes += bytesRead;
          return buffer.subarray(0, bytesRead);
        },
      });
      expect(info?.module).toBe('leakline.test/leaky');
    } finally {
      await handle.close();
    }
    expect(bytes).toBeLessThan(16 * 1024);
    expect(statSync(path).size).toBeGreaterThan(4 * 1024 * 1024);
  });

  it('tells the revision that the build stamped', async () => {
    const dir = join(folder, `stamped-${toolchain.minor}`);
    mkdirSync(dir);
    writeFileSync(join(dir, 'go.mod'), 'module example.com/stamped\n\ngo 1.19\n');
    writeFileSync(join(dir, 'main.go'), 'package main\n\nfunc main() {}\n');
    const git = (...args: string[]) =>
      execFileSync('git', ['-c', 'user.name=t', '-c', 'user.email=t@example.com', ...args], {
        cwd: dir,
        encoding: 'utf8',
      }).trim();
    git('init', '-q');
    git('add', '.');
    git('commit', '-q', '-m', 'first', '--no-gpg-sign');
    const path = await buildGo({ dir, toolchain, flags: ['-buildvcs=true'], name: `stamped-${process.pid}` });
    const info = await read(path);
    expect(info?.revision).toBe(git('rev-parse', 'HEAD'));
    expect(info?.modified).toBe(false);
    expect(Date.parse(info?.revisionTime ?? '')).toBeGreaterThan(0);
  });

  it('survives a real binary that is cut off', async () => {
    const whole = await buildGo({
      dir: join(folder, `hello-${toolchain.minor}`),
      toolchain,
      goos: 'windows',
    });
    const cut = join(folder, `cut-${toolchain.minor}`);
    copyFileSync(whole, cut);
    for (let size = statSync(cut).size; size > 0; size = Math.floor(size * 0.8)) {
      truncateSync(cut, size);
      const info = await read(cut);
      if (info) expect(info.goVersion).toBe(toolchain.version);
    }
    expect(await read(cut)).toBeUndefined();
  });
});

it('takes what is not Go for what it is', async () => {
  for (const path of [process.execPath, '/bin/sh', new URL(import.meta.url).pathname]) {
    expect(await read(path)).toBeUndefined();
  }
  await expect(read(join(folder, 'missing'))).rejects.toThrow(/ENOENT/);
});

it('reads a file once, and again when it changed', async () => {
  const path = join(folder, 'replaced');
  const files = new BuildInfoFiles();
  writeFileSync(path, 'not Go');
  expect(await files.read(path)).toBeUndefined();
  expect(await files.read(path)).toBeUndefined();
  expect(files.reads).toBe(1);
  copyFileSync(await buildLeaky(), path);
  expect((await files.read(path))?.module).toBe('leakline.test/leaky');
  expect(files.reads).toBe(2);
});
