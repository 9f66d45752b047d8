// A watch over made-up targets, for the tests of this folder: what a target answers and what its verdict is, by hand.

import { readFileSync } from 'node:fs';
import type { LeakState, Verdict } from '../leak/types.js';
import type { TargetHttp, TargetResponse } from '../target-http/types.js';
import type { SampleSeries, TargetStatus, Watch, WatchEvent } from '../watch/types.js';

export function profileBytes(name: string): Buffer {
  return readFileSync(new URL(`../profile/testdata/profiles/${name}`, import.meta.url));
}

const HEAPS = ['prometheus-a.pb.gz', 'prometheus-b.pb.gz'].map(profileBytes);
const GOROUTINES = profileBytes('prometheus-goroutine.pb.gz');

type Answer = TargetResponse | Error;

/** Answers like net/http/pprof: heaps that grow from the first to the second, the same goroutines each time. */
export class FakeTarget implements TargetHttp {
  readonly baseUrl = 'http://127.0.0.1:6060/debug/pprof/';
  readonly asked: string[] = [];
  /** Instead of the usual, by path without its query. */
  readonly answers = new Map<string, Answer>();
  /** Held until released, to look at what goes on meanwhile. */
  gate: Promise<void> = Promise.resolve();
  atOnce = 0;
  maxAtOnce = 0;

  async get(path: string): Promise<TargetResponse> {
    this.asked.push(path);
    this.maxAtOnce = Math.max(this.maxAtOnce, ++this.atOnce);
    await this.gate;
    this.atOnce--;
    const answer = this.answers.get(path.split('?')[0]!) ?? this.#usual(path);
    if (answer instanceof Error) throw answer;
    return answer;
  }

  async stream(
    path: string,
    _limits: unknown,
    onChunk: (chunk: Buffer) => void,
  ): Promise<{ status: number; contentType: string | undefined; bytes: number }> {
    const { status, contentType, body } = await this.get(path);
    onChunk(body);
    return { status, contentType, bytes: body.length };
  }

  close(): void {}

  #usual(path: string): TargetResponse {
    const heaps = this.asked.filter((asked) => asked.startsWith('heap')).length;
    const profile = path.startsWith('heap')
      ? HEAPS[Math.min(heaps, HEAPS.length) - 1]!
      : path.startsWith('goroutine')
        ? GOROUTINES
        : Buffer.from('<a href="heap?debug=1">heap</a>');
    return { status: 200, contentType: 'application/octet-stream', body: profile };
  }
}

export class FakeWatch implements Watch {
  readonly statuses = new Map<string, TargetStatus>();
  readonly endpoints = new Map<string, FakeTarget>();
  readonly #listeners = new Set<(event: WatchEvent) => void>();

  add(name: string, changes: Partial<TargetStatus> = {}): FakeTarget {
    const endpoint = new FakeTarget();
    this.endpoints.set(name, endpoint);
    this.statuses.set(name, {
      name,
      origin: 'config',
      health: 'up',
      pid: 4711,
      startedAtMs: Date.parse('2026-06-01T00:00:00Z'),
      go: { goVersion: 'go1.24.1', module: 'github.com/prometheus/prometheus', moduleVersion: 'v1.0.0' },
      pprofUrl: endpoint.baseUrl,
      labels: {},
      limits: [],
      ...changes,
    });
    return endpoint;
  }

  change(name: string, changes: Partial<TargetStatus>): void {
    this.statuses.set(name, { ...this.statuses.get(name)!, ...changes });
  }

  /** Collections so far, as the last sample tells them. */
  gcCount(name: string, gcCount: number, atMs: number): void {
    const runtime = { source: 'expvar' as const, heapAllocBytes: 1e6, gcCount };
    this.change(name, { lastSample: { atMs, runtime, signals: { live_heap: 1e6 } } });
  }

  targets(): TargetStatus[] {
    return [...this.statuses.values()];
  }

  target(name: string): TargetStatus | undefined {
    return this.statuses.get(name);
  }

  /** What memory holds of every target; empty, as right after a start. */
  history: SampleSeries = { atMs: [], signals: {}, parts: {}, gcCount: [] };

  samples(_name: string, fromMs: number, toMs: number): SampleSeries {
    const rows = this.history.atMs.flatMap((at, i) => (at >= fromMs && at <= toMs ? [i] : []));
    const signals = Object.entries(this.history.signals).map(([name, column]) => [
      name,
      rows.map((row) => column[row] ?? null),
    ]);
    return {
      ...this.history,
      atMs: rows.map((row) => this.history.atMs[row]!),
      signals: Object.fromEntries(signals) as SampleSeries['signals'],
    };
  }

  endpoint(name: string): FakeTarget | undefined {
    return this.endpoints.get(name);
  }

  subscribe(listener: (event: WatchEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
}

export function verdictOf(state: LeakState, sinceSeconds: number | null = null): Verdict {
  return {
    state,
    sinceSeconds,
    channel: state === 'leaking' ? 'live_heap' : null,
    pattern: state === 'leaking' ? 'linear' : null,
    slopes:
      state === 'leaking'
        ? { live_heap: { perSecond: 1e5, lowerPerSecond: 9e4, upperPerSecond: 1.1e5 } }
        : {},
    leaking: state === 'leaking' ? ['live_heap'] : [],
    timeToLimit: null,
    reasons: [],
    why: `the test says ${state}`,
  };
}
