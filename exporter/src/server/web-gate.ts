// The web configuration at work: who is let in, which headers answers carry, and certificates that are renewed while
// the server runs.

import type { TlsOptions } from 'node:tls';
import { createBasicAuthCheck, webConfigReader } from '../config/index.js';
import type { Logger } from '../log.js';
import type { WebGate } from './security.js';

export interface OpenWebGate {
  gate: WebGate;
  /** Undefined: plain HTTP. Chosen at the start; going from one to the other needs a restart. */
  tls: TlsOptions | undefined;
  /** Tells of certificates, keys and versions that changed, until the returned function is called. */
  onTlsChange(tell: (tls: TlsOptions) => void): () => void;
}

/** A renewed certificate is in use this soon. Nobody may connect with one that has expired: requests cannot drive it. */
const INTERVAL_MS = 5_000;

/** Rejects with a UsageError where the file, or one that it names, cannot be used. */
export async function openWebGate(
  file: string,
  log: Logger,
  { intervalMs = INTERVAL_MS }: { intervalMs?: number } = {},
): Promise<OpenWebGate> {
  const reader = webConfigReader(file, (error) =>
    log.error({ file, err: error.message }, 'the web configuration is broken; the last good one holds'),
  );
  const check = createBasicAuthCheck();
  const { tls } = await reader.current();
  return {
    tls,
    gate: {
      headers: async () => (await reader.current()).headers,
      isAllowed: async (authorization) => {
        const { users } = await reader.current();
        return users.size === 0 || (await check(users, authorization)) !== undefined;
      },
    },
    onTlsChange(tell) {
      let inUse = tls;
      const look = async () => {
        const { tls: now } = await reader.current();
        if (now === inUse) return;
        if ((now === undefined) !== (tls === undefined)) {
          log.warn({ file }, 'turning TLS on or off needs a restart');
        } else if (now !== undefined) {
          tell(now);
          log.info({ file }, 'the TLS settings of the server were renewed');
        }
        inUse = now;
      };
      const timer = setInterval(() => void look(), intervalMs);
      timer.unref();
      return () => clearInterval(timer);
    },
  };
}
