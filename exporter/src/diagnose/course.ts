// The course of a diagnosis: a first capture, watching with forced collections along the way, a last capture, and what
// they say together. Ends early when it is told to, when the process ends, or when the verdict is sure.

import { advise } from '../advice/index.js';
import { LeaklineError, messageOf } from '../errors.js';
import { formatBytes } from '../format.js';
import type { Verdict } from '../leak/types.js';
import type { SourceReader } from '../profile/report/index.js';
import type { ForcedPoint, Session, SessionCapture } from '../session/index.js';
import type { Reading, Series } from '../verify/judge.js';
import type { Sample } from '../watch/types.js';
import { assess, type JudgedSignal } from './assess.js';
import { sourceExcerpts } from './sources.js';
import type { AccountingAt, Findings, LiveState, Phase, View } from './types.js';
import { POINTS_NEEDED, waitingFor } from './waiting.js';

export interface CourseOptions {
  durationMs: number;
  untilVerdict: boolean;
  /** Whether collections may be forced beside those of the captures. */
  forceGc: boolean;
  /** Judges what was read right after forced collections, and the memory outside of Go. */
  judge: (readings: readonly Reading[], nonGo: Series) => JudgedSignal[];
  readSource: SourceReader;
  /** Ends the watching; what is known by then is told. */
  finish: AbortSignal;
  /** The command that makes the load, and what rejects when it cannot. */
  load?: { command: string; failed: Promise<never>; warnings: readonly string[] };
}

/** Clean readings: as many as make a judgement in the time, and no more than is needed. */
const READINGS = 60;
const MOST_READINGS = 120;
const MOST_SYSTEM_READINGS = 240;
const LEAST_INTERVAL_MS = 1000;
const MOST_FIRST_INTERVAL_MS = 3000;
/** A collection is work of the service: it may take this share of the time, and more until there are enough to judge. */
const MOST_SHARE = 0.1;
const MOST_SHARE_AT_FIRST = 0.3;
const MOST_REST_AT_FIRST_MS = 4000;
/** On a machine that is starved everything looks dear. */
const MOST_REST_MS = 30_000;
/** On a machine that is slow it watches so many times as long as it was told, until there are enough. */
const MOST_EXTENSION = 3;
/** Failures in a row after which no more collections are asked for. */
const MOST_FAILURES = 3;
/** Heap profiles along the way, at these shares of the time: growth that is steady ranks before what comes and goes. */
const CAPTURE_AT = [1 / 3, 2 / 3];
/** Of a leak, profiles so far apart tell the function. */
const LEAST_BETWEEN_CAPTURES_MS = 15_000;
/** Clean readings over less than this, or most of the time that was asked for, are no basis for calling a leak. */
const LEAST_SURE_SECONDS = 60;
const LEAST_SURE_SHARE = 0.6;
/** A service that shows no growth for so long has none that this could see. */
const SURE_HEALTHY_MS = 180_000;
const TICK_MS = 250;

export class Course {
  readonly #session: Session;
  readonly #options: CourseOptions;
  readonly #view: View;
  readonly #startedAtMs = Date.now();
  readonly #captures: SessionCapture[] = [];
  readonly #points: ForcedPoint[] = [];
  readonly #notes: { atMs: number; text: string }[] = [];
  #readings: Reading[] = [];
  /** Memory outside of Go at each reading of the system that was a new one. */
  readonly #nonGo: { atSeconds: number[]; values: number[] } = { atSeconds: [], values: [] };
  #lastCommitBytes: number | undefined;
  #judged: JudgedSignal[] = [];
  #first: AccountingAt | undefined;
  #last: AccountingAt | undefined;
  #phase: Phase = 'watching';
  #intervalMs: number;
  #nextPointAtMs = 0;
  #failures = 0;
  #forcing: Promise<void> | undefined;
  #capturing: Promise<void> | undefined;
  #loadError: LeaklineError | undefined;

  constructor(session: Session, options: CourseOptions, view: View) {
    this.#session = session;
    this.#options = options;
    this.#view = view;
    this.#intervalMs = Math.min(
      MOST_FIRST_INTERVAL_MS,
      Math.max(LEAST_INTERVAL_MS, options.durationMs / READINGS),
    );
    options.load?.failed.catch((error: unknown) => {
      this.#loadError =
        error instanceof LeaklineError ? error : new LeaklineError('load_failed', messageOf(error));
    });
  }

  /** Rejects with a LeaklineError only when the load cannot run; what else goes wrong stands in the findings. */
  async run(): Promise<Findings> {
    const { lastSample } = this.#session.status();
    if (lastSample) this.#account(lastSample);
    const unsubscribe = this.#session.subscribe((event) => {
      if (event.type === 'sample') this.#account(event.sample);
      if (event.type === 'problem')
        this.#note(event.problem?.message ?? `${this.#session.name} answers again`);
      this.#show();
    });
    const timer = setInterval(() => this.#show(), LEAST_INTERVAL_MS);
    try {
      if (this.#session.problem) this.#note(this.#session.problem.message);
      await this.#captureIn('first_capture');
      await this.#watch();
      await Promise.all([this.#forcing, this.#capturing]);
      await this.#session.sampleNow();
      if (this.#sinceLastCaptureMs() > 1000) await this.#captureIn('last_capture');
      this.#phase = 'analysing';
      this.#show();
      return await this.#findings();
    } finally {
      clearInterval(timer);
      unsubscribe();
    }
  }

  async #watch(): Promise<void> {
    const { durationMs, finish } = this.#options;
    for (;;) {
      const elapsedMs = Date.now() - this.#startedAtMs;
      if (this.#loadError) throw this.#loadError;
      if (finish.aborted || this.#session.ended.aborted || this.#isSure(elapsedMs)) return;
      const isShort = this.#isForcing && !this.#hasEnough;
      const mostMs = isShort ? Math.max(MOST_EXTENSION * durationMs, SURE_HEALTHY_MS) : durationMs;
      if (elapsedMs >= mostMs) return;
      if (this.#isCaptureDue(elapsedMs))
        this.#capturing ??= this.#capture().finally(() => (this.#capturing = undefined));
      else if (this.#isForcing && !this.#capturing && Date.now() >= this.#nextPointAtMs)
        this.#forcing ??= this.#force().finally(() => (this.#forcing = undefined));
      await pause(TICK_MS, [finish, this.#session.ended]);
    }
  }

  /** Seconds over which there are clean readings, and over which a leak is called at the least. */
  get #spanSeconds(): number {
    return (this.#readings.at(-1)?.atSeconds ?? 0) - (this.#readings[0]?.atSeconds ?? 0);
  }

  get #leastSeconds(): number {
    const { durationMs, untilVerdict } = this.#options;
    if (untilVerdict) return LEAST_SURE_SECONDS;
    return Math.min(LEAST_SURE_SECONDS, (LEAST_SURE_SHARE * durationMs) / 1000);
  }

  get #hasEnough(): boolean {
    return this.#readings.length >= POINTS_NEEDED && this.#spanSeconds >= this.#leastSeconds;
  }

  get #isForcing(): boolean {
    return this.#options.forceGc && this.#session.hasPprof && this.#failures < MOST_FAILURES;
  }

  /** Whether nothing is gained by watching on. */
  #isSure(elapsedMs: number): boolean {
    if (!this.#options.untilVerdict) return false;
    const { state } = this.#verdict();
    if (state === 'leaking') return !this.#session.hasPprof || elapsedMs >= 2 * LEAST_BETWEEN_CAPTURES_MS;
    return state === 'healthy' && elapsedMs >= SURE_HEALTHY_MS;
  }

  #isCaptureDue(elapsedMs: number): boolean {
    if (!this.#session.hasPprof || this.#capturing || this.#forcing) return false;
    const taken = this.#captures.length;
    if (taken === 0) return true;
    const share = CAPTURE_AT[taken - 1];
    const horizonMs = Math.min(this.#options.durationMs, SURE_HEALTHY_MS);
    return (
      share !== undefined &&
      elapsedMs >= share * horizonMs &&
      this.#sinceLastCaptureMs() >= Math.min(LEAST_BETWEEN_CAPTURES_MS, horizonMs / 4)
    );
  }

  #sinceLastCaptureMs(): number {
    const last = this.#captures.at(-1);
    return last ? Date.now() - last.takenAtMs : Infinity;
  }

  async #captureIn(phase: Phase): Promise<void> {
    if (!this.#session.hasPprof || this.#session.ended.aborted) return;
    this.#phase = phase;
    this.#show();
    await this.#capture();
    this.#phase = 'watching';
  }

  async #capture(): Promise<void> {
    try {
      const capture = await this.#session.capture();
      this.#captures.push(capture);
      const { record } = capture;
      const heap = record.profiles.find(({ kind }) => kind === 'heap');
      const failed = record.failures.map(({ message }) => message).join('; ');
      const what = heap ? `a heap profile of ${formatBytes(heap.bytes)}` : 'no heap profile';
      this.#note(`captured ${what}${failed === '' ? '' : `; ${failed}`}`);
    } catch (error) {
      this.#note(messageOf(error));
    }
  }

  /** One clean reading; a dear one makes the next one wait. */
  async #force(): Promise<void> {
    const beganMs = performance.now();
    const dueMs = Date.now() + this.#intervalMs;
    try {
      const point = await this.#session.forcedPoint({ signal: this.#options.finish });
      this.#failures = 0;
      this.#points.push(point);
      this.#read(point);
    } catch (error) {
      if (this.#options.finish.aborted || this.#session.ended.aborted) return;
      this.#failures++;
      if (this.#failures === MOST_FAILURES)
        this.#note(`no more collections are asked for: ${messageOf(error)}`);
    } finally {
      const costMs = performance.now() - beganMs;
      const restMs = this.#hasEnough
        ? Math.min(costMs * (1 / MOST_SHARE - 1), MOST_REST_MS)
        : Math.min(costMs * (1 / MOST_SHARE_AT_FIRST - 1), MOST_REST_AT_FIRST_MS);
      this.#nextPointAtMs = Math.max(dueMs, Date.now() + restMs);
    }
  }

  #read(point: ForcedPoint): void {
    const signals = this.#session.status().lastSample?.signals;
    this.#readings.push({
      atSeconds: (point.atMs - this.#session.attachedAtMs) / 1000,
      heapAllocBytes: point.liveHeapBytes,
      nextGcBytes: point.runtime.nextGcBytes,
      goroutines: point.goroutines ?? signals?.goroutines,
      totalAllocBytes: point.totalAllocBytes,
    });
    if (this.#readings.length > MOST_READINGS) {
      this.#readings = this.#readings.filter((_, i) => i % 2 === 0);
      this.#intervalMs *= 2;
    }
    this.#judged = this.#options.judge(this.#readings, this.#nonGo);
  }

  #verdict(): Verdict {
    return assess({
      detected: this.#session.verdict(),
      judged: this.#judged,
      spanSeconds: this.#spanSeconds,
      leastSeconds: this.#leastSeconds,
      isWaiting: this.#isForcing && !this.#hasEnough,
    });
  }

  #account(sample: Sample): void {
    if (!sample.accounting) return;
    const { commit, non_go: nonGo } = sample.signals;
    // Between two readings of the system its values are carried along: those are no news.
    if (nonGo !== undefined && commit !== this.#lastCommitBytes) {
      this.#nonGo.atSeconds.push((sample.atMs - this.#session.attachedAtMs) / 1000);
      this.#nonGo.values.push(nonGo);
      if (this.#nonGo.values.length > MOST_SYSTEM_READINGS)
        for (const column of [this.#nonGo.atSeconds, this.#nonGo.values])
          column.splice(0, column.length, ...column.filter((_, i) => i % 2 === 0));
    }
    this.#lastCommitBytes = commit;
    const at = { ...sample.accounting, atMs: sample.atMs };
    this.#first ??= at;
    this.#last = at;
  }

  #note(text: string): void {
    this.#notes.push({ atMs: Date.now(), text });
    this.#view.note(text);
  }

  #show(): void {
    const elapsedMs = Date.now() - this.#startedAtMs;
    const verdict = this.#verdict();
    const { durationMs, untilVerdict, load } = this.#options;
    const series = this.#session.samples();
    const collections = this.#collections(series.gcCount, elapsedMs);
    const state: LiveState = {
      status: this.#session.status(),
      problem: this.#session.problem,
      phase: this.#phase,
      elapsedMs,
      durationMs,
      verdict,
      waiting: waitingFor({
        verdict,
        elapsedMs,
        durationMs,
        untilVerdict,
        points: this.#readings.length,
        isForcing: this.#isForcing,
        collections: collections?.since,
      }),
      first: this.#first,
      last: this.#last,
      series,
      forcedLiveHeapBytes: this.#readings.map(({ heapAllocBytes }) => heapAllocBytes),
      collections,
      captures: this.#captures.map(({ takenAtMs, record }) => ({
        takenAtMs,
        heapBytes: record.profiles.find(({ kind }) => kind === 'heap')?.bytes,
        failure: record.state === 'failed' ? record.failures[0]?.message : undefined,
      })),
      load: load?.command,
    };
    this.#view.update(state);
  }

  #collections(counts: readonly (number | null)[], elapsedMs: number): LiveState['collections'] {
    const known = counts.filter((count): count is number => count !== null);
    if (known.length < 2) return undefined;
    const since = known.at(-1)! - known[0]!;
    const captured = this.#captures.filter(({ profiles }) => profiles.has('heap')).length;
    const forced = Math.min(since, this.#points.length + captured);
    return { since, perMinute: (60_000 * since) / Math.max(1, elapsedMs), forced };
  }

  async #findings(): Promise<Findings> {
    const session = this.#session;
    const verdict = this.#verdict();
    const [growth, goroutines] = await Promise.all([
      session.growth(this.#captures).catch((error: unknown) => this.#noteAbsent('growth', error)),
      session
        .goroutineGrowth(this.#captures)
        .catch((error: unknown) => this.#noteAbsent('goroutines', error)),
    ]);
    const { excerpts, problem } = sourceExcerpts(growth, this.#options.readSource);
    // The reader speaks of the flag as pprof spells it.
    if (problem !== undefined)
      this.#note(`no source is shown: ${problem.replace(' -source_path', ' --source-path')}`);
    for (const warning of this.#options.load?.warnings ?? []) this.#note(warning);
    const target = session.status();
    const grown = (goroutines ?? []).filter((group) => group.growth > 0);
    return {
      target,
      startedAtMs: this.#startedAtMs,
      endedAtMs: Date.now(),
      verdict,
      problem: session.problem,
      first: this.#first,
      last: this.#last,
      series: session.samples(),
      captures: this.#captures,
      growth,
      goroutines: grown,
      sources: excerpts,
      advice: advise({
        verdict,
        first: this.#first,
        last: this.#last,
        seconds: this.#first && this.#last ? (this.#last.atMs - this.#first.atMs) / 1000 : undefined,
        growth,
        goroutines: grown,
        runtime: target.lastSample?.runtime,
        limits: target.limits,
        hasPprof: this.#captures.length > 0 || session.hasPprof,
        ...(session.hasProcessView && {
          platform: process.platform === 'win32' ? 'windows' : 'linux',
          pid: target.pid,
        }),
      }),
      notes: this.#notes,
      load: this.#options.load?.command,
    };
  }

  #noteAbsent(what: string, error: unknown): undefined {
    this.#note(`no ${what}: ${messageOf(error)}`);
    return undefined;
  }
}

function pause(ms: number, signals: readonly AbortSignal[]): Promise<void> {
  return new Promise((resolve) => {
    if (signals.some(({ aborted }) => aborted)) return resolve();
    const done = () => {
      clearTimeout(timer);
      for (const signal of signals) signal.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    for (const signal of signals) signal.addEventListener('abort', done, { once: true });
  });
}
