// The HTTP client to targets, on node:http(s) with a keep-alive agent: about 0.3 ms of CPU a poll, half of fetch's.
// Every answer is bounded in time and in bytes, also after decompression; what an error answer says is thrown away.

import http from 'node:http';
import https from 'node:https';
import type { ConnectionOptions } from 'node:tls';
import type { Readable } from 'node:stream';
import zlib from 'node:zlib';
import type { AuthConfig } from '../config/schema.js';
import { LeaklineError, UsageError } from '../errors.js';
import { joined } from '../turns.js';
import { VERSION } from '../version.js';
import { plainAgent, tlsAgent } from './agent.js';
import { authorization, tlsOptions } from './auth.js';
import { CLOSED_BY_TARGET, networkError, targetError, timeoutError, tooLargeError } from './errors.js';
import type { TargetHttp, TargetHttpLimits, TargetResponse } from './types.js';

export interface TargetHttpOptions {
  /** Time to a usable connection, TLS included; the limits of each request bound the whole. */
  connectTimeoutMs?: number;
}

/** A host that drops packets should not hold a poll for as long as a slow profile may take. */
const CONNECT_TIMEOUT_MS = 5000;

/** Header lines are a few hundred bytes; Node's own default, stated. */
const MAX_HEADER_BYTES = 16 * 1024;

/** An error answer is read so far and thrown away, to keep the connection; beyond that the connection goes. */
const MAX_DRAINED_BYTES = 64 * 1024;

const REDIRECTS: ReadonlySet<number> = new Set([300, 301, 302, 303, 307, 308]);

interface Answer {
  status: number;
  contentType: string | undefined;
  bytes: number;
}

/**
 * A client for one target. `baseUrl` must be http(s) without credentials, query or fragment (UsageError
 * `bad_target_url`); a missing "/" at its end is added.
 */
export function createTargetHttp(
  baseUrl: string,
  auth: AuthConfig = {},
  { connectTimeoutMs = CONNECT_TIMEOUT_MS }: TargetHttpOptions = {},
): TargetHttp {
  const base = checkedBase(baseUrl);
  const secure = base.protocol === 'https:';
  const readAuthorization = authorization(auth);
  const readTls = tlsOptions(auth.tls);
  let agent = secure ? undefined : plainAgent();
  let agentTls: ConnectionOptions | undefined;
  let closed = false;

  /** The agent for the certificates as they are now: changed ones mean new connections. */
  async function currentAgent(): Promise<http.Agent> {
    const now = secure ? await readTls() : undefined;
    if (!agent || now !== agentTls) {
      agent?.destroy();
      agent = now ? tlsAgent(now) : plainAgent();
      agentTls = now;
    }
    return agent;
  }

  async function ask(
    path: string,
    limits: TargetHttpLimits,
    onChunk: (chunk: Buffer) => void,
    signal?: AbortSignal,
  ): Promise<Answer> {
    const url = resolved(base, path);
    const headers: Record<string, string> = { 'user-agent': `leakline/${VERSION}`, accept: '*/*' };
    const credentials = await readAuthorization();
    if (credentials !== undefined) headers.authorization = credentials;
    const deadlineMs = performance.now() + limits.timeoutMs;
    for (let attempt = 1; ; attempt++) {
      if (closed) throw targetError('target_closed', path, 'the client is closed');
      const outcome = await exchange({
        url,
        path,
        headers,
        agent: await currentAgent(),
        connectTimeoutMs,
        timeoutMs: Math.max(1, deadlineMs - performance.now()),
        limits,
        onChunk,
        signal,
      });
      // The target may close an idle connection in the moment in which it is used again: that says nothing of the target.
      if (outcome !== 'stale') return outcome;
      if (attempt > MAX_IDLE_RETRIES) throw targetError('target_unreachable', path, CLOSED_BY_TARGET);
    }
  }

  return {
    baseUrl: base.href,
    async get(path, limits, signal): Promise<TargetResponse> {
      const chunks: Buffer[] = [];
      const { status, contentType } = await ask(path, limits, (chunk) => chunks.push(chunk), signal);
      return { status, contentType, body: await joined(chunks) };
    },
    stream: ask,
    close() {
      closed = true;
      agent?.destroy();
    },
  };
}

/** After as many connections that had gone stale, the next failure is told. */
const MAX_IDLE_RETRIES = 2;

interface Exchange {
  url: URL;
  path: string;
  headers: Record<string, string>;
  agent: http.Agent;
  connectTimeoutMs: number;
  timeoutMs: number;
  limits: TargetHttpLimits;
  onChunk: (chunk: Buffer) => void;
  signal: AbortSignal | undefined;
}

function exchange({ url, path, headers, agent, limits, ...rest }: Exchange): Promise<Answer | 'stale'> {
  const { connectTimeoutMs, timeoutMs, onChunk, signal } = rest;
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(stopped(path));
    let answered = false;
    const client = url.protocol === 'https:' ? https : http;
    let request: http.ClientRequest;
    try {
      // Throws at once where a certificate of the configuration is none.
      request = client.request(url, { agent, headers, method: 'GET', maxHeaderSize: MAX_HEADER_BYTES });
    } catch (error) {
      return reject(networkError(path, error));
    }

    const end = (error: unknown) => {
      clearTimeout(totalTimer);
      clearTimeout(connectTimer);
      signal?.removeEventListener('abort', onAbort);
      request.destroy();
      if (!answered && request.reusedSocket && isReset(error)) resolve('stale');
      else reject(networkError(path, error));
    };
    const onAbort = () => end(stopped(path));
    const totalTimer = setTimeout(() => end(timeoutError(path, 'whole answer', limits.timeoutMs)), timeoutMs);
    const connectTimer = setTimeout(
      () => end(timeoutError(path, 'connection', connectTimeoutMs)),
      connectTimeoutMs,
    );
    const connected = () => clearTimeout(connectTimer);

    signal?.addEventListener('abort', onAbort, { once: true });

    request.on('error', end);
    request.on('socket', (socket) => {
      if (!socket.connecting) connected();
      else socket.once(url.protocol === 'https:' ? 'secureConnect' : 'connect', connected);
    });
    request.on('response', (response) => {
      answered = true;
      connected();
      const status = response.statusCode ?? 0;
      const contentType = response.headers['content-type'];
      if (REDIRECTS.has(status)) {
        end(
          targetError(
            'target_redirected',
            path,
            `status ${status}; redirects are not followed: configure the final address`,
          ),
        );
        return;
      }
      const ok = status >= 200 && status < 300;
      const body = ok ? decoded(response, path) : response;
      if (body instanceof LeaklineError) return end(body);
      let bytes = 0;
      body.on('data', (chunk: Buffer) => {
        bytes += chunk.length;
        if (!ok) {
          if (bytes > MAX_DRAINED_BYTES) finish();
          return;
        }
        if (bytes > limits.maxBytes) return end(tooLargeError(path, limits.maxBytes));
        try {
          onChunk(chunk);
        } catch (error) {
          end(
            error instanceof LeaklineError
              ? error
              : targetError('target_protocol', path, 'not readable', error),
          );
        }
      });
      const finish = () => {
        clearTimeout(totalTimer);
        signal?.removeEventListener('abort', onAbort);
        resolve({ status, contentType, bytes: ok ? bytes : 0 });
        if (!response.complete) request.destroy();
      };
      body.on('end', finish);
      body.on('error', end);
    });
    request.end();
  });
}

/** The body without its content encoding. None is asked for, but some proxies compress regardless. */
function decoded(response: http.IncomingMessage, path: string): Readable | LeaklineError {
  const encoding = response.headers['content-encoding']?.trim().toLowerCase() ?? 'identity';
  if (encoding === 'identity' || encoding === '') return response;
  if (encoding === 'gzip' || encoding === 'x-gzip' || encoding === 'deflate') {
    const unzip = zlib.createUnzip();
    response.on('error', (error) => unzip.destroy(error));
    return response.pipe(unzip);
  }
  return targetError('target_protocol', path, 'the answer has an unknown content encoding');
}

function stopped(path: string): LeaklineError {
  return targetError('target_aborted', path, 'stopped');
}

function isReset(error: unknown): boolean {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return code === 'ECONNRESET' || code === 'EPIPE';
}

function checkedBase(baseUrl: string): URL {
  let base: URL;
  try {
    base = new URL(baseUrl);
  } catch {
    throw new UsageError(
      'bad_target_url',
      'the address of a target must be like http://127.0.0.1:6060/debug/pprof/',
    );
  }
  if (base.protocol !== 'http:' && base.protocol !== 'https:') {
    throw new UsageError('bad_target_url', 'the address of a target must begin with http:// or https://');
  }
  if (base.username !== '' || base.password !== '') {
    throw new UsageError('bad_target_url', 'the address of a target must hold no credentials; use basicAuth');
  }
  if (base.search !== '' || base.hash !== '') {
    throw new UsageError('bad_target_url', 'the address of a target must hold no "?" and no "#"');
  }
  if (!base.pathname.endsWith('/')) base.pathname += '/';
  return base;
}

/** Only paths of the target itself: credentials never go to another host. */
function resolved(base: URL, path: string): URL {
  const url = new URL(path, base);
  if (url.origin !== base.origin || url.username !== '' || url.password !== '') {
    throw new UsageError('bad_target_url', 'the path leads away from the target');
  }
  return url;
}
