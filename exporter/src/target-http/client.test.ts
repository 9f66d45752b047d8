import { copyFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import http from 'node:http';
import https from 'node:https';
import net from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import zlib from 'node:zlib';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { LeaklineError } from '../errors.js';
import { createTargetHttp } from './client.js';

const testdata = (name: string) => path.join(import.meta.dirname, 'testdata', name);
const LIMITS = { timeoutMs: 10_000, maxBytes: 1_000_000 };
const cleanups: (() => unknown)[] = [];

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

async function listen(server: net.Server): Promise<number> {
  const sockets = new Set<net.Socket>();
  server.on('connection', (socket: net.Socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.on('close', () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  cleanups.push(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}

async function serve(handler: http.RequestListener): Promise<string> {
  return `http://127.0.0.1:${await listen(http.createServer(handler))}/debug/pprof`;
}

function client(...args: Parameters<typeof createTargetHttp>) {
  const target = createTargetHttp(...args);
  cleanups.push(() => target.close());
  return target;
}

async function failure(promise: Promise<unknown>): Promise<LeaklineError> {
  const error = await promise.then(
    () => undefined,
    (e: unknown) => e,
  );
  if (!(error instanceof LeaklineError)) throw new Error(`no LeaklineError: ${String(error)}`);
  return error;
}

async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(path.join(tmpdir(), 'leakline-'));
  cleanups.push(() => rm(folder, { recursive: true }));
  return folder;
}

describe('createTargetHttp', () => {
  it('asks paths beside the base and from the root, over one connection', async () => {
    const seen: string[] = [];
    const ports = new Set<number | undefined>();
    const base = await serve((request, response) => {
      seen.push(`${request.url} ${request.headers['accept-encoding']}`);
      ports.add(request.socket.remotePort);
      response.setHeader('content-type', 'text/plain');
      response.end('body');
    });
    const target = client(base);
    expect(target.baseUrl).toBe(`${base}/`);
    const answer = await target.get('heap?gc=1', LIMITS);
    expect(answer).toEqual({ status: 200, contentType: 'text/plain', body: Buffer.from('body') });
    await target.get('/debug/vars', LIMITS);
    expect(seen).toEqual(['/debug/pprof/heap?gc=1 undefined', '/debug/vars undefined']);
    expect(ports.size).toBe(1);
  });

  it('sets no keep-alive probes on its sockets', async () => {
    const probes = vi.spyOn(net.Socket.prototype, 'setKeepAlive');
    cleanups.push(() => probes.mockRestore());
    const target = client(await serve((_, response) => response.end('x')));
    await target.get('a', LIMITS);
    await target.get('a', LIMITS);
    expect(probes).not.toHaveBeenCalled();
  });

  it('streams a body chunk by chunk and tells its length', async () => {
    const base = await serve((_, response) => {
      response.write('one ');
      setTimeout(() => response.end('two'), 20);
    });
    const chunks: string[] = [];
    const answer = await client(base).stream('x', LIMITS, (chunk) => chunks.push(chunk.toString()));
    expect(answer).toEqual({ status: 200, contentType: undefined, bytes: 7 });
    expect(chunks.join('')).toBe('one two');
  });

  it('throws away what an error answer says, and keeps the connection', async () => {
    const ports = new Set<number | undefined>();
    const base = await serve((request, response) => {
      ports.add(request.socket.remotePort);
      response.statusCode = 500;
      response.end('secret of the target');
    });
    const target = client(base);
    expect(await target.get('x', LIMITS)).toMatchObject({ status: 500, body: Buffer.alloc(0) });
    const chunks: Buffer[] = [];
    expect(await target.stream('x', LIMITS, (chunk) => chunks.push(chunk))).toMatchObject({
      status: 500,
      bytes: 0,
    });
    expect(chunks).toEqual([]);
    expect(ports.size).toBe(1);
  });

  it('gives up on an endless error answer', async () => {
    const base = await serve((_, response) => {
      response.statusCode = 404;
      const timer = setInterval(() => response.write(Buffer.alloc(10_000)), 1);
      response.on('close', () => clearInterval(timer));
    });
    expect((await client(base).get('x', LIMITS)).status).toBe(404);
  });

  it('asks again when an idle connection is closed in the moment of its reuse', async () => {
    const requestsByConnection: number[] = [];
    const server = net.createServer((socket) => {
      const connection = requestsByConnection.push(0) - 1;
      socket.on('data', () => {
        const count = (requestsByConnection[connection] = requestsByConnection[connection]! + 1);
        if (count > 1) socket.destroy();
        else socket.write('HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx');
      });
    });
    const target = client(`http://127.0.0.1:${await listen(server)}/`);
    await target.get('a', LIMITS);
    expect((await target.get('a', LIMITS)).status).toBe(200);
    expect(requestsByConnection).toEqual([2, 1]);
  });

  it('does not ask again when a fresh connection is closed without an answer', async () => {
    let requests = 0;
    const base = await serve((request) => {
      requests++;
      request.socket.destroy();
    });
    const error = await failure(client(base).get('x', LIMITS));
    expect(error.code).toBe('target_unreachable');
    expect(error.message).toBe('GET x: the target closed the connection');
    expect(requests).toBe(1);
  });

  describe('decompression, when a proxy compresses regardless', () => {
    it.each([
      ['gzip', zlib.gzipSync('hello')],
      ['deflate', zlib.deflateSync('hello')],
      ['identity', Buffer.from('hello')],
    ])('%s', async (encoding, body) => {
      const base = await serve((_, response) => response.setHeader('content-encoding', encoding).end(body));
      expect((await client(base).get('x', LIMITS)).body.toString()).toBe('hello');
    });

    it('bounds what a small body unfolds to', async () => {
      const bomb = zlib.gzipSync(Buffer.alloc(50_000_000));
      const base = await serve((_, response) => response.setHeader('content-encoding', 'gzip').end(bomb));
      expect((await failure(client(base).get('x', LIMITS))).code).toBe('target_too_large');
    });

    it.each([
      ['gzip', Buffer.from('no gzip at all')],
      ['gzip', zlib.gzipSync('hello').subarray(0, 12)],
      ['br', Buffer.from('x')],
    ])('refuses broken or unknown %s', async (encoding, body) => {
      const base = await serve((_, response) => response.setHeader('content-encoding', encoding).end(body));
      expect((await failure(client(base).get('x', LIMITS))).code).toBe('target_protocol');
    });
  });

  describe('limits', () => {
    it('bounds the body', async () => {
      const base = await serve((_, response) => response.end(Buffer.alloc(2_000_000)));
      const error = await failure(client(base).get('heap', LIMITS));
      expect([error.code, error.message]).toEqual([
        'target_too_large',
        'GET heap: the answer is larger than 977 KiB',
      ]);
    });

    it('bounds the time of a target that does not answer', async () => {
      const base = await serve(() => undefined);
      const error = await failure(client(base).get('heap', { ...LIMITS, timeoutMs: 50 }));
      expect([error.code, error.status]).toEqual(['target_timeout', 504]);
      expect(error.message).toBe('GET heap: no whole answer within 50 ms');
    });

    it('bounds the time of a target that trickles', async () => {
      const base = await serve((_, response) => {
        const timer = setInterval(() => response.write('.'), 5);
        response.on('close', () => clearInterval(timer));
      });
      expect((await failure(client(base).get('x', { ...LIMITS, timeoutMs: 100 }))).code).toBe(
        'target_timeout',
      );
    });

    it('bounds the time to connect apart from the rest', async () => {
      // A TLS handshake that is never answered keeps the connection from becoming usable.
      const port = await listen(net.createServer());
      const target = client(`https://127.0.0.1:${port}/`, {}, { connectTimeoutMs: 50 });
      const error = await failure(target.get('x', LIMITS));
      expect(error.message).toBe('GET x: no connection within 50 ms');
    });

    it('stops at a signal, before and while asking', async () => {
      const base = await serve(() => undefined);
      const target = client(base);
      expect((await failure(target.get('x', LIMITS, AbortSignal.abort()))).code).toBe('target_aborted');
      expect((await failure(target.get('x', LIMITS, AbortSignal.timeout(30)))).code).toBe('target_aborted');
    });
  });

  it('refuses redirects without following them', async () => {
    let requests = 0;
    const base = await serve((_, response) => {
      requests++;
      response.writeHead(302, { location: '/elsewhere' }).end();
    });
    const error = await failure(client(base).get('x', LIMITS));
    expect(error.code).toBe('target_redirected');
    expect(error.message).toBe('GET x: status 302; redirects are not followed: configure the final address');
    expect(requests).toBe(1);
  });

  it('says that nothing listens', async () => {
    const server = net.createServer();
    const port = await listen(server);
    await new Promise((resolve) => server.close(resolve));
    const error = await failure(client(`http://127.0.0.1:${port}/`).get('x', LIMITS));
    expect([error.code, error.message]).toEqual([
      'target_unreachable',
      'GET x: connection refused: nothing listens there',
    ]);
  });

  it('says that the answer is not HTTP', async () => {
    const port = await listen(net.createServer((socket) => socket.end('SSH-2.0-OpenSSH_9.2p1\r\n')));
    expect((await failure(client(`http://127.0.0.1:${port}/`).get('x', LIMITS))).code).toBe(
      'target_protocol',
    );
  });

  it.each([
    ['nonsense', 'the address of a target must be like http://127.0.0.1:6060/debug/pprof/'],
    ['ftp://host/', 'the address of a target must begin with http:// or https://'],
    ['http://user:pass@host/', 'the address of a target must hold no credentials; use basicAuth'],
    ['http://host/?a=1', 'the address of a target must hold no "?" and no "#"'],
  ])('refuses the address %s', (url, message) => {
    expect(() => createTargetHttp(url)).toThrow(message);
  });

  it.each(['http://other.example/x', '//other.example/x', 'https://127.0.0.1/'])(
    'never leaves the target for %s',
    async (away) => {
      const target = client('http://127.0.0.1:9/debug/pprof/', { bearerToken: 't' });
      expect((await failure(target.get(away, LIMITS))).code).toBe('bad_target_url');
    },
  );

  describe('credentials', () => {
    async function authorizationSeen(): Promise<{ base: string; seen: (string | undefined)[] }> {
      const seen: (string | undefined)[] = [];
      const base = await serve((request, response) => {
        seen.push(request.headers.authorization);
        response.end();
      });
      return { base, seen };
    }

    it('sends basic auth and bearer tokens', async () => {
      const { base, seen } = await authorizationSeen();
      await client(base, { basicAuth: { username: 'anna', password: 'grün' } }).get('x', LIMITS);
      await client(base, { bearerToken: 'abc' }).get('x', LIMITS);
      expect(seen).toEqual([`Basic ${Buffer.from('anna:grün').toString('base64')}`, 'Bearer abc']);
    });

    it('reads secrets from files again when they change', async () => {
      const { base, seen } = await authorizationSeen();
      const file = path.join(await temporaryFolder(), 'token');
      await writeFile(file, 'first\n');
      const target = client(base, { bearerTokenFile: file });
      await target.get('x', LIMITS);
      await writeFile(file, 'second\n');
      await target.get('x', LIMITS);
      expect(seen).toEqual(['Bearer first', 'Bearer second']);
    });

    it('names the field and the file when a secret is not readable or not one line', async () => {
      const folder = await temporaryFolder();
      const missing = path.join(folder, 'missing');
      const error = await failure(
        client('http://127.0.0.1:9/', { bearerTokenFile: missing }).get('x', LIMITS),
      );
      expect(error.message).toBe(`bearerTokenFile: cannot read ${missing}: no such file`);
      const lines = path.join(folder, 'lines');
      await writeFile(lines, 'a\r\nInjected: b\n');
      const target = client('http://127.0.0.1:9/', { bearerTokenFile: lines });
      expect((await failure(target.get('x', LIMITS))).message).toBe(
        `bearerTokenFile: ${lines} must hold one line with the secret`,
      );
    });
  });

  describe('TLS', () => {
    async function serveTls(options: https.ServerOptions = {}): Promise<number> {
      const [key, cert] = await Promise.all([
        readFile(testdata('server.key')),
        readFile(testdata('server.crt')),
      ]);
      return listen(https.createServer({ key, cert, ...options }, (_, response) => response.end('safe')));
    }

    it('trusts the authority of caFile and none else', async () => {
      const base = `https://127.0.0.1:${await serveTls()}/`;
      const trusting = client(base, { tls: { caFile: testdata('ca.crt'), insecureSkipVerify: false } });
      expect((await trusting.get('x', LIMITS)).body.toString()).toBe('safe');
      expect((await trusting.get('x', LIMITS)).status).toBe(200);
      const error = await failure(client(base).get('x', LIMITS));
      expect(error.code).toBe('target_tls');
      expect(error.message).toBe('GET x: the certificate authority is unknown; name it in tls.caFile');
    });

    it('skips the check, or checks another name, where told', async () => {
      const base = `https://127.0.0.1:${await serveTls()}/`;
      expect((await client(base, { tls: { insecureSkipVerify: true } }).get('x', LIMITS)).status).toBe(200);
      const tls = { caFile: testdata('ca.crt'), insecureSkipVerify: false };
      expect((await client(base, { tls: { ...tls, serverName: 'localhost' } }).get('x', LIMITS)).status).toBe(
        200,
      );
      const other = client(base, { tls: { ...tls, serverName: 'other.example' } });
      expect((await failure(other.get('x', LIMITS))).message).toBe(
        'GET x: the certificate is for another name; set tls.serverName',
      );
    });

    it('shows a client certificate, and takes a renewed one without a restart', async () => {
      const ca = await readFile(testdata('ca.crt'));
      const base = `https://127.0.0.1:${await serveTls({ ca, requestCert: true, rejectUnauthorized: true })}/`;
      const folder = await temporaryFolder();
      const files = { certFile: path.join(folder, 'tls.crt'), keyFile: path.join(folder, 'tls.key') };
      await writeFile(files.certFile, 'not yet a certificate');
      await writeFile(files.keyFile, 'not yet a key');
      const target = client(base, {
        tls: { caFile: testdata('ca.crt'), insecureSkipVerify: false, ...files },
      });
      expect((await failure(target.get('x', LIMITS))).code).toBe('target_tls');
      await copyFile(testdata('client.crt'), files.certFile);
      await copyFile(testdata('client.key'), files.keyFile);
      expect((await target.get('x', LIMITS)).body.toString()).toBe('safe');
      const without = client(base, { tls: { caFile: testdata('ca.crt'), insecureSkipVerify: false } });
      expect(['target_tls', 'target_unreachable']).toContain((await failure(without.get('x', LIMITS))).code);
    });

    it('says that the target does not speak TLS', async () => {
      const base = (await serve((_, response) => response.end())).replace('http:', 'https:');
      expect((await failure(client(base).get('x', LIMITS))).code).toBe('target_tls');
    });
  });

  it('answers no more after close', async () => {
    const target = client(await serve((_, response) => response.end()));
    target.close();
    expect((await failure(target.get('x', LIMITS))).code).toBe('target_closed');
  });
});
