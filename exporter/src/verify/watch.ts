// Readings of a session at even times, each right after a forced collection, with profiles along the way.

import { LeaklineError } from '../errors.js';
import type { Session } from '../session/index.js';
import type { TakenProfiles } from './growth.js';
import type { Reading, Series } from './judge.js';
import { pause } from './service.js';

export interface WatchPlan {
  intervalMs: number;
  /** Time between two heap profiles. */
  profileEveryMs: number;
}

/** A collection and its profile may take this share of the time: a service is to work, not to collect. */
const MOST_SHARE = 0.25;
/** A target that misses more readings in a row is taken for gone. */
const MOST_MISSES = 5;
/** Above so many goroutines a dump of each stops the service for too long. */
const MOST_DUMPED = 20_000;

export class ServiceWatch {
  readonly readings: Reading[] = [];
  readonly profiles: TakenProfiles[] = [];
  readonly #session: Session;
  readonly #plan: WatchPlan;
  #beganAtMs = 0;
  #nextProfileAtMs = 0;
  #windowSeconds = Infinity;

  constructor(session: Session, plan: WatchPlan) {
    this.#session = session;
    this.#plan = plan;
  }

  /** Unix ms of the first reading. */
  get beganAtMs(): number {
    return this.#beganAtMs;
  }

  get lastAtMs(): number {
    return this.#beganAtMs + (this.readings.at(-1)?.atSeconds ?? 0) * 1000;
  }

  /** The first window ends here: what follows makes sure. */
  endWindow(): void {
    this.#windowSeconds = this.readings.at(-1)?.atSeconds ?? 0;
  }

  /** Length of the first window; before its end, endless. */
  get windowSeconds(): number {
    return this.#windowSeconds;
  }

  /** Memory outside of Go since the watch began, from the samples of the session. */
  nonGo(): Series {
    const { atMs, signals } = this.#session.samples(this.#beganAtMs, this.lastAtMs);
    const known = atMs.flatMap((at, i) => {
      const value = signals.non_go?.[i];
      return typeof value === 'number' ? [{ at: (at - this.#beganAtMs) / 1000, value }] : [];
    });
    return { atSeconds: known.map(({ at }) => at), values: known.map(({ value }) => value) };
  }

  /** What happens only once (the first profile of the service, the first decoding here) happens before the first reading. */
  async prime(): Promise<void> {
    await this.#session.capture(['heap', 'goroutine_debug2']);
  }

  /**
   * Reads on for `durationMs`. A second call goes on where the first ended. `ended` ends it early.
   * Rejects with the abort reason of `signal`, or a LeaklineError when the service answers no more.
   */
  async run(
    durationMs: number,
    {
      signal,
      ended,
      onReading,
    }: { signal: AbortSignal; ended?: AbortSignal; onReading?: (reading: Reading) => void },
  ): Promise<void> {
    const startMs = performance.now();
    let misses = 0;
    for (let dueMs = startMs; ;) {
      await pause(Math.max(0, dueMs - performance.now()), signal);
      const isLast = dueMs - startMs >= durationMs - this.#plan.intervalMs / 2;
      let costMs = 0;
      try {
        costMs = await this.#read(isLast || ended?.aborted === true, signal);
        misses = 0;
        onReading?.(this.readings.at(-1)!);
      } catch (error) {
        signal.throwIfAborted();
        if (this.#session.ended.aborted || !(error instanceof LeaklineError) || ++misses > MOST_MISSES)
          throw error;
      }
      if (isLast || ended?.aborted) return;
      dueMs = Math.max(dueMs + this.#plan.intervalMs, performance.now() + costMs * (1 / MOST_SHARE - 1));
    }
  }

  /** Milliseconds that the collection took. */
  async #read(isLast: boolean, signal: AbortSignal): Promise<number> {
    const session = this.#session;
    const isFirst = this.readings.length === 0;
    const nowMs = Date.now();
    if (isFirst || isLast || nowMs >= this.#nextProfileAtMs) {
      this.#nextProfileAtMs = nowMs + this.#plan.profileEveryMs;
      await this.#profile(isFirst || isLast);
    }
    const beganMs = performance.now();
    const point = await session.forcedPoint({ signal });
    const costMs = performance.now() - beganMs;
    if (isFirst) this.#beganAtMs = point.atMs;
    const signals = session.status().lastSample?.signals;
    this.readings.push({
      atSeconds: (point.atMs - this.#beganAtMs) / 1000,
      heapAllocBytes: point.liveHeapBytes,
      nextGcBytes: point.runtime.nextGcBytes,
      goroutines: point.goroutines ?? signals?.goroutines,
      totalAllocBytes: point.totalAllocBytes,
    });
    return costMs;
  }

  async #profile(withGoroutines: boolean): Promise<void> {
    const count = this.#session.status().lastSample?.signals.goroutines ?? 0;
    const goroutineKind = count <= MOST_DUMPED ? 'goroutine_debug2' : 'goroutine';
    const capture = await this.#session.capture(withGoroutines ? ['heap', goroutineKind] : ['heap']);
    const heap = capture.profiles.get('heap');
    const goroutine = capture.profiles.get(goroutineKind);
    this.profiles.push({
      takenAtMs: capture.takenAtMs,
      ...(heap && { heap }),
      ...(goroutine && { goroutine }),
    });
  }
}
