// Targets, their samples and the accounting of their memory, as frames.

import type { DataFrame, Field } from '@grafana/data';
import type { ApiSamples, ApiTarget } from 'leakline/api';
import type { LeakState } from 'leakline/leak-types';
import { MEMORY_PARTS, type Signal, SIGNALS } from 'leakline/signals';
import { whyWords } from '../../panel/domain/reasons';
import { frame, numberField, signalUnit, textField, timeField, timeMs } from './build';

/** Worst first, the order of a list that is read from the top. */
const STATE_RANK: Record<LeakState, number> = { leaking: 0, growing: 1, healthy: 2, learning: 3 };

/** The slope that a person reads first: of the channel that gave the leak away, else the live heap's, else commit's. */
export function leadingSignal(target: ApiTarget): Signal | null {
  const verdict = target.verdict;
  if (!verdict) return null;
  const { channel, slopes } = verdict;
  // Pressure on the collector is no series of memory and has no slope in bytes.
  if (channel && channel !== 'gc_pressure' && slopes[channel]) return channel;
  if (slopes.live_heap) return 'live_heap';
  if (slopes.commit) return 'commit';
  return null;
}

/** service-2 before service-10. */
const byName = new Intl.Collator(undefined, { numeric: true });

export function worstFirst(targets: readonly ApiTarget[]): ApiTarget[] {
  const rank = (target: ApiTarget): number => (target.verdict ? STATE_RANK[target.verdict.state] : 4);
  const slope = (target: ApiTarget): number => {
    const signal = leadingSignal(target);
    return (signal && target.verdict?.slopes[signal]?.perSecond) ?? -Infinity;
  };
  return [...targets].sort(
    (a, b) => rank(a) - rank(b) || compareNumbers(slope(b), slope(a)) || byName.compare(a.name, b.name),
  );
}

function compareNumbers(a: number, b: number): number {
  return a === b ? 0 : a - b;
}

export function targetsFrame(given: readonly ApiTarget[], refId?: string): DataFrame {
  const targets = worstFirst(given);
  const slopes = targets.map((target) => {
    const signal = leadingSignal(target);
    return signal ? (target.verdict?.slopes[signal] ?? null) : null;
  });
  return frame(
    'verdicts',
    [
      textField(
        'target',
        targets.map((t) => t.name),
      ),
      textField(
        'state',
        targets.map((t) => t.verdict?.state ?? null),
      ),
      textField(
        'health',
        targets.map((t) => t.health),
      ),
      textField('signal', targets.map(leadingSignal)),
      numberField(
        'slope',
        slopes.map((s) => s?.perSecond ?? null),
        { unit: 'binBps' },
      ),
      numberField(
        'slope lower',
        slopes.map((s) => s?.lowerPerSecond ?? null),
        { unit: 'binBps' },
      ),
      numberField(
        'slope upper',
        slopes.map((s) => s?.upperPerSecond ?? null),
        { unit: 'binBps' },
      ),
      textField(
        'pattern',
        targets.map((t) => t.verdict?.pattern ?? null),
      ),
      timeField(
        'since',
        targets.map((t) => timeMs(t.verdict?.since)),
      ),
      numberField(
        'time to limit',
        targets.map((t) => t.verdict?.timeToLimit?.seconds ?? null),
        { unit: 's' },
      ),
      numberField(
        'commit',
        targets.map((t) => t.signals.commit ?? null),
        { unit: 'bytes' },
      ),
      numberField(
        'live heap',
        targets.map((t) => t.signals.live_heap ?? null),
        { unit: 'bytes' },
      ),
      numberField(
        'goroutines',
        targets.map((t) => t.signals.goroutines ?? null),
        { unit: 'short' },
      ),
      textField(
        'why',
        targets.map((t) => (t.verdict ? whyWords(t.verdict) : (t.problem ?? null))),
      ),
    ],
    { kind: 'targets', targets },
    refId,
  );
}

export function samplesFrame(samples: ApiSamples, refId?: string): DataFrame {
  const fields: Field[] = [timeField('time', samples.atMs)];
  for (const signal of SIGNALS) {
    const values = samples.signals[signal];
    if (!values?.some((value) => value !== null)) continue;
    fields.push(
      numberField(signal, values, { unit: signalUnit(signal) }, { target: samples.target, signal }),
    );
  }
  return frame('samples', fields, { kind: 'samples', samples }, refId);
}

export function accountingFrame(samples: ApiSamples, refId?: string): DataFrame {
  const fields: Field[] = [timeField('time', samples.atMs)];
  for (const part of MEMORY_PARTS) {
    const values = samples.parts[part];
    if (!values?.some((value) => value !== null)) continue;
    fields.push(
      numberField(
        part,
        values,
        {
          unit: 'bytes',
          custom: { fillOpacity: 60, lineWidth: 0, stacking: { mode: 'normal', group: 'memory' } },
        },
        { target: samples.target, part },
      ),
    );
  }
  return frame('accounting', fields, { kind: 'accounting', samples }, refId);
}
