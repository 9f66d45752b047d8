// The sampling loop: one pass over the processes of the host a tick, each target polled by itself. Missed ticks, sleep
// and clock jumps leave gaps in the series, never wrong values.

import { messageOf } from '../errors.js';
import type { MemoryLimit } from '../leak/types.js';
import type { Logger } from '../log.js';
import type { HostMemory, ProcessMemoryReader, ProcessReading } from '../process-memory/types.js';
import type { TargetHttp } from '../target-http/types.js';
import { SteadyTime, systemClock, type Clock } from './clock.js';
import { processLimits } from './limits.js';
import type { DiscoveredProcess } from '../discovery/types.js';
import type { SampleSeries, TargetStatus, Watch, WatchEvent } from './types.js';
import {
  WatchedTarget,
  type TargetConnections,
  type TargetMemory,
  type TargetSpec,
} from './watched-target.js';

export interface WatcherOptions {
  reader: ProcessMemoryReader;
  /** Go processes among these; resolves quickly for those already known. */
  discover: (processes: readonly ProcessReading[]) => Promise<DiscoveredProcess[]>;
  /** Asks a process again what it serves with the next discovery: what it served answers no more. */
  reprobe?: (pid: number) => void;
  resolve: (discovered: readonly DiscoveredProcess[]) => TargetSpec[];
  connect: (spec: TargetSpec) => TargetConnections;
  /** What is known of a target from before, or the memory of one that is new. */
  recall: (spec: TargetSpec) => TargetMemory;
  /** What else is found out of its past, from elsewhere; the target is watched meanwhile. Never rejects. */
  lookBack?: (spec: TargetSpec, nowMs: number) => Promise<TargetMemory | undefined>;
  sampleIntervalMs: number;
  discoveryIntervalMs: number;
  log: Logger;
  clock?: Clock;
}

/** What costs more on a platform (smaps_rollup, descriptor counts) is read for watched targets every so many ticks. */
const TICKS_PER_DETAIL = 3;
/** A target whose process ended and did not come back is forgotten after this time. */
const FORGET_EXITED_MS = 24 * 3_600_000;
/** New processes are looked at this soon, but no more often. */
const DISCOVERY_MIN_MS = 2_000;

/** The identity of the process of a target: a pid is used again. */
function processOf({ pid, startedAtMs }: TargetSpec): string | undefined {
  return pid === undefined ? undefined : `${pid}@${startedAtMs}`;
}

export class Watcher implements Watch {
  readonly #options: WatcherOptions;
  readonly #time: SteadyTime;
  readonly #targets = new Map<string, WatchedTarget>();
  readonly #listeners = new Set<(event: WatchEvent) => void>();
  readonly #exitedAtMs = new Map<string, number>();
  #processes: ProcessReading[] = [];
  #host: HostMemory = {};
  #knownPids = new Set<string>();
  #timer: NodeJS.Timeout | undefined;
  #ticking = false;
  #discovering: Promise<void> | undefined;
  #lastDiscoveryMs = -Infinity;
  #ticksUntilDetail = 0;
  #closed = false;
  #discovered = false;
  #dropUnwanted = false;
  #readError: string | undefined;
  #tickSeconds = 0;

  constructor(options: WatcherOptions) {
    this.#options = options;
    this.#time = new SteadyTime(options.clock ?? systemClock, (stepMs) =>
      options.log.warn({ stepMs: Math.round(stepMs) }, 'the clock jumped; the series have a gap'),
    );
  }

  /** Starts the loop; resolves when the first pass over the host, its Go processes and their runtimes is done. */
  async start(): Promise<void> {
    await this.#tick();
    await this.#rediscover();
    await this.#tick();
    if (this.#closed) return;
    this.#timer = setInterval(() => void this.#tick(), this.#options.sampleIntervalMs);
  }

  /** Takes new resolve/connect rules (a reloaded configuration) into use; targets that stay keep their past. */
  async reconfigure(options: Partial<Omit<WatcherOptions, 'reader' | 'clock'>>): Promise<void> {
    Object.assign(this.#options, options);
    if (options.sampleIntervalMs !== undefined && this.#timer) {
      clearInterval(this.#timer);
      this.#timer = setInterval(() => void this.#tick(), options.sampleIntervalMs);
    }
    await this.#discovering;
    this.#lastDiscoveryMs = -Infinity;
    this.#dropUnwanted = true;
    await this.#rediscover();
  }

  async close(): Promise<void> {
    this.#closed = true;
    clearInterval(this.#timer);
    for (const target of this.#targets.values()) target.close();
    await this.#discovering;
    this.#options.reader.close?.();
  }

  /** True once the host has been read and searched for Go processes. */
  get isReady(): boolean {
    return this.#discovered;
  }
  /** Every process of the host as of the last tick. */
  get processes(): readonly ProcessReading[] {
    return this.#processes;
  }
  get host(): HostMemory {
    return this.#host;
  }
  /** How long reading all processes took at the last tick. */
  get tickSeconds(): number {
    return this.#tickSeconds;
  }
  get readError(): string | undefined {
    return this.#readError;
  }
  get watched(): ReadonlyMap<string, WatchedTarget> {
    return this.#targets;
  }

  targets(): TargetStatus[] {
    return [...this.#targets.values()].map((target) => target.status());
  }
  target(name: string): TargetStatus | undefined {
    return this.#targets.get(name)?.status();
  }
  samples(name: string, fromMs: number, toMs: number): SampleSeries {
    return (
      this.#targets.get(name)?.history.series(fromMs, toMs) ?? {
        atMs: [],
        signals: {},
        parts: {},
        gcCount: [],
      }
    );
  }
  endpoint(name: string): TargetHttp | undefined {
    const target = this.#targets.get(name);
    return target?.spec.pprofUrl === undefined ? undefined : target.http;
  }
  subscribe(listener: (event: WatchEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  async #tick(): Promise<void> {
    // A tick that is late because the last one still runs is left out: a gap, not a burst.
    if (this.#ticking || this.#closed) return;
    this.#ticking = true;
    try {
      const nowMs = this.#time.now();
      const isDetailed = this.#ticksUntilDetail <= 0;
      this.#ticksUntilDetail = isDetailed ? TICKS_PER_DETAIL - 1 : this.#ticksUntilDetail - 1;
      await this.#readHost(isDetailed ? this.#watchedPids() : undefined);
      const byPid = new Map(this.#processes.map((process) => [process.pid, process]));
      const polls: Promise<void>[] = [];
      for (const target of this.#targets.values()) polls.push(this.#pollTarget(target, byPid, nowMs));
      if (this.#hasNewProcesses() || nowMs - this.#lastDiscoveryMs >= this.#options.discoveryIntervalMs) {
        void this.#rediscover();
      }
      // The first pass waits for its polls so that a start ends with samples; later ones never wait.
      if (!this.#timer) await Promise.allSettled(polls);
    } finally {
      this.#ticking = false;
    }
  }

  async #readHost(detailed: ReadonlySet<number> | undefined): Promise<void> {
    const started = performance.now();
    try {
      this.#processes = await this.#options.reader.readProcesses(detailed);
      this.#host = await this.#options.reader.readHost();
      this.#readError = undefined;
    } catch (error) {
      const message = messageOf(error);
      if (message !== this.#readError)
        this.#options.log.error({ err: message }, 'cannot read the processes of this host');
      this.#readError = message;
    }
    this.#tickSeconds = (performance.now() - started) / 1000;
  }

  async #pollTarget(
    target: WatchedTarget,
    byPid: ReadonlyMap<number, ProcessReading>,
    nowMs: number,
  ): Promise<void> {
    const { pid, startedAtMs } = target.spec;
    let reading: ProcessReading | undefined;
    if (pid !== undefined && this.#readError === undefined) {
      reading = byPid.get(pid);
      if (!reading || reading.startedAtMs !== startedAtMs) {
        target.exited(nowMs);
        this.#exitedAtMs.set(target.spec.name, nowMs);
        return;
      }
      target.setLimits(this.#limitsOf(target.spec, reading));
    } else if (target.spec.memoryLimitBytes !== undefined) {
      target.setLimits([{ name: 'config', bytes: target.spec.memoryLimitBytes }]);
    }
    await target.poll(reading);
  }

  #limitsOf(spec: TargetSpec, reading: ProcessReading): MemoryLimit[] {
    const status = this.target(spec.name);
    const limits = processLimits({
      reader: this.#options.reader,
      host: this.#host,
      pid: reading.pid,
      commitBytes: reading.commitBytes ?? status?.lastSample?.signals.commit,
      memoryLimitBytes: spec.memoryLimitBytes,
    });
    const goMemLimit = status?.limits.find(({ name }) => name === 'gomemlimit');
    if (goMemLimit) limits.push(goMemLimit);
    return limits;
  }

  #watchedPids(): Set<number> {
    const pids = new Set<number>();
    for (const { spec } of this.#targets.values()) if (spec.pid !== undefined) pids.add(spec.pid);
    return pids;
  }

  #hasNewProcesses(): boolean {
    const known = this.#knownPids;
    const now = new Set(this.#processes.map(({ pid, startedAtMs }) => `${pid}@${startedAtMs}`));
    let isNew = false;
    for (const id of now) if (!known.has(id)) isNew = true;
    this.#knownPids = now;
    return isNew;
  }

  #rediscover(): Promise<void> {
    const nowMs = this.#time.now();
    if (this.#discovering || nowMs - this.#lastDiscoveryMs < DISCOVERY_MIN_MS)
      return this.#discovering ?? Promise.resolve();
    this.#lastDiscoveryMs = nowMs;
    this.#discovering = this.#options
      .discover(this.#processes)
      .then((discovered) => {
        if (!this.#closed) this.#apply(this.#options.resolve(discovered));
        this.#discovered = true;
      })
      .catch((error: unknown) => this.#options.log.error({ err: messageOf(error) }, 'discovery failed'))
      .finally(() => {
        this.#discovering = undefined;
      });
    return this.#discovering;
  }

  #apply(specs: readonly TargetSpec[]): void {
    const nowMs = this.#time.now();
    const wanted = new Set(specs.map(({ name }) => name));
    const processes = new Set(specs.flatMap((spec) => processOf(spec) ?? []));
    for (const [name, target] of this.#targets) {
      const exitedAtMs = this.#exitedAtMs.get(name);
      if (wanted.has(name)) continue;
      // After a rolling restart the process goes on under the name of the one that it replaced.
      const hasNewName = processes.has(processOf(target.spec) ?? '') && !target.hasExited;
      if (hasNewName) target.exited(nowMs);
      const isForgotten = exitedAtMs !== undefined && nowMs - exitedAtMs >= FORGET_EXITED_MS;
      // Discovery may see that a process is gone before a tick does: only a tick says that it ended.
      if (this.#dropUnwanted || target.spec.origin === 'config' || isForgotten || hasNewName) {
        target.close();
        this.#targets.delete(name);
        this.#exitedAtMs.delete(name);
      }
    }
    this.#dropUnwanted = false;
    for (const spec of specs) {
      const target = this.#targets.get(spec.name);
      if (target) {
        if (target.hasExited && spec.pid === undefined) continue;
        if (target.hasExited)
          this.#options.log.info({ target: spec.name, pid: spec.pid }, 'the target is back');
        this.#exitedAtMs.delete(spec.name);
        target.update(spec);
      } else this.#add(spec);
    }
  }

  #add(spec: TargetSpec): void {
    const { log } = this.#options;
    const target = new WatchedTarget({
      spec,
      memory: this.#options.recall(spec),
      connect: (s) => this.#options.connect(s),
      emit: (event) => this.#emit(event),
      now: () => this.#time.now(),
      onDown: (down, error, isFirst) => {
        if (isFirst) log.warn({ target: down.name, err: messageOf(error) }, 'the target does not answer');
        if (down.pid === undefined) return;
        this.#options.reprobe?.(down.pid);
        if (isFirst) this.#lastDiscoveryMs = -Infinity;
      },
    });
    this.#targets.set(spec.name, target);
    const past = this.#options.lookBack?.(spec, this.#time.now());
    if (past) void target.learnPast(past);
    this.#ticksUntilDetail = 0;
    log.info(
      { target: spec.name, pid: spec.pid, module: spec.go.module, pprof: spec.pprofUrl !== undefined },
      'watching a target',
    );
    this.#emit({ type: 'started', target: target.status() });
  }

  #emit(event: WatchEvent): void {
    for (const listener of this.#listeners) {
      try {
        listener(event);
      } catch (error) {
        this.#options.log.error({ err: messageOf(error) }, 'a listener of the watch failed');
      }
    }
  }
}
