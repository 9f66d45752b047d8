// What can go wrong when a target is asked, in words for the user. Nothing that a target sends stands in a message.

import { LeaklineError } from '../errors.js';
import { formatBytes, formatDuration } from '../format.js';

/** API answers on behalf of a target that failed: bad gateway, gateway timeout. */
const BAD_GATEWAY = 502;
const GATEWAY_TIMEOUT = 504;

export function targetError(code: string, path: string, problem: string, cause?: unknown): LeaklineError {
  return new LeaklineError(code, `GET ${path}: ${problem}`, {
    status: code === 'target_timeout' ? GATEWAY_TIMEOUT : BAD_GATEWAY,
    ...(cause === undefined ? {} : { cause }),
  });
}

export function timeoutError(path: string, what: 'connection' | 'whole answer', timeoutMs: number) {
  return targetError('target_timeout', path, `no ${what} within ${formatDuration(timeoutMs / 1000)}`);
}

export function tooLargeError(path: string, maxBytes: number): LeaklineError {
  return targetError('target_too_large', path, `the answer is larger than ${formatBytes(maxBytes)}`);
}

export const CLOSED_BY_TARGET = 'the target closed the connection';

const NETWORK_PROBLEMS: Record<string, string> = {
  ECONNREFUSED: 'connection refused: nothing listens there',
  ECONNRESET: CLOSED_BY_TARGET,
  EPIPE: CLOSED_BY_TARGET,
  ENOTFOUND: 'the host name is unknown',
  EAI_AGAIN: 'the host name could not be resolved',
  EHOSTUNREACH: 'no route to the host',
  ENETUNREACH: 'no route to the network',
  ETIMEDOUT: 'no connection: timed out',
  EADDRNOTAVAIL: 'no local port is free',
  EMFILE: 'too many open files in this process',
};

const TLS_PROBLEMS: Record<string, string> = {
  DEPTH_ZERO_SELF_SIGNED_CERT: 'the certificate is self-signed; name it in tls.caFile',
  SELF_SIGNED_CERT_IN_CHAIN: 'the certificate authority is unknown; name it in tls.caFile',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'the certificate authority is unknown; name it in tls.caFile',
  UNABLE_TO_GET_ISSUER_CERT: 'the certificate authority is unknown; name it in tls.caFile',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'the certificate authority is unknown; name it in tls.caFile',
  CERT_HAS_EXPIRED: 'the certificate has expired',
  CERT_NOT_YET_VALID: 'the certificate is not yet valid',
  ERR_TLS_CERT_ALTNAME_INVALID: 'the certificate is for another name; set tls.serverName',
  ERR_SSL_WRONG_VERSION_NUMBER: 'the target does not speak TLS; use http://',
  ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED:
    'the target wants a client certificate; set tls.certFile and tls.keyFile',
  ERR_SSL_SSLV3_ALERT_BAD_CERTIFICATE: 'the target refuses the client certificate of tls.certFile',
  ERR_SSL_TLSV1_ALERT_UNKNOWN_CA: 'the target refuses the client certificate of tls.certFile',
};

/** An error of the network, of TLS or of the HTTP parser as one of ours. */
export function networkError(path: string, error: unknown): LeaklineError {
  if (error instanceof LeaklineError) return error;
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  const tls = TLS_PROBLEMS[code];
  if (tls !== undefined) return targetError('target_tls', path, tls, error);
  if (/^(ERR_SSL|ERR_TLS|ERR_OSSL|CERT_|EPROTO$|UNABLE_TO_|INVALID_)/.test(code)) {
    return targetError('target_tls', path, `TLS failed (${code})`, error);
  }
  if (code.startsWith('HPE_')) {
    return targetError('target_protocol', path, `the answer is not HTTP (${code})`, error);
  }
  if (code.startsWith('Z_')) {
    return targetError('target_protocol', path, `the answer's compression is broken (${code})`, error);
  }
  const known = NETWORK_PROBLEMS[code];
  return targetError(
    'target_unreachable',
    path,
    known ?? `the connection failed (${code || 'unknown'})`,
    error,
  );
}
