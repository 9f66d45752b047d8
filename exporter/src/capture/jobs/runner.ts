// Works the queue of captures off: one at a time a target, a few at once in all, none before its time, none lost.

import { LeaklineError, messageOf } from '../../errors.js';
import type { Logger } from '../../log.js';
import type { ApiCapture, ApiCaptures, CaptureTrigger } from '../../server/api.js';
import type { TargetHttp } from '../../target-http/types.js';
import type { TargetStatus } from '../../watch/types.js';
import type { Config } from '../../config/schema.js';
import { takeCapture, type CapturerOptions } from './capturer.js';
import type { CaptureJob } from './job.js';
import { sizeOf, type CaptureRecord } from '../record.js';
import { forcesGc, readinessOf, type Readiness } from './scheduler.js';
import type { CaptureStore, StoreState } from '../store/store.js';

export type CaptureResult = 'complete' | 'partial' | 'failed' | 'skipped';

export interface RunnerOptions {
  store: CaptureStore;
  config: Config['capture'];
  capturer: CapturerOptions;
  log: Logger;
  now: () => number;
  status: (target: string) => TargetStatus | undefined;
  endpoint: (target: string) => TargetHttp | undefined;
  /** The job is over; `record` is what the store keeps of it, if anything. */
  finished: (job: CaptureJob, result: CaptureResult, record: CaptureRecord | undefined) => Promise<void>;
}

/** Each may hold profiles of up to `maxProfileBytes` in memory. */
const MAX_AT_ONCE = 4;
/** A target that restarts or is briefly out of breath answers a few seconds later. */
const RETRY_DELAYS_MS = [2000, 10_000];
/** A store that takes nothing is asked again after this, then less and less often. */
const STORE_RETRY_MS = { first: 15_000, last: 600_000 };
/** Room asked for before the first capture of a target tells how large its profiles are. */
const EXPECTED_BYTES = 64 * 1024;
/** After a start, targets are found again one by one: a job of the queue waits this long for its target. */
const UNKNOWN_TARGET_GRACE_MS = 120_000;

const WAIT_MESSAGES: Record<Extract<Readiness, { state: 'waiting' }>['reason'], string> = {
  time: 'its time has not come',
  gc_count: 'the target has to collect garbage a few times first, so that what is left is what is held',
  gc_interval: 'the target was made to collect garbage a short while ago (capture.minGcInterval)',
};

/** Someone sits in front of these. */
const FOR_A_PERSON: ReadonlySet<CaptureTrigger> = new Set<CaptureTrigger>(['manual', 'diagnose']);

export class CaptureRunner {
  readonly #jobs = new Map<string, CaptureJob>();
  readonly #byTarget = new Map<string, Map<string, CaptureJob>>();
  /** By target: one at a time. */
  readonly #running = new Map<string, { job: CaptureJob; ended: Promise<void> }>();
  readonly #lastForcedGcMs = new Map<string, number>();
  readonly #attempts = new Map<string, number>();
  #storeState: StoreState = 'ok';
  #storeProblem: string | undefined;
  #storeRetryMs = STORE_RETRY_MS.first;
  #pausedUntilMs = 0;
  /** Room that was looked for and not there. */
  #missingRoomBytes: number | undefined;
  #isLooking = false;
  #closed = false;
  #pumping = false;
  readonly #startedAtMs: number;

  constructor(private readonly options: RunnerOptions) {
    this.#startedAtMs = options.now();
  }

  add(job: CaptureJob): void {
    if (!this.#jobs.has(job.id)) this.#keep(job);
  }

  /** Puts a job that waits off; the queue on disk keeps it as it was. */
  replace(job: CaptureJob): void {
    if (this.#jobs.has(job.id) && this.#running.get(job.target)?.job.id !== job.id) this.#keep(job);
  }

  jobs(): CaptureJob[] {
    return [...this.#jobs.values()];
  }

  jobsOf(target: string): CaptureJob[] {
    return [...(this.#byTarget.get(target)?.values() ?? [])];
  }

  job(id: string): CaptureJob | undefined {
    return this.#jobs.get(id);
  }

  storeState(): StoreState {
    return this.#storeState;
  }

  /** While the store takes no capture: why. */
  stopped(): ApiCaptures['stopped'] {
    if (this.#storeState === 'ok') return undefined;
    return { state: this.#storeState, message: this.#storeProblem ?? '' };
  }

  /** Starts every job whose time has come. Called when a job is added, when one ends and with every tick. */
  pump(): void {
    const nowMs = this.options.now();
    if (this.#closed) return;
    if (nowMs < this.#pausedUntilMs) {
      void this.#lookForRoom();
      return;
    }
    while (this.#running.size < MAX_AT_ONCE) {
      const next = this.#next(nowMs);
      if (!next) return;
      this.#start(next.job, next.isVoid);
    }
  }

  /** Why a job is not taken yet, in words. */
  waitOf(job: CaptureJob): NonNullable<ApiCapture['waiting']> {
    const nowMs = this.options.now();
    if (this.#running.get(job.target)?.job.id === job.id) {
      return { reason: 'running', message: 'it is being taken' };
    }
    if (nowMs < this.#pausedUntilMs && this.#storeProblem !== undefined) {
      const until = new Date(this.#pausedUntilMs).toISOString();
      return { reason: 'store', message: `captures are stopped: ${this.#storeProblem}`, until };
    }
    if (this.#isUnknownYet(job, nowMs)) {
      const message = `${job.target} is not found again yet since the exporter was started`;
      return { reason: 'target', message, until: iso(this.#startedAtMs + UNKNOWN_TARGET_GRACE_MS) };
    }
    const readiness = this.#readiness(job, nowMs);
    if (readiness.state !== 'waiting') {
      return { reason: 'others', message: 'other captures are being taken: it is next in turn' };
    }
    const { reason, untilMs } = readiness;
    return { reason, message: WAIT_MESSAGES[reason], until: iso(untilMs) };
  }

  /** The job to take next: what a person waits for first, then in the order of time. */
  #next(nowMs: number): { job: CaptureJob; isVoid: boolean } | undefined {
    let next: { job: CaptureJob; isVoid: boolean } | undefined;
    for (const job of this.#jobs.values()) {
      if (job.notBeforeMs > nowMs || this.#running.has(job.target)) continue;
      if (next && !isBefore(job, next.job)) continue;
      if (this.#isUnknownYet(job, nowMs)) continue;
      const { state } = this.#readiness(job, nowMs);
      if (state !== 'waiting') next = { job, isVoid: state === 'void' };
    }
    return next;
  }

  #start(job: CaptureJob, isVoid: boolean): void {
    const ended = (isVoid ? this.#skip(job) : this.#run(job, this.options.status(job.target)))
      .catch((error: unknown) => this.#lost(job, error))
      .finally(() => {
        this.#running.delete(job.target);
        this.#pumpSoon();
      });
    this.#running.set(job.target, { job, ended });
  }

  #readiness(job: CaptureJob, nowMs: number): Readiness {
    const { status, config, store } = this.options;
    // A kill came after the capture and before its end was written: nothing is asked of the target any more.
    if (store.capture(job.id)) return { state: 'ready' };
    return readinessOf(job, status(job.target), this.#lastGc(job.target), { nowMs, config });
  }

  /** Targets are found one by one after a start: until then it is not known whether they are there. */
  #isUnknownYet({ id, target }: CaptureJob, nowMs: number): boolean {
    const { status, store } = this.options;
    return nowMs - this.#startedAtMs < UNKNOWN_TARGET_GRACE_MS && !status(target) && !store.capture(id);
  }

  /** Once for all that end in one turn. */
  #pumpSoon(): void {
    if (this.#pumping) return;
    this.#pumping = true;
    setImmediate(() => {
      this.#pumping = false;
      this.pump();
    });
  }

  /** Waits for what runs; what waits stays in the queue on disk. */
  async close(): Promise<void> {
    this.#closed = true;
    await Promise.all([...this.#running.values()].map(({ ended }) => ended));
  }

  #keep(job: CaptureJob): void {
    this.#jobs.set(job.id, job);
    const ofTarget = this.#byTarget.get(job.target) ?? new Map<string, CaptureJob>();
    this.#byTarget.set(job.target, ofTarget.set(job.id, job));
  }

  async #run(job: CaptureJob, status: TargetStatus | undefined): Promise<void> {
    const { store, log } = this.options;
    const kept = store.capture(job.id);
    if (kept) return this.#finish(job, kept.state, kept);
    const last = store.capturesOf(job.target)[0];
    const expectedBytes = last ? sizeOf(last) : EXPECTED_BYTES;
    try {
      await store.checkRoom(expectedBytes);
    } catch (error) {
      this.#pause(error);
      this.#missingRoomBytes = expectedBytes;
      return;
    }
    if (forcesGc(job, this.options.config)) this.#lastForcedGcMs.set(job.target, this.options.now());
    const taken = await takeCapture(job, status, this.options.endpoint(job.target), this.options.capturer);
    if (taken.worthRetrying && this.#putOff(job)) return;
    try {
      await store.put(taken.record, taken.profiles);
    } catch (error) {
      return this.#pause(error);
    }
    this.#resume();
    const { state, failures } = taken.record;
    log.info({ target: job.target, capture: job.id, trigger: job.trigger, state, failures }, 'capture taken');
    await this.#finish(job, state, taken.record);
  }

  async #skip(job: CaptureJob): Promise<void> {
    this.options.log.info(
      { target: job.target, capture: job.id, trigger: job.trigger },
      'capture skipped: the process that it was meant for is gone, or its moment is long past',
    );
    await this.#finish(job, 'skipped', undefined);
  }

  async #finish(job: CaptureJob, result: CaptureResult, record: CaptureRecord | undefined): Promise<void> {
    this.#jobs.delete(job.id);
    this.#byTarget.get(job.target)?.delete(job.id);
    this.#attempts.delete(job.id);
    await this.options.finished(job, result, record);
  }

  #putOff(job: CaptureJob): boolean {
    const attempt = this.#attempts.get(job.id) ?? 0;
    const delayMs = RETRY_DELAYS_MS[attempt];
    if (delayMs === undefined) return false;
    this.#attempts.set(job.id, attempt + 1);
    // Nothing was collected when nothing answered; the interval between collections must not hold up the retry.
    this.#lastForcedGcMs.delete(job.target);
    this.#keep({ ...job, notBeforeMs: this.options.now() + delayMs });
    return true;
  }

  /**
   * A disk that told beforehand that it is full is looked at with every tick: it costs one system call. A store that
   * refused a capture that it seemed to have room for is only tried again, with a capture, after a while.
   */
  async #lookForRoom(): Promise<void> {
    if (this.#missingRoomBytes === undefined || this.#isLooking) return;
    this.#isLooking = true;
    try {
      await this.options.store.checkRoom(this.#missingRoomBytes);
      this.#missingRoomBytes = undefined;
      this.#pausedUntilMs = 0;
      this.pump();
    } catch {
      // Still full: the state that is told stands.
    } finally {
      this.#isLooking = false;
    }
  }

  #pause(error: unknown): void {
    this.#missingRoomBytes = undefined;
    const code = error instanceof LeaklineError ? error.code : '';
    this.#storeState = code === 'store_full' ? 'full' : 'unreachable';
    this.#storeProblem = messageOf(error);
    this.#pausedUntilMs = this.options.now() + this.#storeRetryMs;
    this.options.log.error(
      { problem: this.#storeProblem, retryInMs: this.#storeRetryMs },
      'captures are stopped: the store takes none',
    );
    this.#storeRetryMs = Math.min(2 * this.#storeRetryMs, STORE_RETRY_MS.last);
  }

  #resume(): void {
    if (this.#storeState !== 'ok') this.options.log.info('captures go on: the store takes them again');
    this.#storeState = 'ok';
    this.#storeProblem = undefined;
    this.#storeRetryMs = STORE_RETRY_MS.first;
  }

  #lost(job: CaptureJob, error: unknown): void {
    // The job stays in the queue; a moment later it is looked at again.
    this.#keep({ ...job, notBeforeMs: this.options.now() + STORE_RETRY_MS.first });
    this.options.log.error(
      { target: job.target, capture: job.id, error: messageOf(error) },
      'capture went wrong',
    );
  }

  #lastGc(target: string): number | undefined {
    const known = this.#lastForcedGcMs.get(target);
    if (known !== undefined) return known;
    const last = this.options.store.capturesOf(target).find((c) => c.gcForced && c.state !== 'failed');
    return last && Date.parse(last.takenAt);
  }
}

function isBefore(a: CaptureJob, b: CaptureJob): boolean {
  const aIsFirst = FOR_A_PERSON.has(a.trigger);
  if (aIsFirst !== FOR_A_PERSON.has(b.trigger)) return aIsFirst;
  return a.notBeforeMs < b.notBeforeMs;
}

function iso(ms: number): string {
  return new Date(ms).toISOString();
}
