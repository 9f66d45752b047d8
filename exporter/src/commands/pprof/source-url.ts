// Which sources of `leakline pprof` are addresses, and of what: "http://host:6060/debug/pprof/heap" and, as Go's tool
// takes it, "host:6060".

import { UsageError } from '../../errors.js';

export interface SourceUrl {
  /** http: or https:, without the credentials, which stand apart so that no message shows them. */
  readonly url: URL;
  readonly username: string;
  readonly password: string;
  /** "https+insecure://": certificates are not checked. */
  readonly insecure: boolean;
}

/** How profiles are fetched, by the flags of Go's tool. */
export interface FetchOptions {
  /** Time over which the server takes the profile (-seconds); 0: as the address says. */
  seconds: number;
  /** Longest wait for the answer (-timeout); 0: what suits `seconds`. */
  timeoutSeconds: number;
  /** Files of -tls_ca, -tls_cert, -tls_key; empty for none. */
  tlsCa: string;
  tlsCert: string;
  tlsKey: string;
}

export const DEFAULT_FETCH: Readonly<FetchOptions> = {
  seconds: 0,
  timeoutSeconds: 0,
  tlsCa: '',
  tlsCert: '',
  tlsKey: '',
};

/** Schemes, and "name:port" or "[address]:port", which no file name of Windows is. */
const SCHEME = /^(https?|https\+insecure):\/\//i;
const HOST_AND_PORT = /^([\w.-]+|\[[\da-f:.]+\]):\d{1,5}(\/|\?|$)/i;

/** Undefined where the source is a file. @throws UsageError for an address that is none. */
export function sourceUrl(source: string): SourceUrl | undefined {
  const scheme = SCHEME.exec(source)?.[1]?.toLowerCase();
  if (scheme === undefined && !HOST_AND_PORT.test(source)) return undefined;
  const insecure = scheme === 'https+insecure';
  let url: URL;
  try {
    url = new URL(scheme === undefined ? `http://${source}` : source.replace(/^https\+insecure/i, 'https'));
  } catch {
    throw new UsageError(
      'bad_source_url',
      'the address of a profile must be like http://127.0.0.1:6060/debug/pprof/heap',
    );
  }
  const { username, password } = url;
  url.username = '';
  url.password = '';
  url.hash = '';
  // Go's tool asks for a CPU profile where no path is named; here memory is what is looked for.
  if (/^\/(debug\/pprof\/?)?$/.test(url.pathname)) url.pathname = '/debug/pprof/heap';
  return { url, username: decodeURIComponent(username), password: decodeURIComponent(password), insecure };
}
