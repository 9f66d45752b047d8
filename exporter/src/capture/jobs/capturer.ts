// Taking the profiles of one target at one moment. What is no profile (an error page, half an answer) is recorded as
// the failure of its kind; a kind counts only once it was decoded.

import { LeaklineError, messageOf } from '../../errors.js';
import type { ProfileKind } from '../../server/api.js';
import type { TargetHttp, TargetResponse } from '../../target-http/types.js';
import type { TargetStatus } from '../../watch/types.js';
import type { ProfileEngine } from '../engine.js';
import { forcesGc } from './scheduler.js';
import type { CaptureJob } from './job.js';
import { digestOf } from './profile-check.js';
import { RECORD_VERSION, type CaptureRecord } from '../record.js';

export interface CapturerOptions {
  engine: ProfileEngine;
  host: string;
  now: () => number;
  gc: boolean;
  maxProfileBytes: number;
  timeoutMs: number;
}

export interface TakenCapture {
  record: CaptureRecord;
  profiles: Map<ProfileKind, Buffer>;
  /** Nothing came at all, for a reason that may pass (a refused connection, a timeout). */
  worthRetrying: boolean;
}

/** `goroutine?debug=2` writes every stack in full: beyond this it is cut, the text up to there is still of use. */
const MAX_GOROUTINE_TEXT_BYTES = 64 * 1024 * 1024;
const MAX_INDEX_BYTES = 1024 * 1024;
const INDEX_TIMEOUT_MS = 5000;
export const DEFAULT_CPU_SECONDS = 5;

const PASSING_CODES = new Set(['target_timeout', 'target_unreachable']);

export async function takeCapture(
  job: CaptureJob,
  status: TargetStatus | undefined,
  http: TargetHttp | undefined,
  options: CapturerOptions,
): Promise<TakenCapture> {
  const takenAtMs = options.now();
  const profiles = new Map<ProfileKind, Buffer>();
  const failures: CaptureRecord['failures'] = [];
  let gcForced = false;
  let passing = 0;

  for (const kind of http ? await kindsToTake(job.kinds, http) : job.kinds) {
    try {
      if (!http) throw noPprof(job.target);
      // Counted when asked for: a target that collects and then times out has had the cost.
      if (forcesGc({ kinds: [kind] }, options)) gcForced = true;
      profiles.set(kind, await takeProfile(kind, job, http, options));
    } catch (error) {
      const code = error instanceof LeaklineError ? error.code : 'capture_failed';
      if (PASSING_CODES.has(code)) passing++;
      failures.push({ kind, code, message: messageOf(error).slice(0, 500) });
    }
  }
  const described: CaptureRecord['profiles'] = [];
  for (const [kind, bytes] of profiles) {
    described.push({ kind, bytes: bytes.length, sha256: await digestOf(bytes) });
  }
  const state = profiles.size === 0 ? 'failed' : failures.length > 0 ? 'partial' : 'complete';
  return {
    profiles,
    worthRetrying: profiles.size === 0 && passing > 0,
    record: {
      version: RECORD_VERSION,
      id: job.id,
      target: job.target,
      host: options.host,
      takenAt: new Date(takenAtMs).toISOString(),
      trigger: job.trigger,
      alert: job.alert,
      incident: job.incident,
      baseline: job.trigger === 'baseline' && state !== 'failed',
      state,
      profiles: described,
      failures,
      gcForced,
      ...momentOf(status),
    },
  };
}

async function takeProfile(
  kind: ProfileKind,
  job: CaptureJob,
  http: TargetHttp,
  options: CapturerOptions,
): Promise<Buffer> {
  if (kind === 'goroutine_debug2') return takeGoroutineText(http, options);
  const cpuSeconds = job.cpuSeconds ?? DEFAULT_CPU_SECONDS;
  const timeoutMs = options.timeoutMs + (kind === 'cpu' ? cpuSeconds * 1000 : 0);
  const response = await http.get(pathOf(kind, options.gc, cpuSeconds), {
    timeoutMs,
    maxBytes: options.maxProfileBytes,
  });
  checkAnswer(kind, response);
  try {
    await options.engine.check(response.body);
  } catch (error) {
    throw new LeaklineError('not_a_profile', `${describe(response)} is no profile: ${messageOf(error)}`, {
      cause: error,
    });
  }
  return response.body;
}

/** The dump is kept up to its bound: the first tens of thousands of goroutines tell as much as all of them. */
async function takeGoroutineText(
  http: TargetHttp,
  { timeoutMs, maxProfileBytes }: CapturerOptions,
): Promise<Buffer> {
  const bound = Math.min(MAX_GOROUTINE_TEXT_BYTES, maxProfileBytes);
  const chunks: Buffer[] = [];
  let length = 0;
  const enough = new AbortController();
  let status = 200;
  let contentType: string | undefined;
  try {
    const answer = await http.stream(
      'goroutine?debug=2',
      { timeoutMs, maxBytes: 2 * bound },
      (chunk) => {
        if (length >= bound) return;
        const kept = chunk.subarray(0, bound - length);
        chunks.push(kept);
        length += kept.length;
        if (length >= bound) enough.abort();
      },
      enough.signal,
    );
    ({ status, contentType } = answer);
  } catch (error) {
    if (!enough.signal.aborted) throw error;
  }
  const body = Buffer.concat(chunks);
  const response = { status, contentType, body };
  checkAnswer('goroutine_debug2', response);
  if (!body.subarray(0, 10).toString('latin1').startsWith('goroutine ')) {
    throw new LeaklineError('not_a_profile', `${describe(response)} is no dump of goroutines`);
  }
  return body;
}

/** `goroutineleak` (Go 1.26 with its experiment, 1.27) is taken where the index of the target lists it. */
async function kindsToTake(kinds: readonly ProfileKind[], http: TargetHttp): Promise<ProfileKind[]> {
  if (!kinds.includes('goroutineleak')) return [...kinds];
  const index = await http
    .get('', { timeoutMs: INDEX_TIMEOUT_MS, maxBytes: MAX_INDEX_BYTES })
    .catch(() => undefined);
  const listed = index?.status === 200 && index.body.includes('goroutineleak');
  return listed ? [...kinds] : kinds.filter((kind) => kind !== 'goroutineleak');
}

function pathOf(kind: Exclude<ProfileKind, 'goroutine_debug2'>, gc: boolean, cpuSeconds: number): string {
  switch (kind) {
    case 'heap':
    case 'allocs':
      return gc ? `${kind}?gc=1` : kind;
    case 'cpu':
      return `profile?seconds=${cpuSeconds}`;
    case 'goroutine':
    case 'goroutineleak':
      return kind;
  }
}

function checkAnswer(kind: ProfileKind, response: TargetResponse): void {
  if (response.status === 200 && response.body.length > 0) return;
  throw new LeaklineError(
    'not_a_profile',
    response.status === 404
      ? `the target serves no ${kind} profile (HTTP 404)`
      : `the target answered ${describe(response)} instead of a ${kind} profile`,
  );
}

/** What came, without its words: a foreign body is never passed on. */
function describe({ status, contentType, body }: TargetResponse): string {
  const type = contentType === undefined ? '' : ` of ${JSON.stringify(contentType.slice(0, 80))}`;
  return `HTTP ${status} with ${body.length} bytes${type}`;
}

function noPprof(target: string): LeaklineError {
  return new LeaklineError(
    'no_pprof',
    `no pprof address of ${target} is known: set targets[].pprof, or let discovery probe it`,
    { status: 409 },
  );
}

function momentOf(
  status: TargetStatus | undefined,
): Pick<
  CaptureRecord,
  | 'labels'
  | 'pid'
  | 'processStartedAt'
  | 'goVersion'
  | 'module'
  | 'moduleVersion'
  | 'revision'
  | 'signals'
  | 'accounting'
  | 'process'
  | 'runtime'
> {
  if (!status) return { labels: {}, signals: {} };
  const { go, lastSample: sample } = status;
  return {
    labels: status.labels,
    ...(status.pid !== undefined && { pid: status.pid }),
    ...(status.startedAtMs !== undefined && { processStartedAt: new Date(status.startedAtMs).toISOString() }),
    ...(go.goVersion !== undefined && { goVersion: go.goVersion }),
    ...(go.module !== undefined && { module: go.module }),
    ...(go.moduleVersion !== undefined && { moduleVersion: go.moduleVersion }),
    ...(go.revision !== undefined && { revision: go.revision }),
    signals: sample?.signals ?? {},
    ...(sample?.accounting && { accounting: sample.accounting }),
    ...(sample?.process && { process: readingOf(sample.process) }),
    ...(sample?.runtime && { runtime: readingOf(sample.runtime) }),
  };
}

function readingOf(reading: object): Record<string, number | string | number[]> {
  const kept: Record<string, number | string | number[]> = {};
  for (const [name, value] of Object.entries(reading) as [string, unknown][]) {
    if (typeof value === 'string' || (typeof value === 'number' && Number.isFinite(value)))
      kept[name] = value;
    else if (Array.isArray(value) && value.every((item) => typeof item === 'number')) kept[name] = value;
  }
  return kept;
}
