// From what a report shows to its blocks, in the order in which a person reads them: the answer, how sure it is, whose
// memory, which code, what next; then the facts and how to see the same oneself.

import type { ApiBaselineSignal, ApiFunctionGrowth } from '../server/api.js';
import type { LeakChannel } from '../leak/types.js';
import { MEMORY_PARTS } from '../signals.js';
import { accountingPicture } from './accounting-picture.js';
import {
  code,
  muted,
  plain,
  strong,
  type Block,
  type Column,
  type Inline,
  type ReportDocument,
} from './blocks.js';
import type {
  ReportAccounting,
  ReportGoroutines,
  ReportModel,
  ReportSource,
  ReportTarget,
  ReportVerdict,
} from './model.js';
import { visibleCode } from './safe-text.js';
import { trendLines, trendPicture } from './trend-picture.js';
import {
  amountsOf,
  countRate,
  formatBytes,
  formatDuration,
  PART_WORDS,
  PATTERN_WORDS,
  percent,
  signalRate,
  signed,
  SIGNAL_WORDS,
  significant,
  STATE_WORDS,
  timeWords,
} from './words.js';

const MAX_FUNCTIONS = 30;
/** Beyond the first rows, what is a smaller share of the growth explains nothing. */
const FEW_FUNCTIONS = 8;
const MIN_SHARE = 0.002;
const MAX_BLAMED = 5;
const MAX_STACK = 24;
const MAX_GOROUTINES = 15;
const MAX_EVENTS = 60;
const MAX_SOURCES = 3;
const MAX_SOURCE_LINES = 60;

export function documentOf(model: ReportModel): ReportDocument {
  const blocks: Block[] = [
    ...verdictBlocks(model.verdict),
    ...trendBlocks(model),
    ...accountingBlocks(model.accounting),
    ...baselineBlocks(model.baseline),
    ...growthBlocks(model),
    ...goroutineBlocks(model.goroutines),
    ...adviceBlocks(model),
    ...eventBlocks(model),
    ...targetBlocks(model.target),
    ...reproduceBlocks(model),
    ...missingBlocks(model.missing),
  ];
  return {
    title: model.title,
    summary: model.summary ?? '',
    byline: `${timeWords(model.generatedAt)} · ${model.generator}`,
    generatedAt: model.generatedAt,
    generator: model.generator,
    blocks,
  };
}

function heading(text: string, level: 2 | 3 = 2): Block {
  return { kind: 'heading', level, text: [plain(text)] };
}

function verdictBlocks(verdict: ReportVerdict | undefined): Block[] {
  if (!verdict) return [];
  const rows: { name: string; value: Inline[] }[] = [
    {
      name: 'State',
      value: [{ text: STATE_WORDS[verdict.state], style: verdict.state === 'leaking' ? 'danger' : 'strong' }],
    },
  ];
  if (verdict.since) rows.push({ name: 'Growing since', value: [plain(timeWords(verdict.since))] });
  const channels = Object.keys(verdict.slopes ?? {}) as LeakChannel[];
  const leaking = new Set([...(verdict.leaking ?? []), ...(verdict.channel ? [verdict.channel] : [])]);
  const shown = channels.filter((signal) => leaking.size === 0 || leaking.has(signal));
  for (const signal of shown) {
    const slope = verdict.slopes?.[signal];
    if (!slope || signal === 'gc_pressure') continue;
    const rate = (perSecond: number) => signalRate(signal, perSecond) ?? '?';
    rows.push({
      name: `${SIGNAL_WORDS[signal]} slope`,
      value: [
        strong(rate(slope.perSecond)),
        muted(` (95% interval ${rate(slope.lowerPerSecond)} to ${rate(slope.upperPerSecond)})`),
      ],
    });
  }
  if (verdict.pattern) rows.push({ name: 'Pattern', value: [plain(PATTERN_WORDS[verdict.pattern])] });
  if (verdict.timeToLimit) {
    const { limit, limitBytes, seconds } = verdict.timeToLimit;
    rows.push({
      name: 'Time to limit',
      value: [strong(formatDuration(seconds)), plain(` until ${formatBytes(limitBytes)} (${limit})`)],
    });
  }
  if (verdict.why !== '') rows.push({ name: 'Why', value: [plain(verdict.why)] });
  return [heading('Verdict'), { kind: 'facts', rows }];
}

function trendBlocks({ trend }: ReportModel): Block[] {
  if (!trend) return [];
  const picture = trendPicture(trend);
  if (!picture) return [];
  const parts = [
    `${timeWords(trend.atMs[0]!)} to ${timeWords(trend.atMs.at(-1)!)}`,
    ...(trend.fit ? ['dashed: the fitted slope'] : []),
    ...(trend.marks.some(({ kind }) => kind === 'capture') ? ['dots on the axis: captures'] : []),
  ];
  return [
    heading('Trend'),
    { kind: 'picture', picture, caption: `${parts.join('; ')}.`, plain: trendLines(trend) },
  ];
}

function accountingBlocks(accounting: ReportAccounting | undefined): Block[] {
  if (!accounting) return [];
  const { first, last } = accounting;
  const columns: Column[] = [
    { title: 'Part' },
    ...(first ? [{ title: 'Before', align: 'right' } as const] : []),
    { title: first ? 'Now' : 'Size', align: 'right' },
    ...(first ? [{ title: 'Change', align: 'right' } as const] : []),
    { title: 'Share', align: 'right' },
  ];
  const row = (
    name: Inline,
    before: number | undefined,
    now: number | undefined,
    total: number,
  ): Inline[][] => [
    [name],
    ...(first ? [[amountOrDash(before)]] : []),
    [amountOrDash(now)],
    ...(first
      ? [[before === undefined || now === undefined ? plain('–') : plain(signed(formatBytes(now - before)))]]
      : []),
    [now === undefined || total <= 0 ? plain('–') : plain(percent(now / total))],
  ];
  const rows = MEMORY_PARTS.filter(
    (part) => first?.parts[part] !== undefined || last.parts[part] !== undefined,
  ).map((part) =>
    row({ text: PART_WORDS[part], swatch: part }, first?.parts[part], last.parts[part], last.totalBytes),
  );
  rows.push(row(strong('Total'), first?.totalBytes, last.totalBytes, last.totalBytes));
  const when = first
    ? `Before: ${timeWords(first.at)}; now: ${timeWords(last.at)}.`
    : `At ${timeWords(last.at)}.`;
  const note = last.note ?? first?.note;
  return [
    heading('Whose memory it is'),
    { kind: 'picture', picture: accountingPicture(accounting), caption: when, plain: [] },
    { kind: 'table', columns, rows },
    ...(note === undefined ? [] : [{ kind: 'text', text: [muted(note)] } satisfies Block]),
  ];
}

function amountOrDash(bytes: number | undefined): Inline {
  return plain(bytes === undefined ? '–' : formatBytes(bytes));
}

function baselineBlocks(baseline: readonly ApiBaselineSignal[] | undefined): Block[] {
  const known = (baseline ?? []).filter(({ now }) => now !== null);
  if (known.length === 0) return [];
  const amount = ({ unit }: ApiBaselineSignal, value: number) => {
    if (unit === 'bytes') return formatBytes(value);
    return unit === 'perSecond' ? countRate(value) : significant(value);
  };
  return [
    heading('Normal and now'),
    {
      kind: 'table',
      columns: [
        { title: 'Signal' },
        { title: 'Normal', align: 'right' },
        { title: 'Spread', align: 'right' },
        { title: 'Now', align: 'right' },
        { title: 'Ratio', align: 'right' },
      ],
      rows: known.map((each) => [
        [plain(sentence(each.signal))],
        [plain(amount(each, each.normal))],
        [plain(`±${amount(each, each.spread)}`)],
        [plain(amount(each, each.now!))],
        [each.ratio === null ? plain('–') : strong(`${significant(each.ratio)}×`)],
      ]),
    },
  ];
}

/** "gc_rate" is "Gc rate". */
function sentence(signal: string): string {
  const words = signal.replaceAll('_', ' ').replace(/^gc /, 'GC ');
  return words.charAt(0).toUpperCase() + words.slice(1);
}

function growthBlocks({ growth, sources, callGraph }: ReportModel): Block[] {
  if (!growth) return callGraph ? [heading('Call graph', 2), { kind: 'graph', ...callGraph }] : [];
  const { amount, rate } = amountsOf(growth.unit);
  const blocks: Block[] = [heading('What grows')];
  const [first, last] = [growth.captures?.[0], growth.captures?.at(-1)];
  if (first && last && growth.captures) {
    const text = `${growth.sampleType ?? 'Memory'} over ${growth.captures.length} captures, ${timeWords(first.takenAt)} to ${timeWords(last.takenAt)}: ${amount(first.totalBytes)} to ${amount(last.totalBytes)}.`;
    blocks.push({ kind: 'text', text: [plain(text)] });
  }
  for (const blamed of growth.blamed.slice(0, MAX_BLAMED)) {
    const stack = blamed.stack.slice(0, MAX_STACK).map((text) => ({ text: visibleCode(text) }));
    const rest = blamed.stack.length - stack.length;
    blocks.push(
      { kind: 'heading', level: 3, text: [code(blamed.function)] },
      {
        kind: 'text',
        text: [
          strong(signed(amount(blamed.growthBytes))),
          plain(`, ${rate(blamed.growthBytesPerSecond)}, ${percent(blamed.share)} of the growth`),
          ...(blamed.file === '' ? [] : [plain(', at '), code(placeOf(blamed))]),
          ...(stack.length > 0 ? [plain('. The stack that holds it, leaf first:')] : [plain('.')]),
        ],
      },
    );
    if (stack.length > 0) {
      const lines = rest > 0 ? [...stack, { text: `… ${rest} more` }] : stack;
      blocks.push({ kind: 'code', language: 'text', lines });
    }
  }
  for (const source of (sources ?? []).slice(0, MAX_SOURCES)) blocks.push(...sourceBlocks(source, amount));
  const functions = growth.functions
    .filter(({ growthBytes, share }, i) => growthBytes !== 0 && (i < FEW_FUNCTIONS || share >= MIN_SHARE))
    .slice(0, MAX_FUNCTIONS);
  if (functions.length > 0) {
    blocks.push(heading('Allocators by growth', 3), {
      kind: 'table',
      columns: [
        { title: 'Function' },
        { title: 'Growth', align: 'right' },
        { title: 'Rate', align: 'right' },
        { title: 'Share', align: 'right' },
        { title: 'First', align: 'right' },
        { title: 'Last', align: 'right' },
      ],
      rows: functions.map((f) => [
        functionCell(f),
        [plain(signed(amount(f.growthBytes)))],
        [plain(rate(f.growthBytesPerSecond))],
        [plain(percent(f.share))],
        [plain(amount(f.firstBytes))],
        [plain(amount(f.lastBytes))],
      ]),
    });
    const rest = growth.functions.length - functions.length;
    if (rest > 0) blocks.push({ kind: 'text', text: [muted(`${rest} more functions grew less or shrank.`)] });
  } else if (growth.blamed.length === 0) {
    blocks.push({ kind: 'text', text: [plain('No function holds more than it did before.')] });
  }
  for (const note of growth.notes ?? []) blocks.push({ kind: 'text', text: [muted(`Note: ${note}.`)] });
  if (callGraph) blocks.push(heading('Call graph of the growth', 3), { kind: 'graph', ...callGraph });
  return blocks;
}

function functionCell(f: ApiFunctionGrowth): Inline[] {
  const own = f.own === true ? [muted(' · own code')] : [];
  const place = f.file === '' ? [] : [muted(` ${placeOf({ ...f, file: baseName(f.file) })}`)];
  return [code(f.function), ...place, ...own];
}

function placeOf({ file, line }: { file: string; line: number }): string {
  return line > 0 ? `${file}:${line}` : file;
}

function baseName(file: string): string {
  return file.slice(Math.max(file.lastIndexOf('/'), file.lastIndexOf('\\')) + 1);
}

function sourceBlocks(source: ReportSource, amount: (value: number) => string): Block[] {
  const grown = new Map(source.marked.map(({ line, growthBytes }) => [line, growthBytes]));
  const lines = source.lines.slice(0, MAX_SOURCE_LINES).map((text, i) => {
    const number = source.firstLine + i;
    const growth = grown.get(number);
    return {
      text: visibleCode(text),
      margin: `${String(number).padStart(5)} ${growth === undefined ? '' : signed(amount(growth))}`,
      isMarked: growth !== undefined,
    };
  });
  if (lines.length === 0) return [];
  return [
    { kind: 'text', text: [plain('Source of '), code(source.function), plain(', '), code(source.file)] },
    { kind: 'code', language: 'go', lines },
  ];
}

function goroutineBlocks(goroutines: ReportGoroutines | undefined): Block[] {
  if (!goroutines || goroutines.groups.length === 0) return [];
  const { firstCount, lastCount, groups } = goroutines;
  const blocks: Block[] = [heading('Goroutines by where they are created')];
  const total =
    firstCount === undefined
      ? `${lastCount} goroutines.`
      : `${firstCount} goroutines before, ${lastCount} now (${signed(String(lastCount - firstCount))}).`;
  blocks.push({ kind: 'text', text: [plain(total)] });
  blocks.push({
    kind: 'table',
    columns: [
      { title: 'Created by' },
      { title: 'Waits at' },
      { title: 'Before', align: 'right' },
      { title: 'Now', align: 'right' },
      { title: 'Rate', align: 'right' },
      { title: 'Longest wait', align: 'right' },
    ],
    rows: groups
      .slice(0, MAX_GOROUTINES)
      .map((group) => [
        [code(group.createdBy)],
        [
          ...(group.blockedAt === undefined ? [] : [code(group.blockedAt)]),
          ...(group.state === undefined ? [] : [muted(` ${group.state}`)]),
          ...(group.leaked ? [{ text: ` ${group.leaked} can never go on`, style: 'danger' } as const] : []),
        ],
        [plain(group.firstCount === undefined ? '–' : String(group.firstCount))],
        [strong(String(group.lastCount))],
        [plain(group.growthPerSecond === undefined ? '–' : countRate(group.growthPerSecond))],
        [plain(group.longestWaitMinutes ? formatDuration(group.longestWaitMinutes * 60) : '–')],
      ]),
  });
  const stack = groups[0]?.stack?.slice(0, MAX_STACK) ?? [];
  if (stack.length > 0) {
    blocks.push({ kind: 'text', text: [plain('Stack of one of the first group, leaf first:')] });
    blocks.push({
      kind: 'code',
      language: 'text',
      lines: stack.map((text) => ({ text: visibleCode(text) })),
    });
  }
  return blocks;
}

function adviceBlocks({ advice }: ReportModel): Block[] {
  if (advice.length === 0) return [];
  return [
    heading('What to look at next'),
    { kind: 'list', items: advice.map(({ title, text }) => [strong(`${title}. `), plain(text)]) },
  ];
}

function eventBlocks({ events }: ReportModel): Block[] {
  if (events.length === 0) return [];
  const shown =
    events.length <= MAX_EVENTS
      ? events
      : [...events.slice(0, MAX_EVENTS / 2), ...events.slice(-MAX_EVENTS / 2)];
  const left = events.length - shown.length;
  return [
    heading('What was seen'),
    {
      kind: 'table',
      columns: [{ title: 'When' }, { title: '' }, { title: 'What' }],
      rows: shown.map(({ at, kind, text }) => [
        [plain(timeWords(at))],
        [kind === 'alert' ? { text: kind, style: 'danger' } : muted(kind)],
        [plain(text)],
      ]),
    },
    ...(left > 0
      ? [{ kind: 'text', text: [muted(`${left} events in between are left out.`)] } as const]
      : []),
  ];
}

function targetBlocks(target: ReportTarget): Block[] {
  const rows: { name: string; value: Inline[] }[] = [];
  const add = (name: string, value: string | number | undefined, style?: Inline['style']) => {
    if (value !== undefined && value !== '') rows.push({ name, value: [{ text: String(value), style }] });
  };
  add('Name', target.name, 'strong');
  add('Host', target.host);
  add('PID', target.pid);
  add('Started', target.startedAt === undefined ? undefined : timeWords(target.startedAt));
  add('Executable', target.executable, 'code');
  add('Module', [target.module, target.moduleVersion].filter(Boolean).join(' '), 'code');
  add('Revision', target.revision, 'code');
  add('Go', target.goVersion);
  const labels = Object.entries(target.labels ?? {}).map(([name, value]) => `${name}=${value}`);
  add('Labels', labels.join(', '));
  for (const { name, value } of target.facts ?? []) add(name, value);
  return [heading('Target'), { kind: 'facts', rows }];
}

function reproduceBlocks({ reproduce }: ReportModel): Block[] {
  if (reproduce.length === 0) return [];
  return [
    heading('How to see it yourself'),
    ...reproduce.flatMap(({ text, command }): Block[] => [
      { kind: 'text', text: [plain(text)] },
      ...(command === undefined
        ? []
        : [
            {
              kind: 'code',
              language: 'sh',
              lines: command.split('\n').map((line) => ({ text: visibleCode(line) })),
            } as const,
          ]),
    ]),
  ];
}

function missingBlocks(missing: readonly string[]): Block[] {
  if (missing.length === 0) return [];
  return [heading('Not in this report'), { kind: 'list', items: missing.map((text) => [plain(text)]) }];
}
