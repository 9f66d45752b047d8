// Metric families over prom-client whose values are taken at each scrape from what the watch knows: absolute values,
// counters of other programs included. What was not set in a scrape is not in its answer.

import {
  Counter,
  Gauge,
  type MetricObjectWithValues,
  type MetricValue,
  type SummaryConfiguration,
  Registry,
  Summary,
} from 'prom-client';

export type Labels = Record<string, string>;

/** Sets a sample of a family; an undefined value is left out: what is not known is absent. */
export type Add = (name: string, labels: Labels, value: number | undefined) => void;

export interface Family {
  name: string;
  help: string;
  type: 'gauge' | 'counter' | 'summary';
  labels: readonly string[];
}

/** Families of one concern, and how they are filled. */
export interface MetricSource {
  families: readonly Family[];
  collect(add: Add): void;
}

/** A summary whose quantiles, sum and count are told by another program: prom-client's own only observes. */
class ToldSummary extends Summary<string> {
  readonly #name: string;
  #told: MetricValue<string>[] = [];

  constructor(options: SummaryConfiguration<string>) {
    super(options);
    this.#name = options.name;
  }

  forget(): void {
    this.#told = [];
  }

  /** A quantile by its label `quantile`; the sum and the count by the label `part`. */
  tell({ part, ...labels }: Labels, value: number): void {
    const metricName = part === undefined ? undefined : `${this.#name}_${part}`;
    this.#told.push({ value, labels, ...(metricName === undefined ? {} : { metricName }) });
  }

  override async get(): Promise<MetricObjectWithValues<MetricValue<string>>> {
    return { ...(await super.get()), values: this.#told };
  }
}

export class Exposition {
  readonly #registry = new Registry();
  readonly #sources: readonly MetricSource[];
  readonly #gauges = new Map<string, Gauge<string>>();
  readonly #counters = new Map<string, Counter<string>>();
  readonly #summaries = new Map<string, ToldSummary>();
  #rendering: Promise<string> | undefined;

  constructor(sources: readonly MetricSource[]) {
    this.#sources = sources;
    for (const { name, help, type, labels } of sources.flatMap((source) => source.families)) {
      const options = { name, help, labelNames: labels, registers: [this.#registry] };
      if (type === 'counter') this.#counters.set(name, new Counter(options));
      else if (type === 'gauge') this.#gauges.set(name, new Gauge(options));
      else this.#summaries.set(name, new ToldSummary({ ...options, percentiles: [] }));
    }
  }

  get contentType(): string {
    return this.#registry.contentType;
  }

  /** The text format, version 0.0.4. Scrapes at the same time share one rendering: the families are one state. */
  render(): Promise<string> {
    this.#rendering ??= this.#render().finally(() => {
      this.#rendering = undefined;
    });
    return this.#rendering;
  }

  async #render(): Promise<string> {
    for (const metric of [...this.#gauges.values(), ...this.#counters.values()]) {
      metric.reset();
      // A reset sets a metric without labels to 0, and 0 is not "not known".
      metric.remove({});
    }
    for (const summary of this.#summaries.values()) summary.forget();
    const add: Add = (name, labels, value) => {
      if (value === undefined || Number.isNaN(value)) return;
      this.#gauges.get(name)?.set(labels, value);
      this.#counters.get(name)?.inc(labels, Math.max(0, value));
      this.#summaries.get(name)?.tell(labels, value);
    };
    for (const source of this.#sources) source.collect(add);
    const text = await this.#registry.metrics();
    return withoutEmptyFamilies(text);
  }
}

/** prom-client writes HELP and TYPE of a family that has no sample; a family that is not known is absent. */
function withoutEmptyFamilies(text: string): string {
  return text
    .split('\n\n')
    .filter((block) => block.split('\n').some((line) => line !== '' && !line.startsWith('#')))
    .map((block) => block.trimEnd())
    .join('\n')
    .concat('\n');
}
