// Which of a Go process's own listeners serves net/http/pprof and which expvar. Asks two fixed paths, briefly,
// follows no redirect, and believes only pages with the content that Go's handlers write.

import { request } from 'node:http';

export interface ProbeResult {
  /** "http://127.0.0.1:6060/debug/pprof/". */
  pprofUrl?: string;
  /** "http://127.0.0.1:6060/debug/vars". */
  expvarUrl?: string;
  /** Addresses that answered 401 or 403: profiles may be there, behind credentials. */
  refused: string[];
}

export const PPROF_PATH = '/debug/pprof/';
export const EXPVAR_PATH = '/debug/vars';

/** A service on loopback answers in a few milliseconds; what is slower than this is not asked again soon. */
const TIMEOUT_MS = 500;
/** The index has 2 KB; expvar is recognised by what stands before this many bytes. */
const MAX_BODY_BYTES = 64 * 1024;
/** A process with more listeners is a proxy or a test. */
const MAX_ADDRESSES = 32;

/** The title and the list of profiles of net/http/pprof's index. */
function isPprofIndex(body: string): boolean {
  return body.includes('<title>/debug/pprof/</title>') && body.includes('goroutine?debug=');
}

/** expvar's page is one JSON object that holds runtime.MemStats whole. */
function isExpvar(body: string): boolean {
  return /^\s*\{/.test(body) && /"memstats":\s*\{"Alloc":\s*\d+,\s*"TotalAlloc":/.test(body);
}

interface Answer {
  /** HTTP status; undefined where nobody answered in HTTP. */
  status?: number;
  body: string;
}

/** Asks the addresses ("127.0.0.1:6060", "[::1]:6060") one after another, until both pages are found. Never rejects. */
export async function probe(addresses: readonly string[], signal?: AbortSignal): Promise<ProbeResult> {
  const result: ProbeResult = { refused: [] };
  for (const address of addresses.slice(0, MAX_ADDRESSES)) {
    if (signal?.aborted === true || (result.pprofUrl !== undefined && result.expvarUrl !== undefined)) break;
    const asked: { path: string; is: (body: string) => boolean; found: 'pprofUrl' | 'expvarUrl' }[] = [
      { path: PPROF_PATH, is: isPprofIndex, found: 'pprofUrl' },
      { path: EXPVAR_PATH, is: isExpvar, found: 'expvarUrl' },
    ];
    for (const { path, is, found } of asked) {
      if (result[found] !== undefined) continue;
      const { status, body } = await ask(address, path, is, signal);
      if (status === 200 && is(body)) result[found] = `http://${address}${path}`;
      if ((status === 401 || status === 403) && !result.refused.includes(address))
        result.refused.push(address);
      // Who does not speak HTTP, or not in time, is not asked a second question.
      if (status === undefined) break;
    }
  }
  return result;
}

function ask(
  address: string,
  path: string,
  isEnough: (body: string) => boolean,
  signal: AbortSignal | undefined,
): Promise<Answer> {
  return new Promise((resolve) => {
    const answer: Answer = { body: '' };
    const url = new URL(path, `http://${address}`);
    // A connection of its own, closed by the service: no state stays behind in what is only looked at.
    const req = request(url, { agent: false, headers: { 'User-Agent': 'leakline' }, signal });
    const finish = () => {
      clearTimeout(timer);
      req.destroy();
      resolve(answer);
    };
    const timer = setTimeout(finish, TIMEOUT_MS);
    req.on('error', finish);
    req.on('response', (response) => {
      answer.status = response.statusCode;
      if (response.statusCode !== 200) return finish();
      response.setEncoding('latin1');
      response.on('data', (chunk: string) => {
        answer.body = (answer.body + chunk).slice(0, MAX_BODY_BYTES);
        if (answer.body.length >= MAX_BODY_BYTES || isEnough(answer.body)) finish();
      });
      response.on('end', finish);
      response.on('error', finish);
    });
    req.end();
  });
}
