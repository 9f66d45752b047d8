// Notifications: taken over to the queue on disk at once, worked into incidents and captures a little later, so that
// a burst is answered first and nobody else waits for it.

import { setImmediate } from 'node:timers/promises';
import { targetOfAlert, type KnownTargets } from '../alert/target-of-alert.js';
import type { Webhook, WebhookAlert } from '../alert/webhook.js';
import type { Config } from '../config/schema.js';
import type { Logger } from '../log.js';
import type { Watch } from '../watch/types.js';
import type { CaptureCounters } from './counters.js';
import type { Incidents } from './incidents.js';
import type { CaptureJob, QueueEntry, TargetAlert } from './jobs/job.js';
import type { Journal } from './jobs/journal.js';
import { newId } from './record.js';
import { jobsForIncident, jobsForResolve, type ScheduleState } from './jobs/scheduler.js';
import type { CaptureStore } from './store/store.js';

export interface IntakeOptions {
  watch: Watch;
  store: CaptureStore;
  host: string;
  config: Pick<Config['capture'], 'alertLabels'>;
  journal: Journal<QueueEntry>;
  incidents: Incidents;
  counters: CaptureCounters;
  log: Logger;
  now: () => number;
  schedule: (target: string) => ScheduleState;
  /** Puts captures into the queue on disk. */
  enqueue: (jobs: readonly CaptureJob[]) => Promise<void>;
  /** Notifications whose incidents are worked in, by the ids of their entries in the queue. */
  workedIn: (entryIds: readonly string[]) => void;
  /** Something waits to be worked in. */
  waits: () => void;
}

export interface AlertsAnswer {
  accepted: number;
  unknownTargets: number;
  unusable: number;
}

/** Alerts worked in before others get a turn. */
const ALERTS_A_TURN = 25;
/** Alerts without a target that are named in the log; after these, names are told again. */
const MAX_UNKNOWN_NAMED = 1000;

export class Intake {
  /** Notifications that are on disk and wait to be worked in, by the id of their entry in the queue. */
  readonly #waiting = new Map<string, readonly TargetAlert[]>();
  /** Worked in, but their captures are not in the queue on disk yet, by the same id. */
  readonly #decided = new Map<string, CaptureJob[]>();
  readonly #decidedByTarget = new Map<string, CaptureJob[]>();
  readonly #unknownNamed = new Set<string>();

  constructor(private readonly options: IntakeOptions) {}

  /** A notification that an earlier run took over. */
  resume(entryId: string, alerts: readonly TargetAlert[]): void {
    this.#waiting.set(entryId, alerts);
    this.options.waits();
  }

  /**
   * Takes a notification over: when the promise resolves, it is on disk and is worked off whatever happens.
   * Rejects with store_full or store_unreachable (the sender tries again).
   */
  async receive({ alerts, unusable }: Webhook): Promise<AlertsAnswer> {
    const { counters, journal, incidents } = this.options;
    const known = this.#mapToTargets(alerts);
    const fresh = known.filter((alert) => !incidents.knows(alert));
    if (fresh.length > 0) {
      const id = newId();
      await journal.add(new Map([[id, { type: 'alerts', receivedAtMs: this.options.now(), alerts: fresh }]]));
      this.#waiting.set(id, known);
      this.options.waits();
    } else {
      for (const alert of known) this.#workIn(alert, []);
    }
    for (const { status } of alerts) counters.alerts[status]++;
    counters.alertsForUnknownTargets += alerts.length - known.length;
    counters.alertsUnusable += unusable;
    return { accepted: known.length, unknownTargets: alerts.length - known.length, unusable };
  }

  /** Captures of a target that are decided and not in the queue yet: they count as waiting. */
  decidedFor(target: string): readonly CaptureJob[] {
    return this.#decidedByTarget.get(target) ?? [];
  }

  /** Works in what waits, a piece at a time. Rejects where the queue takes no captures; then it goes on with the next call. */
  async workIn(): Promise<void> {
    for (const [entryId, alerts] of this.#waiting) {
      const jobs: CaptureJob[] = [];
      for (let from = 0; from < alerts.length; from += ALERTS_A_TURN) {
        for (const alert of alerts.slice(from, from + ALERTS_A_TURN)) this.#workIn(alert, jobs);
        await setImmediate();
      }
      this.#decided.set(entryId, jobs);
      this.#waiting.delete(entryId);
    }
    const decided = [...this.#decided];
    if (decided.length === 0) return;
    await this.options.enqueue(decided.flatMap(([, jobs]) => jobs));
    this.#decided.clear();
    this.#decidedByTarget.clear();
    this.options.workedIn(decided.map(([entryId]) => entryId));
  }

  #workIn(alert: TargetAlert, jobs: CaptureJob[]): void {
    const { incidents, watch, now, schedule } = this.options;
    const status = watch.target(alert.target);
    const { effect, incident } = incidents.alert(alert, status, now());
    if (!incident || effect === 'known') return;
    const decided =
      effect === 'firing'
        ? jobsForIncident(incident, alert, status, schedule(alert.target))
        : jobsForResolve(incident, alert, schedule(alert.target));
    if (decided.length === 0) return;
    jobs.push(...decided);
    // What was just decided counts for the next alert of the same notification.
    this.#decidedByTarget.set(alert.target, [...this.decidedFor(alert.target), ...decided]);
  }

  #mapToTargets(alerts: readonly WebhookAlert[]): TargetAlert[] {
    const targets = this.#knownTargets();
    const known: TargetAlert[] = [];
    for (const alert of alerts) {
      const target = targetOfAlert(alert.labels, targets, this.options.config.alertLabels);
      if (target !== undefined) known.push({ ...alert, target });
      else this.#nameUnknown(alert);
    }
    return known;
  }

  #knownTargets(): KnownTargets {
    const { watch, store, host } = this.options;
    return {
      // A target that is not found again yet after a restart is known by what the store holds of it.
      has: (name) =>
        watch.target(name) !== undefined || store.capturesOf(name).some((capture) => capture.host === host),
      withLabel: (label, value) =>
        watch.targets().flatMap(({ name, labels }) => (labels[label] === value ? [name] : [])),
    };
  }

  /** Each alert that names no target is told of once: it may come back every few hours for ever. */
  #nameUnknown({ name, fingerprint, labels }: WebhookAlert): void {
    if (this.#unknownNamed.has(fingerprint)) return;
    if (this.#unknownNamed.size >= MAX_UNKNOWN_NAMED) this.#unknownNamed.clear();
    this.#unknownNamed.add(fingerprint);
    this.options.log.warn(
      { alert: name, target: labels.target },
      'alert for no known target: set its label "target", or capture.alertLabels',
    );
  }
}
