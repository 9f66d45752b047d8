// The channels of a verdict: the signals that are tested for growth, each with a column in the detector's history.

import type { Signal } from '../signals.js';

export const CHANNELS = [
  'live_heap',
  'commit',
  'goroutines',
  'non_go',
  'stacks',
  'handles',
  'gdi_objects',
  'user_objects',
] as const satisfies readonly Signal[];

export type Channel = (typeof CHANNELS)[number];

/** Columns of the history: the channels by their index in CHANNELS, then what explains them. */
export const COLUMN = {
  live: 0,
  commit: 1,
  goroutines: 2,
  nonGo: 3,
  stacks: 4,
  handles: 5,
  gdi: 6,
  user: 7,
  /** Smallest HeapAlloc of the bin. */
  heap: 8,
  /** Garbage collections in the bin. */
  collections: 9,
  /** Allocation rate in bytes/s, or CPU seconds per second without Go metrics. */
  load: 10,
} as const;
export const COLUMN_COUNT = 11;

/** Least rise of a count that matters, and the share of its lowest value that does. */
export const COUNT_RISE: Partial<Record<Channel, { least: number; share: number; plenty: number }>> = {
  // Services hold a few dozen goroutines at rest; a hundred more, and 40 %, is beyond a busy minute.
  goroutines: { least: 100, share: 0.4, plenty: 20_000 },
  handles: { least: 100, share: 0.4, plenty: 20_000 },
  // Windows ends a process' luck at 10,000 GDI and 10,000 USER objects.
  gdi_objects: { least: 50, share: 0.4, plenty: 10_000 },
  user_objects: { least: 50, share: 0.4, plenty: 10_000 },
};
