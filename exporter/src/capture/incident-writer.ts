// Brings changed incidents to the store, many at once and not more often than now and then; what the queue holds until
// an incident is on disk is marked as done after it.

import { messageOf } from '../errors.js';
import type { Logger } from '../log.js';
import type { Incidents } from './incidents.js';
import type { CaptureStore } from './store/store.js';

export interface IncidentWriterOptions {
  incidents: Incidents;
  store: CaptureStore;
  /** Resolves when the queue is not writing: whoever waits for its answer goes first. */
  queueIsQuiet: () => Promise<void>;
  /** Entries of the queue whose outcome is on disk now. */
  done: (entryIds: readonly string[]) => Promise<void>;
  log: Logger;
}

/** What changes within this time is written once. A kill before loses nothing: the queue still holds what led to it. */
const WRITE_AFTER_MS = 250;

/** Written before the queue gets its turn at the disk again. */
const INCIDENTS_A_TURN = 16;

export class IncidentWriter {
  #doneNext: string[] = [];
  #timer: NodeJS.Timeout | undefined;
  #writing: Promise<void> = Promise.resolve();

  constructor(private readonly options: IncidentWriterOptions) {}

  /** Writes before long; then marks the entries of the queue as done. */
  soon(entryIds: readonly string[] = []): void {
    this.#doneNext.push(...entryIds);
    this.#timer ??= setTimeout(() => void this.flush(), WRITE_AFTER_MS);
    this.#timer.unref();
  }

  /** Writes what has changed. Never rejects: what the store does not take is tried again with the next call of `soon`. */
  flush(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    return this.#next('incidents could not be written: tried again', async () => {
      const changed = this.options.incidents.takeChanged();
      const done = this.#doneNext;
      this.#doneNext = [];
      try {
        for (let from = 0; from < changed.length; from += INCIDENTS_A_TURN) {
          await this.options.queueIsQuiet();
          await this.options.store.putIncidents(changed.slice(from, from + INCIDENTS_A_TURN));
        }
        await this.options.done(done);
      } catch (error) {
        for (const { id } of changed) this.options.incidents.markChanged(id);
        this.#doneNext.unshift(...done);
        throw error;
      }
    });
  }

  /** Forgets an incident and removes it from the store; not while it is being written. */
  remove(id: string): Promise<void> {
    return this.#next('an incident could not be removed', async () => {
      this.options.incidents.forget(id);
      await this.options.store.removeIncident(id);
    });
  }

  #next(failure: string, work: () => Promise<void>): Promise<void> {
    this.#writing = this.#writing.then(work).catch((error: unknown) => {
      this.options.log.error({ error: messageOf(error) }, failure);
    });
    return this.#writing;
  }
}
