// MemStats from a Prometheus endpoint, by the names of client_golang's Go collector. The body is read as it streams by,
// and only lines that begin with "go_" are looked at: a service may expose megabytes of its own.
// Format: Prometheus text exposition 0.0.4 and OpenMetrics 1.0, of which these lines are the common part.

import {
  UNLIMITED,
  memStat,
  toReading,
  unreadable,
  type NumericField,
  type NumericFields,
} from './numbers.js';
import type { GoRuntimeReading } from './types.js';

const WHAT = 'the Prometheus endpoint';

const FIELDS: ReadonlyMap<string, NumericField> = new Map([
  ['go_memstats_alloc_bytes_total', 'totalAllocBytes'],
  ['go_memstats_sys_bytes', 'sysBytes'],
  ['go_memstats_mallocs_total', 'mallocs'],
  ['go_memstats_frees_total', 'frees'],
  ['go_memstats_lookups_total', 'lookups'],
  ['go_memstats_heap_alloc_bytes', 'heapAllocBytes'],
  ['go_memstats_heap_sys_bytes', 'heapSysBytes'],
  ['go_memstats_heap_idle_bytes', 'heapIdleBytes'],
  ['go_memstats_heap_inuse_bytes', 'heapInuseBytes'],
  ['go_memstats_heap_released_bytes', 'heapReleasedBytes'],
  ['go_memstats_heap_objects', 'heapObjects'],
  ['go_memstats_stack_inuse_bytes', 'stackInuseBytes'],
  ['go_memstats_stack_sys_bytes', 'stackSysBytes'],
  ['go_memstats_mspan_inuse_bytes', 'mspanInuseBytes'],
  ['go_memstats_mspan_sys_bytes', 'mspanSysBytes'],
  ['go_memstats_mcache_inuse_bytes', 'mcacheInuseBytes'],
  ['go_memstats_mcache_sys_bytes', 'mcacheSysBytes'],
  ['go_memstats_buck_hash_sys_bytes', 'buckHashSysBytes'],
  ['go_memstats_gc_sys_bytes', 'gcSysBytes'],
  ['go_memstats_other_sys_bytes', 'otherSysBytes'],
  ['go_memstats_next_gc_bytes', 'nextGcBytes'],
  ['go_memstats_last_gc_time_seconds', 'lastGcAtSeconds'],
  ['go_memstats_gc_cpu_fraction', 'gcCpuFraction'],
  ['go_gc_duration_seconds_count', 'gcCount'],
  ['go_gc_duration_seconds_sum', 'gcPauseTotalSeconds'],
  ['go_gc_gogc_percent', 'gogcPercent'],
  ['go_gc_gomemlimit_bytes', 'goMemLimitBytes'],
  ['go_goroutines', 'goroutines'],
  ['go_threads', 'threads'],
]);

/** Lines of the Go collector are below 200 bytes; a longer line is not one of them, and is skipped as it streams. */
const MAX_LINE_BYTES = 4096;

const NEWLINE = 0x0a;
/** The three bytes "go_". */
const PREFIX = Buffer.from('go_');

/** name, labels, value; a timestamp or an exemplar may follow. */
const LINE = /^(go_[a-z0-9_]+)(?:\{(.*)\})? ([^ ]+)(?: .*)?$/;

/** runtime.Version(): "go1.19.8", "go1.26.1 X:nogreenteagc", "devel go1.27-abc". Printable and bounded, for labels. */
const VERSION = /(?:^|,)version="([\x20\x21\x23-\x5b\x5d-\x7e]{1,64})"/;

/** Takes the body chunk by chunk; `reading` gives what was found, or throws a LeaklineError `runtime_unreadable`. */
export class PrometheusText {
  private readonly numbers: NumericFields = {};
  private goVersion: string | undefined;
  private carried: Buffer[] = [];
  private carriedBytes = 0;
  private problem: string | undefined;

  push(chunk: Buffer): void {
    let start = 0;
    for (let end = chunk.indexOf(NEWLINE); end >= 0; end = chunk.indexOf(NEWLINE, start)) {
      if (this.carriedBytes > 0) {
        this.carry(chunk.subarray(start, end));
        this.endCarried();
      } else {
        this.line(chunk, start, end);
      }
      start = end + 1;
    }
    if (start < chunk.length) this.carry(chunk.subarray(start));
  }

  reading(): GoRuntimeReading {
    if (this.carriedBytes > 0) this.endCarried();
    if (this.problem !== undefined) throw unreadable(WHAT, this.problem);
    const { numbers } = this;
    if (numbers.lastGcAtSeconds === 0) delete numbers.lastGcAtSeconds;
    // client_golang turns int32 -1 (off) into an unsigned number, and "no limit" is math.MaxInt64.
    if ((numbers.gogcPercent ?? 0) >= UNLIMITED) numbers.gogcPercent = -1;
    if ((numbers.goMemLimitBytes ?? 0) >= UNLIMITED) delete numbers.goMemLimitBytes;
    const version = this.goVersion === undefined ? {} : { goVersion: this.goVersion };
    return toReading('prometheus', WHAT, numbers, version);
  }

  /** Keeps the part of a line that ends in a later chunk; of an over-long line only its length. */
  private carry(part: Buffer): void {
    this.carriedBytes += part.length;
    if (this.carriedBytes > MAX_LINE_BYTES) this.carried = [];
    else this.carried.push(part);
  }

  private endCarried(): void {
    if (this.carriedBytes <= MAX_LINE_BYTES) {
      const line = Buffer.concat(this.carried);
      this.line(line, 0, line.length);
    }
    this.carried = [];
    this.carriedBytes = 0;
  }

  private line(bytes: Buffer, start: number, end: number): void {
    if (bytes[start] !== PREFIX[0] || bytes[start + 1] !== PREFIX[1] || bytes[start + 2] !== PREFIX[2])
      return;
    if (end - start > MAX_LINE_BYTES) return;
    const match = LINE.exec(bytes.toString('latin1', start, end).trimEnd());
    if (!match) return;
    const name = match[1]!;
    if (name === 'go_info') {
      this.goVersion = VERSION.exec(match[2] ?? '')?.[1];
      return;
    }
    const field = FIELDS.get(name);
    if (!field) return;
    // Two series of one name: a gateway or a federation of many programs. Their sum or the last would be a lie.
    if (this.numbers[field] !== undefined) {
      this.problem ??= `${name} stands there more than once: is it of several programs?`;
      return;
    }
    try {
      this.numbers[field] = memStat(numberOf(match[3]!), WHAT, name);
    } catch {
      this.problem ??= `${name} is no size or count`;
    }
  }
}

function numberOf(text: string): number {
  return /^[+-]?(\d+(\.\d*)?|\.\d+)(e[+-]?\d+)?$/i.test(text) ? Number(text) : NaN;
}
