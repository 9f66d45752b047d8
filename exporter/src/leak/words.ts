// Why a verdict is what it is: the evidence as data, and in words.

import { formatBytes, formatDuration, significant } from '../format.js';
import { isCountSignal, type Signal } from '../signals.js';
import type { Growth } from './evidence.js';
import type { VerdictReason } from './types.js';

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

/** Growth that the test is sure of. `ageSeconds`: of the process. */
export function growthReason(signal: Signal, growth: Growth, ageSeconds: number): ReasonOf<'growth'> {
  const { rise, durationSeconds, onsetAt, loadEarly, loadLate, loadFactor } = growth;
  const reason: ReasonOf<'growth'> = { kind: 'growth', signal, rise, durationSeconds, load: 'unknown' };
  if (onsetAt > 3600 && onsetAt < ageSeconds) reason.neverAboveSeconds = Math.min(onsetAt, 8 * 86_400);
  if (!(loadEarly > 0)) return reason;
  const loadRatio = loadLate / loadEarly;
  if (loadFactor > 0) return { ...reason, load: 'beyond' };
  return loadRatio < 0.9 ? { ...reason, load: 'falling', loadRatio } : { ...reason, load: 'unexplained' };
}

/** The evidence of a verdict: "the live heap rose 412 MiB over 6 h 10 min, in every third of that time; load not known". */
export function reasonsInWords(reasons: readonly VerdictReason[]): string {
  return reasons.map(reasonInWords).join('; ');
}

function reasonInWords(reason: VerdictReason): string {
  switch (reason.kind) {
    case 'growth':
      return growthInWords(reason);
    case 'rising':
      return `${NAMES[reason.signal]} grew for ${formatDuration(reason.durationSeconds)}`;
    case 'refused':
      return refusalInWords(reason);
    case 'gc_pressure':
      return pressureInWords(reason);
    case 'none':
      return 'no growth that matters';
  }
}

type ReasonOf<K extends VerdictReason['kind']> = Extract<VerdictReason, { kind: K }>;

function growthInWords(reason: ReasonOf<'growth'>): string {
  const { signal, rise, durationSeconds, neverAboveSeconds, patienceSeconds } = reason;
  const parts = [
    `${NAMES[signal]} rose ${amount(signal, rise)} over ${formatDuration(durationSeconds)}, in every third of that time`,
  ];
  if (neverAboveSeconds !== undefined)
    parts.push(`never above it in the ${formatDuration(neverAboveSeconds)} before`);
  const sentences = [parts.join(', '), loadInWords(reason)];
  if (patienceSeconds !== undefined)
    sentences.push(`called a leak when it goes on for ${formatDuration(patienceSeconds)} more`);
  return sentences.join('; ');
}

function loadInWords({ load, loadRatio = 1 }: ReasonOf<'growth'>): string {
  switch (load) {
    case 'unknown':
      return 'load not known';
    case 'beyond':
      return 'beyond what the load explains';
    case 'falling':
      return `while the load fell to ${significant(100 * loadRatio, 2)} %`;
    case 'unexplained':
      return 'not explained by load';
  }
}

function pressureInWords(reason: ReasonOf<'gc_pressure'>): string {
  const { collectionsPerSecond, normalPerSecond, cpuShare, goalBytes, roomShare } = reason;
  const normal = normalPerSecond === undefined ? '' : ` (normal: ${rateInWords(normalPerSecond)})`;
  const cpu = cpuShare === undefined ? '' : ` and takes ${significant(100 * cpuShare, 2)} % of the CPU`;
  return (
    `the garbage collector runs ${rateInWords(collectionsPerSecond)}${normal}${cpu}; its goal of ${formatBytes(goalBytes)} ` +
    `leaves ${significant(100 * roomShare, 2)} % of room above what lives: the memory limit of Go is reached`
  );
}

function rateInWords(perSecond: number): string {
  return perSecond >= 0.1
    ? `${significant(perSecond, 2)} times a second`
    : `${significant(perSecond * 60, 2)} times a minute`;
}

function refusalInWords({ signal, refusal, settlesAt = NaN }: ReasonOf<'refused'>): string {
  const name = NAMES[signal];
  switch (refusal) {
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
