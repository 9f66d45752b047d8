// How Leakline introduces itself to a target: the Authorization header and the TLS options, from the configuration.
// What stands in files is read again when it changes.

import type { ConnectionOptions } from 'node:tls';
import type { AuthConfig } from '../config/schema.js';
import { cachedFile, type CachedFile } from '../config/file-cache.js';
import { UsageError } from '../errors.js';

/** The value of the Authorization header now, or undefined where none is configured. Rejects with a UsageError. */
export function authorization(auth: AuthConfig): () => Promise<string | undefined> {
  const { basicAuth, bearerToken, bearerTokenFile } = auth;
  if (basicAuth) {
    const password = secret(basicAuth.password, basicAuth.passwordFile, 'basicAuth.passwordFile');
    return async () =>
      `Basic ${Buffer.from(`${basicAuth.username}:${await password()}`, 'utf8').toString('base64')}`;
  }
  if (bearerToken !== undefined || bearerTokenFile !== undefined) {
    const token = secret(bearerToken, bearerTokenFile, 'bearerTokenFile');
    return async () => `Bearer ${await token()}`;
  }
  return () => Promise.resolve(undefined);
}

function secret(value: string | undefined, file: string | undefined, field: string): () => Promise<string> {
  if (file === undefined) return () => Promise.resolve(value ?? '');
  const source = cachedFile(file, field);
  return async () => {
    // Editors end a file with a line break, which is no part of the secret.
    const text = (await source.read()).toString('utf8').trim();
    if (!/^[\x20-\x7e\u0080-\uffff]+$/.test(text)) {
      throw new UsageError('bad_secret_file', `${field}: ${file} must hold one line with the secret`);
    }
    return text;
  };
}

/** The TLS options now; the same object as last time means that no file changed. Rejects with a UsageError. */
export function tlsOptions(tls: AuthConfig['tls']): () => Promise<ConnectionOptions> {
  const { caFile, certFile, keyFile, serverName, insecureSkipVerify = false } = tls ?? {};
  const read = (file: string | undefined, field: string): CachedFile | undefined =>
    file === undefined ? undefined : cachedFile(file, field);
  const ca = read(caFile, 'tls.caFile');
  const cert = read(certFile, 'tls.certFile');
  const key = read(keyFile, 'tls.keyFile');
  let known: ConnectionOptions | undefined;
  return async () => {
    const now = { ca: await ca?.read(), cert: await cert?.read(), key: await key?.read() };
    if (!known || known.ca !== now.ca || known.cert !== now.cert || known.key !== now.key) {
      known = {
        ...now,
        rejectUnauthorized: !insecureSkipVerify,
        ...(serverName === undefined ? {} : { servername: serverName }),
      };
    }
    return known;
  };
}
