// What the Go runtime says of a target at one time, whatever the source. Names follow runtime.MemStats;
// a field that the source does not tell is absent, never 0.

export type GoRuntimeSource = 'expvar' | 'prometheus' | 'heap_text';

export interface GoRuntimeReading {
  source: GoRuntimeSource;
  heapAllocBytes: number;
  totalAllocBytes?: number;
  sysBytes?: number;
  mallocs?: number;
  frees?: number;
  lookups?: number;
  heapSysBytes?: number;
  heapIdleBytes?: number;
  heapInuseBytes?: number;
  heapReleasedBytes?: number;
  heapObjects?: number;
  stackInuseBytes?: number;
  stackSysBytes?: number;
  mspanInuseBytes?: number;
  mspanSysBytes?: number;
  mcacheInuseBytes?: number;
  mcacheSysBytes?: number;
  buckHashSysBytes?: number;
  gcSysBytes?: number;
  otherSysBytes?: number;
  /** Infinity-like values (>= 2^62, GOGC=off) are passed through. */
  nextGcBytes?: number;
  /** Unix seconds; absent before the first GC. */
  lastGcAtSeconds?: number;
  gcCount?: number;
  forcedGcCount?: number;
  gcCpuFraction?: number;
  gcPauseTotalSeconds?: number;
  /** Recent pauses in seconds, newest first, where the source tells them. */
  gcPausesSeconds?: number[];
  /** GOGC in percent, -1 when off; where the source tells it. */
  gogcPercent?: number;
  /** GOMEMLIMIT in bytes; where the source tells it and one is set. */
  goMemLimitBytes?: number;
  goroutines?: number;
  /** OS threads of the runtime, where the source tells them (go_threads). */
  threads?: number;
  goVersion?: string;
}

export interface GoRuntimeReader {
  /** One reading; rejects with a LeaklineError. Chooses the cheapest source that answers, and chooses again when it vanishes. */
  read(signal?: AbortSignal): Promise<GoRuntimeReading>;
  /** The source in use, once known. */
  readonly source: GoRuntimeSource | undefined;
  /** Shortest sensible time to the next poll: grows when the text fallback gets dear. */
  readonly minIntervalMs: number;
  close(): void;
}
