// What to look at next, from whose memory grew.

import type { MemoryPart } from '../signals.js';
import type { ReportAdvice, ReportModel } from './model.js';
import { formatBytes, PART_WORDS, percent } from './words.js';

const BY_PART: Record<MemoryPart, string> = {
  live_heap:
    'Go objects are held: the table of what grows names who allocates them. Look for what should let go of them.',
  garbage:
    'Not yet collected, and no leak: the rate of allocation and GOGC decide its size. A lower GOGC or GOMEMLIMIT bounds it.',
  heap_fragmentation:
    'Room within the spans of the heap that no object fills. Many objects of mixed sizes and lives do this; a restart shows how low it can be.',
  heap_idle: 'Not yet given back to the system, and no leak: Go does so within minutes of a peak.',
  stacks:
    'Stacks of goroutines. Look at where the goroutines that pile up are created, and at what they wait for.',
  runtime: 'Go’s own books. They grow with the heap and the goroutines, and not by themselves.',
  profiling_buckets:
    'Records of the heap profiler (golang/go#69590): one for each distinct stack that ever allocated. Deep recursion or generated closures do this; no heap profile shows it.',
  non_go:
    'Memory outside of Go: cgo, libraries, mapped files. No Go profile shows it; look with the tools of the C side (heaptrack, jemalloc, VMMap).',
};

/** Parts that grew by less than this share of the whole growth are passed over. */
const MIN_SHARE = 0.15;

export function incidentAdvice({ accounting, growth, goroutines }: ReportModel): ReportAdvice[] {
  const advice: ReportAdvice[] = [];
  const [blamed] = growth?.blamed ?? [];
  if (blamed && blamed.share >= MIN_SHARE) {
    advice.push({
      title: `Look at what ${blamed.function} keeps`,
      text: `${percent(blamed.share)} of what grew on the Go heap was allocated under it. Ask who should let go of it: a map without eviction, a slice that is only appended to, a subscription that is never ended.`,
    });
  }
  const { first, last } = accounting ?? {};
  if (first && last && last.totalBytes > first.totalBytes) {
    const whole = last.totalBytes - first.totalBytes;
    const parts = (Object.keys(BY_PART) as MemoryPart[])
      .map((part) => ({ part, grown: (last.parts[part] ?? 0) - (first.parts[part] ?? 0) }))
      .filter(({ grown }) => grown / whole >= MIN_SHARE)
      .sort((a, b) => b.grown - a.grown);
    for (const { part, grown } of parts) {
      advice.push({ title: `${PART_WORDS[part]}: +${formatBytes(grown)}`, text: BY_PART[part] });
    }
  }
  const [group] = goroutines?.groups ?? [];
  if (group && group.lastCount >= 2 * Math.max(1, group.firstCount ?? 0) && group.lastCount >= 20) {
    advice.push({
      title: 'Goroutines pile up',
      text: `${group.lastCount} were created by ${group.createdBy}${group.blockedAt === undefined ? '' : ` and wait at ${group.blockedAt}`}. Each needs a way to end: a context, a closed channel, a timeout.`,
    });
  }
  advice.push({
    title: 'Prove the fix',
    text: 'Run the same load against the mended build and compare: the growth of the function named here must be gone.',
  });
  return advice;
}
