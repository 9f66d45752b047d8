// MemStats from the footer of /debug/pprof/heap?debug=1: the fallback for programs that import net/http/pprof alone.
// The body is about 2 KB for every allocation stack ever seen (27 MB for 13,000), and only its end counts.
// Format: runtime/pprof writeHeapInternal, one "# Name = value" a line.

import {
  memStat,
  pausesNewestFirst,
  secondsOrNever,
  toReading,
  unreadable,
  type NumericField,
  type NumericFields,
} from './numbers.js';
import type { GoRuntimeReading } from './types.js';

const WHAT = 'heap?debug=1';

/** The footer is below 12 KB: two rings of 256 numbers of at most 20 digits, and thirty short lines. */
export const FOOTER_MAX_BYTES = 16 * 1024;

const FOOTER_START = '# runtime.MemStats';

const FIELDS: ReadonlyMap<string, NumericField> = new Map([
  ['TotalAlloc', 'totalAllocBytes'],
  ['Sys', 'sysBytes'],
  ['Lookups', 'lookups'],
  ['Mallocs', 'mallocs'],
  ['Frees', 'frees'],
  ['HeapAlloc', 'heapAllocBytes'],
  ['HeapSys', 'heapSysBytes'],
  ['HeapIdle', 'heapIdleBytes'],
  ['HeapInuse', 'heapInuseBytes'],
  ['HeapReleased', 'heapReleasedBytes'],
  ['HeapObjects', 'heapObjects'],
  ['BuckHashSys', 'buckHashSysBytes'],
  ['GCSys', 'gcSysBytes'],
  ['OtherSys', 'otherSysBytes'],
  ['NextGC', 'nextGcBytes'],
  ['NumGC', 'gcCount'],
  ['NumForcedGC', 'forcedGcCount'],
  ['GCCPUFraction', 'gcCpuFraction'],
]);

/** Written as "inuse / sys". */
const PAIRS: ReadonlyMap<string, [NumericField, NumericField]> = new Map([
  ['Stack', ['stackInuseBytes', 'stackSysBytes']],
  ['MSpan', ['mspanInuseBytes', 'mspanSysBytes']],
  ['MCache', ['mcacheInuseBytes', 'mcacheSysBytes']],
]);

/** Keeps the last `maxBytes` of what is pushed. */
export class Tail {
  private readonly kept: Buffer;
  private length = 0;

  constructor(private readonly maxBytes: number) {
    // Twice the size, so that what is kept moves to the front only once in `maxBytes`.
    this.kept = Buffer.alloc(2 * maxBytes);
  }

  push(chunk: Buffer): void {
    const end = chunk.subarray(-this.maxBytes);
    if (this.length + end.length > this.kept.length) {
      this.kept.copyWithin(0, this.length - this.maxBytes, this.length);
      this.length = this.maxBytes;
    }
    this.length += end.copy(this.kept, this.length);
  }

  text(): string {
    return this.kept.toString('latin1', Math.max(0, this.length - this.maxBytes), this.length);
  }
}

/** `tail` is the end of the body, at least the whole footer. Throws a LeaklineError `runtime_unreadable`. */
export function parseHeapText(tail: string): GoRuntimeReading {
  const start = tail.lastIndexOf(FOOTER_START);
  if (start < 0) throw unreadable(WHAT, 'has no footer with runtime.MemStats, or is cut short');
  const numbers: NumericFields = {};
  let pauseRing: number[] | undefined;
  for (const line of tail.slice(start).split('\n')) {
    const match = /^# (\w+) = (.*)$/.exec(line);
    if (!match) continue;
    const name = match[1]!;
    const value = match[2]!;
    const field = FIELDS.get(name);
    const pair = PAIRS.get(name);
    if (field) {
      numbers[field] = numberOf(value, name);
    } else if (pair) {
      const [inuse, sys, more] = value.split(' / ');
      if (inuse === undefined || sys === undefined || more !== undefined) {
        throw unreadable(WHAT, `${name} is not "inuse / sys"`);
      }
      numbers[pair[0]] = numberOf(inuse, name);
      numbers[pair[1]] = numberOf(sys, name);
    } else if (name === 'LastGC') {
      numbers.lastGcAtSeconds = secondsOrNever(numberOf(value, name));
    } else if (name === 'PauseNs') {
      if (!/^\[[\d ]*\]$/.test(value)) throw unreadable(WHAT, 'PauseNs is no list');
      pauseRing = value
        .slice(1, -1)
        .split(' ')
        .map((pause) => numberOf(pause, name));
    }
  }
  // The last line that every platform and version writes; without it the body was cut.
  if (numbers.gcCpuFraction === undefined) throw unreadable(WHAT, 'the footer is cut short');
  const { gcCount } = numbers;
  return toReading(
    'heap_text',
    WHAT,
    numbers,
    pauseRing && gcCount !== undefined ? { gcPausesSeconds: pausesNewestFirst(pauseRing, gcCount) } : {},
  );
}

function numberOf(text: string, name: string): number {
  return memStat(/^\d+(\.\d+)?(e[+-]?\d+)?$/.test(text) ? Number(text) : NaN, WHAT, name);
}
