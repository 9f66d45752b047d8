// The live view: the state of a diagnosis as lines of a terminal. Pure; no line is wider than the terminal.

import type pc from 'picocolors';
import { formatBytes, formatDuration, significant } from '../format.js';
import type { LeakState } from '../leak/types.js';
import { MEMORY_PARTS, type MemoryPart } from '../signals.js';
import { LONGEST_PART_NAME, PART_NAMES } from './parts.js';
import { rateOf, slopeOf, stateInWords } from './rates.js';
import {
  bar,
  clip,
  harmless,
  padEnd,
  padStart,
  progress,
  sparkline,
  widthOf,
  wrap,
  type Glyphs,
} from './text.js';
import type { Size } from './terminal.js';
import type { LiveState } from './types.js';

export type Colors = ReturnType<typeof pc.createColors>;

const LABEL = 12;
const AMOUNT = 10;
const NARROWEST = 20;
/** Columns of the longest text of what is waited for. */
const LONGEST_WAITING = 60;
/** Wider lines are no easier to read. */
const WIDEST = 140;

/** Lines in order of importance are left out from the end where the terminal is lower. */
export function screen(state: LiveState, size: Size, glyphs: Glyphs, colors: Colors): string[] {
  const width = Math.min(size.columns, WIDEST);
  if (width < NARROWEST) return [clip(`${stateInWords(state.verdict.state)}`, size.columns, glyphs)];
  const draw = new Drawing(state, width, glyphs, colors);
  const blocks = [
    { lines: draw.header(), keep: 0 },
    { lines: draw.verdict(), keep: 1 },
    { lines: draw.memory(), keep: 4 },
    { lines: draw.signals(), keep: 3 },
    { lines: draw.waiting(), keep: 2 },
    { lines: draw.events(), keep: 5 },
    { lines: draw.keys(), keep: 6 },
  ];
  const height = () => blocks.reduce((sum, { lines }) => sum + (lines.length > 0 ? lines.length + 1 : 0), -1);
  for (let least = 6; height() > size.rows && least > 0; least--) {
    for (const block of blocks) if (block.keep === least) block.lines = [];
  }
  return blocks
    .filter(({ lines }) => lines.length > 0)
    .flatMap(({ lines }, i) => (i === 0 ? lines : ['', ...lines]));
}

class Drawing {
  constructor(
    private readonly state: LiveState,
    private readonly width: number,
    private readonly glyphs: Glyphs,
    private readonly colors: Colors,
  ) {}

  header(): string[] {
    const { status, elapsedMs, durationMs } = this.state;
    const time = ` ${clock(elapsedMs)} / ${clock(durationMs)}`;
    const facts = [
      status.pid === undefined ? undefined : `pid ${status.pid}`,
      status.go.goVersion,
      status.go.module,
    ].flatMap((fact) => (fact === undefined ? [] : [harmless(fact)]));
    const room = this.width - widthOf(time);
    const name = clip(harmless(status.name), room, this.glyphs);
    const rest = clip(facts.length > 0 ? `  ${facts.join('  ')}` : '', room - widthOf(name), this.glyphs);
    return [
      this.colors.bold(name) + this.colors.dim(padEnd(rest, room - widthOf(name))) + this.colors.dim(time),
    ];
  }

  verdict(): string[] {
    const { verdict, problem } = this.state;
    const label = stateInWords(verdict.state);
    const text = verdict.state === 'learning' ? 'too early to tell' : harmless(verdict.why);
    const lines = wrap(text, this.width - LABEL).slice(0, 3);
    const told = lines.map(
      (line, i) => (i === 0 ? this.tint(verdict.state)(padEnd(label, LABEL)) : ' '.repeat(LABEL)) + line,
    );
    if (verdict.timeToLimit && verdict.state !== 'healthy') {
      const { limit, limitBytes, seconds } = verdict.timeToLimit;
      told.push(this.row('', `reaches ${limit} (${formatBytes(limitBytes)}) in ${formatDuration(seconds)}`));
    }
    if (problem) {
      const warned = wrap(harmless(problem.message), this.width - LABEL).slice(0, 4);
      told.push(...warned.map((line, i) => this.colors.yellow(padEnd(i === 0 ? 'Note' : '', LABEL) + line)));
    }
    return told;
  }

  memory(): string[] {
    const { first, last, series } = this.state;
    if (!last) return this.outside();
    const change = first ? last.totalBytes - first.totalBytes : 0;
    const total = `${padStart(formatBytes(last.totalBytes), AMOUNT)}  ${signed(change)}`;
    const label = series.signals.commit ? 'Memory' : 'Go memory';
    const lines = [this.row(label, total + this.spark(series.signals.commit, widthOf(total)))];
    const most = Math.max(...MEMORY_PARTS.map((part) => last.parts[part] ?? 0), 1);
    for (const part of MEMORY_PARTS) {
      const bytes = last.parts[part];
      // Where Go claims more than the system charges, what is outside of Go is not known.
      if (bytes === undefined || (part === 'non_go' && last.clampedBytes > 0)) continue;
      lines.push(this.part(part, bytes, first?.parts[part], most));
    }
    return lines;
  }

  /** Where the runtime tells nothing: the whole, as the system sees it. */
  private outside(): string[] {
    const { status, series } = this.state;
    const { commit, private_working_set: set } = status.lastSample?.signals ?? {};
    const bytes = commit ?? set;
    if (bytes === undefined) return [];
    const total = padStart(formatBytes(bytes), AMOUNT);
    return [
      this.row(
        'Memory',
        total + this.spark(series.signals.commit ?? series.signals.private_working_set, widthOf(total)),
      ),
    ];
  }

  private part(part: MemoryPart, bytes: number, firstBytes: number | undefined, most: number): string {
    const name = padEnd(`  ${PART_NAMES[part]}`, LONGEST_PART_NAME + 3);
    const amount = padStart(formatBytes(bytes), AMOUNT);
    const change = firstBytes === undefined ? '' : signed(bytes - firstBytes);
    const changeWidth = AMOUNT + 1;
    const room = this.width - widthOf(name) - AMOUNT - 2 - changeWidth - 1;
    if (room < 5) return clip(name + amount, this.width, this.glyphs);
    const drawn = bar(bytes / most, room, this.glyphs);
    const tint = PART_TINTS[part];
    const tail = padStart(change, changeWidth);
    const isGrowing = firstBytes !== undefined && bytes - firstBytes > 0.1 * Math.max(firstBytes, 2 ** 20);
    return `${name}${amount}  ${this.colors[tint](drawn)}${' '.repeat(room - widthOf(drawn))} ${isGrowing ? tail : this.colors.dim(tail)}`;
  }

  signals(): string[] {
    const { verdict, series, forcedLiveHeapBytes, collections, status } = this.state;
    const lines: string[] = [];
    const live = status.lastSample?.signals.live_heap;
    if (live !== undefined) {
      const slope = verdict.slopes.live_heap;
      const shown = padStart(formatBytes(live), AMOUNT) + (slope ? `  ${slopeOf('live_heap', slope)}` : '');
      const points = forcedLiveHeapBytes.length >= 3 ? forcedLiveHeapBytes : series.signals.live_heap;
      lines.push(this.row('Live heap', shown + this.spark(points, widthOf(shown))));
    } else if (verdict.slopes.commit) {
      lines.push(this.row('Growth', `${' '.repeat(2)}${slopeOf('commit', verdict.slopes.commit)}`));
    }
    if (collections) {
      const { since, perMinute, forced } = collections;
      const cpu = status.lastSample?.runtime?.gcCpuFraction;
      const words = [
        `${significant(since)} ${since === 1 ? 'collection' : 'collections'}${forced > 0 ? ` (${forced} forced)` : ''}`,
        `${significant(perMinute, 2)}/min`,
        ...(cpu === undefined ? [] : [`${significant(100 * cpu, 2)} % CPU`]),
        ...this.pause(),
      ];
      lines.push(this.row('GC', `  ${words.join(', ')}`));
    }
    const goroutines = status.lastSample?.signals.goroutines;
    if (goroutines !== undefined) {
      const slope = verdict.slopes.goroutines;
      const text =
        padStart(String(goroutines), AMOUNT) + (slope ? `  ${rateOf('goroutines', slope.perSecond)}` : '');
      lines.push(this.row('Goroutines', text + this.spark(series.signals.goroutines, widthOf(text))));
    }
    return lines;
  }

  waiting(): string[] {
    const { waiting, phase } = this.state;
    const doing = PHASES[phase];
    if (doing !== undefined) return [this.row('Now', doing)];
    if (!waiting) return [];
    const room = Math.max(8, Math.min(24, this.width - LABEL - LONGEST_WAITING));
    const drawn = progress(waiting.done, room, this.glyphs);
    const text = clip(` ${waiting.text}`, this.width - LABEL - widthOf(drawn), this.glyphs);
    return [padEnd('Waiting', LABEL) + this.colors.cyan(drawn) + text];
  }

  events(): string[] {
    const { captures, load } = this.state;
    const lines = captures.map(({ takenAtMs, heapBytes, failure }, i) =>
      this.row(
        i === 0 ? 'Captured' : '',
        failure ?? `heap profile (${formatBytes(heapBytes ?? 0)}) and goroutines at ${localTime(takenAtMs)}`,
      ),
    );
    if (load !== undefined) lines.push(this.row('Load', load));
    return lines;
  }

  keys(): string[] {
    return [
      this.colors.dim(
        clip('Enter or q: finish now with what is known   Ctrl-C twice: stop', this.width, this.glyphs),
      ),
    ];
  }

  private row(label: string, text: string): string {
    return clip(padEnd(label, LABEL) + harmless(text), this.width, this.glyphs);
  }

  /** A sparkline in what is left of the line. */
  private spark(values: readonly (number | null)[] | undefined, used: number): string {
    const room = Math.min(60, this.width - LABEL - used - 2);
    return values === undefined || room < 8 ? '' : `  ${sparkline(values, room, this.glyphs)}`;
  }

  private pause(): string[] {
    const [newest] = this.state.status.lastSample?.runtime?.gcPausesSeconds ?? [];
    return newest === undefined || newest <= 0 ? [] : [`last pause ${pauseInWords(newest)}`];
  }

  private tint(state: LeakState): (text: string) => string {
    const { colors } = this;
    const tints = {
      learning: colors.dim,
      healthy: colors.green,
      growing: colors.yellow,
      leaking: colors.red,
    };
    return (text) => colors.bold(tints[state](text));
  }
}

const PHASES: Partial<Record<LiveState['phase'], string>> = {
  first_capture: 'takes the first profiles (heap after a collection, goroutines)',
  last_capture: 'takes the last profiles',
  analysing: 'compares the profiles',
};

const PART_TINTS = {
  live_heap: 'green',
  garbage: 'gray',
  heap_fragmentation: 'gray',
  heap_idle: 'gray',
  stacks: 'blue',
  runtime: 'cyan',
  profiling_buckets: 'cyan',
  non_go: 'magenta',
} as const satisfies Record<MemoryPart, keyof Colors>;

export function signed(bytes: number): string {
  return `${bytes > 0 ? '+' : ''}${formatBytes(bytes)}`;
}

/** "1:05", "1:02:30". */
export function clock(ms: number): string {
  const seconds = Math.floor(ms / 1000);
  const two = (n: number) => String(n).padStart(2, '0');
  const [h, m, s] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
  return h > 0 ? `${h}:${two(m)}:${two(s)}` : `${m}:${two(s)}`;
}

/** The time of day where the reader sits. */
export function localTime(ms: number): string {
  const at = new Date(ms);
  const two = (n: number) => String(n).padStart(2, '0');
  return `${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}`;
}

function pauseInWords(seconds: number): string {
  return seconds < 0.001 ? `${Math.round(seconds * 1e6)} µs` : `${significant(seconds * 1000, 2)} ms`;
}
