// Why a verdict is what it is, in words built from the evidence.

import { formatBytes, formatDuration, significant } from '../format.js';
import { isCountSignal, type Signal } from '../signals.js';
import { REFUSALS, type Growth } from './evidence.js';

const NAMES: Record<Signal, string> = {
  commit: 'the commit',
  private_working_set: 'the private working set',
  working_set: 'the working set',
  live_heap: 'the live heap',
  heap_inuse: 'the heap in use',
  stacks: 'the stacks',
  non_go: 'memory outside of Go',
  goroutines: 'the number of goroutines',
  handles: 'the number of handles',
  gdi_objects: 'the number of GDI objects',
  user_objects: 'the number of USER objects',
};

export function nameOf(signal: Signal): string {
  return NAMES[signal];
}

export function amount(signal: Signal, value: number): string {
  return isCountSignal(signal) ? significant(Math.round(value)) : formatBytes(value);
}

/** "The live heap rose 412 MiB over 6 h 10 min, in every third of that time; not explained by load". */
export function describeGrowth(signal: Signal, growth: Growth, ageSeconds: number): string {
  const parts = [
    `${NAMES[signal]} rose ${amount(signal, growth.rise)} over ${formatDuration(growth.durationSeconds)}, in every third of that time`,
  ];
  const before = growth.onsetAt;
  if (before > 3600 && before < ageSeconds)
    parts.push(`never above it in the ${formatDuration(Math.min(before, 8 * 86_400))} before`);
  const text = parts.join(', ');
  return `${text}; ${describeLoad(growth)}`;
}

function describeLoad(growth: Growth): string {
  if (!(growth.loadEarly > 0)) return 'load not known';
  const factor = growth.loadLate / growth.loadEarly;
  if (growth.loadFactor > 0) return 'beyond what the load explains';
  if (factor < 0.9) return `while the load fell to ${significant(100 * factor, 2)} %`;
  return 'not explained by load';
}

export const WHY_NOT = [...REFUSALS, 'known', 'settling', 'unfinished'] as const;
export type WhyNot = (typeof WHY_NOT)[number];

export function describeRefusal(signal: Signal, reason: WhyNot, settlesAt: number): string {
  const name = NAMES[signal];
  switch (reason) {
    case 'few':
    case 'small':
      return `no growth of ${name} that matters`;
    case 'load':
      return `${name} follows the load`;
    case 'short':
      return `${name} rose, but only in the last few bins of time`;
    case 'uneven':
      return `${name} rose, but not evenly: part of the time it stood still`;
    case 'lumpy':
      return `${name} rose in one jump, not steadily`;
    case 'insignificant':
      return `the rise of ${name} is not beyond its noise`;
    case 'known':
      return `${name} rises within what it held before`;
    case 'settling':
      return `${name} is slowing down: expected to settle near ${amount(signal, settlesAt)}`;
    case 'ended':
      return `${name} rose, and has stopped rising`;
    case 'unfinished':
      return `${name} rises with garbage that no collection has seen yet`;
  }
}
