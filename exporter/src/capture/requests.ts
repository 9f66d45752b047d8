// Captures by hand: asked for, queued, waited for.

import type { Config } from '../config/schema.js';
import { LeaklineError } from '../errors.js';
import type { ApiCapture, ProfileKind } from '../server/api.js';
import type { Watch } from '../watch/types.js';
import type { Catalog } from './catalog.js';
import type { Incidents } from './incidents.js';
import type { CaptureJob } from './jobs/job.js';
import { newId } from './record.js';
import type { CaptureRunner } from './jobs/runner.js';
import { kindsOf } from './jobs/scheduler.js';
import { targetUnknown } from './target-unknown.js';

export interface CaptureRequest {
  target: string;
  /** Default: what every capture takes. */
  kinds?: readonly ProfileKind[] | undefined;
  cpuSeconds?: number | undefined;
  trigger?: 'manual' | 'diagnose';
}

export interface RequestsOptions {
  watch: Watch;
  config: Config['capture'];
  runner: CaptureRunner;
  incidents: Incidents;
  catalog: Catalog;
  now: () => number;
  enqueue: (jobs: readonly CaptureJob[]) => Promise<void>;
}

/** Captures by hand that may wait for one target: a person who clicks does not queue up work for ever. */
const MAX_WAITING = 4;

export class CaptureRequests {
  readonly #waiters = new Map<string, ((capture: ApiCapture) => void)[]>();

  constructor(private readonly options: RequestsOptions) {}

  /**
   * Queues a capture; the answer is pending and says what it waits for. Rejects with target_unknown, no_pprof,
   * captures_disabled, captures_waiting, store_full.
   */
  async take(request: CaptureRequest): Promise<ApiCapture> {
    const { config, runner, incidents, catalog, now } = this.options;
    this.#checkTarget(request.target);
    const trigger = request.trigger ?? 'manual';
    const kinds = [...new Set(request.kinds ?? kindsOf(config))];
    const waiting = runner.jobsOf(request.target).filter((job) => job.trigger === trigger);
    const same = waiting.find(
      (job) => job.kinds.join() === kinds.join() && job.cpuSeconds === request.cpuSeconds,
    );
    if (same) return catalog.pending(same);
    if (waiting.length >= MAX_WAITING) {
      throw new LeaklineError(
        'captures_waiting',
        `${waiting.length} captures of ${request.target} wait already; look at them first`,
        { status: 429 },
      );
    }
    const nowMs = now();
    const job: CaptureJob = {
      id: newId(),
      target: request.target,
      trigger,
      kinds,
      ...(request.cpuSeconds !== undefined && { cpuSeconds: request.cpuSeconds }),
      alert: null,
      incident: incidents.openOf(request.target)?.id ?? null,
      queuedAtMs: nowMs,
      notBeforeMs: nowMs,
    };
    await this.options.enqueue([job]);
    return catalog.pending(job);
  }

  /** Resolves with the capture once it is over; one that is over already resolves at once. Rejects with capture_unknown. */
  async whenTaken(id: string): Promise<ApiCapture> {
    const capture = this.options.catalog.capture(id);
    if (capture.state !== 'pending') return capture;
    return new Promise((resolve) => {
      this.#waiters.set(id, [...(this.#waiters.get(id) ?? []), resolve]);
    });
  }

  /** Tells those who wait for it. */
  taken(capture: ApiCapture): void {
    for (const resolve of this.#waiters.get(capture.id) ?? []) resolve(capture);
    this.#waiters.delete(capture.id);
  }

  #checkTarget(target: string): void {
    const { watch, config } = this.options;
    if (!watch.target(target)) throw targetUnknown(target);
    if (!config.enabled) {
      throw new LeaklineError('captures_disabled', 'captures are turned off (capture.enabled)', {
        status: 409,
      });
    }
    if (!watch.endpoint(target)) {
      throw new LeaklineError(
        'no_pprof',
        `no pprof address of ${target} is known: set targets[].pprof, or let discovery probe it`,
        { status: 409 },
      );
    }
  }
}
