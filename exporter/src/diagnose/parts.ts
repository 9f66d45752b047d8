// The parts of a process' memory in words, for people.

import { MEMORY_PARTS, type MemoryPart } from '../signals.js';

export const PART_NAMES: Record<MemoryPart, string> = {
  live_heap: 'live heap',
  garbage: 'garbage',
  heap_fragmentation: 'fragmentation',
  heap_idle: 'not returned',
  stacks: 'stacks',
  runtime: 'Go runtime',
  profiling_buckets: 'profiling buckets',
  non_go: 'outside of Go',
};

export const LONGEST_PART_NAME = Math.max(...MEMORY_PARTS.map((part) => PART_NAMES[part].length));
