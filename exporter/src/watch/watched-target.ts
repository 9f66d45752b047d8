// One target under watch: which process it is now, its runtime reader, its detector and its recent past. Each target
// polls by itself, so that one that hangs delays no other.

import type { AuthConfig } from '../config/schema.js';
import type { GoRuntimeReader, GoRuntimeReading } from '../go-runtime/types.js';
import { messageOf } from '../errors.js';
import type { Baseline, BaselineSample } from '../leak/baseline.js';
import type { Detector, LeakSample, MemoryLimit, Verdict } from '../leak/types.js';
import type { ProcessReading } from '../process-memory/types.js';
import type { TargetHttp } from '../target-http/types.js';
import { SampleHistory } from './history.js';
import { SampleBuilder, toBaselineSample, toLeakSample } from './sample.js';
import type { GoModule, Sample, TargetHealth, TargetStatus, WatchEvent } from './types.js';

/** What is watched under one name: from the configuration, from discovery, or from both. */
export interface TargetSpec {
  name: string;
  origin: 'config' | 'discovery';
  pid?: number;
  startedAtMs?: number;
  executable?: string;
  go: GoModule;
  pprofUrl?: string;
  expvarUrl?: string;
  metricsUrl?: string;
  labels: Record<string, string>;
  memoryLimitBytes?: number;
  gogcPercent?: number;
  /** Credentials and TLS for its addresses. */
  auth?: AuthConfig;
}

export interface TargetConnections {
  http?: TargetHttp;
  runtime?: GoRuntimeReader;
}

/** What is learned of a target and outlives a restart of the exporter. */
export interface TargetMemory {
  detector: Detector;
  baseline: Baseline;
  /** Of a target whose process is not seen: when it was first heard of, and its GC count then. */
  remote?: RemoteEpoch;
}

export interface RemoteEpoch {
  startedAtMs: number;
  gcCount?: number;
}

export interface WatchedTargetOptions {
  spec: TargetSpec;
  memory: TargetMemory;
  connect: (spec: TargetSpec) => TargetConnections;
  emit: (event: WatchEvent) => void;
  now: () => number;
  /** A poll that failed while the target counts as down; `isFirst`: it has just become so. */
  onDown: (spec: TargetSpec, error: unknown, isFirst: boolean) => void;
}

/** Fields that cost more are read less often; until then the last value stands, up to this age. */
const CARRY_MS = 60_000;
/** Failures in a row after which a target counts as down: a single lost poll is no state. */
const FAILURES_UNTIL_DOWN = 2;
/** Samples that wait for the past: an hour at the default interval. */
const MOST_SINCE_START = 720;

export class WatchedTarget {
  readonly history = new SampleHistory();
  #detector: Detector;
  #baseline: Baseline;
  /** Samples since the start, until the past is known. */
  #sinceStart: { leak: LeakSample; baseline: BaselineSample | undefined }[] | undefined;
  #spec: TargetSpec;
  #connections: TargetConnections;
  #samples = new SampleBuilder();
  #epochMs: number | undefined;
  #lastGcCount: number | undefined;
  #polling = false;
  #latestProcess: ProcessReading | undefined;
  #nextPollMs = 0;
  #failures = 0;
  #health: TargetHealth;
  #problem: string | undefined;
  #lastSample: Sample | undefined;
  #verdict: Verdict | undefined;
  #limits: MemoryLimit[] = [];
  #carried: { atMs: number; reading: ProcessReading } | undefined;
  #closed = false;
  #lastDurationSeconds = 0;
  clampedSamples = 0;

  constructor(private readonly options: WatchedTargetOptions) {
    this.#spec = options.spec;
    this.#detector = options.memory.detector;
    this.#baseline = options.memory.baseline;
    this.#epochMs = options.memory.remote?.startedAtMs;
    this.#lastGcCount = options.memory.remote?.gcCount;
    this.#connections = options.connect(options.spec);
    this.#health = this.#connections.runtime ? 'up' : 'no_runtime';
    this.#problem = this.#connections.runtime
      ? undefined
      : 'no address of net/http/pprof, expvar or metrics is known';
  }

  get spec(): TargetSpec {
    return this.#spec;
  }
  get http(): TargetHttp | undefined {
    return this.#connections.http;
  }
  get sampleDurationSeconds(): number {
    return this.#lastDurationSeconds;
  }

  /** What outlives a restart of the exporter. */
  get memory(): TargetMemory {
    const startedAtMs = this.#epochMs;
    return {
      detector: this.#detector,
      baseline: this.#baseline,
      remote: startedAtMs === undefined ? undefined : { startedAtMs, gcCount: this.#lastGcCount },
    };
  }

  /** Unix ms of the last sample. */
  get sampledAtMs(): number | undefined {
    return this.#lastSample?.atMs;
  }

  status(): TargetStatus {
    const spec = this.#spec;
    return {
      name: spec.name,
      origin: spec.origin,
      health: this.#health,
      problem: this.#problem,
      pid: this.#health === 'exited' ? undefined : spec.pid,
      startedAtMs: spec.startedAtMs,
      executable: spec.executable,
      go: spec.go,
      pprofUrl: spec.pprofUrl,
      labels: spec.labels,
      limits: this.#limits,
      lastSample: this.#lastSample,
      verdict: this.#verdict,
      baseline: this.#baseline.deviations(this.#verdict?.sinceSeconds ?? null),
    };
  }

  /** The same target with a new process or new addresses: a restart, a late listener, a reloaded configuration. */
  update(spec: TargetSpec): void {
    const old = this.#spec;
    const restarted = spec.pid !== old.pid || spec.startedAtMs !== old.startedAtMs;
    const moved =
      spec.pprofUrl !== old.pprofUrl ||
      spec.expvarUrl !== old.expvarUrl ||
      spec.metricsUrl !== old.metricsUrl;
    this.#spec = spec;
    if (moved || restarted) {
      this.#disconnect();
      this.#connections = this.options.connect(spec);
      this.#failures = 0;
      this.#health = this.#connections.runtime ? 'up' : 'no_runtime';
      this.#problem = this.#connections.runtime
        ? undefined
        : 'no address of net/http/pprof, expvar or metrics is known';
    }
    if (restarted) {
      this.#samples = new SampleBuilder();
      this.#carried = undefined;
      this.#epochMs = undefined;
      this.#lastGcCount = undefined;
      this.options.emit({ type: 'started', target: this.status() });
    }
  }

  /** Takes over what is found out of the past, if anything is, as soon as it is known. */
  async learnPast(past: Promise<TargetMemory | undefined>): Promise<void> {
    this.#sinceStart = [];
    const memory = await past;
    const since = this.#sinceStart;
    this.#sinceStart = undefined;
    if (!memory || this.#closed) return;
    this.#detector = memory.detector;
    this.#baseline = memory.baseline;
    const { remote } = memory;
    const goesOn = remote && !((since[0]?.leak.gcCount ?? Infinity) < (remote.gcCount ?? 0));
    if (goesOn && this.#spec.startedAtMs === undefined) this.#epochMs = remote.startedAtMs;
    this.#detector.setLimits(this.#limits);
    for (const { leak, baseline } of since) {
      if (goesOn) leak.startedAtSeconds = remote.startedAtMs / 1000;
      this.#detector.push(leak);
      if (baseline) this.#baseline.push({ ...baseline, startedAtSeconds: leak.startedAtSeconds }, null);
    }
  }

  setLimits(limits: MemoryLimit[]): void {
    this.#limits = limits;
  }

  /** The process is gone. The name, the verdict's history and the past stay. */
  exited(atMs: number): void {
    if (this.#health === 'exited') return;
    this.#health = 'exited';
    this.#problem = 'the process has ended';
    this.#disconnect();
    this.#connections = {};
    this.options.emit({ type: 'exited', target: this.status(), atMs });
  }

  get hasExited(): boolean {
    return this.#health === 'exited';
  }

  /**
   * One tick: `reading` is what the system says now (undefined for a remote target). Reads the runtime when it is due;
   * while an earlier read is still under way, or none is due, the process view alone makes the sample.
   */
  async poll(reading: ProcessReading | undefined): Promise<void> {
    if (this.#closed || this.hasExited) return;
    const startMs = this.options.now();
    const process = this.#withCarried(startMs, reading);
    this.#latestProcess = process;
    const runtime = this.#connections.runtime;
    if (!runtime || this.#polling || startMs < this.#nextPollMs) {
      if (process) this.#take(startMs, process, reading, undefined);
      return;
    }
    this.#polling = true;
    const connections = this.#connections;
    let result: GoRuntimeReading | undefined;
    try {
      result = await runtime.read();
      if (this.#connections !== connections) return;
      this.#failures = 0;
      this.#health = 'up';
      this.#problem = undefined;
    } catch (error) {
      if (this.#connections !== connections) return;
      this.#failures++;
      this.#problem = messageOf(error);
      if (this.#failures >= FAILURES_UNTIL_DOWN) {
        const isFirst = this.#health === 'up';
        this.#health = 'down';
        this.options.onDown(this.#spec, error, isFirst);
      }
    } finally {
      this.#polling = false;
      this.#nextPollMs = startMs + runtime.minIntervalMs;
      this.#lastDurationSeconds = (this.options.now() - startMs) / 1000;
    }
    if (this.#closed || this.hasExited) return;
    // A slow answer comes after later ticks: a process view that is older than theirs would look like a restart.
    const latest = this.#latestProcess;
    if (latest || result)
      this.#take(this.options.now(), latest, latest === process ? reading : undefined, result);
  }

  close(): void {
    this.#closed = true;
    this.#disconnect();
  }

  #disconnect(): void {
    this.#connections.runtime?.close();
    this.#connections.http?.close();
  }

  #withCarried(atMs: number, reading: ProcessReading | undefined): ProcessReading | undefined {
    if (!reading) return undefined;
    const carried = this.#carried;
    const merged =
      carried && atMs - carried.atMs <= CARRY_MS
        ? { ...carried.reading, ...movedAlong(carried.reading, reading), ...withoutUndefined(reading) }
        : reading;
    if (reading.commitBytes !== undefined) this.#carried = { atMs, reading };
    return merged;
  }

  #take(
    atMs: number,
    process: ProcessReading | undefined,
    fresh: ProcessReading | undefined,
    runtime: GoRuntimeReading | undefined,
  ): void {
    const gogcPercent = runtime?.gogcPercent ?? this.#spec.gogcPercent;
    const sample = this.#samples.build(atMs, process, runtime && { ...runtime, gogcPercent });
    if (sample.accounting && sample.accounting.clampedBytes > 0) this.clampedSamples++;
    if (runtime?.goVersion && !this.#spec.go.goVersion) {
      this.#spec = { ...this.#spec, go: { ...this.#spec.go, goVersion: runtime.goVersion } };
    }
    this.#lastSample = this.#withLastRuntime(sample);
    this.history.push(sample);

    const leakSample = toLeakSample(sample, this.#startedAtMs(atMs, runtime));
    if (fresh?.commitBytes === undefined) {
      // A carried value is no new evidence.
      leakSample.commitBytes = null;
      leakSample.nonGoBytes = null;
      leakSample.handles = null;
    }
    this.#detector.setLimits(this.#withGoMemLimit(runtime));
    this.#detector.push(leakSample);
    const previous = this.#verdict;
    this.#verdict = this.#detector.verdict();
    const baselineSample = runtime && toBaselineSample(sample, leakSample);
    if (baselineSample) this.#baseline.push(baselineSample, leakingSince(this.#verdict));
    if (this.#sinceStart && this.#sinceStart.length < MOST_SINCE_START)
      this.#sinceStart.push({ leak: leakSample, baseline: baselineSample });
    this.options.emit({ type: 'sample', target: this.status(), sample });
    if (
      previous?.state !== this.#verdict.state ||
      String(previous.leaking) !== String(this.#verdict.leaking)
    ) {
      this.options.emit({ type: 'verdict', target: this.status(), verdict: this.#verdict, previous });
    }
  }

  /** A tick without a runtime reading shows the last one for as long as the target answers. */
  #withLastRuntime(sample: Sample): Sample {
    const last = this.#lastSample;
    if (sample.runtime || !last?.runtime || this.#health !== 'up') return sample;
    return {
      ...sample,
      runtime: last.runtime,
      accounting: last.accounting,
      signals: { ...last.signals, ...sample.signals },
    };
  }

  #withGoMemLimit(runtime: GoRuntimeReading | undefined): MemoryLimit[] {
    const bytes = runtime?.goMemLimitBytes;
    if (bytes !== undefined) {
      this.#limits = [
        ...this.#limits.filter(({ name }) => name !== 'gomemlimit'),
        { name: 'gomemlimit', bytes },
      ];
    }
    return this.#limits;
  }

  /** Start of the process; of a remote one the time at which it was first seen, or at which its GC count fell. */
  #startedAtMs(atMs: number, runtime: GoRuntimeReading | undefined): number {
    if (this.#spec.startedAtMs !== undefined) return this.#spec.startedAtMs;
    const gcCount = runtime?.gcCount;
    const fell = gcCount !== undefined && this.#lastGcCount !== undefined && gcCount < this.#lastGcCount;
    if (gcCount !== undefined) this.#lastGcCount = gcCount;
    if (this.#epochMs === undefined || fell) this.#epochMs = atMs;
    return this.#epochMs;
  }
}

function leakingSince({ state, sinceSeconds }: Verdict): number | null {
  return state === 'leaking' ? sinceSeconds : null;
}

/**
 * What was read less often, moved along with the working set of now: private memory that grew is resident. Without this a
 * fast leak would show a live heap above a commit of some seconds ago.
 */
function movedAlong(carried: ProcessReading, now: ProcessReading): Partial<ProcessReading> {
  if (carried.workingSetBytes === undefined || now.workingSetBytes === undefined) return {};
  const movedBytes = now.workingSetBytes - carried.workingSetBytes;
  const moved = (bytes: number | undefined) =>
    bytes === undefined ? undefined : Math.max(0, bytes + movedBytes);
  return withoutUndefined({
    commitBytes: moved(carried.commitBytes),
    privateWorkingSetBytes: moved(carried.privateWorkingSetBytes),
  });
}

function withoutUndefined<T extends object>(value: T): Partial<T> {
  return Object.fromEntries(Object.entries(value).filter(([, v]) => v !== undefined)) as Partial<T>;
}
