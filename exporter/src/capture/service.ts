// Captures and incidents put together: alerts and verdicts in, captures and the growth between them out.

import { hostname } from 'node:os';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import type { WebhookAlert, Webhook } from '../alert/webhook.js';
import { targetOfAlert, type KnownTarget } from '../alert/target-of-alert.js';
import type { Config } from '../config/schema.js';
import { LeaklineError, messageOf, UsageError } from '../errors.js';
import type { Logger } from '../log.js';
import type { ApiCapture, ApiGrowth, ApiIncident, CaptureTrigger, Page, ProfileKind } from '../server/api.js';
import type { TargetStatus, Watch } from '../watch/types.js';
import { CaptureCounters, type CaptureMetrics } from './counters.js';
import type { GrowthQuery, ProfileEngine } from './engine.js';
import { growthSeries } from './growth-series.js';
import { toApiIncident, type IncidentRecord } from './incident-record.js';
import { Incidents } from './incidents.js';
import { queueEntrySchema, type CaptureJob, type QueueEntry, type TargetAlert } from './job.js';
import { Journal } from './journal.js';
import { ByteLru } from './lru.js';
import { pageOf, type PageQuery } from './paging.js';
import { captureUnknown } from './profile-check.js';
import type { Outlet } from './pyroscope.js';
import { newId, toApiCapture, type CaptureRecord } from './record.js';
import { planRetention } from './retention.js';
import { CaptureRunner, type CaptureResult } from './runner.js';
import {
  baselineIsDue,
  baselineOf,
  jobsForIncident,
  jobsForResolve,
  kindsOf,
  type ScheduleState,
} from './scheduler.js';
import type { CaptureStore } from './store.js';

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

export interface CaptureQuery extends PageQuery {
  target?: string | undefined;
  fromMs?: number | undefined;
  toMs?: number | undefined;
  trigger?: CaptureTrigger | undefined;
}

export interface IncidentQuery extends PageQuery {
  target?: string | undefined;
  state?: ApiIncident['state'] | undefined;
}

export interface CaptureRequest {
  target: string;
  /** Default: what every capture takes. */
  kinds?: readonly ProfileKind[] | undefined;
  cpuSeconds?: number | undefined;
  trigger?: 'manual' | 'diagnose';
}

export interface AlertsAnswer {
  accepted: number;
  unknownTargets: number;
  unusable: number;
}

/** Alerts worked in before others get a turn. */
const ALERTS_A_TURN = 50;
const TICK_MS = 1000;
/** Files of incidents written at once: the disk brings them down together. */
const FLUSHES_AT_ONCE = 16;
const RETENTION_EVERY_MS = 60_000;
/** Answers of growth kept in memory. */
const GROWTH_CACHE_BYTES = 16 * 1024 * 1024;
const GROWTH_METRICS_A_TARGET = 5;
/** Functions kept in an incident's own growth table. */
const INCIDENT_FUNCTIONS = 30;
/** Captures by hand that may wait for one target: a person who clicks does not queue up work for ever. */
const MAX_MANUAL_WAITING = 4;

export class CaptureService {
  readonly #options: CaptureServiceOptions;
  readonly #now: () => number;
  readonly #host: string;
  readonly #store: CaptureStore;
  readonly #journal: Journal<QueueEntry>;
  readonly #incidents: Incidents;
  readonly #runner: CaptureRunner;
  readonly #counters = new CaptureCounters();
  readonly #growth = new ByteLru<ApiGrowth>(
    GROWTH_CACHE_BYTES,
    (growth) => 2 * JSON.stringify(growth).length,
  );
  /** Notifications that are on disk and wait to be worked in, by the id of their entry in the queue. */
  readonly #inbox = new Map<string, readonly TargetAlert[]>();
  /** Notifications that are worked in but whose outcome is not yet on disk. */
  readonly #unfinished = new Map<string, CaptureJob[]>();
  /** Their captures by target: they count as waiting although they are not in the queue yet. */
  readonly #decided = new Map<string, CaptureJob[]>();
  readonly #firstSeenMs = new Map<string, number>();
  readonly #unknownNamed = new Set<string>();
  readonly #waiters = new Map<string, ((capture: ApiCapture) => void)[]>();
  #work: Promise<void> = Promise.resolve();
  #timer: NodeJS.Timeout | undefined;
  #unsubscribe: (() => void) | undefined;
  #lastRetentionMs = 0;

  constructor(options: CaptureServiceOptions) {
    this.#options = options;
    this.#now = options.now ?? Date.now;
    this.#host = options.host ?? hostname();
    this.#store = options.store;
    const { config, log, engine, watch } = options;
    this.#journal = new Journal({
      path: join(options.stateDir, 'capture-queue.ndjson'),
      entry: queueEntrySchema,
      log,
    });
    this.#incidents = new Incidents({ host: this.#host, cooldownMs: config.cooldown });
    this.#runner = new CaptureRunner({
      store: options.store,
      config,
      log,
      now: this.#now,
      capturer: {
        engine,
        host: this.#host,
        now: this.#now,
        gc: config.gc,
        maxProfileBytes: config.maxProfileBytes,
        timeoutMs: config.timeout,
      },
      status: (target) => watch.target(target),
      endpoint: (target) => watch.endpoint(target),
      finished: (job, result, record) => this.#finished(job, result, record),
    });
  }

  /** Reads the store and the queue and goes on where the last run ended, however it ended. */
  async start(): Promise<void> {
    await this.#store.open();
    await this.#journal.open();
    this.#incidents.load(this.#store.incidents());
    for (const [id, entry] of this.#journal.entries()) {
      if (entry.type === 'capture') this.#runner.add(entry.job);
      else this.#inbox.set(id, entry.alerts);
    }
    this.#later(() => this.#workInbox());
    this.#unsubscribe = this.#options.watch.subscribe((event) => {
      if (event.type !== 'sample') this.#soon();
    });
    this.#timer = setInterval(() => this.tick(), TICK_MS);
    this.#timer.unref();
    this.tick();
  }

  /**
   * Takes a notification over: when the promise resolves, it is on disk and is worked off whatever happens.
   * Rejects with store_full or store_unreachable (the sender tries again).
   */
  async handleAlerts(webhook: Webhook): Promise<AlertsAnswer> {
    const { known, unknown } = this.#mapToTargets(webhook.alerts);
    const fresh = known.filter((alert) => !this.#incidents.knows(alert));
    if (fresh.length > 0) {
      const id = newId();
      const entry: QueueEntry = { type: 'alerts', receivedAtMs: this.#now(), alerts: fresh };
      await this.#journal.add(new Map([[id, entry]]));
      this.#inbox.set(id, known);
      this.#later(() => this.#workInbox());
    } else {
      for (const alert of known) this.#incidents.alert(alert, this.#status(alert.target), this.#now());
    }
    for (const { status } of webhook.alerts) this.#counters.alerts[status]++;
    this.#counters.alertsForUnknownTargets += unknown;
    this.#counters.alertsUnusable += webhook.unusable;
    return { accepted: known.length, unknownTargets: unknown, unusable: webhook.unusable };
  }

  /**
   * Queues a capture by hand; the answer is pending. Rejects with target_unknown, no_pprof, captures_disabled,
   * captures_waiting, store_full.
   */
  async captureNow(request: CaptureRequest): Promise<ApiCapture> {
    const status = this.#options.watch.target(request.target);
    if (!status) throw targetUnknown(request.target);
    if (!this.#options.config.enabled) {
      throw new LeaklineError('captures_disabled', 'captures are turned off (capture.enabled)', {
        status: 409,
      });
    }
    if (!this.#options.watch.endpoint(request.target)) {
      throw new LeaklineError(
        'no_pprof',
        `no pprof address of ${request.target} is known: set targets[].pprof, or let discovery probe it`,
        { status: 409 },
      );
    }
    const trigger = request.trigger ?? 'manual';
    const kinds = [...new Set(request.kinds ?? kindsOf(this.#options.config))];
    const waiting = this.#runner
      .jobs()
      .filter((job) => job.target === request.target && job.trigger === trigger);
    const same = waiting.find(
      (job) => job.kinds.join() === kinds.join() && job.cpuSeconds === request.cpuSeconds,
    );
    if (same) return this.#pending(same);
    if (waiting.length >= MAX_MANUAL_WAITING) {
      throw new LeaklineError(
        'captures_waiting',
        `${waiting.length} captures of ${request.target} wait already; look at them first`,
        { status: 429 },
      );
    }
    const nowMs = this.#now();
    const job: CaptureJob = {
      id: newId(),
      target: request.target,
      trigger,
      kinds,
      ...(request.cpuSeconds !== undefined && { cpuSeconds: request.cpuSeconds }),
      alert: null,
      incident: this.#incidents.openOf(request.target)?.id ?? null,
      queuedAtMs: nowMs,
      notBeforeMs: nowMs,
    };
    await this.#enqueue([job]);
    return this.#pending(job);
  }

  /** Resolves with the capture once it is over; a capture that is over already resolves at once. */
  whenTaken(id: string): Promise<ApiCapture> {
    const record = this.#store.capture(id);
    if (record) return Promise.resolve(toApiCapture(record, { readings: true }));
    if (!this.#runner.job(id)) return Promise.reject(captureUnknown(id));
    return new Promise((resolve) => {
      this.#waiters.set(id, [...(this.#waiters.get(id) ?? []), resolve]);
    });
  }

  captures(query: CaptureQuery): Page<ApiCapture> {
    const matches = (c: { target: string; trigger: CaptureTrigger; takenAtMs: number }) =>
      (query.target === undefined || c.target === query.target) &&
      (query.trigger === undefined || c.trigger === query.trigger) &&
      (query.fromMs === undefined || c.takenAtMs >= query.fromMs) &&
      (query.toMs === undefined || c.takenAtMs <= query.toMs);
    const all = query.target === undefined ? this.#store.captures() : this.#store.capturesOf(query.target);
    const page = pageOf(
      all,
      (c) => [c.takenAt, c.id],
      (c) => matches({ target: c.target, trigger: c.trigger, takenAtMs: Date.parse(c.takenAt) }),
      query,
    );
    const items = page.items.map((record) => toApiCapture(record));
    if (query.cursor !== undefined) return { ...page, items };
    const pending = this.#runner.jobs().filter((job) => matches({ ...job, takenAtMs: job.notBeforeMs }));
    return { ...page, items: [...pending.map((job) => this.#pending(job)), ...items] };
  }

  /** Rejects with capture_unknown. */
  capture(id: string): ApiCapture {
    const record = this.#store.capture(id);
    if (record) return toApiCapture(record, { readings: true });
    const job = this.#runner.job(id);
    if (job) return this.#pending(job);
    throw captureUnknown(id);
  }

  /** The record of a finished capture. Rejects with capture_unknown, capture_pending. */
  record(id: string): CaptureRecord {
    const record = this.#store.capture(id);
    if (record) return record;
    if (this.#runner.job(id)) {
      throw new LeaklineError('capture_pending', `capture ${id} is not taken yet: ask again in a moment`, {
        status: 409,
      });
    }
    throw captureUnknown(id);
  }

  /** Strong validator of a profile: the digest of its bytes. */
  digest(id: string, kind: ProfileKind): string | undefined {
    return this.record(id).profiles.find((profile) => profile.kind === kind)?.sha256;
  }

  profile(id: string, kind: ProfileKind): Promise<Buffer> {
    this.record(id);
    return this.#store.profile(id, kind);
  }

  incidents(query: IncidentQuery): Page<ApiIncident> {
    const all = this.#allIncidents().sort((a, b) => {
      if (a.openedAt !== b.openedAt) return a.openedAt < b.openedAt ? 1 : -1;
      return a.id < b.id ? 1 : -1;
    });
    const page = pageOf(
      all,
      (incident) => [incident.openedAt, incident.id],
      (incident) =>
        (query.target === undefined || incident.target === query.target) &&
        (query.state === undefined || incident.state === query.state),
      query,
    );
    return { ...page, items: page.items.map(toApiIncident) };
  }

  /** Rejects with incident_unknown. */
  incident(id: string): ApiIncident {
    const record = this.#incidents.get(id) ?? this.#store.incident(id);
    if (record) return toApiIncident(record);
    throw new LeaklineError('incident_unknown', `there is no incident ${JSON.stringify(id.slice(0, 40))}`, {
      status: 404,
    });
  }

  openIncidentOf(target: string): string | null {
    return this.#incidents.openOf(target)?.id ?? null;
  }

  /** Whether anything is known of a target: it is watched, or the store holds captures of it. */
  knowsTarget(target: string): boolean {
    return this.#options.watch.target(target) !== undefined || this.#store.capturesOf(target).length > 0;
  }

  /** Growth by allocator over the captures of a target. Rejects with target_unknown, too_few_captures. */
  async growth(
    target: string,
    query: { sample?: string | undefined; fromMs?: number | undefined; toMs?: number | undefined },
  ): Promise<ApiGrowth> {
    if (!this.knowsTarget(target)) throw targetUnknown(target);
    const captures = this.#store.capturesOf(target).filter((c) => {
      const takenAtMs = Date.parse(c.takenAt);
      return takenAtMs >= (query.fromMs ?? -Infinity) && takenAtMs <= (query.toMs ?? Infinity);
    });
    const growth = await this.#growthOver(captures, { sample: query.sample });
    if (growth) return growth;
    throw new LeaklineError(
      'too_few_captures',
      `growth needs two captures of ${target} with a heap profile; there are fewer in this time`,
      { status: 409 },
    );
  }

  metrics(): CaptureMetrics {
    return {
      captures: this.#counters.captures(),
      storeBytes: this.#store.sizeBytes(),
      storeCaptures: this.#store.captures().length,
      storeState: this.#runner.storeState().state,
      queueLength: this.#runner.jobs().length,
      alerts: [
        { status: 'firing', count: this.#counters.alerts.firing },
        { status: 'resolved', count: this.#counters.alerts.resolved },
      ],
      alertsForUnknownTargets: this.#counters.alertsForUnknownTargets,
      alertsUnusable: this.#counters.alertsUnusable,
      openIncidents: this.#incidents.all().filter(({ state }) => state === 'open').length,
      allocatorGrowth: this.#allocatorGrowth(),
      pyroscope: this.#options.outlet?.counts(),
    };
  }

  /** In words, for the page: whether captures are stopped, and why. */
  state(): { store: string; problem?: string } {
    const { state, problem } = this.#runner.storeState();
    return { store: state, ...(problem !== undefined && { problem }) };
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
      if (incident.state === 'resolved' && config.onVerdict) {
        this.#queueSoon(jobsForResolve(incident, null, this.#schedule(incident.target)));
      }
    }
    this.#later(async () => {
      await this.#workInbox();
      await this.#flushIncidents();
      if (nowMs - this.#lastRetentionMs >= RETENTION_EVERY_MS || nowMs < this.#lastRetentionMs) {
        this.#lastRetentionMs = nowMs;
        await this.#retain();
      }
    });
    this.#runner.pump();
  }

  /** Resolves once everything handed over so far is worked in: incidents kept, captures queued. */
  workedIn(): Promise<void> {
    return this.#work;
  }

  /** Waits for the captures that run; what waits stays in the queue on disk for the next start. */
  async close(): Promise<void> {
    clearInterval(this.#timer);
    this.#unsubscribe?.();
    await this.#runner.close();
    this.#later(() => this.#flushIncidents());
    await this.#work;
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

  #mapToTargets(alerts: readonly WebhookAlert[]): { known: TargetAlert[]; unknown: number } {
    const targets: KnownTarget[] = this.#options.watch.targets();
    // A target that is not found again yet after a restart is known by what the store holds of it.
    const watched = new Set(targets.map(({ name }) => name));
    const remembered = new Set<string>();
    for (const { host, target } of this.#store.captures()) if (host === this.#host) remembered.add(target);
    for (const name of remembered) if (!watched.has(name)) targets.push({ name, labels: {} });

    const known: TargetAlert[] = [];
    for (const alert of alerts) {
      const target = targetOfAlert(alert.labels, targets, this.#options.config.alertLabels);
      if (target !== undefined) known.push({ ...alert, target });
      else this.#nameUnknown(alert);
    }
    return { known, unknown: alerts.length - known.length };
  }

  /** Each alert that names no target is told of once: it may come back every few hours for ever. */
  #nameUnknown({ name, fingerprint, labels }: WebhookAlert): void {
    if (this.#unknownNamed.has(fingerprint)) return;
    if (this.#unknownNamed.size >= 1000) this.#unknownNamed.clear();
    this.#unknownNamed.add(fingerprint);
    this.#options.log.warn(
      { alert: name, target: labels.target },
      'alert for no known target: set its label "target", or capture.alertLabels',
    );
  }

  /** Works in what waits, a piece at a time so that others get their turn; then its outcome is brought to disk at once. */
  async #workInbox(): Promise<void> {
    for (const [entryId, alerts] of this.#inbox) {
      const jobs: CaptureJob[] = [];
      for (let from = 0; from < alerts.length; from += ALERTS_A_TURN) {
        for (const alert of alerts.slice(from, from + ALERTS_A_TURN)) this.#workIn(alert, jobs);
        await setImmediate();
      }
      this.#unfinished.set(entryId, jobs);
      this.#inbox.delete(entryId);
    }
    const finished = [...this.#unfinished];
    if (finished.length === 0) return;
    await this.#enqueue(finished.flatMap(([, jobs]) => jobs));
    this.#decided.clear();
    await this.#flushIncidents();
    await this.#journal.done(finished.map(([entryId]) => entryId));
    for (const [entryId] of finished) this.#unfinished.delete(entryId);
  }

  #workIn(alert: TargetAlert, jobs: CaptureJob[]): void {
    const status = this.#status(alert.target);
    const { effect, incident } = this.#incidents.alert(alert, status, this.#now());
    if (!incident || effect === 'known') return;
    // What was just decided counts for the next alert of the same notification.
    const schedule = this.#schedule(alert.target);
    const decided =
      effect === 'firing'
        ? jobsForIncident(incident, alert, status, schedule)
        : jobsForResolve(incident, alert, schedule);
    jobs.push(...decided);
    this.#decided.set(alert.target, [...(this.#decided.get(alert.target) ?? []), ...decided]);
  }

  async #enqueue(jobs: readonly CaptureJob[]): Promise<void> {
    await this.#journal.add(new Map(jobs.map((job) => [job.id, { type: 'capture', job }])));
    for (const job of jobs) this.#runner.add(job);
    this.#runner.pump();
  }

  #queueSoon(jobs: readonly CaptureJob[]): void {
    if (jobs.length > 0) this.#later(() => this.#enqueue(jobs));
  }

  async #finished(job: CaptureJob, result: CaptureResult, record: CaptureRecord | undefined): Promise<void> {
    this.#counters.captured(job.target, job.trigger, result);
    const incident = job.incident === null ? undefined : this.#incidents.get(job.incident);
    if (incident && record) this.#incidents.attachCapture(incident, record.id);
    // An alert that brings a second firing into the incident must not wait for this one's growth.
    if (incident && record && record.state !== 'failed') await this.#tellGrowth(incident);
    this.#later(async () => {
      await this.#flushIncidents();
      await this.#journal.done([job.id]);
    });
    if (record && record.state !== 'failed')
      this.#options.outlet?.push(record, (kind) => this.profile(record.id, kind));
    const api = record ? toApiCapture(record, { readings: true }) : this.#pending(job, 'failed');
    for (const resolve of this.#waiters.get(job.id) ?? []) resolve(api);
    this.#waiters.delete(job.id);
  }

  async #tellGrowth(incident: IncidentRecord): Promise<void> {
    const captures = this.#ownCapturesOf(incident.target);
    const baseline = baselineOf(incident, captures);
    // The picture after the resolve would hide what grew before it.
    const own = captures.filter((c) => incident.captures.includes(c.id) && c.trigger !== 'resolved');
    try {
      const growth = await this.#growthOver(baseline ? [baseline, ...own] : own, {});
      this.#incidents.update(incident, {
        baselineCapture: baseline?.id ?? null,
        ...(growth && {
          growth: shortened(growth),
          blamed: growth.blamed[0] ?? null,
        }),
      });
    } catch (error) {
      this.#options.log.warn(
        { target: incident.target, incident: incident.id, error: messageOf(error) },
        'growth of the incident could not be told',
      );
    }
  }

  async #growthOver(captures: readonly CaptureRecord[], query: GrowthQuery): Promise<ApiGrowth | undefined> {
    const series = growthSeries(captures);
    if (series.captures.length < 2) return undefined;
    const mainModule = series.captures.at(-1)?.module;
    const key = [query.sample ?? '', mainModule ?? '', ...series.captures.map(({ id }) => id)].join('\0');
    const growth = await this.#growth.get(key, async () => {
      const profiles = await Promise.all(
        series.captures.map(async ({ id, takenAt }) => ({
          id,
          takenAt,
          bytes: await this.#store.profile(id, 'heap'),
        })),
      );
      return this.#options.engine.growth(profiles, { ...query, mainModule });
    });
    return { ...growth, notes: [...series.notes, ...(growth.notes ?? [])] };
  }

  async #flushIncidents(): Promise<void> {
    let failure: unknown;
    const changed = this.#incidents.takeChanged().values();
    const flush = async (): Promise<void> => {
      for (const incident of changed) {
        try {
          if (failure === undefined) await this.#store.putIncident(structuredClone(incident));
        } catch (error) {
          failure = error;
        }
        if (failure !== undefined) this.#incidents.markChanged(incident.id);
      }
    };
    await Promise.all(Array.from({ length: FLUSHES_AT_ONCE }, flush));
    if (failure !== undefined) throw failure;
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
    for (const id of plan.incidents) {
      this.#incidents.forget(id);
      await this.#store.removeIncident(id);
    }
    if (plan.captures.length > 0) {
      this.#options.log.info({ captures: plan.captures.length }, 'captures past their retention deleted');
    }
  }

  #allocatorGrowth(): CaptureMetrics['allocatorGrowth'] {
    const rows: CaptureMetrics['allocatorGrowth'] = [];
    for (const { target, state, host, growth } of this.#incidents.all()) {
      if (state !== 'open' || host !== this.#host || !growth) continue;
      // The frame that a developer can act on, where the engine names one; else the allocator itself.
      const named = growth.blamed.length > 0 ? growth.blamed : growth.functions;
      const seen = new Set<string>();
      for (const { function: name, growthBytesPerSecond } of named) {
        if (growthBytesPerSecond <= 0 || seen.has(name) || seen.size >= GROWTH_METRICS_A_TARGET) continue;
        seen.add(name);
        rows.push({ target, function: name, bytesPerSecond: growthBytesPerSecond });
      }
    }
    return rows;
  }

  #schedule(target: string): ScheduleState {
    return {
      nowMs: this.#now(),
      host: this.#host,
      config: this.#options.config,
      capturesOf: (target) => this.#ownCapturesOf(target),
      jobs: [...this.#runner.jobsOf(target), ...(this.#decided.get(target) ?? [])],
    };
  }

  #ownCapturesOf(target: string): CaptureRecord[] {
    return this.#store.capturesOf(target).filter(({ host }) => host === this.#host);
  }

  #allIncidents(): IncidentRecord[] {
    const own = this.#incidents.all();
    const known = new Set(own.map(({ id }) => id));
    return [...own, ...this.#store.incidents().filter(({ id }) => !known.has(id))];
  }

  #status(target: string): TargetStatus | undefined {
    return this.#options.watch.target(target);
  }

  #pending(job: CaptureJob, state: 'pending' | 'failed' = 'pending'): ApiCapture {
    return {
      id: job.id,
      target: job.target,
      host: this.#host,
      takenAt: new Date(job.notBeforeMs).toISOString(),
      trigger: job.trigger,
      alert: job.alert,
      incident: job.incident,
      baseline: false,
      kinds: [],
      state,
      failures: [],
      gcForced: false,
      sizeBytes: 0,
      signals: {},
    };
  }

  #soon(): void {
    this.#later(() => Promise.resolve(this.tick()));
  }

  /** One after the other; what fails is looked at again with the next tick. */
  #later(work: () => Promise<void>): void {
    this.#work = this.#work.then(work).catch((error: unknown) => {
      this.#options.log.error({ error: messageOf(error) }, 'captures and incidents: a step is put off');
    });
  }
}

/** An incident keeps the head of the table; the whole of it is a question away. */
function shortened({ lines: _, ...growth }: ApiGrowth): ApiGrowth {
  return { ...growth, functions: growth.functions.slice(0, INCIDENT_FUNCTIONS) };
}

function targetUnknown(target: string): UsageError {
  return new UsageError(
    'target_unknown',
    `there is no target ${JSON.stringify(target.slice(0, 80))}; GET /api/v1/targets lists them`,
    { status: 404 },
  );
}
