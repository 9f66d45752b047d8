// What is kept, for readers: captures (the pending ones with why they wait), profiles and incidents, in pages.

import { LeaklineError } from '../errors.js';
import type {
  ApiCapture,
  ApiCaptures,
  ApiIncident,
  CaptureTrigger,
  Page,
  ProfileKind,
} from '../server/api.js';
import type { ProfileEngine } from './engine.js';
import { toApiIncident, type IncidentRecord } from './incident-record.js';
import type { Incidents } from './incidents.js';
import type { CaptureJob } from './jobs/job.js';
import { pageOf, type PageQuery } from './paging.js';
import { captureUnknown } from './jobs/profile-check.js';
import { toApiCapture, type CaptureRecord } from './record.js';
import type { CaptureRunner } from './jobs/runner.js';
import type { CaptureStore } from './store/store.js';
import type { ProfileInput } from '../profile/kept-profile.js';
import { withProfiles } from './profile-inputs.js';

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

export interface CatalogOptions {
  host: string;
  store: CaptureStore;
  incidents: Incidents;
  runner: CaptureRunner;
  engine: ProfileEngine;
}

export class Catalog {
  constructor(private readonly options: CatalogOptions) {}

  captures(query: CaptureQuery): ApiCaptures {
    const { store, runner } = this.options;
    const matches = (c: { target: string; trigger: CaptureTrigger; takenAtMs: number }) =>
      (query.target === undefined || c.target === query.target) &&
      (query.trigger === undefined || c.trigger === query.trigger) &&
      (query.fromMs === undefined || c.takenAtMs >= query.fromMs) &&
      (query.toMs === undefined || c.takenAtMs <= query.toMs);
    const all = query.target === undefined ? store.captures() : store.capturesOf(query.target);
    const page = pageOf(
      all,
      (c) => [c.takenAt, c.id],
      (c) => matches({ target: c.target, trigger: c.trigger, takenAtMs: Date.parse(c.takenAt) }),
      query,
    );
    const items = page.items.map((record) => toApiCapture(record));
    const stopped = runner.stopped();
    if (query.cursor !== undefined) return { ...page, items, ...(stopped && { stopped }) };
    const jobs = query.target === undefined ? runner.jobs() : runner.jobsOf(query.target);
    const pending = jobs.filter((job) => matches({ ...job, takenAtMs: job.notBeforeMs }));
    return {
      items: [...pending.map((job) => this.pending(job)), ...items],
      next: page.next,
      ...(stopped && { stopped }),
    };
  }

  /** Rejects with capture_unknown. */
  capture(id: string): ApiCapture {
    const record = this.options.store.capture(id);
    if (record) return toApiCapture(record, { readings: true });
    const job = this.options.runner.job(id);
    if (job) return this.pending(job);
    throw captureUnknown(id);
  }

  /** The record of a finished capture. Rejects with capture_unknown, capture_pending. */
  record(id: string): CaptureRecord {
    const record = this.options.store.capture(id);
    if (record) return record;
    const job = this.options.runner.job(id);
    if (!job) throw captureUnknown(id);
    const { message } = this.options.runner.waitOf(job);
    throw new LeaklineError('capture_pending', `capture ${id} is not taken yet: ${message}`, { status: 409 });
  }

  /** Strong validator of a profile: the digest of its bytes. */
  digest(id: string, kind: ProfileKind): string | undefined {
    return this.record(id).profiles.find((profile) => profile.kind === kind)?.sha256;
  }

  /** Rejects with capture_unknown, capture_pending, profile_unknown, capture_damaged. */
  async profile(id: string, kind: ProfileKind): Promise<Buffer> {
    this.record(id);
    return this.options.store.profile(id, kind);
  }

  /** The profile as it was captured, in its file or as bytes: either is checked. Rejects as `profile`. */
  content(id: string, kind: ProfileKind): Promise<ProfileInput> {
    return this.withProfiles([id], kind, async ([profile]) => {
      if (!(profile instanceof Uint8Array)) await this.options.engine.read(profile!);
      return profile!;
    });
  }

  /** The profile for an analysis; one in a file is checked only when that reads it. Rejects as `profile`. */
  async input(id: string, kind: ProfileKind): Promise<ProfileInput> {
    this.record(id);
    return this.options.store.kept(id, kind) ?? this.options.store.profile(id, kind);
  }

  /** Hands profiles to `work` (see withProfiles). Rejects as it does, and as `profile`. */
  async withProfiles<T>(
    ids: readonly string[],
    kind: ProfileKind,
    work: (inputs: readonly ProfileInput[]) => Promise<T>,
  ): Promise<T> {
    for (const id of ids) this.record(id);
    return withProfiles(this.options.store, ids, kind, work);
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
    return { ...page, items: page.items.map((record) => toApiIncident(record)) };
  }

  /** Rejects with incident_unknown. */
  incident(id: string): ApiIncident {
    const record = this.options.incidents.get(id) ?? this.options.store.incident(id);
    if (record) return toApiIncident(record, { withTrend: true });
    throw new LeaklineError('incident_unknown', `there is no incident ${JSON.stringify(id.slice(0, 40))}`, {
      status: 404,
    });
  }

  /** A capture that waits; `failed` for one that was given up and of which nothing is kept. */
  pending(job: CaptureJob, state: 'pending' | 'failed' = 'pending'): ApiCapture {
    return {
      id: job.id,
      target: job.target,
      host: this.options.host,
      takenAt: new Date(job.notBeforeMs).toISOString(),
      trigger: job.trigger,
      alert: job.alert,
      incident: job.incident,
      baseline: false,
      kinds: [],
      state,
      ...(state === 'pending' && { waiting: this.options.runner.waitOf(job) }),
      failures: [],
      gcForced: false,
      sizeBytes: 0,
      signals: {},
    };
  }

  #allIncidents(): IncidentRecord[] {
    const own = this.options.incidents.all();
    const known = new Set(own.map(({ id }) => id));
    return [...own, ...this.options.store.incidents().filter(({ id }) => !known.has(id))];
  }
}
