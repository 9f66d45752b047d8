// Slopes and states in words. Pure.

import { formatBytesPerSecond, significant } from '../format.js';
import type { LeakChannel, Slope, Verdict } from '../leak/types.js';
import { isCountSignal, type Signal } from '../signals.js';

/** "+2.01 MiB/s", "+12.3/s", "+4 a minute". */
export function rateOf(signal: Signal, perSecond: number): string {
  const sign = perSecond > 0 ? '+' : '';
  if (!isCountSignal(signal)) return sign + formatBytesPerSecond(perSecond);
  if (Math.abs(perSecond) >= 1 || perSecond === 0) return `${sign}${significant(perSecond)}/s`;
  return `${sign}${significant(perSecond * 60, 2)}/min`;
}

/** "+2.01 MiB/s (1.95 MiB/s to 2.07 MiB/s)". */
export function slopeOf(signal: Signal, slope: Slope): string {
  const { perSecond, lowerPerSecond, upperPerSecond } = slope;
  if (!Number.isFinite(lowerPerSecond) || !Number.isFinite(upperPerSecond)) return rateOf(signal, perSecond);
  return `${rateOf(signal, perSecond)} (${rateOf(signal, lowerPerSecond)} to ${rateOf(signal, upperPerSecond)})`;
}

/** The signal of a channel; pressure on the collector is none. */
export function signalOf(channel: LeakChannel | null): Signal | undefined {
  return channel === null || channel === 'gc_pressure' ? undefined : channel;
}

/** A verdict's own signal with its slope, where both are known. */
export function mainSlope({ channel, slopes }: Verdict): { signal: Signal; slope: Slope } | undefined {
  const signal = signalOf(channel);
  const slope = signal && slopes[signal];
  return slope && { signal, slope };
}

const STATES: Record<Verdict['state'], string> = {
  learning: 'LEARNING',
  healthy: 'NO LEAK SEEN',
  growing: 'GROWING',
  leaking: 'LEAK',
};

export function stateInWords(state: Verdict['state']): string {
  return STATES[state];
}
