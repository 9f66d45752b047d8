// Addresses as sources, asked of a real server on the loopback.

import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { processIo } from './io.js';
import { runPprof } from './run.js';

const heap = new URL('../../profile/testdata/profiles/prometheus-b.pb.gz', import.meta.url);
const asked: string[] = [];
let server: http.Server;
let origin: string;
let home: string;

beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'leakline-pprof-'));
  const bytes = await readFile(heap);
  server = http.createServer((request, response) => {
    asked.push(`${request.url} ${request.headers.authorization ?? ''}`.trimEnd());
    if (request.url?.startsWith('/debug/pprof/heap')) response.end(bytes);
    else if (request.url === '/moved') response.writeHead(302, { location: '/debug/pprof/heap' }).end();
    else if (request.url === '/hangs') response.writeHead(200).write('x');
    else if (request.url === '/page') response.end('<html><script>alert(1)</script></html>');
    else response.writeHead(404).end('secret words of the server');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  origin = `127.0.0.1:${(server.address() as AddressInfo).port}`;
});

afterAll(async () => {
  server.closeAllConnections();
  server.close();
  await rm(home, { recursive: true });
});

async function pprof(...args: string[]) {
  const seen = { out: '', error: '' };
  await runPprof(args, {
    ...processIo(),
    home,
    env: {},
    timeZone: 'UTC',
    isTerminal: false,
    out: (content) => void (seen.out += content.toString()),
    error: (text) => void (seen.error += text),
  });
  return seen;
}

it('reports on what an address answers, and keeps it for its owner', async () => {
  const { out, error } = await pprof('-top', '-seconds=2', `http://me:word@${origin}`);
  const fromFile = await pprof('-top', heap.pathname);
  expect(out).toBe(fromFile.out);
  expect(asked.at(-1)).toBe(`/debug/pprof/heap?seconds=2 Basic ${Buffer.from('me:word').toString('base64')}`);
  expect(error).toContain(
    `Fetching profile over HTTP from http://${origin}/debug/pprof/heap?seconds=2, over 2 s\n`,
  );
  expect(error).not.toContain('word@');
  const [name] = await readdir(join(home, 'pprof'));
  expect(name).toMatch(/^pprof\.prometheus\.alloc_objects\..*\.001\.pb\.gz$/);
  const kept = join(home, 'pprof', name!);
  expect(error).toContain(`Saved profile in ${kept}\n`);
  expect(await readFile(kept)).toEqual(await readFile(heap));
  if (process.platform !== 'win32') expect((await stat(kept)).mode & 0o777).toBe(0o600);
});

it.each([
  ['/moved', 'target_redirected', /redirects are not followed/],
  ['/nothing', 'fetch_failed', /status 404; does the program import net\/http\/pprof\?$/],
  ['/hangs', 'target_timeout', /1 s/],
  ['/page', 'profile_not_recognized', /it is a text that begins "<html>/],
])('says why %s is no profile', async (path, code, message) => {
  const failed = pprof('-top', '-timeout=1', `http://${origin}${path}`);
  await expect(failed).rejects.toMatchObject({ code, message: expect.stringMatching(message), exitCode: 3 });
});

it('passes over the program that Go users name before the profile', async () => {
  const { out } = await pprof('-top', process.execPath, heap.pathname);
  expect(out).toBe((await pprof('-top', heap.pathname)).out);
});

it('tells growth of texts by the times of their files', async () => {
  const text = (count: number) =>
    `goroutine profile: total ${count}\n${count} @ 0x1 0x2\n#\t0x1\tmain.leak+0x1\t/src/main.go:7\n\n`;
  const files = [1, 2].map((i) => join(home, `goroutines-${i}.txt`));
  for (const [i, file] of files.entries()) {
    await writeFile(file, text(10 + i * 60));
    await utimes(file, 1_700_000_000 + i * 60, 1_700_000_000 + i * 60);
  }
  const { out, error } = await pprof('growth', '--json', ...files);
  const { functions } = JSON.parse(out) as { functions: object[] };
  expect(functions[0]).toMatchObject({ function: 'main.leak', growthBytes: 60, growthBytesPerSecond: 1 });
  expect(error).toContain(
    `${files[0]}: does not say when it was taken; taking the time of the file for it\n`,
  );
});
