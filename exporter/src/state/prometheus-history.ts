// The past of a target out of a Prometheus server that scrapes this exporter (`prometheus.url`), so that a new exporter
// knows the last days at once. Bounded: a day a question, two questions at a time, limits on each answer; after some
// failures in a row nothing more is asked.
// Source: Prometheus' HTTP API, GET /api/v1/query_range.

import type { Config } from '../config/index.js';
import { LeaklineError, messageOf } from '../errors.js';
import type { BaselineSample } from '../leak/baseline.js';
import type { DetectorOptions } from '../leak/detector.js';
import { emptySample } from '../leak/series.js';
import type { LeakSample } from '../leak/types.js';
import type { Logger } from '../log.js';
import { createTargetHttp } from '../target-http/client.js';
import type { TargetHttp } from '../target-http/types.js';
import type { TargetMemory } from '../watch/watched-target.js';
import { newMemory } from './target-memory.js';

type PrometheusConfig = NonNullable<Config['prometheus']>;

/** The finest bin of the detector; a day of it is far below the 11,000 points that Prometheus allows. */
const STEP_SECONDS = 60;
const CHUNK_SECONDS = 86_400;
const LIMITS = { timeoutMs: 20_000, maxBytes: 64 * 2 ** 20 };
const ASKED_AT_ONCE = 2;
const FAILURES_UNTIL_GIVING_UP = 3;
/** Fewer minutes are no past. */
const LEAST_ROWS = 10;
/** So many samples are judged before others get their turn. */
const JUDGED_AT_ONCE = 500;

/** Fields of a sample by the metric that this exporter wrote them to. */
const METRICS: Record<string, keyof LeakSample> = {
  leakline_process_start_time_seconds: 'startedAtSeconds',
  leakline_process_commit_bytes: 'commitBytes',
  leakline_process_working_set_bytes: 'workingSetBytes',
  leakline_process_handles: 'handles',
  leakline_process_gdi_objects: 'gdiObjects',
  leakline_process_user_objects: 'userObjects',
  leakline_process_cpu_seconds_total: 'cpuSeconds',
  go_memstats_heap_alloc_bytes: 'heapAllocBytes',
  go_memstats_heap_inuse_bytes: 'heapInuseBytes',
  go_memstats_next_gc_bytes: 'nextGcBytes',
  go_memstats_alloc_bytes_total: 'totalAllocBytes',
  go_memstats_stack_inuse_bytes: 'stacksBytes',
  go_memstats_gc_cpu_fraction: 'gcCpuFraction',
  go_gc_duration_seconds_count: 'gcCount',
  go_goroutines: 'goroutines',
};
const OBJECTS = 'go_memstats_heap_objects';
const PARTS = 'leakline_memory_part_bytes';
const NAMES = [...Object.keys(METRICS), OBJECTS, PARTS].join('|');

interface Row extends LeakSample {
  liveHeapBytes: number | null;
  heapObjects: number | null;
}

interface Series {
  metric: Record<string, string>;
  values: [number, string][];
}

export class PrometheusHistory {
  readonly #http: TargetHttp;
  #asking = 0;
  readonly #waiting: (() => void)[] = [];
  #failures = 0;
  readonly #stop = new AbortController();

  constructor(
    private readonly config: PrometheusConfig,
    private readonly log: Logger,
    http?: TargetHttp,
  ) {
    const { basicAuth, bearerToken, bearerTokenFile, tls } = config;
    this.#http = http ?? createTargetHttp(config.url, { basicAuth, bearerToken, bearerTokenFile, tls });
  }

  /**
   * What would be known of a target had it been watched since `lookback`; undefined when Prometheus knows nothing of
   * it or does not answer (which is logged). `untilMs`: nothing later is read.
   */
  async read(target: string, options: DetectorOptions, untilMs: number): Promise<TargetMemory | undefined> {
    await this.#turn();
    try {
      if (this.#failures >= FAILURES_UNTIL_GIVING_UP || this.#stop.signal.aborted) return undefined;
      const rows = await this.#rows(target, untilMs);
      this.#failures = 0;
      if (rows.length < LEAST_ROWS) return undefined;
      const memory = await judge(rows, options);
      this.log.info(
        { target, samples: rows.length, since: iso(rows[0]!.atSeconds) },
        'the past was read from Prometheus',
      );
      return memory;
    } catch (error) {
      if (this.#stop.signal.aborted) return undefined;
      this.#failures++;
      const gaveUp = this.#failures === FAILURES_UNTIL_GIVING_UP ? '; nothing more is asked of it' : '';
      this.log.warn(
        { target, prometheus: this.#http.baseUrl, err: messageOf(error) },
        `the past of a target could not be read from Prometheus${gaveUp}`,
      );
      return undefined;
    } finally {
      this.#asking--;
      this.#waiting.shift()?.();
    }
  }

  close(): void {
    this.#stop.abort();
    this.#http.close();
    for (const go of this.#waiting.splice(0)) go();
  }

  async #turn(): Promise<void> {
    if (this.#asking >= ASKED_AT_ONCE) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    this.#asking++;
  }

  async #rows(target: string, untilMs: number): Promise<Row[]> {
    const end = Math.floor(untilMs / 1000 / STEP_SECONDS) * STEP_SECONDS;
    const rows: Row[] = [];
    const first = end - Math.floor(this.config.lookback / 1000 / STEP_SECONDS) * STEP_SECONDS;
    for (let from = first; from <= end; from += CHUNK_SECONDS) {
      const to = Math.min(end, from + CHUNK_SECONDS - STEP_SECONDS);
      rows.push(...rowsOf(await this.#ask(target, from, to), target, from, to));
    }
    return rows;
  }

  async #ask(target: string, from: number, to: number): Promise<Series[]> {
    const matchers = Object.entries({ ...this.config.labels, target }).map(
      ([label, value]) => `${label}=${JSON.stringify(value)}`,
    );
    const query = `{__name__=~"${NAMES}",${matchers.join(',')}}`;
    const parameters = new URLSearchParams({
      query,
      start: String(from),
      end: String(to),
      step: String(STEP_SECONDS),
      timeout: `${LIMITS.timeoutMs / 1000}s`,
    });
    const { status, body } = await this.#http.get(
      `api/v1/query_range?${parameters}`,
      LIMITS,
      this.#stop.signal,
    );
    if (status !== 200)
      throw unusable(`status ${status} (prometheus.url: is it the address of a Prometheus server?)`);
    return seriesOf(body);
  }
}

function seriesOf(body: Buffer): Series[] {
  let answer: unknown;
  try {
    answer = JSON.parse(body.toString('utf8'));
  } catch {
    throw unusable('the answer is not JSON');
  }
  const result = field(field(answer, 'data'), 'result');
  if (field(answer, 'status') !== 'success' || !Array.isArray(result)) throw unusable('no answer to a query');
  return result.map((one: unknown) => {
    const metric = field(one, 'metric');
    const values = field(one, 'values');
    if (typeof metric !== 'object' || metric === null || !Array.isArray(values))
      throw unusable('a series without values');
    return { metric: metric as Record<string, string>, values: values as [number, string][] };
  });
}

function field(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, name)
    ? (value as Record<string, unknown>)[name]
    : undefined;
}

function rowsOf(series: readonly Series[], target: string, from: number, to: number): Row[] {
  const sources = new Set<string>();
  const rows: (Row | undefined)[] = new Array<Row | undefined>((to - from) / STEP_SECONDS + 1).fill(
    undefined,
  );
  for (const { metric, values } of series) {
    sources.add(`${metric.job ?? ''} ${metric.instance ?? ''}`.trim());
    const name = fieldOf(metric);
    if (name === undefined) continue;
    for (const pair of values) {
      if (!Array.isArray(pair)) throw unusable('a value without its time');
      const i = (Number(pair[0]) - from) / STEP_SECONDS;
      const value = Number(pair[1]);
      if (!Number.isInteger(i) || i < 0 || i >= rows.length || Number.isNaN(value)) continue;
      const row = (rows[i] ??= {
        ...emptySample(),
        startedAtSeconds: NaN,
        liveHeapBytes: null,
        heapObjects: null,
      });
      row.atSeconds = Number(pair[0]);
      row[name] = value;
    }
  }
  if (sources.size > 1) {
    throw unusable(
      `${sources.size} exporters tell of "${target}" (${[...sources].slice(0, 3).join(', ')} …): ` +
        'name the labels of this one in prometheus.labels',
    );
  }
  return rows.filter((row) => row !== undefined);
}

function fieldOf(metric: Record<string, string>): keyof Row | undefined {
  const name = metric.__name__ ?? '';
  if (name === OBJECTS) return 'heapObjects';
  if (name === PARTS) {
    if (metric.part === 'non_go') return 'nonGoBytes';
    return metric.part === 'live_heap' ? 'liveHeapBytes' : undefined;
  }
  return Object.hasOwn(METRICS, name) ? METRICS[name] : undefined;
}

/** Judges the past as it would have been judged then. */
async function judge(rows: readonly Row[], options: DetectorOptions): Promise<TargetMemory> {
  const memory = newMemory(options);
  const { detector, baseline } = memory;
  let since: number | null = null;
  for (const [i, row] of rows.entries()) {
    if (Number.isNaN(row.startedAtSeconds)) followRemote(memory, row);
    else memory.remote = undefined;
    detector.push(row);
    const isLeaking = detector.leaking;
    // The onset of a leak moves little: it is looked at now and then.
    if (!isLeaking) since = null;
    else if (since === null || i % JUDGED_AT_ONCE === 0) since = detector.verdict().sinceSeconds;
    baseline.push(row satisfies BaselineSample, since);
    if (i % JUDGED_AT_ONCE === 0) await new Promise((resolve) => setImmediate(resolve));
  }
  return memory;
}

/** A process that is not seen itself counts from when it was first heard of, and anew when its GC count falls. */
function followRemote(memory: TargetMemory, row: Row): void {
  const gcCount = row.gcCount ?? undefined;
  const last = memory.remote;
  const fell = gcCount !== undefined && last?.gcCount !== undefined && gcCount < last.gcCount;
  const startedAtMs = !last || fell ? row.atSeconds * 1000 : last.startedAtMs;
  memory.remote = { startedAtMs, gcCount: gcCount ?? last?.gcCount };
  row.startedAtSeconds = startedAtMs / 1000;
}

function unusable(what: string): LeaklineError {
  return new LeaklineError('prometheus_unusable', what);
}

function iso(seconds: number): string {
  return new Date(seconds * 1000).toISOString();
}
