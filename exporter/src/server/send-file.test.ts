import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import express from 'express';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { sendFile } from './send-file.js';

let folder: string;
let server: Server;
let url: string;
/** What the server says of a file: how many bytes it has. */
let told: number;
let sent: Promise<void>;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'leakline-send-'));
  const app = express();
  app.get('/', (_, response) => (sent = sendFile(response, join(folder, 'file'), told)));
  app.use(((_error, _request, response, _next) => {
    response.status(500).send('refused');
  }) satisfies express.ErrorRequestHandler);
  server = createServer(app);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
});

afterEach(() => {
  server.closeAllConnections();
  server.close();
  rmSync(folder, { recursive: true, force: true });
});

describe('a file', () => {
  it.each([0, 1, 256 * 1024, 1_000_003])('of %i bytes arrives as it is', async (bytes) => {
    const content = Buffer.from(Array.from({ length: bytes }, (_, i) => i % 251));
    writeFileSync(join(folder, 'file'), content);
    told = bytes;
    const response = await fetch(url);
    expect(response.headers.get('content-length')).toBe(String(bytes));
    expect(Buffer.from(await response.arrayBuffer()).equals(content)).toBe(true);
    const head = await fetch(url, { method: 'HEAD' });
    expect([head.headers.get('content-length'), await head.text()]).toEqual([String(bytes), '']);
  });

  it('that is shorter than told cuts the connection', async () => {
    writeFileSync(join(folder, 'file'), Buffer.alloc(300_000));
    told = 400_000;
    await expect(fetch(url).then((response) => response.arrayBuffer())).rejects.toThrow();
  });

  it('that is not there is an error like any other', async () => {
    told = 10;
    const response = await fetch(url);
    expect([response.status, await response.text()]).toEqual([500, 'refused']);
  });

  it('whose reader goes away is read no further', async () => {
    writeFileSync(join(folder, 'file'), Buffer.alloc(50_000_000));
    told = 50_000_000;
    const response = await fetch(url);
    await response.body!.cancel();
    await sent;
  });
});
