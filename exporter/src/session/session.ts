// A session: the sampling loop of one process, its profiles and what they say, until it is closed or the process ends.

import { hostname } from 'node:os';
import { takeCapture } from '../capture/jobs/capturer.js';
import type { ProfileEngine } from '../capture/engine.js';
import { newId } from '../capture/record.js';
import { LeaklineError, messageOf } from '../errors.js';
import { newMemory } from '../state/target-memory.js';
import type { Verdict } from '../leak/types.js';
import type { HostMemory, ProcessReading } from '../process-memory/index.js';
import type { GoroutineGrowth } from '../profile/goroutines.js';
import type { ProfileWorkers } from '../profile/workers.js';
import type { ApiGrowth, ProfileKind } from '../server/api.js';
import { SteadyTime, systemClock } from '../watch/clock.js';
import { connect } from '../watch/connect.js';
import { processLimits } from '../watch/limits.js';
import type { SampleSeries, TargetStatus, WatchEvent } from '../watch/types.js';
import { WatchedTarget, type TargetConnections, type TargetSpec } from '../watch/watched-target.js';
import { profileEngine } from '../capture/engine.js';
import { forcePoint } from './forced-point.js';
import type { Host } from './host.js';
import { problemOf } from './problem.js';
import type {
  AttachOptions,
  ForcedPoint,
  Session,
  SessionCapture,
  SessionEvent,
  SessionProblem,
} from './types.js';

const DEFAULT_INTERVAL_MS = 1000;
const DEFAULT_PROFILE_TIMEOUT_MS = 60_000;
const DEFAULT_MAX_PROFILE_BYTES = 512 * 2 ** 20;
/** `goroutine?debug=2` stops the world while it writes: 1–2 ms for a thousand goroutines. */
const MAX_DUMPED_GOROUTINES = 20_000;
/** What costs more to read (smaps_rollup holds a lock of the process) may take this share of the time. */
const DETAIL_SHARE = 0.02;
/** However dear, as often as the exporter reads it: on a busy machine everything looks dear. */
const MOST_TICKS = 3;

export interface SessionParts {
  host: Host;
  spec: TargetSpec;
  /** Opened already where the attach had to ask first. */
  connections: TargetConnections;
  workers: ProfileWorkers;
  options: AttachOptions;
}

export class ProcessSession implements Session {
  readonly #host: Host;
  readonly #workers: ProfileWorkers;
  readonly #engine: ProfileEngine;
  readonly #options: AttachOptions;
  readonly #target: WatchedTarget;
  readonly #now: () => number;
  readonly #listeners = new Set<(event: SessionEvent) => void>();
  readonly #ended = new AbortController();
  readonly attachedAtMs: number;
  #connections: TargetConnections = {};
  #timer: NodeJS.Timeout | undefined;
  #tick: Promise<void> | undefined;
  #hostMemory: HostMemory = {};
  #ticksUntilDetail = 0;
  #looking: Promise<void> | undefined;
  #problem: SessionProblem | undefined;
  #heapTextBytes: number | undefined;
  #closed = false;

  constructor({ host, spec, connections, workers, options }: SessionParts) {
    this.#host = host;
    this.#workers = workers;
    this.#engine = profileEngine((...analysis) => workers.run(...analysis));
    this.#options = options;
    if (options.now) this.#now = options.now;
    else {
      const time = new SteadyTime(systemClock);
      this.#now = () => time.now();
    }
    this.attachedAtMs = this.#now();
    let opened: TargetConnections | undefined = connections;
    this.#target = new WatchedTarget({
      spec,
      memory: newMemory({ mode: 'session', gogcPercent: spec.gogcPercent ?? null, seed: spec.name }),
      connect: (next) => {
        this.#connections = opened ?? connect(next);
        opened = undefined;
        return this.#connections;
      },
      emit: (event) => this.#pass(event),
      now: this.#now,
      onDown: (down) => {
        if (down.pid !== undefined) host.discoverer.reprobe(down.pid);
      },
    });
  }

  /** Takes the first sample and goes on from there. */
  async start(): Promise<void> {
    await this.sampleNow();
    if (this.#closed || this.#ended.signal.aborted) return;
    this.#timer = setInterval(() => void this.#runTick(), this.#options.intervalMs ?? DEFAULT_INTERVAL_MS);
  }

  get name(): string {
    return this.#target.spec.name;
  }
  get hasProcessView(): boolean {
    return this.#target.spec.pid !== undefined;
  }
  get hasPprof(): boolean {
    return this.#connections.http !== undefined;
  }
  get problem(): SessionProblem | undefined {
    return this.#problem;
  }
  get ended(): AbortSignal {
    return this.#ended.signal;
  }

  status(): TargetStatus {
    return this.#target.status();
  }
  verdict(): Verdict | undefined {
    return this.status().verdict;
  }
  samples(fromMs = 0, toMs = Infinity): SampleSeries {
    return this.#target.history.series(fromMs, toMs);
  }

  subscribe(listener: (event: SessionEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  async sampleNow(): Promise<void> {
    await this.#tick;
    await this.#runTick();
  }

  async capture(kinds: readonly ProfileKind[] = this.#usualKinds()): Promise<SessionCapture> {
    const { http } = this.#connections;
    if (!http) throw this.#noPprof();
    const status = this.status();
    const job = {
      id: newId(),
      target: this.name,
      trigger: 'diagnose' as const,
      kinds: [...kinds],
      alert: null,
      incident: null,
      queuedAtMs: this.#now(),
      notBeforeMs: 0,
    };
    const taken = await takeCapture(job, status, http, {
      engine: this.#engine,
      host: hostname(),
      now: this.#now,
      gc: true,
      maxProfileBytes: this.#options.maxProfileBytes ?? DEFAULT_MAX_PROFILE_BYTES,
      timeoutMs: this.#options.profileTimeoutMs ?? DEFAULT_PROFILE_TIMEOUT_MS,
    });
    return { ...taken, takenAtMs: Date.parse(taken.record.takenAt) };
  }

  async forcedPoint({
    collections = 1,
    signal = this.ended,
  }: { collections?: number; signal?: AbortSignal } = {}): Promise<ForcedPoint> {
    const { http, runtime } = this.#connections;
    if (!http || !runtime) throw this.#noPprof();
    const { textBytes, ...point } = await forcePoint({
      textBytes: this.#heapTextBytes,
      http,
      runtime,
      collections,
      signal: AbortSignal.any([signal, this.ended]),
      now: this.#now,
      limits: {
        timeoutMs: this.#options.profileTimeoutMs ?? DEFAULT_PROFILE_TIMEOUT_MS,
        maxBytes: this.#options.maxProfileBytes ?? DEFAULT_MAX_PROFILE_BYTES,
      },
    });
    this.#heapTextBytes = textBytes;
    // The detector takes its point of this collection from the sample that follows.
    void this.#runTick();
    return point;
  }

  async growth(
    captures: readonly SessionCapture[],
    { sample }: { sample?: string } = {},
  ): Promise<ApiGrowth | undefined> {
    const profiles = captures
      .flatMap(({ record, profiles }) => {
        const bytes = profiles.get('heap');
        return bytes ? [{ id: record.id, takenAt: record.takenAt, profile: bytes }] : [];
      })
      .sort((a, b) => (a.takenAt < b.takenAt ? -1 : 1));
    if (profiles.length < 2) return undefined;
    return this.#engine.growth(profiles, { sample, mainModule: this.#target.spec.go.module });
  }

  async goroutineGrowth(captures: readonly SessionCapture[]): Promise<GoroutineGrowth[]> {
    // A dump says who created a goroutine and what it waits for; a profile only what it runs. Never mix the two.
    for (const kind of ['goroutine_debug2', 'goroutine'] as const) {
      const with_ = captures.filter(({ profiles }) => profiles.has(kind));
      if (with_.length < 2 || (kind === 'goroutine_debug2' && with_.length < captures.length)) continue;
      return this.#workers.run(
        'goroutineGrowth',
        with_.map(({ profiles }) => profiles.get(kind)!),
        {
          captures: with_.map(({ takenAtMs }) => ({ takenAtMs })),
          mainModule: this.#target.spec.go.module,
        },
      );
    }
    return [];
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    clearInterval(this.#timer);
    this.#ended.abort();
    this.#target.close();
    await Promise.allSettled([this.#tick, this.#looking]);
    await this.#workers.close();
    this.#host.reader.close?.();
  }

  #usualKinds(): ProfileKind[] {
    const { goroutines = 0 } = this.status().lastSample?.signals ?? {};
    return [
      'heap',
      'goroutine',
      ...(goroutines <= MAX_DUMPED_GOROUTINES ? ['goroutine_debug2' as const] : []),
    ];
  }

  /** Ticks never overlap: one that is late is left out. */
  #runTick(): Promise<void> {
    this.#tick ??= this.#sample()
      .catch((error: unknown) =>
        this.#setProblem({ code: 'unreachable', message: messageOf(error), sinceMs: this.#now() }),
      )
      .finally(() => (this.#tick = undefined));
    return this.#tick;
  }

  async #sample(): Promise<void> {
    if (this.#closed || this.ended.aborted) return;
    const { pid, startedAtMs } = this.#target.spec;
    let reading: ProcessReading | undefined;
    if (pid !== undefined) {
      const readings = await this.#readProcesses(pid);
      reading = readings.find((each) => each.pid === pid && each.startedAtMs === startedAtMs);
      if (!reading) {
        this.#target.exited(this.#now());
        this.#connections = {};
        this.#updateProblem();
        this.#stop();
        return;
      }
      await this.#setLimits(reading);
    } else if (this.#target.spec.memoryLimitBytes !== undefined) {
      this.#target.setLimits([{ name: 'config', bytes: this.#target.spec.memoryLimitBytes }]);
    }
    await this.#target.poll(reading);
    this.#updateProblem();
    // A listener that comes late, or moved. The discoverer knows by itself when it is time to ask again.
    if (reading && (!this.hasPprof || this.status().health === 'down')) {
      this.#looking ??= this.#lookForPprof(reading).finally(() => (this.#looking = undefined));
    }
  }

  async #readProcesses(pid: number): Promise<ProcessReading[]> {
    const isDetailed = this.#ticksUntilDetail <= 0;
    const startedMs = performance.now();
    const readings = await this.#host.reader.readProcesses(isDetailed ? new Set([pid]) : undefined);
    if (isDetailed) {
      const costMs = performance.now() - startedMs;
      const intervalMs = this.#options.intervalMs ?? DEFAULT_INTERVAL_MS;
      this.#ticksUntilDetail = Math.min(MOST_TICKS, Math.ceil(costMs / (DETAIL_SHARE * intervalMs)));
    }
    this.#ticksUntilDetail--;
    return readings;
  }

  async #setLimits(reading: ProcessReading): Promise<void> {
    this.#hostMemory = await this.#host.reader.readHost();
    const status = this.status();
    const limits = processLimits({
      reader: this.#host.reader,
      host: this.#hostMemory,
      pid: reading.pid,
      commitBytes: reading.commitBytes ?? status.lastSample?.signals.commit,
      memoryLimitBytes: this.#target.spec.memoryLimitBytes,
    });
    this.#target.setLimits([...limits, ...status.limits.filter(({ name }) => name === 'gomemlimit')]);
  }

  async #lookForPprof(reading: ProcessReading): Promise<void> {
    if (this.#options.pprofUrl !== undefined) return;
    this.#host.askOnly(() => true);
    const [found] = await this.#host.discoverer.discover([reading]);
    if (!found || this.#closed) return;
    const { pprofUrl, expvarUrl } = found;
    const { spec } = this.#target;
    if (
      (pprofUrl === undefined || pprofUrl === spec.pprofUrl) &&
      (spec.expvarUrl ?? expvarUrl) === spec.expvarUrl
    )
      return;
    this.#target.update({
      ...spec,
      pprofUrl: pprofUrl ?? spec.pprofUrl,
      expvarUrl: expvarUrl ?? spec.expvarUrl,
    });
    this.#updateProblem();
  }

  #updateProblem(): void {
    const status = this.status();
    const problem = problemOf(status, this.hasPprof, this.#now());
    if (problem?.code === this.#problem?.code && problem?.message === this.#problem?.message) return;
    this.#setProblem(problem);
  }

  #setProblem(problem: SessionProblem | undefined): void {
    const isSame = problem?.code === this.#problem?.code;
    this.#problem = problem && isSame ? { ...problem, sinceMs: this.#problem!.sinceMs } : problem;
    this.#emit({ type: 'problem', problem: this.#problem });
  }

  #stop(): void {
    clearInterval(this.#timer);
    this.#ended.abort();
  }

  #pass(event: WatchEvent): void {
    if (event.type === 'sample') this.#emit({ type: 'sample', sample: event.sample, status: event.target });
    else if (event.type === 'verdict') {
      this.#emit({ type: 'verdict', verdict: event.verdict, previous: event.previous });
    }
  }

  #emit(event: SessionEvent): void {
    for (const listener of this.#listeners) listener(event);
  }

  #noPprof(): LeaklineError {
    const { code, message } = this.#problem ?? { code: 'no_pprof', message: `${this.name} serves no pprof` };
    return new LeaklineError(code === 'gone' ? 'process_gone' : 'no_pprof', message);
  }
}
