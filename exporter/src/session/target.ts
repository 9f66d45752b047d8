// What a person names on the command line: a PID, the address of a pprof, or the name of a target.

import { UsageError } from '../errors.js';
import { PPROF_PATH } from '../discovery/probe.js';
import type { SessionTarget } from './types.js';

/** Linux allows 2^22, Windows any 32-bit number. */
const MAX_PID = 2 ** 32 - 1;
const MAX_PORT = 65_535;
/** What people copy with the address: a profile behind the base. */
const PROFILE_PATH =
  /\/(allocs|block|cmdline|goroutine|goroutineleak|heap|mutex|profile|symbol|threadcreate|trace)\/?$/;
/** "orders-api:6060", "127.0.0.1:6060/debug/pprof", "[::1]:6060", ":6060". */
const HOST_AND_PORT = /^(\[[0-9a-fA-F:.]+\]|[A-Za-z0-9._-]*):(\d{1,5})(\/.*)?$/;
/** Names of targets, and the file names that people give instead ("orders api.exe"). */
const NAME = /^[^\s/\\:?#%*"'<>|]([^/\\:?#*"<>|\p{Cc}]{0,127})$/u;

/** @throws UsageError `bad_target` for what can be none of the three. */
export function parseSessionTarget(text: string): SessionTarget {
  const word = text.trim();
  if (word === '') throw bad(text, 'is empty');
  if (/^\d+$/.test(word)) {
    const pid = Number(word);
    if (pid < 1 || pid > MAX_PID) throw bad(text, `is no process id: it must be 1 to ${MAX_PID}`);
    return { kind: 'pid', pid };
  }
  if (/^-/.test(word)) throw bad(text, 'is neither a process id nor a name');
  if (/^[a-z][a-z0-9+.-]*:\/\//i.test(word)) return parseUrl(text, word);
  const address = HOST_AND_PORT.exec(word);
  if (address) {
    const [, host, port, path = ''] = address;
    if (Number(port) < 1 || Number(port) > MAX_PORT) throw bad(text, `has no port of 1 to ${MAX_PORT}`);
    return parseUrl(text, `http://${host === '' ? '127.0.0.1' : host}:${port}${path}`);
  }
  if (!NAME.test(word)) {
    throw bad(text, 'is no process id, no address such as http://127.0.0.1:6060/debug/pprof/, and no name');
  }
  return { kind: 'name', name: word };
}

function parseUrl(text: string, word: string): SessionTarget {
  let url: URL;
  try {
    url = new URL(word);
  } catch {
    throw bad(text, 'is no address: it must be like http://127.0.0.1:6060/debug/pprof/');
  }
  if (url.protocol !== 'http:' && url.protocol !== 'https:') {
    throw bad(text, `begins with ${url.protocol}//: it must begin with http:// or https://`);
  }
  const credentials = url.username === '' ? undefined : credentialsOf(url);
  url.username = '';
  url.password = '';
  url.search = '';
  url.hash = '';
  if (url.pathname === '/') url.pathname = PPROF_PATH;
  url.pathname = url.pathname.replace(PROFILE_PATH, '/');
  if (!url.pathname.endsWith('/')) url.pathname += '/';
  return { kind: 'url', url: url.href, ...(credentials && { basicAuth: credentials }) };
}

function credentialsOf({ username, password }: URL): { username: string; password: string } {
  try {
    return { username: decodeURIComponent(username), password: decodeURIComponent(password) };
  } catch {
    throw new UsageError('bad_target', 'the user name or password in the address is not percent-encoded');
  }
}

/** The text is shown without what may be a password. */
function bad(text: string, why: string): UsageError {
  const shown = text.replace(/\/\/[^/?#]*@/, '//…@').slice(0, 200);
  return new UsageError('bad_target', `${JSON.stringify(shown)} ${why}`);
}
