// MemStats from expvar (/debug/vars): one JSON object of every published variable, of which only "memstats" is looked at.
// The rest, the command line first of all, is skipped as bytes: never decoded, never kept.
// Format: expvar's handler writes one variable a line; memstats is encoding/json's form of runtime.MemStats.

import { z } from 'zod';
import { topLevelValue } from './json-scan.js';
import {
  memStat,
  nanosecondsToSeconds,
  pausesNewestFirst,
  secondsOrNever,
  toReading,
  unreadable,
  type NumericField,
  type NumericFields,
} from './numbers.js';
import type { GoRuntimeReading } from './types.js';

const WHAT = '/debug/vars';

const FIELDS: [memStatsName: string, field: NumericField][] = [
  ['TotalAlloc', 'totalAllocBytes'],
  ['Sys', 'sysBytes'],
  ['Mallocs', 'mallocs'],
  ['Frees', 'frees'],
  ['Lookups', 'lookups'],
  ['HeapAlloc', 'heapAllocBytes'],
  ['HeapSys', 'heapSysBytes'],
  ['HeapIdle', 'heapIdleBytes'],
  ['HeapInuse', 'heapInuseBytes'],
  ['HeapReleased', 'heapReleasedBytes'],
  ['HeapObjects', 'heapObjects'],
  ['StackInuse', 'stackInuseBytes'],
  ['StackSys', 'stackSysBytes'],
  ['MSpanInuse', 'mspanInuseBytes'],
  ['MSpanSys', 'mspanSysBytes'],
  ['MCacheInuse', 'mcacheInuseBytes'],
  ['MCacheSys', 'mcacheSysBytes'],
  ['BuckHashSys', 'buckHashSysBytes'],
  ['GCSys', 'gcSysBytes'],
  ['OtherSys', 'otherSysBytes'],
  ['NextGC', 'nextGcBytes'],
  ['NumGC', 'gcCount'],
  ['NumForcedGC', 'forcedGcCount'],
  ['GCCPUFraction', 'gcCpuFraction'],
];

/** MemStats' ring; more would not be MemStats. */
const MAX_PAUSES = 256;

const memStatsSchema = z.looseObject({
  LastGC: z.number().optional(),
  PauseTotalNs: z.number().optional(),
  PauseNs: z.array(z.number().min(0)).max(MAX_PAUSES).optional(),
});

/** Throws a LeaklineError `runtime_unreadable` when the body is not what expvar writes. */
export function parseExpvar(body: Buffer): GoRuntimeReading {
  const memStats = memStatsOf(body);
  const numbers: NumericFields = {};
  for (const [name, field] of FIELDS) {
    const value = memStats[name];
    if (value === undefined) continue;
    numbers[field] = memStat(typeof value === 'number' ? value : NaN, WHAT, name);
  }
  if (memStats.LastGC !== undefined) {
    numbers.lastGcAtSeconds = secondsOrNever(memStat(memStats.LastGC, WHAT, 'LastGC'));
  }
  if (memStats.PauseTotalNs !== undefined) {
    numbers.gcPauseTotalSeconds = nanosecondsToSeconds(memStat(memStats.PauseTotalNs, WHAT, 'PauseTotalNs'));
  }
  const { PauseNs: ring } = memStats;
  const pauses =
    ring && numbers.gcCount !== undefined
      ? { gcPausesSeconds: pausesNewestFirst(ring, numbers.gcCount) }
      : {};
  return toReading('expvar', WHAT, numbers, pauses);
}

function memStatsOf(body: Buffer): z.infer<typeof memStatsSchema> {
  const bytes = topLevelValue(body, 'memstats');
  if (!bytes) throw unreadable(WHAT, 'is not the JSON that expvar writes, or has no "memstats"');
  let value: unknown;
  try {
    value = JSON.parse(bytes.toString('utf8'));
  } catch {
    throw unreadable(WHAT, '"memstats" is broken JSON');
  }
  const checked = memStatsSchema.safeParse(value);
  if (!checked.success) throw unreadable(WHAT, '"memstats" is not runtime.MemStats');
  return checked.data;
}
