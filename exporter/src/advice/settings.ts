// GOGC and GOMEMLIMIT: what they could do for this process. They cure no leak; they decide how much garbage is carried.

import { formatBytes, significant } from '../format.js';
import type { Advice, AdviceInput } from './types.js';

/** Above this share of the CPU the collector itself is the trouble. */
const BUSY_COLLECTOR = 0.1;
/** Garbage of this share of the whole is worth a word where the memory is limited. */
const MUCH_GARBAGE = 0.35;
/** What is left to the runtime's own slack and to memory outside of Go (go.dev/doc/gc-guide: 5–10 %). */
const HEADROOM = 0.9;
const OFF_BYTES = 2 ** 62;
const MIB = 2 ** 20;

export function settingsAdvice({ verdict, last, runtime, limits = [] }: AdviceInput): Advice[] {
  const advice: Advice[] = [];
  const limit = limits.find(({ name }) => name === 'cgroup' || name === 'config');
  const hasMemLimit =
    runtime?.goMemLimitBytes !== undefined || limits.some(({ name }) => name === 'gomemlimit');
  const isLeaking = verdict?.state === 'leaking';
  if (runtime?.gogcPercent === -1 || (runtime?.nextGcBytes ?? 0) >= OFF_BYTES) {
    advice.push({
      title: 'The garbage collector is off',
      text: hasMemLimit
        ? 'GOGC=off collects only near GOMEMLIMIT: memory rises up to it, leak or not.'
        : 'GOGC=off without GOMEMLIMIT never collects: memory rises for ever, leak or not. Set GOMEMLIMIT, or leave GOGC at 100.',
    });
    return advice;
  }
  if ((runtime?.gcCpuFraction ?? 0) >= BUSY_COLLECTOR) {
    advice.push({
      title: `The collector takes ${significant(100 * runtime!.gcCpuFraction!, 2)} % of the CPU`,
      text: 'Since the start, on average. Allocate less (alloc_space in the heap profile says where), or give it room with a higher GOGC or GOMEMLIMIT.',
    });
  }
  if (limit && !hasMemLimit && !isLeaking && last) {
    const outside = last.parts.non_go ?? 0;
    const bytes = Math.floor((limit.bytes * HEADROOM - outside) / MIB) * MIB;
    const live = last.parts.live_heap ?? 0;
    if (bytes > 1.5 * live) {
      advice.push({
        title: 'GOMEMLIMIT is not set',
        text:
          `The process may use ${formatBytes(limit.bytes)} (${limit.name}). With GOMEMLIMIT=${Math.floor(bytes / MIB)}MiB Go collects harder ` +
          'before it is killed, at no cost while there is room.',
      });
    }
  } else if (!isLeaking && last && verdict?.state === 'healthy') {
    const garbage = (last.parts.garbage ?? 0) / Math.max(1, last.totalBytes);
    if (garbage >= MUCH_GARBAGE) {
      advice.push({
        title: `${significant(100 * garbage, 2)} % of the memory is garbage`,
        text: 'GOGC=50 would halve what is carried between two collections, for about twice the collections; GOMEMLIMIT bounds it only when it matters.',
      });
    }
  }
  return advice;
}
