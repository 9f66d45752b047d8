// The stored run: a small JSON file that is kept beside the code, and how a new run compares with it. The format is
// versioned; a file of another version is refused by name.

import { readFile, writeFile } from 'node:fs/promises';
import { z } from 'zod';
import { LeaklineError, messageOf, UsageError } from '../errors.js';
import type {
  BaselineChange,
  BaselineComparison,
  ChannelResult,
  ChangeKind,
  FunctionResult,
  OperationsResult,
  Place,
  VerifyResult,
} from './types.js';

const VERSION = 1;
/** A file of ours has a few kilobytes. */
const MAX_FILE_BYTES = 5 * 2 ** 20;

const rate = z.number().finite();
const baselineSchema = z.object({
  leaklineBaseline: z.literal(VERSION),
  takenAt: z.string().max(64),
  service: z.string().max(1000),
  goVersion: z.string().max(100).optional(),
  watchedSeconds: z.number().positive(),
  outcome: z.enum(['passed', 'failed']),
  operations: z.object({ count: z.number().nonnegative(), perSecond: z.number().nonnegative() }).optional(),
  liveHeap: z.object({ levelBytes: rate, bytesPerSecond: rate, grows: z.boolean() }),
  functions: z
    .array(
      z.object({
        function: z.string().max(10_000),
        file: z.string().max(10_000),
        line: z.int().nonnegative(),
        bytesPerSecond: rate,
        bytesPerOperation: rate.optional(),
      }),
    )
    .max(1000),
});

export type Baseline = z.infer<typeof baselineSchema>;

/** What of a run is worth keeping: functions that surely grow, so that noise is never "fixed". */
export function baselineOf(result: VerifyResult): Baseline {
  const heap = result.channels.find(({ signal }) => signal === 'live_heap');
  const { operations, service } = result;
  return {
    leaklineBaseline: VERSION,
    takenAt: result.watchedTo,
    service: service.name,
    ...(service.goVersion === undefined ? {} : { goVersion: service.goVersion }),
    watchedSeconds: result.watchedSeconds,
    outcome: result.outcome,
    ...(operations ? { operations: { count: operations.count, perSecond: operations.perSecond } } : {}),
    liveHeap: {
      levelBytes: Math.round(heap?.level ?? 0),
      bytesPerSecond: heap?.perSecond ?? 0,
      grows: heap?.state === 'growing',
    },
    functions: result.functions
      .filter(({ sure }) => sure)
      .map(({ function: name, file, line, growthBytesPerSecond, bytesPerOperation }) => ({
        function: name,
        file,
        line,
        bytesPerSecond: growthBytesPerSecond,
        ...(bytesPerOperation === undefined ? {} : { bytesPerOperation }),
      })),
  };
}

/** Rejects with a LeaklineError `baseline_unwritable`. */
export async function writeBaseline(file: string, baseline: Baseline): Promise<void> {
  try {
    await writeFile(file, `${JSON.stringify(baseline, undefined, 2)}\n`);
  } catch (error) {
    throw new LeaklineError('baseline_unwritable', `cannot write the baseline ${file}: ${messageOf(error)}`);
  }
}

/** Rejects with a UsageError: `baseline_unreadable` or `bad_baseline`. */
export async function readBaseline(file: string): Promise<Baseline> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    throw new UsageError(
      'baseline_unreadable',
      `cannot read the baseline ${file}: ${messageOf(error)}; --write-baseline writes one`,
    );
  }
  return parseBaseline(text, file);
}

/** Throws a UsageError `bad_baseline`. */
export function parseBaseline(text: string, file: string): Baseline {
  const bad = (why: string) =>
    new UsageError('bad_baseline', `${file}: ${why}; --write-baseline writes a new one`);
  if (text.length > MAX_FILE_BYTES) throw bad('is too large for a baseline');
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw bad('is not JSON');
  }
  const version =
    typeof value === 'object' && value !== null && 'leaklineBaseline' in value && value.leaklineBaseline;
  if (typeof version === 'number' && version !== VERSION)
    throw bad(`is a baseline of version ${version}, and this Leakline reads version ${VERSION}`);
  const parsed = baselineSchema.safeParse(value);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const path = issue!.path.map(String).join('.');
  throw bad(`is not a baseline${path === '' ? '' : ` (${path})`}`);
}

/** A change below this share of the larger of the two is none. */
const CHANGED_SHARE = 0.3;
/** Less than this share of what it was: fixed. */
const FIXED_SHARE = 0.1;
/** Loads that differ by more make bytes a second incomparable. */
const LOAD_DIFFERS = 1.5;

/** Function by function (lines move when code is edited), and the live heap as a whole. */
export function compareWithBaseline(
  { file, run }: { file: string; run: Baseline },
  heap: ChannelResult,
  functions: readonly FunctionResult[],
  operations: OperationsResult | undefined,
): BaselineComparison {
  const before = run.operations;
  const byOperation = before !== undefined && before.perSecond > 0 && (operations?.perSecond ?? 0) > 0;
  const unit = byOperation ? 'bytes_per_operation' : 'bytes_per_second';
  const notes: string[] = [];
  if (!byOperation && (before !== undefined) !== (operations !== undefined))
    notes.push('operations were counted in one run only: bytes a second are compared');
  if (byOperation && differs(before.perSecond, operations!.perSecond))
    notes.push('the load differs much between the two runs; bytes per operation are compared');

  const was = sumByFunction(run.functions, ({ bytesPerSecond, bytesPerOperation }) =>
    byOperation ? (bytesPerOperation ?? 0) : bytesPerSecond,
  );
  const now = sumByFunction(
    functions.filter(({ sure }) => sure),
    ({ growthBytesPerSecond, bytesPerOperation }) =>
      byOperation ? (bytesPerOperation ?? 0) : growthBytesPerSecond,
  );
  const changes: BaselineChange[] = [];
  for (const name of new Set([...was.keys(), ...now.keys()])) {
    const [old, current] = [was.get(name), now.get(name)];
    changes.push({
      place: (current ?? old)!.place,
      change: changeOf(old?.rate ?? 0, current?.rate ?? 0),
      unit,
      was: old?.rate ?? 0,
      now: current?.rate ?? 0,
    });
  }
  changes.sort((a, b) => Math.abs(b.now - b.was) - Math.abs(a.now - a.was));
  const heapWas = byOperation ? run.liveHeap.bytesPerSecond / before.perSecond : run.liveHeap.bytesPerSecond;
  const heapNow = byOperation ? heap.perSecond / operations!.perSecond : heap.perSecond;
  const heapWasGrowing = run.liveHeap.grows ? heapWas : 0;
  const heapIsGrowing = heap.state === 'growing' ? heapNow : 0;
  if (heapWasGrowing > 0 || heapIsGrowing > 0) {
    changes.unshift({
      change: changeOf(heapWasGrowing, heapIsGrowing),
      unit,
      was: heapWasGrowing,
      now: heapIsGrowing,
    });
  }
  return { file, takenAt: run.takenAt, changes, notes };
}

function sumByFunction<T extends Place>(rows: readonly T[], rateOf: (row: T) => number) {
  const sums = new Map<string, { rate: number; place: Place }>();
  for (const row of rows) {
    const known = sums.get(row.function);
    if (known) known.rate += rateOf(row);
    else
      sums.set(row.function, {
        rate: rateOf(row),
        place: { function: row.function, file: row.file, line: row.line },
      });
  }
  return sums;
}

function changeOf(was: number, now: number): ChangeKind {
  if (was <= 0) return now > 0 ? 'new' : 'unchanged';
  if (now < FIXED_SHARE * was) return 'fixed';
  if (Math.abs(now - was) < CHANGED_SHARE * Math.max(now, was)) return 'unchanged';
  return now > was ? 'regressed' : 'improved';
}

function differs(a: number, b: number): boolean {
  return Math.max(a, b) > LOAD_DIFFERS * Math.min(a, b);
}
