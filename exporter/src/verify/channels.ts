// The signals that a run is judged by: live heap, goroutines, memory outside of Go. Readings in, judgements out. Pure.

import { formatBytes, formatBytesPerSecond, significant } from '../format.js';
import { testTrend, type TrendResult, type TrendSettings } from './trend-test.js';
import type { ChannelResult, VerifySignal } from './types.js';

const MIB = 2 ** 20;

/** Fewer readings are no basis: envelopes of four and thirds of them. */
const LEAST_POINTS = 12;
/** The system tells its part once a second or more seldom. */
const LEAST_NATIVE_POINTS = 8;

/** What counts as growth of each signal, when nothing is said. */
export const SIGNAL_SETTINGS: Record<VerifySignal, TrendSettings> = {
  // Half of the slowest leak that a run of three minutes has to find. Healthy services that are read twice a second rise
  // by 10 to 20 KiB in two minutes.
  live_heap: { leastPoints: LEAST_POINTS, leastSharePerMinute: 0.005, leastRise: 128 * 1024 },
  // A handful of connections more or less says nothing.
  goroutines: { leastPoints: LEAST_POINTS, leastSharePerMinute: 0.02, leastRise: 8 },
  // The allocator of C and the system charge by arenas and pages, and the Go heap moves within the total.
  non_go: { leastPoints: LEAST_NATIVE_POINTS, leastSharePerMinute: 0.03, leastRise: 4 * MIB },
};

export interface ChannelInput {
  signal: VerifySignal;
  atSeconds: readonly number[];
  values: readonly number[];
  /** Allocation rate at each reading, where it is known. */
  load?: readonly number[];
  /** Growth that is allowed; without it the settings decide. */
  allowedPerSecond?: number;
  /** As in the settings of the trend. */
  levelsOffElsewhere?: boolean;
}

export function judgeChannel(input: ChannelInput): ChannelResult {
  const { signal, allowedPerSecond, levelsOffElsewhere = false } = input;
  const settings = { ...SIGNAL_SETTINGS[signal], levelsOffElsewhere };
  // A limit of one's own replaces the share; what readings differ by themselves stays.
  const trend = testTrend(
    input,
    allowedPerSecond === undefined ? settings : { ...settings, leastSharePerMinute: 0 },
  );
  return channelResult(signal, trend, allowedPerSecond);
}

export function channelResult(
  signal: VerifySignal,
  trend: TrendResult,
  allowedPerSecond: number | undefined,
): ChannelResult {
  const isOver = allowedPerSecond === undefined || trend.lowerPerSecond > allowedPerSecond;
  const unit = signal === 'goroutines' ? 'count' : 'bytes';
  return {
    signal,
    unit,
    ...trend,
    certainty: Number.isFinite(trend.certainty) ? trend.certainty : null,
    ...(allowedPerSecond === undefined ? {} : { allowedPerSecond }),
    failed: trend.state === 'growing' && isOver,
    why: inWords(trend, unit, allowedPerSecond),
  };
}

function inWords(trend: TrendResult, unit: 'bytes' | 'count', allowedPerSecond: number | undefined): string {
  const rate = (perSecond: number) => rateInWords(perSecond, unit);
  switch (trend.reason) {
    case 'grows': {
      const percent =
        trend.level > 0 ? ` (${significant((6000 * trend.perSecond) / trend.level, 2)} % a minute)` : '';
      const grows = `grows by ${rate(trend.perSecond)}${unit === 'bytes' ? percent : ''}, evenly and to the end`;
      if (allowedPerSecond === undefined) return grows;
      const within = trend.lowerPerSecond > allowedPerSecond ? 'more than' : 'within';
      return `${grows}; ${within} the ${rate(allowedPerSecond)} that are allowed`;
    }
    case 'too_few_points':
      return 'too few readings to judge';
    case 'no_rise':
      return 'shows no steady rise';
    case 'too_small':
      return `rises by ${rate(trend.perSecond)}: too little to matter`;
    case 'may_be_chance':
      return `rises by ${rate(trend.perSecond)}, which may be chance`;
    case 'ended':
      return 'rose and stopped rising';
    case 'one_jump':
      return 'rose in one jump';
    case 'slows_down':
      return `rises by ${rate(trend.perSecond)} and slows down, as a cache that fills does`;
    case 'may_level_off':
      return `rises by ${rate(trend.perSecond)}, and may level off yet`;
    case 'follows_load':
      return 'rises as the load does';
  }
}

/** "12.3 KiB/s", "3 goroutines/min": by the minute where a second holds less than one. */
export function rateInWords(perSecond: number, unit: 'bytes' | 'count'): string {
  if (unit === 'bytes') return formatBytesPerSecond(perSecond);
  return Math.abs(perSecond) >= 1 ? `${significant(perSecond)}/s` : `${significant(perSecond * 60, 2)}/min`;
}

export function levelInWords(level: number, unit: 'bytes' | 'count'): string {
  return unit === 'bytes' ? formatBytes(level) : String(Math.round(level));
}
