// The end of a diagnosis as lines: the verdict, where the memory is, the functions that grow with their source, the
// goroutines, and what to look at next. Pure; no line is wider than the terminal.

import { basename } from 'node:path/posix';
import { formatBytes, formatBytesPerSecond, formatDuration, significant } from '../format.js';
import { MEMORY_PARTS } from '../signals.js';
import { LONGEST_PART_NAME, PART_NAMES } from './parts.js';
import { mainSlope, rateOf, slopeOf, stateInWords } from './rates.js';
import { localTime, signed, type Colors } from './screen.js';
import { clip, clipMiddle, harmless, padEnd, padStart, widthOf, wrap, type Glyphs } from './text.js';
import { titleOf } from './title.js';
import type { Findings } from './types.js';

const LABEL = 12;
/** Rows of each table. */
const MOST_FUNCTIONS = 8;
const MOST_GROUPS = 5;
const MOST_FRAMES = 5;
/** A share of the growth below this is left out. */
const LEAST_SHARE = 0.01;

export interface SummaryStyle {
  width: number;
  glyphs: Glyphs;
  colors: Colors;
}

export function summary(findings: Findings, style: SummaryStyle): string[] {
  const draw = new Summary(findings, style);
  const blocks = [
    draw.title(),
    draw.verdict(),
    draw.memory(),
    draw.functions(),
    draw.sources(),
    draw.goroutines(),
    draw.advice(),
    draw.notes(),
  ];
  return blocks.filter((lines) => lines.length > 0).flatMap((lines, i) => (i === 0 ? lines : ['', ...lines]));
}

class Summary {
  constructor(
    private readonly findings: Findings,
    private readonly style: SummaryStyle,
  ) {}

  title(): string[] {
    const { colors } = this.style;
    const { state } = this.findings.verdict;
    const tint = {
      learning: colors.yellow,
      healthy: colors.green,
      growing: colors.yellow,
      leaking: colors.red,
    }[state];
    return wrap(harmless(titleOf(this.findings)), this.style.width).map((line) => colors.bold(tint(line)));
  }

  verdict(): string[] {
    const { verdict, startedAtMs, endedAtMs, captures, target, load, problem } = this.findings;
    const lines = this.labelled(
      'Verdict',
      `${stateInWords(verdict.state).toLowerCase()}${verdict.state === 'learning' ? '' : `: ${verdict.why}`}`,
    );
    const grows = mainSlope(verdict);
    if (grows) lines.push(...this.labelled('Growth', slopeOf(grows.signal, grows.slope)));
    if (verdict.timeToLimit && verdict.state === 'leaking') {
      const { limit, limitBytes, seconds } = verdict.timeToLimit;
      lines.push(
        ...this.labelled(
          'Limit',
          `reaches ${limit} (${formatBytes(limitBytes)}) in ${formatDuration(seconds)}`,
        ),
      );
    }
    const taken = captures.filter(({ profiles }) => profiles.has('heap'));
    const when =
      taken.length > 0
        ? `, heap profiles at ${taken.map(({ takenAtMs }) => localTime(takenAtMs)).join(', ')}`
        : '';
    lines.push(...this.labelled('Watched', `${formatDuration((endedAtMs - startedAtMs) / 1000)}${when}`));
    const what = [target.executable, target.go.module, target.go.moduleVersion, target.go.goVersion];
    const named = what.filter((fact) => fact !== undefined).join(', ');
    if (named !== '')
      lines.push(...this.labelled('Process', `${target.pid === undefined ? '' : `${target.pid}: `}${named}`));
    if (load !== undefined) lines.push(...this.labelled('Load', load));
    if (problem) lines.push(...this.labelled('Note', problem.message));
    return lines;
  }

  memory(): string[] {
    const { first, last } = this.findings;
    const { width, glyphs, colors } = this.style;
    if (!last) return [];
    const row = (name: string, from: number | undefined, to: number) => {
      const change = from === undefined ? '' : signed(to - from);
      const line = `${padEnd(name, LONGEST_PART_NAME + 3)}${padStart(from === undefined ? '' : formatBytes(from), 10)}${padStart(formatBytes(to), 11)}${padStart(change, 12)}`;
      return clip(line, width, glyphs);
    };
    const head = `${padEnd('Memory', LONGEST_PART_NAME + 3)}${padStart('first', 10)}${padStart('last', 11)}${padStart('change', 12)}`;
    const lines = [colors.bold(clip(head, width, glyphs))];
    for (const part of MEMORY_PARTS) {
      const bytes = last.parts[part];
      if (bytes === undefined || (part === 'non_go' && last.clampedBytes > 0)) continue;
      lines.push(row(`  ${PART_NAMES[part]}`, first?.parts[part], bytes));
    }
    lines.push(row('  all', first?.totalBytes, last.totalBytes));
    if (last.note !== undefined)
      lines.push(...wrap(harmless(last.note), width - 2).map((line) => colors.dim(`  ${line}`)));
    return lines;
  }

  functions(): string[] {
    const { growth } = this.findings;
    const { width, colors, glyphs } = this.style;
    const rows = (growth?.blamed ?? []).filter(({ share }) => share >= LEAST_SHARE).slice(0, MOST_FUNCTIONS);
    if (!growth || rows.length === 0) return [];
    const head = `${padStart('growth', 10)}${padStart('rate', 14)}${padStart('share', 8)}  function`;
    const lines = [
      colors.bold(clip('Growing functions', width, glyphs)),
      colors.dim(clip(head, width, glyphs)),
    ];
    for (const [
      i,
      { function: name, file, line, growthBytes, growthBytesPerSecond, share, stack },
    ] of rows.entries()) {
      const figures = `${padStart(formatBytes(growthBytes), 10)}${padStart(formatBytesPerSecond(growthBytesPerSecond), 14)}${padStart(percent(share), 8)}  `;
      const place = file === '' ? '' : `${basename(file.replaceAll('\\', '/'))}${line > 0 ? `:${line}` : ''}`;
      const room = width - widthOf(figures);
      const shownPlace = harmless(place);
      const isBeside = widthOf(harmless(name)) + 2 + widthOf(shownPlace) <= room;
      if (isBeside) lines.push(`${figures}${harmless(name)}  ${colors.dim(shownPlace)}`);
      else {
        lines.push(clip(`${figures}${clipMiddle(harmless(name), room, glyphs)}`, width, glyphs));
        if (place !== '')
          lines.push(colors.dim(clip(`${' '.repeat(Math.min(34, width - 1))}${shownPlace}`, width, glyphs)));
      }
      if (i > 0) continue;
      for (const frame of stack.slice(0, MOST_FRAMES))
        lines.push(colors.dim(`    ${clipMiddle(harmless(frame), width - 4, glyphs)}`));
      if (stack.length > MOST_FRAMES)
        lines.push(colors.dim(`    ${glyphs.ellipsis} ${stack.length - MOST_FRAMES} more`));
    }
    return lines;
  }

  sources(): string[] {
    const { width, colors, glyphs } = this.style;
    return this.findings.sources.flatMap(({ file, firstLine, lines, marked }, i) => {
      const digits = String(firstLine + lines.length).length;
      const shown = lines.map((text, at) => {
        const line = firstLine + at;
        const mark = marked.find((each) => each.line === line);
        const tail = mark ? `  ${signed(mark.growthBytes)}` : '';
        const head = `${mark ? '>' : ' '} ${String(line).padStart(digits)}  `;
        const body = clip(head + harmless(text), width - widthOf(tail), glyphs);
        return mark ? colors.bold(body) + colors.red(tail) : body;
      });
      return [...(i === 0 ? [] : ['']), colors.bold(clipMiddle(harmless(file), width, glyphs)), ...shown];
    });
  }

  goroutines(): string[] {
    const { goroutines, series } = this.findings;
    const { width, colors, glyphs } = this.style;
    const rows = goroutines.filter(({ growth }) => growth >= LEAST_GOROUTINES).slice(0, MOST_GROUPS);
    if (rows.length === 0) return [];
    const counts = (series.signals.goroutines ?? []).filter((count): count is number => count !== null);
    const head =
      counts.length > 1 ? `Goroutines  ${counts[0]!} at first, ${counts.at(-1)!} at last` : 'Goroutines';
    const lines = [colors.bold(clip(head, width, glyphs))];
    for (const { createdBy, blockedAt, states, growth, growthPerSecond, lastCount } of rows) {
      const figures = `${padStart(`+${significant(growth)}`, 10)}${padStart(rateOf('goroutines', growthPerSecond), 14)}  `;
      const place = (frame: typeof createdBy) =>
        frame ? `${frame.function} ${basename(frame.file.replaceAll('\\', '/'))}:${frame.line}` : 'unknown';
      const room = width - widthOf(figures);
      lines.push(
        clip(
          `${figures}${clipMiddle(harmless(`created by ${place(createdBy)}`), room, glyphs)}`,
          width,
          glyphs,
        ),
      );
      const [state] = states;
      const waits = `${state ? `${state.state} in ` : 'wait in '}${place(blockedAt)}, ${significant(lastCount)} now`;
      lines.push(
        colors.dim(
          clip(' '.repeat(26) + clipMiddle(harmless(waits), Math.max(8, width - 26), glyphs), width, glyphs),
        ),
      );
    }
    return lines;
  }

  advice(): string[] {
    const { width, colors } = this.style;
    const lines = [colors.bold('What to look at next')];
    for (const [i, { title, text }] of this.findings.advice.entries()) {
      const head = wrap(harmless(title), width - 5);
      lines.push(...head.map((line, at) => `${at === 0 ? `  ${i + 1}. ` : '     '}${colors.bold(line)}`));
      lines.push(...wrap(harmless(text), width - 5).map((line) => `     ${line}`));
    }
    return lines;
  }

  notes(): string[] {
    const { notes, growth } = this.findings;
    const texts = [
      ...(growth?.notes ?? []),
      ...notes.map(({ text }) => text).filter((text) => /^no /.test(text)),
    ];
    return texts.flatMap((text) =>
      wrap(harmless(text), this.style.width).map((line) => this.style.colors.dim(line)),
    );
  }

  private labelled(label: string, text: string): string[] {
    const lines = wrap(harmless(text), Math.max(8, this.style.width - LABEL));
    return lines.map(
      (line, i) => (i === 0 ? this.style.colors.bold(padEnd(label, LABEL)) : ' '.repeat(LABEL)) + line,
    );
  }
}

/** A group that grew by fewer is noise. */
const LEAST_GOROUTINES = 3;

function percent(share: number): string {
  return `${significant(100 * share, 3)} %`;
}
