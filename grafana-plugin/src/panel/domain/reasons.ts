// Why a verdict is what it is, in the reader's language: the evidence comes as data (`reasons`), the exporter says the
// same in English (`why`; exporter/src/leak/words.ts).

import type { ApiVerdict } from 'leakline/api';
import { formatBytes, formatDuration, significant } from 'leakline/format';
import type { VerdictReason } from 'leakline/leak-types';
import { isCountSignal, type Signal } from 'leakline/signals';
import { t } from '../../i18n';

type ReasonOf<K extends VerdictReason['kind']> = Extract<VerdictReason, { kind: K }>;

/** A kind or a refusal that only a newer exporter knows is said in its own words, in English. */
export function whyWords({ why, reasons = [] }: Pick<ApiVerdict, 'why' | 'reasons'>): string {
  const told = reasons.map(reasonWords);
  const known = told.filter((words) => words !== null);
  return known.length === 0 || known.length < told.length ? why : known.join(t('why.join', '; '));
}

function reasonWords(reason: VerdictReason): string | null {
  switch (reason.kind) {
    case 'growth':
      return growthWords(reason);
    case 'rising':
      return t('why.rising', '{{signal}} grew for {{duration}}', {
        signal: signalInProse(reason.signal),
        duration: formatDuration(reason.durationSeconds),
      });
    case 'refused':
      return refusalWords(reason);
    case 'gc_pressure':
      return pressureWords(reason);
    case 'none':
      return t('why.none', 'no growth that matters');
    default:
      return null;
  }
}

function growthWords(reason: ReasonOf<'growth'>): string {
  const rise = t('why.growth', '{{signal}} rose {{amount}} over {{duration}}, in every third of that time', {
    signal: signalInProse(reason.signal),
    amount: amount(reason.signal, reason.rise),
    duration: formatDuration(reason.durationSeconds),
  });
  const before =
    reason.neverAboveSeconds === undefined
      ? ''
      : t('why.neverAbove', ', never above it in the {{duration}} before', {
          duration: formatDuration(reason.neverAboveSeconds),
        });
  const parts = [rise + before, loadWords(reason)];
  if (reason.patienceSeconds !== undefined) {
    parts.push(
      t('why.patience', 'called a leak when it goes on for {{duration}} more', {
        duration: formatDuration(reason.patienceSeconds),
      }),
    );
  }
  return parts.join(t('why.join', '; '));
}

function loadWords({ load, loadRatio = 1 }: ReasonOf<'growth'>): string {
  switch (load) {
    case 'unknown':
      return t('why.loadUnknown', 'load not known');
    case 'beyond':
      return t('why.loadBeyond', 'beyond what the load explains');
    case 'falling':
      return t('why.loadFalling', 'while the load fell to {{percent}} %', {
        percent: significant(100 * loadRatio, 2),
      });
    case 'unexplained':
      return t('why.loadUnexplained', 'not explained by load');
  }
}

function pressureWords(reason: ReasonOf<'gc_pressure'>): string {
  const { normalPerSecond, cpuShare } = reason;
  const runs = t('why.pressure', 'the garbage collector runs {{rate}}', {
    rate: rateWords(reason.collectionsPerSecond),
  });
  const normal =
    normalPerSecond === undefined
      ? ''
      : t('why.pressureNormal', ' (normal: {{rate}})', { rate: rateWords(normalPerSecond) });
  const cpu =
    cpuShare === undefined
      ? ''
      : t('why.pressureCpu', ' and takes {{percent}} % of the CPU', {
          percent: significant(100 * cpuShare, 2),
        });
  const goal = t(
    'why.pressureGoal',
    'its goal of {{goal}} leaves {{percent}} % of room above what lives: the memory limit of Go is reached',
    { goal: formatBytes(reason.goalBytes), percent: significant(100 * reason.roomShare, 2) },
  );
  return runs + normal + cpu + t('why.join', '; ') + goal;
}

function rateWords(perSecond: number): string {
  return perSecond >= 0.1
    ? t('why.perSecond', '{{count}} times a second', { count: significant(perSecond, 2) })
    : t('why.perMinute', '{{count}} times a minute', { count: significant(perSecond * 60, 2) });
}

function refusalWords({ signal: of, refusal, settlesAt = NaN }: ReasonOf<'refused'>): string | null {
  const signal = signalInProse(of);
  switch (refusal) {
    case 'few':
    case 'small':
      return t('why.small', 'no growth of {{signal}} that matters', { signal });
    case 'load':
      return t('why.load', '{{signal}} follows the load', { signal });
    case 'short':
      return t('why.short', '{{signal}} rose, but only in the last few bins of time', { signal });
    case 'uneven':
      return t('why.uneven', '{{signal}} rose, but not evenly: part of the time it stood still', { signal });
    case 'lumpy':
      return t('why.lumpy', '{{signal}} rose in one jump, not steadily', { signal });
    case 'insignificant':
      return t('why.insignificant', 'the rise of {{signal}} is not beyond its noise', { signal });
    case 'known':
      return t('why.known', '{{signal}} rises within what it held before', { signal });
    case 'settling':
      return t('why.settling', '{{signal}} is slowing down: expected to settle near {{amount}}', {
        signal,
        amount: amount(of, settlesAt),
      });
    case 'ended':
      return t('why.ended', '{{signal}} rose, and has stopped rising', { signal });
    case 'unfinished':
      return t('why.unfinished', '{{signal}} rises with garbage that no collection has seen yet', { signal });
    default:
      return null;
  }
}

function amount(signal: Signal, value: number): string {
  return isCountSignal(signal) ? significant(Math.round(value)) : formatBytes(value);
}

/** A signal within a sentence. */
function signalInProse(signal: Signal): string {
  switch (signal) {
    case 'commit':
      return t('why.signal.commit', 'the commit');
    case 'private_working_set':
      return t('why.signal.private_working_set', 'the private working set');
    case 'working_set':
      return t('why.signal.working_set', 'the working set');
    case 'live_heap':
      return t('why.signal.live_heap', 'the live heap');
    case 'heap_inuse':
      return t('why.signal.heap_inuse', 'the heap in use');
    case 'stacks':
      return t('why.signal.stacks', 'the stacks');
    case 'non_go':
      return t('why.signal.non_go', 'memory outside of Go');
    case 'goroutines':
      return t('why.signal.goroutines', 'the number of goroutines');
    case 'handles':
      return t('why.signal.handles', 'the number of handles');
    case 'gdi_objects':
      return t('why.signal.gdi_objects', 'the number of GDI objects');
    case 'user_objects':
      return t('why.signal.user_objects', 'the number of USER objects');
  }
}
