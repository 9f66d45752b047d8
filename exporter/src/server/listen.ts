// Opening and closing the listener: one clear line for what goes wrong, and a stop that ends within its time.

import { createServer, type RequestListener, type Server } from 'node:http';
import { createServer as createTlsServer, Server as TlsServer, type ServerOptions } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { TlsOptions } from 'node:tls';
import { EXIT, LeaklineError, UsageError } from '../errors.js';

export interface ListenAddress {
  host: string;
  port: number;
}

/** "127.0.0.1:9464", ":9464" (every interface), "[::1]:9464". */
export function parseListenAddress(text: string): ListenAddress {
  const match = /^(?:\[([0-9a-fA-F:.]+)\]|([^:[\]\s]*)):(\d{1,5})$/.exec(text);
  const port = Number(match?.[3]);
  if (!match || port > 65_535) {
    throw new UsageError(
      'bad_listen',
      `listen: "${text}" is no address; write HOST:PORT, for example 127.0.0.1:9464`,
    );
  }
  return { host: match[1] ?? match[2] ?? '', port };
}

export interface Listener {
  address: ListenAddress;
  /** Ends idle connections at once and busy ones after `graceMs`. */
  close(graceMs: number): Promise<void>;
  /** Connections from now on get these certificates; without effect on a server of plain HTTP. */
  setTls(tls: TlsOptions): void;
}

const HEADERS_TIMEOUT_MS = 10_000;
const REQUEST_TIMEOUT_MS = 60_000;

export async function listen(
  { host, port }: ListenAddress,
  handler: RequestListener,
  tls?: ServerOptions,
): Promise<Listener> {
  const limits = { headersTimeout: HEADERS_TIMEOUT_MS, requestTimeout: REQUEST_TIMEOUT_MS };
  const server: Server = tls
    ? createTlsServer({ ...limits, ...tls }, handler)
    : createServer(limits, handler);
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => reject(listenError(error, host, port)));
    server.listen(port, host === '' ? undefined : host, resolve);
  });
  const bound = server.address() as AddressInfo;
  return {
    address: { host: bound.address, port: bound.port },
    setTls: (renewed) => {
      if (server instanceof TlsServer) server.setSecureContext(renewed);
    },
    close: (graceMs) =>
      new Promise((resolve) => {
        const force = setTimeout(() => server.closeAllConnections(), graceMs);
        server.close(() => {
          clearTimeout(force);
          resolve();
        });
        server.closeIdleConnections();
      }),
  };
}

function listenError(error: NodeJS.ErrnoException, host: string, port: number): LeaklineError {
  const where = `${host.includes(':') ? `[${host}]` : host}:${port}`;
  const options = { exitCode: EXIT.unreachable, cause: error };
  switch (error.code) {
    case 'EADDRINUSE':
      return new LeaklineError(
        'port_in_use',
        `${where} is in use by another program; choose another with --listen HOST:PORT`,
        options,
      );
    case 'EACCES':
      return new LeaklineError(
        'port_denied',
        `no permission to listen on ${where}; choose a port above 1023`,
        options,
      );
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
      return new LeaklineError('address_unknown', `${where} is no address of this host`, options);
    default:
      return new LeaklineError('cannot_listen', `cannot listen on ${where}: ${error.message}`, options);
  }
}
