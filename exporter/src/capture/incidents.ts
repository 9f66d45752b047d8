// Incidents: opened by the first firing or verdict, closed by resolve plus recovery; the end of the process is told
// apart. Level-triggered: what is open is compared with what is known now, so nothing hangs on an event that was
// missed while the exporter was down.

import type { LeakState } from '../leak/types.js';
import type { TargetStatus } from '../watch/types.js';
import type { IncidentAlert, IncidentRecord } from './incident-record.js';
import type { TargetAlert } from './jobs/job.js';
import { idOf, START_TOLERANCE_MS } from './record.js';

export interface IncidentsOptions {
  host: string;
  /** A closed incident of the same run is opened again when it comes back within this time. */
  cooldownMs: number;
}

/** Alerts kept of one incident; further ones are counted. */
export const MAX_ALERTS_KEPT = 1000;
/** Firings beyond them, of all incidents, that are known by their identity. */
const MAX_KEYS_ONLY = 10_000;
const MAX_VERDICTS_KEPT = 200;
const MAX_CAPTURES_KEPT = 200;
/**
 * A "resolved" that never arrives (the exporter was down longer than the sender tries) must not keep an incident of a
 * healthy target open for ever. Senders repeat what still fires every few hours (Alertmanager: 4 h by default).
 */
const FIRING_LAPSES_MS = 24 * 3_600_000;

export type AlertEffect =
  /** A firing that was not known: worth a capture. */
  | 'firing'
  /** All alerts of the incident are resolved now. */
  | 'resolved'
  | 'known';

/** A firing that is known. */
interface Firing {
  incident: IncidentRecord;
  /** Absent once it is past what is kept of an incident. */
  alert: IncidentAlert | undefined;
}

export class Incidents {
  readonly #byId = new Map<string, IncidentRecord>();
  readonly #byTarget = new Map<string, IncidentRecord[]>();
  readonly #byFiring = new Map<string, Firing>();
  readonly #keysOnly = new Set<string>();
  readonly #changed = new Set<string>();

  constructor(private readonly options: IncidentsOptions) {}

  load(records: readonly IncidentRecord[]): void {
    for (const record of records) this.#keep(structuredClone(record));
  }

  get(id: string): IncidentRecord | undefined {
    return this.#byId.get(id);
  }

  all(): IncidentRecord[] {
    return [...this.#byId.values()];
  }

  /** The open incident of a target on this host. */
  openOf(target: string): IncidentRecord | undefined {
    return this.#ofTarget(target).find(({ state }) => state === 'open');
  }

  knows(alert: TargetAlert): boolean {
    const firing = this.#byFiring.get(firingKey(alert));
    if (!firing) return false;
    const status = firing.alert?.status ?? 'resolved';
    return status === 'resolved' || status === alert.status;
  }

  /** Works one alert in. Working the same one in again changes nothing. */
  alert(
    alert: TargetAlert,
    status: TargetStatus | undefined,
    nowMs: number,
  ): { effect: AlertEffect; incident: IncidentRecord | undefined } {
    const key = firingKey(alert);
    const known = this.#byFiring.get(key);
    if (alert.status === 'resolved') return this.#resolve(alert, known);
    const now = iso(nowMs);
    if (known) {
      if (known.alert?.status === 'firing') this.#touch(known.incident, { lastFiringAt: now });
      return { effect: 'known', incident: known.incident };
    }
    const incident =
      this.openOf(alert.target) ??
      this.#reopen(alert.target, status, nowMs) ??
      this.#open(alert.target, 'alert', idOf(this.options.host, alert.target, 'alert', key), status, nowMs);
    incident.lastFiringAt = now;
    this.#addAlert(incident, key, alert);
    this.#changed.add(incident.id);
    return { effect: 'firing', incident };
  }

  /** Opens an incident for a verdict `leaking`, or notes a change of the verdict in the open one. */
  verdict(
    status: TargetStatus,
    nowMs: number,
    openNew: boolean,
  ): { opened: boolean; incident: IncidentRecord | undefined } {
    const { verdict } = status;
    if (!verdict) return { opened: false, incident: undefined };
    let incident = this.openOf(status.name);
    let opened = false;
    if (!incident && openNew && verdict.state === 'leaking') {
      incident = this.#reopen(status.name, status, nowMs);
      if (!incident) {
        const started = String(Math.round((status.startedAtMs ?? 0) / 60_000));
        const since = String(verdict.sinceSeconds ?? nowMs / 1000);
        const id = idOf(this.options.host, status.name, 'verdict', started, since);
        incident = this.#open(status.name, 'verdict', id, status, nowMs);
        opened = true;
      }
    }
    if (!incident) return { opened: false, incident: undefined };
    const slope = verdict.channel === null ? undefined : verdict.slopes[verdict.channel];
    const last = incident.verdicts.at(-1);
    if (last?.state !== verdict.state) {
      incident.verdicts.push({
        at: iso(nowMs),
        state: verdict.state,
        slopePerSecond: slope?.perSecond ?? null,
        why: verdict.why.slice(0, 2000),
        reasons: verdict.reasons,
      });
      incident.verdicts.splice(0, incident.verdicts.length - MAX_VERDICTS_KEPT);
      this.#changed.add(incident.id);
    }
    if (incident.since === null && verdict.sinceSeconds !== null) {
      this.#touch(incident, { since: iso(verdict.sinceSeconds * 1000) });
    }
    return { opened, incident };
  }

  /** Closes what is over. Returns the incidents that were closed just now. */
  reconcile(statusOf: (target: string) => TargetStatus | undefined, nowMs: number): IncidentRecord[] {
    const closed: IncidentRecord[] = [];
    for (const incident of this.#byId.values()) {
      if (incident.state !== 'open' || incident.host !== this.options.host) continue;
      const status = statusOf(incident.target);
      const end = endOf(incident, status, nowMs);
      if (!end) continue;
      this.#touch(incident, { state: end, closedAt: iso(nowMs) });
      closed.push(incident);
    }
    return closed;
  }

  attachCapture(incident: IncidentRecord, captureId: string): void {
    if (incident.captures.includes(captureId)) return;
    incident.captures.push(captureId);
    incident.captures.splice(0, incident.captures.length - MAX_CAPTURES_KEPT);
    this.#changed.add(incident.id);
  }

  update(
    incident: IncidentRecord,
    changes: Partial<Pick<IncidentRecord, 'growth' | 'blamed' | 'baselineCapture' | 'trend'>>,
  ): void {
    this.#touch(incident, changes);
  }

  forget(id: string): void {
    const record = this.#byId.get(id);
    if (!record) return;
    for (const alert of record.alerts) this.#byFiring.delete(firingKey({ ...alert, target: record.target }));
    this.#byId.delete(id);
    this.#byTarget.set(
      record.target,
      (this.#byTarget.get(record.target) ?? []).filter((other) => other !== record),
    );
    this.#changed.delete(id);
  }

  /** Incidents that changed since they were last taken. */
  takeChanged(): IncidentRecord[] {
    const changed = [...this.#changed].map((id) => this.#byId.get(id)!);
    this.#changed.clear();
    return changed;
  }

  markChanged(id: string): void {
    if (this.#byId.has(id)) this.#changed.add(id);
  }

  #resolve(
    { endsAt }: TargetAlert,
    known: Firing | undefined,
  ): { effect: AlertEffect; incident: IncidentRecord | undefined } {
    if (!known) return { effect: 'known', incident: undefined };
    const { incident, alert } = known;
    if (!alert || alert.status === 'resolved') return { effect: 'known', incident };
    alert.status = 'resolved';
    alert.endsAt = endsAt;
    this.#changed.add(incident.id);
    const over = incident.alerts.every(({ status }) => status === 'resolved');
    return { effect: over && incident.state === 'open' ? 'resolved' : 'known', incident };
  }

  #open(
    target: string,
    openedBy: 'alert' | 'verdict',
    id: string,
    status: TargetStatus | undefined,
    nowMs: number,
  ): IncidentRecord {
    const since = status?.verdict?.sinceSeconds ?? null;
    const record: IncidentRecord = {
      version: 1,
      id,
      target,
      host: this.options.host,
      state: 'open',
      openedAt: iso(nowMs),
      closedAt: null,
      openedBy,
      alerts: [],
      alertsNotKept: 0,
      captures: [],
      baselineCapture: null,
      verdicts: [],
      growth: null,
      blamed: null,
      since: since === null ? null : iso(since * 1000),
      processStartedAt: status?.startedAtMs === undefined ? null : iso(status.startedAtMs),
      lastFiringAt: null,
      trend: null,
    };
    this.#keep(record);
    this.#changed.add(id);
    return record;
  }

  /** A flapping alert goes on with its incident instead of opening one a minute. */
  #reopen(target: string, status: TargetStatus | undefined, nowMs: number): IncidentRecord | undefined {
    const last = this.#ofTarget(target)
      .filter(({ state }) => state === 'resolved')
      .sort((a, b) => ((a.closedAt ?? '') < (b.closedAt ?? '') ? 1 : -1))[0];
    if (!last || nowMs - Date.parse(last.closedAt ?? last.openedAt) > this.options.cooldownMs)
      return undefined;
    if (hasEnded(last, status)) return undefined;
    this.#touch(last, { state: 'open', closedAt: null });
    return last;
  }

  #addAlert(incident: IncidentRecord, key: string, { target: _target, ...alert }: TargetAlert): void {
    const { alerts } = incident;
    if (alerts.length < MAX_ALERTS_KEPT) {
      alerts.push(alert);
      this.#byFiring.set(key, { incident, alert });
      return;
    }
    incident.alertsNotKept++;
    const place = alerts.findIndex(({ status }) => status === 'resolved');
    const replaced = alerts[place];
    if (replaced) {
      alerts[place] = alert;
      this.#byFiring.set(key, { incident, alert });
    }
    this.#keepKeyOnly(replaced ? firingKey({ ...replaced, target: incident.target }) : key, incident);
  }

  /** So that a repeated notification of it is still no new firing; bounded, for alerts that flap for months. */
  #keepKeyOnly(key: string, incident: IncidentRecord): void {
    this.#byFiring.set(key, { incident, alert: undefined });
    this.#keysOnly.add(key);
    if (this.#keysOnly.size <= MAX_KEYS_ONLY) return;
    const [oldest] = this.#keysOnly;
    this.#keysOnly.delete(oldest!);
    this.#byFiring.delete(oldest!);
  }

  #ofTarget(target: string): IncidentRecord[] {
    return (this.#byTarget.get(target) ?? []).filter(({ host }) => host === this.options.host);
  }

  #keep(record: IncidentRecord): void {
    this.#byId.set(record.id, record);
    const ofTarget = (this.#byTarget.get(record.target) ?? []).filter(({ id }) => id !== record.id);
    this.#byTarget.set(record.target, [...ofTarget, record]);
    for (const alert of record.alerts) {
      this.#byFiring.set(firingKey({ ...alert, target: record.target }), { incident: record, alert });
    }
  }

  #touch(incident: IncidentRecord, changes: Partial<IncidentRecord>): void {
    Object.assign(incident, changes);
    this.#changed.add(incident.id);
  }
}

/** The identity of a firing: the fingerprint is of the labels only. */
export function firingKey(alert: Pick<TargetAlert, 'target' | 'fingerprint' | 'startsAt'>): string {
  return `${alert.target}\0${alert.fingerprint}\0${alert.startsAt}`;
}

function endOf(
  incident: IncidentRecord,
  status: TargetStatus | undefined,
  nowMs: number,
): 'resolved' | 'ended_by_exit' | undefined {
  if (hasEnded(incident, status)) return 'ended_by_exit';
  const verdict: LeakState | undefined = status?.verdict?.state;
  const growing = verdict === 'leaking' || verdict === 'growing';
  const firing = incident.alerts.some((alert) => alert.status === 'firing');
  if (!firing) {
    // By verdict alone: recovered only when it says so; a restarted exporter has to learn again first.
    if (incident.alerts.length === 0) return verdict === 'healthy' ? 'resolved' : undefined;
    return growing ? undefined : 'resolved';
  }
  const silentMs = nowMs - Date.parse(incident.lastFiringAt ?? incident.openedAt);
  return verdict === 'healthy' && silentMs > FIRING_LAPSES_MS ? 'resolved' : undefined;
}

function hasEnded(incident: IncidentRecord, status: TargetStatus | undefined): boolean {
  if (!status) return false;
  if (status.health === 'exited') return true;
  if (incident.processStartedAt === null || status.startedAtMs === undefined) return false;
  return Math.abs(status.startedAtMs - Date.parse(incident.processStartedAt)) > START_TOLERANCE_MS;
}

function iso(ms: number): string {
  return new Date(ms).toISOString();
}
