// Connections to targets: kept open between polls, but without TCP keep-alive probes.

import http from 'node:http';
import https from 'node:https';
import net from 'node:net';
import type { Duplex } from 'node:stream';
import type tls from 'node:tls';

/** One poll at a time is the rule; more idle connections would only hold descriptors in the target. */
const MAX_IDLE_SOCKETS = 1;

const AGENT_OPTIONS = { keepAlive: true, maxFreeSockets: MAX_IDLE_SOCKETS, scheduling: 'lifo' } as const;

/**
 * Node turns on TCP keep-alive probes for every pooled socket. They serve nothing here (polls are more frequent than
 * any probe), and a socket on which they are set cannot connect under Wine, where TCP_KEEPIDLE is unknown.
 */
function withoutProbes<S extends Duplex | null | undefined>(socket: S): S {
  if (socket instanceof net.Socket) socket.setKeepAlive = () => socket;
  return socket;
}

class PlainAgent extends http.Agent {
  override createConnection(...[options, callback]: Parameters<http.Agent['createConnection']>) {
    const probeless = { ...options, keepAlive: false };
    return withoutProbes(super.createConnection(probeless, callback));
  }
}

class TlsAgent extends https.Agent {
  override createConnection(...[options, callback]: Parameters<https.Agent['createConnection']>) {
    const probeless = { ...options, keepAlive: false };
    return withoutProbes(super.createConnection(probeless, callback));
  }
}

export function plainAgent(): http.Agent {
  return new PlainAgent(AGENT_OPTIONS);
}

/** An agent for https; `tlsOptions` say whom it trusts and with which certificate it introduces itself. */
export function tlsAgent(tlsOptions: tls.ConnectionOptions): https.Agent {
  return new TlsAgent({ ...AGENT_OPTIONS, ...tlsOptions });
}
