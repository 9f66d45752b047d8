// Captures pushed to Grafana Pyroscope as they are taken: a second outlet that never holds up the first.
// Wire format: POST /ingest with format=pprof, multipart/form-data of `profile` and `sample_type_config`,
// https://grafana.com/docs/pyroscope/latest/reference-server-api/#the-pprof-format

import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import type { Config } from '../config/schema.js';
import { messageOf } from '../errors.js';
import type { Logger } from '../log.js';
import type { ProfileKind } from '../server/api.js';
import { authorization, tlsOptions } from '../target-http/auth.js';
import type { CaptureRecord } from './record.js';

export interface Outlet {
  /** Takes a capture over; returns at once. */
  push(record: CaptureRecord, profile: (kind: ProfileKind) => Promise<Buffer>): void;
  counts(): { pushed: number; failed: number };
  close(): Promise<void>;
}

type PyroscopeConfig = NonNullable<Config['capture']['pyroscope']>;

const PUSH_TIMEOUT_MS = 30_000;
/** Captures that wait while Pyroscope is slow; beyond this the oldest are dropped and counted as failed. */
const MAX_WAITING = 50;
/** Pyroscope wants a span of time; a heap profile is of a moment. Its own Go client sends 15 s pieces. */
const SPAN_SECONDS = 15;

interface SampleType {
  units: string;
  'display-name': string;
  aggregation: 'sum' | 'average';
  sampled: boolean;
}

/**
 * What of a profile is sent on. A capture's allocation counts are since the start of the process and would be summed
 * up over captures: the memory in use, averaged over time, is what is meant.
 */
const SAMPLE_TYPES: Partial<Record<ProfileKind, Record<string, SampleType>>> = {
  heap: {
    inuse_objects: {
      units: 'objects',
      'display-name': 'inuse_objects',
      aggregation: 'average',
      sampled: false,
    },
    inuse_space: { units: 'bytes', 'display-name': 'inuse_space', aggregation: 'average', sampled: false },
  },
  goroutine: {
    goroutine: { units: 'goroutines', 'display-name': 'goroutines', aggregation: 'average', sampled: false },
  },
  cpu: {
    samples: { units: 'samples', 'display-name': 'cpu', aggregation: 'sum', sampled: true },
  },
};

export class PyroscopeOutlet implements Outlet {
  readonly #counts = { pushed: 0, failed: 0 };
  readonly #waiting: (() => Promise<void>)[] = [];
  #working: Promise<void> | undefined;
  readonly #stop = new AbortController();

  readonly #authorization: () => Promise<string | undefined>;
  readonly #tls: ReturnType<typeof tlsOptions>;

  constructor(
    private readonly config: PyroscopeConfig,
    private readonly log: Logger,
  ) {
    this.#authorization = authorization(config);
    this.#tls = tlsOptions(config.tls);
  }

  push(record: CaptureRecord, profile: (kind: ProfileKind) => Promise<Buffer>): void {
    for (const { kind } of record.profiles) {
      if (!SAMPLE_TYPES[kind]) continue;
      this.#waiting.push(async () => this.#send(record, kind, await profile(kind)));
    }
    while (this.#waiting.length > MAX_WAITING) {
      this.#waiting.shift();
      this.#counts.failed++;
    }
    this.#working ??= this.#work().finally(() => {
      this.#working = undefined;
    });
  }

  counts(): { pushed: number; failed: number } {
    return { ...this.#counts };
  }

  async close(): Promise<void> {
    this.#waiting.length = 0;
    this.#stop.abort();
    await this.#working;
  }

  async #work(): Promise<void> {
    for (let send = this.#waiting.shift(); send; send = this.#waiting.shift()) {
      try {
        await send();
        this.#counts.pushed++;
      } catch (error) {
        this.#counts.failed++;
        if (!this.#stop.signal.aborted) {
          this.log.warn({ error: messageOf(error) }, 'a profile could not be pushed to Pyroscope');
        }
      }
    }
  }

  async #send(record: CaptureRecord, kind: ProfileKind, bytes: Buffer): Promise<void> {
    const form = new FormData();
    form.append('profile', new Blob([bytes]), 'profile.pprof');
    form.append(
      'sample_type_config',
      new Blob([JSON.stringify(SAMPLE_TYPES[kind])]),
      'sample_type_config.json',
    );
    const encoded = new Response(form);
    const authorizationHeader = await this.#authorization();
    const status = await this.#post(
      ingestUrl(this.config.url, record),
      {
        'Content-Type': encoded.headers.get('Content-Type') ?? 'multipart/form-data',
        ...(authorizationHeader !== undefined && { Authorization: authorizationHeader }),
        ...(this.config.tenant !== undefined && { 'X-Scope-OrgID': this.config.tenant }),
      },
      Buffer.from(await encoded.arrayBuffer()),
    );
    if (status < 200 || status > 299) throw new Error(`Pyroscope answered HTTP ${status}`);
  }

  async #post(url: URL, headers: Record<string, string>, body: Buffer): Promise<number> {
    const request = url.protocol === 'https:' ? httpsRequest : httpRequest;
    const options = {
      method: 'POST',
      headers: { ...headers, 'Content-Length': body.length },
      signal: AbortSignal.any([this.#stop.signal, AbortSignal.timeout(PUSH_TIMEOUT_MS)]),
      ...(url.protocol === 'https:' ? await this.#tls() : {}),
    };
    return new Promise((resolve, reject) => {
      request(url, options, (response) => {
        response.on('error', reject);
        response.resume().on('end', () => resolve(response.statusCode ?? 0));
      })
        .on('error', reject)
        .end(body);
    });
  }
}

export function ingestUrl(base: string, record: CaptureRecord): URL {
  const url = new URL(`${base.replace(/\/+$/, '')}/ingest`);
  const untilSeconds = Math.ceil(Date.parse(record.takenAt) / 1000);
  url.search = new URLSearchParams({
    name: nameOf(record),
    from: String(untilSeconds - SPAN_SECONDS),
    until: String(untilSeconds),
    format: 'pprof',
    spyName: 'gospy',
  }).toString();
  return url;
}

/** `target{label=value,…}`: braces, commas and quotes in values would end them, so they are replaced. */
function nameOf({ target, host, labels, trigger, moduleVersion }: CaptureRecord): string {
  const all: Record<string, string> = {
    ...labels,
    host,
    trigger,
    ...(moduleVersion !== undefined && { version: moduleVersion }),
  };
  const pairs = Object.entries(all).map(([name, value]) => `${name}=${safe(value)}`);
  return `${safe(target)}{${pairs.join(',')}}`;
}

function safe(text: string): string {
  return text.replaceAll(/[{}=,"\n]/g, '_');
}
