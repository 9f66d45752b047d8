// Captures and incidents put together: alerts and verdicts in, captures and the growth between them out. What each part
// does stands in its own file; here is what happens when.

import { hostname } from 'node:os';
import { join } from 'node:path';
import type { Webhook } from '../alert/webhook.js';
import type { Config } from '../config/schema.js';
import { messageOf } from '../errors.js';
import type { Logger } from '../log.js';
import type { ApiCapture, ApiCaptures, ApiGrowth, ApiIncident, Page, ProfileKind } from '../server/api.js';
import type { TargetStatus, Watch } from '../watch/types.js';
import { Catalog, type CaptureQuery, type IncidentQuery } from './catalog.js';
import { CaptureCounters, type CaptureMetrics } from './counters.js';
import type { ProfileEngine } from './engine.js';
import { GrowthTeller } from './growth-teller.js';
import { IncidentWriter } from './incident-writer.js';
import { IncidentTrends } from './incident-trend.js';
import { Incidents } from './incidents.js';
import { Intake, type AlertsAnswer } from './intake.js';
import { queueEntrySchema, type CaptureJob, type QueueEntry } from './jobs/job.js';
import { Journal } from './jobs/journal.js';
import type { Outlet } from './pyroscope.js';
import { newId, toApiCapture, type CaptureRecord } from './record.js';
import { CaptureRequests, type CaptureRequest } from './requests.js';
import { planRetention } from './retention.js';
import { CaptureRunner, type CaptureResult } from './jobs/runner.js';
import {
  baselineIsDue,
  followUpAfter,
  jobsForIncident,
  jobsForResolve,
  kindsOf,
  type ScheduleState,
} from './jobs/scheduler.js';
import type { CaptureStore } from './store/store.js';
import { targetUnknown } from './target-unknown.js';
import type { ProfileInput } from '../profile/kept-profile.js';

export type { AlertsAnswer } from './intake.js';
export type { CaptureQuery, IncidentQuery } from './catalog.js';
export type { CaptureRequest } from './requests.js';

export interface CaptureServiceOptions {
  watch: Watch;
  config: Config['capture'];
  /** Holds the queue. */
  stateDir: string;
  store: CaptureStore;
  engine: ProfileEngine;
  outlet?: Outlet;
  log: Logger;
  now?: () => number;
  host?: string;
}

const TICK_MS = 1000;
const RETENTION_EVERY_MS = 60_000;
/** Notifications that come within this time of each other are a burst: taken over first, then worked in. */
const WORK_IN_AFTER_MS = 50;
/** Even while a burst goes on. */
const WORK_IN_AT_LATEST_MS = 1000;

export class CaptureService {
  readonly #options: CaptureServiceOptions;
  readonly #now: () => number;
  readonly #host: string;
  readonly #store: CaptureStore;
  readonly #journal: Journal<QueueEntry>;
  readonly #incidents: Incidents;
  readonly #trends: IncidentTrends;
  readonly #writer: IncidentWriter;
  readonly #intake: Intake;
  readonly #runner: CaptureRunner;
  readonly #growth: GrowthTeller;
  readonly #catalog: Catalog;
  readonly #requests: CaptureRequests;
  readonly #counters = new CaptureCounters();
  readonly #firstSeenMs = new Map<string, number>();
  #work: Promise<void> = Promise.resolve();
  #workInTimer: { timer: NodeJS.Timeout; sinceMs: number } | undefined;
  #timer: NodeJS.Timeout | undefined;
  #unsubscribe: (() => void) | undefined;
  #lastRetentionMs = 0;

  constructor(options: CaptureServiceOptions) {
    const { config, log, engine, watch, store } = options;
    const now = options.now ?? Date.now;
    const host = options.host ?? hostname();
    this.#options = options;
    this.#now = now;
    this.#host = host;
    this.#store = store;
    const journal = new Journal({
      path: join(options.stateDir, 'capture-queue.ndjson'),
      entry: queueEntrySchema,
      log,
    });
    const incidents = new Incidents({ host, cooldownMs: config.cooldown });
    const enqueue = (jobs: readonly CaptureJob[]) => this.#enqueue(jobs);
    this.#journal = journal;
    this.#incidents = incidents;
    this.#trends = new IncidentTrends({ watch, incidents, host });
    this.#growth = new GrowthTeller({ host, store, engine, incidents, log });
    this.#writer = new IncidentWriter({
      incidents,
      store,
      log,
      queueIsQuiet: () => journal.quiet(),
      done: (ids) => journal.done(ids),
    });
    const { gc, maxProfileBytes, timeout: timeoutMs } = config;
    this.#runner = new CaptureRunner({
      store,
      config,
      log,
      now,
      capturer: { engine, host, now, gc, maxProfileBytes, timeoutMs },
      status: (target) => watch.target(target),
      endpoint: (target) => watch.endpoint(target),
      finished: (job, result, record) => this.#finished(job, result, record),
    });
    this.#catalog = new Catalog({ host, store, incidents, runner: this.#runner, engine });
    this.#requests = new CaptureRequests({
      watch,
      config,
      runner: this.#runner,
      incidents,
      catalog: this.#catalog,
      now,
      enqueue,
    });
    this.#intake = new Intake({
      watch,
      store,
      host,
      config,
      journal,
      incidents,
      counters: this.#counters,
      log,
      now,
      schedule: (target) => this.#schedule(target),
      enqueue,
      workedIn: (entryIds) => this.#writer.soon(entryIds),
      waits: () => this.#workInSoon(),
    });
  }

  /** Reads the store and the queue and goes on where the last run ended, however it ended. */
  async start(): Promise<void> {
    await this.#store.open();
    await this.#journal.open();
    this.#incidents.load(this.#store.incidents());
    for (const [id, entry] of this.#journal.entries()) {
      if (entry.type === 'capture') this.#runner.add(entry.job);
      else this.#intake.resume(id, entry.alerts);
    }
    // An incident that is not on disk yet comes back with its notification: before a capture of it is looked at.
    this.#workIn();
    await this.#work;
    this.#unsubscribe = this.#options.watch.subscribe((event) => {
      if (event.type !== 'sample') this.#later(() => Promise.resolve(this.tick()));
    });
    this.#timer = setInterval(() => this.tick(), TICK_MS);
    this.#timer.unref();
    this.tick();
  }

  /**
   * Takes a notification over: when the promise resolves, it is on disk and is worked off whatever happens.
   * Rejects with store_full or store_unreachable (the sender tries again).
   */
  handleAlerts(webhook: Webhook): Promise<AlertsAnswer> {
    return this.#intake.receive(webhook);
  }

  /**
   * Queues a capture by hand; the answer is pending. Rejects with target_unknown, no_pprof, captures_disabled,
   * captures_waiting, store_full.
   */
  captureNow(request: CaptureRequest): Promise<ApiCapture> {
    return this.#requests.take(request);
  }

  /** Resolves with the capture once it is over; a capture that is over already resolves at once. */
  whenTaken(id: string): Promise<ApiCapture> {
    return this.#requests.whenTaken(id);
  }

  captures(query: CaptureQuery): ApiCaptures {
    return this.#catalog.captures(query);
  }

  /** Rejects with capture_unknown. */
  capture(id: string): ApiCapture {
    return this.#catalog.capture(id);
  }

  /** The record of a finished capture. Rejects with capture_unknown, capture_pending. */
  record(id: string): CaptureRecord {
    return this.#catalog.record(id);
  }

  /** Strong validator of a profile: the digest of its bytes. */
  digest(id: string, kind: ProfileKind): string | undefined {
    return this.#catalog.digest(id, kind);
  }

  profile(id: string, kind: ProfileKind): Promise<Buffer> {
    return this.#catalog.profile(id, kind);
  }

  /** The profile as it was captured, in its file or as bytes: either is checked. Rejects as `profile`. */
  content(id: string, kind: ProfileKind): Promise<ProfileInput> {
    return this.#catalog.content(id, kind);
  }

  /** The profile for an analysis; one in a file is checked only when that reads it. Rejects as `profile`. */
  input(id: string, kind: ProfileKind): Promise<ProfileInput> {
    return this.#catalog.input(id, kind);
  }

  /** Hands profiles to `work`, which runs off the main thread. Rejects as it does, and as `profile`. */
  withProfiles<T>(
    ids: readonly string[],
    kind: ProfileKind,
    work: (inputs: readonly ProfileInput[]) => Promise<T>,
  ): Promise<T> {
    return this.#catalog.withProfiles(ids, kind, work);
  }

  incidents(query: IncidentQuery): Page<ApiIncident> {
    return this.#catalog.incidents(query);
  }

  /** Rejects with incident_unknown. */
  incident(id: string): ApiIncident {
    return this.#catalog.incident(id);
  }

  openIncidentOf(target: string): string | null {
    return this.#incidents.openOf(target)?.id ?? null;
  }

  /** Whether the watch or the store knows a target of this name. */
  knowsTarget(target: string): boolean {
    return this.#options.watch.target(target) !== undefined || this.#store.capturesOf(target).length > 0;
  }

  /** Growth by allocator over the captures of a target. Rejects with target_unknown, too_few_captures. */
  async growth(
    target: string,
    query: { sample?: string | undefined; fromMs?: number | undefined; toMs?: number | undefined },
  ): Promise<ApiGrowth> {
    if (!this.knowsTarget(target)) throw targetUnknown(target);
    return this.#growth.ofTarget(target, query);
  }

  metrics(): CaptureMetrics {
    return {
      captures: this.#counters.captures(),
      storeBytes: this.#store.sizeBytes(),
      storeCaptures: this.#store.captures().length,
      storeState: this.#runner.storeState(),
      queueLength: this.#runner.jobs().length,
      alerts: [
        { status: 'firing', count: this.#counters.alerts.firing },
        { status: 'resolved', count: this.#counters.alerts.resolved },
      ],
      alertsForUnknownTargets: this.#counters.alertsForUnknownTargets,
      alertsUnusable: this.#counters.alertsUnusable,
      openIncidents: this.#incidents.all().filter(({ state }) => state === 'open').length,
      allocatorGrowth: this.#growth.metrics(),
      pyroscope: this.#options.outlet?.counts(),
    };
  }

  /** Compares what is open with what is known now. Runs every second; tests call it. */
  tick(): void {
    const nowMs = this.#now();
    const { watch, config } = this.#options;
    for (const status of watch.targets()) this.#lookAt(status, nowMs);
    for (const incident of this.#incidents.reconcile((name) => watch.target(name), nowMs)) {
      this.#options.log.info(
        { target: incident.target, incident: incident.id, state: incident.state },
        'incident closed',
      );
      this.#trends.update(incident, nowMs);
      if (incident.state === 'resolved' && config.onVerdict) {
        this.#queueSoon(jobsForResolve(incident, null, this.#schedule(incident.target)));
      }
    }
    this.#trends.tick(nowMs);
    // What the queue or the store did not take is tried again.
    this.#workInSoon();
    this.#writer.soon();
    if (nowMs - this.#lastRetentionMs >= RETENTION_EVERY_MS || nowMs < this.#lastRetentionMs) {
      this.#lastRetentionMs = nowMs;
      this.#later(() => this.#retain());
    }
    this.#runner.pump();
  }

  /** Resolves once everything handed over so far is worked in: incidents kept, captures queued. */
  async workedIn(): Promise<void> {
    this.#workIn();
    await this.#work;
    await this.#writer.flush();
  }

  /** Waits for the captures that run; what waits stays in the queue on disk for the next start. */
  async close(): Promise<void> {
    clearInterval(this.#timer);
    clearTimeout(this.#workInTimer?.timer);
    this.#unsubscribe?.();
    await this.#runner.close();
    await this.#work;
    this.#trends.updateOpen(this.#now());
    await this.#writer.flush();
    await this.#options.outlet?.close();
    await this.#journal.close();
    await this.#store.close();
  }

  #lookAt(status: TargetStatus, nowMs: number): void {
    const { config, log } = this.#options;
    const { opened, incident } = this.#incidents.verdict(status, nowMs, config.enabled && config.onVerdict);
    if (opened && incident) {
      log.warn(
        { target: status.name, incident: incident.id, why: status.verdict?.why },
        'incident opened by verdict',
      );
      this.#queueSoon(jobsForIncident(incident, null, status, this.#schedule(status.name)));
    }
    const seenMs = this.#firstSeenMs.get(status.name) ?? nowMs;
    this.#firstSeenMs.set(status.name, seenMs);
    if (
      baselineIsDue(status, status.startedAtMs ?? seenMs, incident !== undefined, this.#schedule(status.name))
    ) {
      // Not written to the queue: after a restart it is due again by itself.
      this.#runner.add({
        id: newId(),
        target: status.name,
        trigger: 'baseline',
        kinds: kindsOf(config),
        alert: null,
        incident: null,
        queuedAtMs: nowMs,
        notBeforeMs: nowMs,
      });
    }
  }

  /** Once no notification has come for a moment, or the first has waited long enough. */
  #workInSoon(): void {
    const nowMs = performance.now();
    const sinceMs = this.#workInTimer?.sinceMs ?? nowMs;
    if (nowMs - sinceMs > WORK_IN_AT_LATEST_MS) return;
    clearTimeout(this.#workInTimer?.timer);
    const timer = setTimeout(() => this.#workIn(), WORK_IN_AFTER_MS);
    this.#workInTimer = { timer, sinceMs };
  }

  #workIn(): void {
    clearTimeout(this.#workInTimer?.timer);
    this.#workInTimer = undefined;
    this.#later(() => this.#intake.workIn());
  }

  async #enqueue(jobs: readonly CaptureJob[]): Promise<void> {
    await this.#journal.add(new Map(jobs.map((job) => [job.id, { type: 'capture', job }])));
    for (const job of jobs) this.#runner.add(job);
    this.#runner.pump();
  }

  /** Promised to nobody: where the queue takes them not, they wait in memory. */
  #queueSoon(jobs: readonly CaptureJob[]): void {
    if (jobs.length === 0) return;
    this.#later(async () => {
      // No notification in the queue brings their incident back after a kill.
      await this.#writer.flush();
      try {
        await this.#enqueue(jobs);
      } catch (error) {
        for (const job of jobs) this.#runner.add(job);
        throw error;
      }
    });
  }

  async #finished(job: CaptureJob, result: CaptureResult, record: CaptureRecord | undefined): Promise<void> {
    this.#counters.captured(job.target, job.trigger, result);
    const incident = job.incident === null ? undefined : this.#incidents.get(job.incident);
    if (incident && record) this.#incidents.attachCapture(incident, record.id);
    const isUsable = record !== undefined && record.state !== 'failed';
    if (record && (job.trigger === 'alert' || job.trigger === 'verdict')) this.#followUpAfter(job, record);
    if (incident && isUsable) await this.#growth.tell(incident);
    this.#writer.soon([job.id]);
    if (isUsable) this.#options.outlet?.push(record, (kind) => this.profile(record.id, kind));
    this.#requests.taken(
      record ? toApiCapture(record, { readings: true }) : this.#catalog.pending(job, 'failed'),
    );
  }

  #followUpAfter({ target, incident }: CaptureJob, { takenAt, runtime, gcForced }: CaptureRecord): void {
    const followUp = this.#runner
      .jobsOf(target)
      .find((job) => job.trigger === 'follow_up' && job.incident === incident);
    if (!followUp) return;
    const now = this.#options.watch.target(target)?.lastSample?.runtime?.gcCount;
    // The sample beside the capture is from before the collection that it forced.
    const then = typeof runtime?.gcCount === 'number' ? runtime.gcCount + (gcForced ? 1 : 0) : undefined;
    const gcCount = then === undefined ? now : Math.max(now ?? 0, then);
    this.#runner.replace(followUpAfter(followUp, Date.parse(takenAt), gcCount, this.#options.config));
  }

  /** Each exporter deletes what it captured itself: a bucket may hold the captures of others. */
  async #retain(): Promise<void> {
    const { retention, baseline } = this.#options.config;
    const captures = this.#store.captures().filter(({ host }) => host === this.#host);
    const incidents = this.#incidents.all().filter(({ host }) => host === this.#host);
    const plan = planRetention(
      captures,
      incidents,
      {
        maxAgeMs: retention.maxAge,
        maxPerTarget: retention.maxPerTarget,
        maxBytesPerTarget: retention.maxBytesPerTarget,
        maxBytes: retention.maxBytes,
        keepBaselines: baseline.keep,
      },
      this.#now(),
    );
    for (const id of plan.captures) await this.#store.remove(id);
    for (const id of plan.incidents) await this.#writer.remove(id);
    if (plan.captures.length > 0) {
      this.#options.log.info({ captures: plan.captures.length }, 'captures past their retention deleted');
    }
  }

  #schedule(target: string): ScheduleState {
    return {
      nowMs: this.#now(),
      host: this.#host,
      config: this.#options.config,
      capturesOf: (target) => this.#store.capturesOf(target).filter(({ host }) => host === this.#host),
      jobs: [...this.#runner.jobsOf(target), ...this.#intake.decidedFor(target)],
    };
  }

  /** One after the other; what fails is looked at again with the next tick. */
  #later(work: () => Promise<void>): void {
    this.#work = this.#work.then(work).catch((error: unknown) => {
      this.#options.log.error({ error: messageOf(error) }, 'captures and incidents: a step is put off');
    });
  }
}
