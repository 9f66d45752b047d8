// The web configuration of the Prometheus exporter-toolkit: TLS of the server, users with bcrypt hashes, headers. The same
// file serves node_exporter and others. Read again when it, a certificate or a key changes.
// Format: github.com/prometheus/exporter-toolkit docs/web-configuration.md. Fields that would be silently without effect
// here are refused, save `http2` (HTTP/1.1 is always spoken).

import path from 'node:path';
import { createSecureContext, type SecureVersion, type TlsOptions } from 'node:tls';
import { z } from 'zod';
import { LeaklineError, messageOf, UsageError } from '../errors.js';
import { cachedFile, type CachedFile } from './file-cache.js';
import { file } from './fields.js';
import { parseYaml } from './yaml-file.js';

/** Least cost of the algorithm; beyond the greatest, one login takes seconds of a core. */
const MIN_BCRYPT_COST = 4;
const MAX_BCRYPT_COST = 14;

function isBetween(value: number, min: number, max: number): boolean {
  return value >= min && value <= max;
}

const VERSIONS: Record<string, SecureVersion> = {
  TLS10: 'TLSv1',
  TLS11: 'TLSv1.1',
  TLS12: 'TLSv1.2',
  TLS13: 'TLSv1.3',
};

const version = z.enum(['TLS10', 'TLS11', 'TLS12', 'TLS13']);

const bcryptHash = z
  .string()
  .regex(/^\$2[aby]\$\d\d\$[./A-Za-z0-9]{53}$/, 'must be a bcrypt hash, as "htpasswd -nBC 10 NAME" prints it')
  .refine((hash) => isBetween(Number(hash.slice(4, 6)), MIN_BCRYPT_COST, MAX_BCRYPT_COST), {
    message: `must have a bcrypt cost from ${MIN_BCRYPT_COST} to ${MAX_BCRYPT_COST}`,
  })
  .meta({ secret: true });

const headerValue = z.string().regex(/^[\x20-\x7e]+$/, 'must be one line of printable characters');

const webConfigSchema = z.strictObject({
  tls_server_config: z
    .strictObject({
      cert_file: file(),
      key_file: file(),
      // Go's RequireAnyClientCert and VerifyClientCertIfGiven have no like in Node's TLS: refused rather than let everybody in.
      client_auth_type: z
        .enum(['NoClientCert', 'RequestClientCert', 'RequireAndVerifyClientCert'])
        .default('NoClientCert'),
      client_ca_file: file().optional(),
      min_version: version.default('TLS12'),
      max_version: version.default('TLS13'),
      prefer_server_cipher_suites: z.boolean().default(true),
    })
    .refine(
      (tls) =>
        tls.client_auth_type === 'RequestClientCert' ||
        (tls.client_auth_type === 'NoClientCert') === (tls.client_ca_file === undefined),
      {
        message: 'needs client_ca_file together with client_auth_type "RequireAndVerifyClientCert"',
      },
    )
    .refine((tls) => tls.min_version <= tls.max_version, { message: 'needs min_version up to max_version' })
    .optional(),
  http_server_config: z
    .strictObject({
      http2: z.boolean().default(true),
      headers: z
        .strictObject({
          'Content-Security-Policy': headerValue.optional(),
          'X-Frame-Options': headerValue.optional(),
          'X-Content-Type-Options': headerValue.optional(),
          'X-XSS-Protection': headerValue.optional(),
          'Strict-Transport-Security': headerValue.optional(),
        })
        .prefault({}),
    })
    .prefault({}),
  basic_auth_users: z.record(z.string().min(1), bcryptHash).default({}),
});

export type WebConfigFile = z.infer<typeof webConfigSchema>;

/** What the server needs of it now. */
export interface WebConfig {
  /** For https.createServer and server.setSecureContext; undefined: plain HTTP. */
  tls: TlsOptions | undefined;
  headers: Record<string, string>;
  /** Names with bcrypt hashes; empty: no authentication. */
  users: ReadonlyMap<string, string>;
}

/** Throws a ConfigError. */
export function parseWebConfig(text: string, fileName: string): WebConfigFile {
  return parseYaml(text, fileName, webConfigSchema);
}

/**
 * Reads the web configuration on demand: `current` resolves with the same object while no file changed. The first read
 * rejects with a UsageError when something is wrong; later ones keep what was good and tell `onError`, once a problem.
 */
export function webConfigReader(fileName: string, onError: (error: LeaklineError) => void) {
  const source = cachedFile(fileName, 'webConfigFile');
  let bytes: Buffer | undefined;
  let parsed: WebConfigFile | undefined;
  let tlsFiles: { cert: CachedFile; key: CachedFile; ca: CachedFile | undefined } | undefined;
  let tlsBytes: (Buffer | undefined)[] = [];
  let known: WebConfig | undefined;
  let lastProblem: string | undefined;

  async function read(): Promise<WebConfig> {
    const now = await source.read();
    if (now !== bytes || !parsed) {
      const fresh = parseWebConfig(now.toString('utf8'), fileName);
      const from = (name: string, field: string) =>
        cachedFile(path.resolve(path.dirname(fileName), name), `tls_server_config.${field}`);
      const tls = fresh.tls_server_config;
      tlsFiles = tls && {
        cert: from(tls.cert_file, 'cert_file'),
        key: from(tls.key_file, 'key_file'),
        ca: tls.client_ca_file === undefined ? undefined : from(tls.client_ca_file, 'client_ca_file'),
      };
      [bytes, parsed, known] = [now, fresh, undefined];
    }
    const files = tlsFiles
      ? await Promise.all([tlsFiles.cert.read(), tlsFiles.key.read(), tlsFiles.ca?.read()])
      : [];
    if (!known || files.some((content, i) => content !== tlsBytes[i])) {
      tlsBytes = files;
      known = toWebConfig(parsed, files);
    }
    return known;
  }

  let good: WebConfig | undefined;
  return {
    async current(): Promise<WebConfig> {
      try {
        good = await read();
        lastProblem = undefined;
        return good;
      } catch (error) {
        const problem =
          error instanceof LeaklineError ? error : new UsageError('bad_web_config', messageOf(error));
        if (!good) throw problem;
        if (problem.message !== lastProblem) onError(problem);
        lastProblem = problem.message;
        return good;
      }
    },
  };
}

function toWebConfig(parsed: WebConfigFile, [cert, key, ca]: (Buffer | undefined)[]): WebConfig {
  const tls = parsed.tls_server_config;
  const clientAuth = tls?.client_auth_type ?? 'NoClientCert';
  if (tls) {
    try {
      // A certificate that was renewed before its key is no pair: the server goes on with the old one.
      createSecureContext({ cert, key, ca });
    } catch {
      throw new UsageError(
        'bad_web_config',
        'tls_server_config: cert_file and key_file are no pair in PEM form',
      );
    }
  }
  return {
    tls: tls && {
      cert,
      key,
      ...(ca ? { ca } : {}),
      requestCert: clientAuth !== 'NoClientCert',
      rejectUnauthorized: clientAuth === 'RequireAndVerifyClientCert',
      minVersion: VERSIONS[tls.min_version],
      maxVersion: VERSIONS[tls.max_version],
      honorCipherOrder: tls.prefer_server_cipher_suites,
    },
    headers: Object.fromEntries(
      Object.entries(parsed.http_server_config.headers).filter((entry) => entry[1] !== undefined),
    ),
    users: new Map(Object.entries(parsed.basic_auth_users)),
  };
}
