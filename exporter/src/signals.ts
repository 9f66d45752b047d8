// The signals of a target, by the words of the design. Labels of metrics, keys of the API and the channels
// of a verdict all use these names.

/** Signals measured in bytes. */
export const BYTE_SIGNALS = [
  'commit',
  'private_working_set',
  'working_set',
  'live_heap',
  'heap_inuse',
  'stacks',
  'non_go',
] as const;

/** Signals that count things. */
export const COUNT_SIGNALS = ['goroutines', 'handles', 'gdi_objects', 'user_objects'] as const;

export const SIGNALS = [...BYTE_SIGNALS, ...COUNT_SIGNALS] as const;

export type ByteSignal = (typeof BYTE_SIGNALS)[number];
export type CountSignal = (typeof COUNT_SIGNALS)[number];
export type Signal = (typeof SIGNALS)[number];

export function isCountSignal(signal: Signal): signal is CountSignal {
  return (COUNT_SIGNALS as readonly string[]).includes(signal);
}

/** The parts of a process' memory, in the order in which they are stacked. They add up to the commit size. */
export const MEMORY_PARTS = [
  'live_heap',
  'garbage',
  'heap_fragmentation',
  'heap_idle',
  'stacks',
  'runtime',
  'profiling_buckets',
  'non_go',
] as const;
export type MemoryPart = (typeof MEMORY_PARTS)[number];
