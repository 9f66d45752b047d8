// A profile over HTTP, bounded in time and bytes, no redirect followed; kept in a file as Go's tool keeps it, since the
// next question is how it differs from this one (google/pprof internal/driver/fetch.go).

import path from 'node:path';
import { LeaklineError, messageOf, UsageError } from '../../errors.js';
import { DEFAULT_PROFILE_LIMITS } from '../../profile/limits.js';
import type { Profile } from '../../profile/profile.js';
import { createTargetHttp } from '../../target-http/client.js';
import type { PprofIo } from './io.js';
import type { FetchOptions, SourceUrl } from './source-url.js';

/** Time for an answer where -timeout names none, in seconds; as Go's tool. */
const DEFAULT_TIMEOUT_SECONDS = 60;

/** Of the time over which a profile is taken, what its answer may take. */
const TIMEOUT_RATIO = 1.5;

/** Names are tried up to this number: pprof.server.inuse_space.001.pb.gz … */
const MAX_SAVED = 9999;

/** The body of the answer. @throws LeaklineError when it cannot be had. */
export async function fetchProfile(
  source: SourceUrl,
  options: FetchOptions,
  io: PprofIo,
): Promise<Uint8Array> {
  const url = new URL(source.url);
  const { seconds, timeoutSeconds } = options;
  if (seconds > 0) url.searchParams.set('seconds', String(seconds));
  io.error(`Fetching profile over HTTP from ${url.href}${seconds > 0 ? `, over ${seconds} s` : ''}\n`);
  const timeoutMs =
    1000 * (timeoutSeconds > 0 ? timeoutSeconds : Math.max(seconds * TIMEOUT_RATIO, DEFAULT_TIMEOUT_SECONDS));
  const http = createTargetHttp(`${url.origin}/`, credentialsOf(source, options));
  try {
    const limits = { timeoutMs, maxBytes: DEFAULT_PROFILE_LIMITS.maxRawBytes };
    const { status, body } = await http.get(url.pathname + url.search, limits);
    if (status === 200) return body;
    const hint = status === 404 ? '; does the program import net/http/pprof?' : '';
    throw new LeaklineError('fetch_failed', `${url.href}: the server answered with status ${status}${hint}`);
  } finally {
    http.close();
  }
}

function credentialsOf(
  { url, username, password, insecure }: SourceUrl,
  { tlsCa, tlsCert, tlsKey }: FetchOptions,
) {
  if ((tlsCert === '') !== (tlsKey === '')) {
    throw new UsageError('bad_value', '-tls_cert and -tls_key are needed both or neither');
  }
  return {
    ...(username !== '' && { basicAuth: { username, password } }),
    ...(url.protocol === 'https:' && {
      tls: {
        insecureSkipVerify: insecure,
        ...(tlsCa !== '' && { caFile: tlsCa }),
        ...(tlsCert !== '' && { certFile: tlsCert, keyFile: tlsKey }),
      },
    }),
  };
}

/** Keeps what was fetched in $PPROF_TMPDIR or ~/pprof, readable by its owner only, and says where. */
export async function saveFetched(bytes: Uint8Array, profile: Profile, io: PprofIo): Promise<void> {
  const directory = io.env.PPROF_TMPDIR ?? path.join(io.home, 'pprof');
  const { mappings, strings } = profile;
  const program = mappings.count > 0 ? path.basename(strings.at(mappings.file[0]!)) : '';
  const words = [program, ...profile.sampleTypes.map(({ type }) => type)].filter((word) => word !== '');
  // The words are the server's own: they name no other place.
  const name = words
    .join('.')
    .replace(/[^\w.-]/g, '_')
    .slice(0, 150);
  const ending = bytes[0] === 0x1f ? 'pb.gz' : 'txt';
  try {
    await io.makeDirectory(directory);
    for (let n = 1; n <= MAX_SAVED; n++) {
      const file = path.join(directory, `pprof.${name}.${String(n).padStart(3, '0')}.${ending}`);
      if (!(await io.writeNew(file, bytes))) continue;
      io.error(`Saved profile in ${file}\n`);
      return;
    }
  } catch (error) {
    io.error(`Could not save the profile: ${messageOf(error)}\n`);
  }
}
