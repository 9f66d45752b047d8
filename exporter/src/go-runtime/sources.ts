// The three ways to MemStats, cheapest first, each asking the target once. Bounds on time and size stand here.

import { LeaklineError } from '../errors.js';
import type { TargetHttp } from '../target-http/types.js';
import { parseExpvar } from './expvar.js';
import { FOOTER_MAX_BYTES, Tail, parseHeapText } from './heap-text.js';
import { PrometheusText } from './prometheus-text.js';
import type { GoRuntimeReading, GoRuntimeSource } from './types.js';

const MIB = 2 ** 20;

/** 4 KB is usual; programs that publish large maps have megabytes. The body is held whole. */
const EXPVAR_MAX_BYTES = 16 * MIB;
/** Streamed; the largest endpoints that people scrape have some tens of megabytes. */
const PROMETHEUS_MAX_BYTES = 128 * MIB;
/** Streamed; 2 KB for every allocation stack ever seen: room for 250,000 of them. */
const HEAP_TEXT_MAX_BYTES = 512 * MIB;

/** A target that is healthy answers expvar in a millisecond; one that is out of memory takes its time. */
const EXPVAR_TIMEOUT_MS = 5000;
const PROMETHEUS_TIMEOUT_MS = 10_000;
const HEAP_TEXT_TIMEOUT_MS = 30_000;

export interface Asked {
  reading: GoRuntimeReading;
  /** Length of the body. */
  bytes: number;
}

/** One place that may tell MemStats. */
export interface Source {
  kind: GoRuntimeSource;
  /** Sources of one origin go down together. */
  origin: string;
  /** Whether goroutines have to be counted elsewhere. */
  withoutGoroutines: boolean;
  /** Rejects with a LeaklineError: `target_*` of the client, `runtime_status` for a refusal, `runtime_unreadable` for garbage. */
  ask(signal?: AbortSignal): Promise<Asked>;
}

export function expvarSource(http: TargetHttp, path: string): Source {
  return {
    kind: 'expvar',
    origin: new URL(http.baseUrl).origin,
    withoutGoroutines: true,
    async ask(signal) {
      const limits = { timeoutMs: EXPVAR_TIMEOUT_MS, maxBytes: EXPVAR_MAX_BYTES };
      const { status, body } = await http.get(path, limits, signal);
      checkStatus(path, status);
      return { reading: parseExpvar(body), bytes: body.length };
    },
  };
}

export function prometheusSource(http: TargetHttp, path: string): Source {
  return {
    kind: 'prometheus',
    origin: new URL(http.baseUrl).origin,
    withoutGoroutines: false,
    async ask(signal) {
      const text = new PrometheusText();
      const limits = { timeoutMs: PROMETHEUS_TIMEOUT_MS, maxBytes: PROMETHEUS_MAX_BYTES };
      const { status, bytes } = await http.stream(path, limits, (chunk) => text.push(chunk), signal);
      checkStatus(path, status);
      return { reading: text.reading(), bytes };
    },
  };
}

export function heapTextSource(http: TargetHttp): Source {
  const path = 'heap?debug=1';
  return {
    kind: 'heap_text',
    origin: new URL(http.baseUrl).origin,
    withoutGoroutines: true,
    async ask(signal) {
      const tail = new Tail(FOOTER_MAX_BYTES);
      const limits = { timeoutMs: HEAP_TEXT_TIMEOUT_MS, maxBytes: HEAP_TEXT_MAX_BYTES };
      const { status, bytes } = await http.stream(path, limits, (chunk) => tail.push(chunk), signal);
      checkStatus(path, status);
      return { reading: parseHeapText(tail.text()), bytes };
    },
  };
}

const REFUSALS: Record<number, string> = {
  401: 'the target wants credentials (basicAuth, bearerToken or tls of the target)',
  403: 'the target refuses these credentials',
  404: 'the target does not serve it',
};

function checkStatus(path: string, status: number): void {
  if (status >= 200 && status < 300) return;
  const why = REFUSALS[status] ?? 'the target answers with an error';
  throw new LeaklineError('runtime_status', `GET ${path}: status ${status}: ${why}`, { status: 502 });
}
