import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sourceReaderFor } from './source-reader.js';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'leakline-sources-'));
  const write = (name: string, text: string) => {
    mkdirSync(path.dirname(path.join(folder, name)), { recursive: true });
    writeFileSync(path.join(folder, name), text);
  };
  write('project/pkg/a.go', 'package a\nfunc a() {}\n');
  write('go/pkg/mod/example.com/!big@v1.0.0/b.go', 'package b\n');
  write('goroot/src/net/http/server.go', 'package http\n');
  write('secret.txt', 'secret\n');
  symlinkSync(path.join(folder, 'secret.txt'), path.join(folder, 'project/link.go'));
  symlinkSync(folder, path.join(folder, 'project/up'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function lines(file: string, settings = { sourcePath: '', trimPath: '' }): string {
  const env = { GOPATH: path.join(folder, 'go'), GOROOT: path.join(folder, 'goroot') };
  const found = sourceReaderFor(settings, { cwd: path.join(folder, 'project'), home: folder, env })(file);
  return 'lines' in found ? found.lines.join('|') : `! ${found.problem}`;
}

describe('sources', () => {
  it('are found in the working directory, below a trimmed prefix, in GOROOT and the module cache', () => {
    expect(lines('pkg/a.go')).toBe('package a|func a() {}');
    expect(lines(path.join(folder, 'project/pkg/a.go'))).toBe('package a|func a() {}');
    expect(lines('/build/project/pkg/a.go')).toBe('package a|func a() {}');
    expect(lines('/ci/x/pkg/a.go', { sourcePath: path.join(folder, 'project'), trimPath: '/ci/x' })).toMatch(
      /^package a/,
    );
    expect(lines('net/http/server.go')).toBe('package http');
    expect(lines('/usr/local/go/src/net/http/server.go')).toBe('package http');
    expect(lines('/home/ci/go/pkg/mod/example.com/Big@v1.0.0/b.go')).toBe('package b');
    expect(lines('example.com/Big@v1.0.0/b.go')).toMatch(/^package b|^! could not find/);
  });

  it.each([
    '../secret.txt',
    'pkg/../../secret.txt',
    'link.go',
    'up/secret.txt',
    '/etc/passwd',
    '../../../../../../../etc/passwd',
    '/x/src/../../../secret.txt',
    '..\\secret.txt',
    '/pkg/mod/../../../secret.txt',
  ])('are never read outside of the roots: %s', (file) => {
    expect(lines(file)).toMatch(/^! (.* lies outside of the source roots|could not find file)/);
  });

  it('are not read through the absolute name of a file outside', () => {
    expect(lines(path.join(folder, 'secret.txt'))).toMatch(/^! .*lies outside/);
  });

  it('are not even looked for on another host, unless a root is there', () => {
    expect(lines(`/${path.join(folder, 'secret.txt')}`)).toMatch(/^! could not find/);
    expect(lines(`/${path.join(folder, 'project/pkg/a.go')}`)).toBe('package a|func a() {}');
  });

  it('say where they were looked for', () => {
    expect(lines('none/such.go', { sourcePath: 'a:b', trimPath: '' })).toBe(
      '! could not find file none/such.go on path a:b',
    );
  });
});
