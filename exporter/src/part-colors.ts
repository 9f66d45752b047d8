// Colours of the parts of memory, the same in the panel, on the page and in reports: what a Go developer must act on is
// warm, what is no leak is pale or grey.

import type { MemoryPart } from './signals.js';

export const PART_COLORS: Record<'light' | 'dark', Record<MemoryPart, string>> = {
  light: {
    live_heap: '#e0702b',
    garbage: '#b9a98a',
    heap_fragmentation: '#b5a642',
    heap_idle: '#a9b1bd',
    stacks: '#9b59c4',
    runtime: '#3d76d6',
    profiling_buckets: '#cf3f7e',
    non_go: '#2f8f7c',
  },
  dark: {
    live_heap: '#f2884b',
    garbage: '#8f836e',
    heap_fragmentation: '#9a8f3d',
    heap_idle: '#5b6675',
    stacks: '#b877d9',
    runtime: '#5794f2',
    profiling_buckets: '#e5659b',
    non_go: '#4fae9b',
  },
};
