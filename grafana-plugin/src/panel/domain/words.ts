// Verdicts, patterns, triggers and times in words, in the reader's language.

import type {
  ApiBaselineSignal,
  ApiCapture,
  ApiIncident,
  ApiSlope,
  ApiTarget,
  CaptureTrigger,
} from 'leakline/api';
import { formatBytes, formatBytesPerSecond, formatDuration, significant } from 'leakline/format';
import type { LeakPattern, LeakState } from 'leakline/leak-types';
import { isCountSignal, type MemoryPart, type Signal } from 'leakline/signals';
import { leadingSignal } from '../../datasource/frames/target-frames';
import { t } from '../../i18n';
import { whyWords } from './reasons';

export function stateWord(state: LeakState | null): string {
  switch (state) {
    case 'leaking':
      return t('state.leaking', 'Leaking');
    case 'growing':
      return t('state.growing', 'Growing');
    case 'healthy':
      return t('state.healthy', 'Healthy');
    case 'learning':
      return t('state.learning', 'Learning');
    case null:
      return t('state.unknown', 'Unknown');
  }
}

export function patternWord(pattern: LeakPattern): string {
  switch (pattern) {
    case 'linear':
      return t('pattern.linear', 'linear');
    case 'step':
      return t('pattern.step', 'in steps');
    case 'goroutine':
      return t('pattern.goroutine', 'with its goroutines');
    case 'flat':
      return t('pattern.flat', 'flat');
    case 'sawtooth':
      return t('pattern.sawtooth', 'sawtooth');
    case 'periodic':
      return t('pattern.periodic', 'periodic');
    case 'warmup':
      return t('pattern.warmup', 'warming up');
    case 'step_once':
      return t('pattern.step_once', 'one step');
    case 'gc_pressure':
      return t('pattern.gc_pressure', 'garbage collector under pressure');
  }
}

export function signalWord(signal: Signal): string {
  switch (signal) {
    case 'commit':
      return t('signal.commit', 'Commit size');
    case 'private_working_set':
      return t('signal.private_working_set', 'Private working set');
    case 'working_set':
      return t('signal.working_set', 'Working set');
    case 'live_heap':
      return t('signal.live_heap', 'Live heap');
    case 'heap_inuse':
      return t('signal.heap_inuse', 'Heap in use');
    case 'stacks':
      return t('signal.stacks', 'Stacks');
    case 'non_go':
      return t('signal.non_go', 'Non-Go memory');
    case 'goroutines':
      return t('signal.goroutines', 'Goroutines');
    case 'handles':
      return t('signal.handles', 'Handles');
    case 'gdi_objects':
      return t('signal.gdi_objects', 'GDI objects');
    case 'user_objects':
      return t('signal.user_objects', 'USER objects');
  }
}

export function partWord(part: MemoryPart): string {
  switch (part) {
    case 'live_heap':
      return t('part.live_heap', 'Live heap');
    case 'garbage':
      return t('part.garbage', 'Garbage');
    case 'heap_fragmentation':
      return t('part.heap_fragmentation', 'Fragmentation');
    case 'heap_idle':
      return t('part.heap_idle', 'Heap idle');
    case 'stacks':
      return t('part.stacks', 'Stacks');
    case 'runtime':
      return t('part.runtime', 'Runtime');
    case 'profiling_buckets':
      return t('part.profiling_buckets', 'Profiling buckets');
    case 'non_go':
      return t('part.non_go', 'Non-Go');
  }
}

export function triggerWord(trigger: CaptureTrigger): string {
  switch (trigger) {
    case 'alert':
      return t('trigger.alert', 'alert');
    case 'verdict':
      return t('trigger.verdict', 'verdict');
    case 'manual':
      return t('trigger.manual', 'by hand');
    case 'baseline':
      return t('trigger.baseline', 'baseline');
    case 'diagnose':
      return t('trigger.diagnose', 'diagnose');
    case 'follow_up':
      return t('trigger.follow_up', 'follow-up');
    case 'resolved':
      return t('trigger.resolved', 'resolved');
  }
}

export function incidentWord(state: ApiIncident['state']): string {
  switch (state) {
    case 'open':
      return t('incident.open', 'Open');
    case 'resolved':
      return t('incident.resolved', 'Resolved');
    case 'ended_by_exit':
      return t('incident.exited', 'Ended: the process exited');
  }
}

/** What a capture under way waits for, as a sentence. A reason that only a newer exporter knows is said in its words. */
export function waitWord({ reason, message }: NonNullable<ApiCapture['waiting']>): string {
  switch (reason) {
    case 'running':
      return t('wait.running', 'The target collects its garbage first, so that the profile is of now.');
    case 'others':
      return t('wait.others', 'Other captures go first.');
    case 'time':
      return t('wait.time', 'It is taken some minutes after the first, to show what stays.');
    case 'gc_count':
      return t(
        'wait.gc_count',
        'The target collects garbage a few times first, so that what is left is held.',
      );
    case 'gc_interval':
      return t(
        'wait.gc_interval',
        'The target was made to collect garbage a short while ago; it gets a rest.',
      );
    case 'target':
      return t('wait.target', 'The target is not found again yet.');
    case 'store':
      return t('wait.store', 'The store of the exporter takes none now.');
    default:
      return sentence(message);
  }
}

export function limitWord(limit: string): string {
  switch (limit) {
    case 'gomemlimit':
      return 'GOMEMLIMIT';
    case 'cgroup':
      return t('limit.cgroup', 'container limit');
    case 'host_commit':
      return t('limit.host_commit', 'commit limit of the host');
    case 'host_memory':
      return t('limit.host_memory', 'memory of the host');
    case 'config':
      return t('limit.config', 'configured limit');
    default:
      return limit;
  }
}

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;

/** "14:02", "14:02:31"; with the day when it is not today's. In the reader's own time zone. */
export function clockTime(ms: number, nowMs: number, withSeconds = false): string {
  const time = new Date(ms).toLocaleTimeString(undefined, {
    hour: '2-digit',
    minute: '2-digit',
    ...(withSeconds && { second: '2-digit' }),
    hourCycle: 'h23',
  });
  const sameDay = new Date(ms).toDateString() === new Date(nowMs).toDateString();
  if (sameDay) return time;
  const day = new Date(ms).toLocaleDateString(undefined, { month: 'short', day: 'numeric' });
  return nowMs - ms > 300 * DAY_MS ? new Date(ms).toLocaleDateString() : `${day} ${time}`;
}

/** "12 min ago", "just now". */
export function ago(ms: number, nowMs: number): string {
  if (nowMs - ms < MINUTE_MS) return t('time.now', 'just now');
  return t('time.ago', '{{duration}} ago', { duration: waitText(Math.floor((nowMs - ms) / 1000)) });
}

export function percent(share: number): string {
  const value = share * 100;
  if (value !== 0 && Math.abs(value) < 0.1) return '<0.1 %';
  return `${Math.abs(value) >= 10 ? Math.round(value) : significant(value, 2)} %`;
}

/** Growth per second of a signal, in bytes or in things. */
export function slopeText(signal: Signal, perSecond: number): string {
  if (!isCountSignal(signal)) return formatBytesPerSecond(perSecond);
  if (Math.abs(perSecond) >= 1) return `${significant(perSecond)}/s`;
  return `${significant(perSecond * 3600)}/h`;
}

/** The same with what is counted: "23.7 goroutines/s". */
export function slopeWords(signal: Signal, perSecond: number): string {
  const text = slopeText(signal, perSecond);
  if (!isCountSignal(signal)) return text;
  const [number = '', per = 's'] = text.split('/');
  return `${number} ${countNoun(signal)}/${per}`;
}

function countNoun(signal: Signal): string {
  switch (signal) {
    case 'goroutines':
      return t('unit.goroutines', 'goroutines');
    case 'handles':
      return t('unit.handles', 'handles');
    default:
      return t('unit.objects', 'objects');
  }
}

export function signalValue(signal: Signal, value: number): string {
  return isCountSignal(signal) ? Math.round(value).toLocaleString() : formatBytes(value);
}

/** Normal and now in the same unit, so that they can be compared at a glance. */
export function baselineValues(row: Pick<ApiBaselineSignal, 'unit' | 'normal' | 'now'>): [string, string] {
  const perMinute = [row.normal, row.now].some((value) => value !== null && value > 0 && value < 1);
  const text = (value: number | null): string => {
    if (value === null) return '–';
    switch (row.unit) {
      case 'bytes':
        return formatBytes(value);
      case 'perSecond':
        return perMinute ? `${significant(value * 60)}/min` : `${significant(value)}/s`;
      case 'ratio':
        return percent(value);
      case 'count':
        return Math.round(value).toLocaleString();
    }
  };
  return [text(row.normal), text(row.now)];
}

const PER_SECOND_OF: Record<string, number> = { s: 1, h: 3600, d: 86_400 };
const BYTE_UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB'];

/** The ends of a slope's interval in the unit of its middle: "1.15–1.27" beside "1.21 MiB/s". */
export function rangeText(signal: Signal, slope: ApiSlope): string {
  const [, unit = '', per = 's'] = /([A-Za-z]*)\/([shd])$/.exec(slopeText(signal, slope.perSecond)) ?? [];
  const scale = PER_SECOND_OF[per]! / 1024 ** Math.max(0, BYTE_UNITS.indexOf(unit));
  return `${significant(slope.lowerPerSecond * scale)}–${significant(slope.upperPerSecond * scale)}`;
}

/** A time to wait, no finer than a person would say it: seconds only below ten minutes. */
export function waitText(seconds: number): string {
  return formatDuration(seconds >= 600 ? Math.round(seconds / 60) * 60 : seconds);
}

export interface VerdictWords {
  state: LeakState | null;
  headline: string;
  /** The part of the headline that is read first. Empty where nothing stands out. */
  rate: string;
  /** Empty when there is nothing to add. */
  detail: string;
  blame: BlameWords | null;
}

export interface BlameWords {
  share: string;
  /** As profiles spell it. */
  function: string;
  /** "leaks.go:77"; empty where it is not known. */
  place: string;
}

interface Blame {
  function: string;
  file: string;
  line: number;
  share: number;
}

function blameWords(blame: Blame): BlameWords {
  const file = blame.file.slice(Math.max(blame.file.lastIndexOf('/'), blame.file.lastIndexOf('\\')) + 1);
  return {
    share: percent(blame.share),
    function: blame.function,
    place: file === '' || blame.line <= 0 ? file : `${file}:${blame.line}`,
  };
}

/** The first letter large, as a sentence of its own begins. */
function sentence(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** The verdict line: "orders-api is leaking 1.21 MiB/s (1.15–1.27) since 14:02, linear; limit in 3 h 10 min." */
export function verdictWords(target: ApiTarget, blame: Blame | null, nowMs: number): VerdictWords {
  const name = target.name;
  const verdict = target.verdict;
  if (!verdict) {
    return {
      state: null,
      headline:
        target.health === 'up'
          ? t('verdict.none', '{{name}} has no verdict yet', { name })
          : t('verdict.notUp', '{{name}} is not watched now', { name }),
      rate: '',
      detail: sentence(target.problem ?? ''),
      blame: null,
    };
  }
  const pressed = verdict.channel === 'gc_pressure';
  const signal = pressed ? null : leadingSignal(target);
  const slope = signal ? verdict.slopes[signal] : undefined;
  const bad = verdict.state === 'leaking' || verdict.state === 'growing';
  if (!bad || !signal || !slope) {
    const headline =
      bad && pressed
        ? t('verdict.pressed', '{{name}} is {{state}}: the garbage collector is under pressure', {
            name,
            state: stateWord(verdict.state).toLowerCase(),
          })
        : verdict.state === 'learning'
          ? t('verdict.learning', '{{name}} is being learnt', { name })
          : verdict.state === 'healthy'
            ? t('verdict.healthy', '{{name}} is healthy', { name })
            : t('verdict.other', '{{name}}: {{state}}', { name, state: stateWord(verdict.state) });
    return { state: verdict.state, headline, rate: '', detail: sentence(whyWords(verdict)), blame: null };
  }
  const rate = slopeWords(signal, slope.perSecond);
  const range = rangeText(signal, slope);
  const values = { name, rate, range };
  const parts = [
    verdict.state === 'leaking'
      ? t('verdict.leaking', '{{name}} is leaking {{rate}} ({{range}})', values)
      : t('verdict.growing', '{{name}} is growing {{rate}} ({{range}})', values),
  ];
  const since = verdict.since === null ? NaN : Date.parse(verdict.since);
  if (!Number.isNaN(since))
    parts.push(t('verdict.since', ' since {{time}}', { time: clockTime(since, nowMs) }));
  if (verdict.pattern)
    parts.push(t('verdict.pattern', ', {{pattern}}', { pattern: patternWord(verdict.pattern) }));
  if (verdict.timeToLimit) {
    const limit = limitWord(verdict.timeToLimit.limit);
    parts.push(
      verdict.timeToLimit.seconds < 1
        ? t('verdict.limitReached', '; {{limit}} reached', { limit })
        : t('verdict.limit', '; {{limit}} in {{duration}}', {
            limit,
            duration: waitText(verdict.timeToLimit.seconds),
          }),
    );
  }
  return {
    state: verdict.state,
    headline: parts.join(''),
    rate,
    detail: sentence(whyWords(verdict)),
    blame: blame ? blameWords(blame) : null,
  };
}

/** "github.com/acme/shop/cache.(*Store).Put" → "cache.(*Store).Put". */
export function shortFunction(name: string): string {
  // Receivers and type parameters hold slashes of their own.
  const end = name.search(/[([]/);
  return name.slice(name.lastIndexOf('/', end === -1 ? name.length : end) + 1);
}

export function shortFile(path: string): string {
  const parts = path.split(/[/\\]/);
  return parts.slice(-2).join('/');
}
