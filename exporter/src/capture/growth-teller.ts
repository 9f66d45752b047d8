// Growth by allocator over captures: of a target for the API, of an incident for its record and the metrics. Captures
// never change, so answers are kept by capture and parameters, up to a number of bytes.

import { LeaklineError, messageOf } from '../errors.js';
import type { Logger } from '../log.js';
import type { ApiGrowth } from '../server/api.js';
import type { CaptureMetrics } from './counters.js';
import type { GrowthQuery, ProfileEngine } from './engine.js';
import { growthSeries } from './growth-series.js';
import type { IncidentRecord } from './incident-record.js';
import type { Incidents } from './incidents.js';
import { ByteLru } from './lru.js';
import type { CaptureRecord } from './record.js';
import { baselineOf } from './jobs/scheduler.js';
import type { CaptureStore } from './store/store.js';
import { withProfiles } from './profile-inputs.js';

export interface GrowthTellerOptions {
  host: string;
  store: CaptureStore;
  engine: ProfileEngine;
  incidents: Incidents;
  log: Logger;
}

const CACHE_BYTES = 16 * 1024 * 1024;
/** Functions kept in an incident's own growth table. */
const INCIDENT_FUNCTIONS = 30;
const METRICS_A_TARGET = 5;

export class GrowthTeller {
  readonly #cache = new ByteLru<ApiGrowth>(CACHE_BYTES, (growth) => 2 * JSON.stringify(growth).length);

  constructor(private readonly options: GrowthTellerOptions) {}

  /** Over the captures of a target in a time. Rejects with too_few_captures. */
  async ofTarget(
    target: string,
    query: { sample?: string | undefined; fromMs?: number | undefined; toMs?: number | undefined },
  ): Promise<ApiGrowth> {
    const captures = this.options.store.capturesOf(target).filter((c) => {
      const takenAtMs = Date.parse(c.takenAt);
      return takenAtMs >= (query.fromMs ?? -Infinity) && takenAtMs <= (query.toMs ?? Infinity);
    });
    const growth = await this.#over(captures, { sample: query.sample });
    if (growth) return growth;
    throw new LeaklineError(
      'too_few_captures',
      `growth needs two captures of ${target} with a heap profile; there are fewer in this time`,
      { status: 409 },
    );
  }

  /** Writes the growth, the function to blame and the baseline into the incident. Never rejects. */
  async tell(incident: IncidentRecord): Promise<void> {
    const { store, incidents, host, log } = this.options;
    const captures = store.capturesOf(incident.target).filter((capture) => capture.host === host);
    const baseline = baselineOf(incident, captures);
    // The picture after the resolve would hide what grew before it.
    const own = captures.filter((c) => incident.captures.includes(c.id) && c.trigger !== 'resolved');
    try {
      const growth = await this.#over(baseline ? [baseline, ...own] : own, {});
      incidents.update(incident, {
        baselineCapture: baseline?.id ?? null,
        ...(growth && { growth: shortened(growth), blamed: growth.blamed[0] ?? null }),
      });
    } catch (error) {
      log.warn(
        { target: incident.target, incident: incident.id, error: messageOf(error) },
        'growth of the incident could not be told',
      );
    }
  }

  /** The fastest growing functions of the open incidents of this host. */
  metrics(): CaptureMetrics['allocatorGrowth'] {
    const rows: CaptureMetrics['allocatorGrowth'] = [];
    for (const { target, state, host, growth } of this.options.incidents.all()) {
      if (state !== 'open' || host !== this.options.host || !growth) continue;
      // The frame that a developer can act on, where the engine names one; else the allocator itself.
      const named = growth.blamed.length > 0 ? growth.blamed : growth.functions;
      const seen = new Set<string>();
      for (const { function: name, growthBytesPerSecond } of named) {
        if (growthBytesPerSecond <= 0 || seen.has(name) || seen.size >= METRICS_A_TARGET) continue;
        seen.add(name);
        rows.push({ target, function: name, bytesPerSecond: growthBytesPerSecond });
      }
    }
    return rows;
  }

  async #over(captures: readonly CaptureRecord[], query: GrowthQuery): Promise<ApiGrowth | undefined> {
    const { store, engine } = this.options;
    const series = growthSeries(captures);
    if (series.captures.length < 2) return undefined;
    const mainModule = series.captures.at(-1)?.module;
    const key = [query.sample ?? '', mainModule ?? '', ...series.captures.map(({ id }) => id)].join('\0');
    const growth = await this.#cache.get(key, async () => {
      const ids = series.captures.map(({ id }) => id);
      return withProfiles(store, ids, 'heap', (inputs) =>
        engine.growth(
          series.captures.map(({ id, takenAt }, i) => ({ id, takenAt, profile: inputs[i]! })),
          { ...query, mainModule },
        ),
      );
    });
    return { ...growth, notes: [...series.notes, ...(growth.notes ?? [])] };
  }
}

/** An incident keeps the head of the table; the whole of it is a question away. */
function shortened({ lines: _, ...growth }: ApiGrowth): ApiGrowth {
  return { ...growth, functions: growth.functions.slice(0, INCIDENT_FUNCTIONS) };
}
