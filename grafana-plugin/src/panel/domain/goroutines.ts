// Goroutines of one capture against another, by the stack that they stand in: where in the program, what they wait for,
// what started them.

import type { FlameReport } from '../../api/reports';

export interface GoroutineFrame {
  function: string;
  file: string;
  line: number;
}

export interface GoroutineRow {
  /** The frame nearest to the wait that is not of Go's own waiting. */
  where: GoroutineFrame;
  /** As Go's own dump says it ("chan receive", "select", "IO wait"); empty where the stack does not tell. */
  waitsFor: string;
  /** The function that the go statement started. */
  startedAs: string;
  count: number;
  /** More than in the base; 0 without one. */
  growth: number;
  /** Leaf first, without what the runtime does to park it. */
  stack: GoroutineFrame[];
}

/** Frames in which every goroutine that waits stands: they tell what for, not where. */
const PARKING = /^(runtime\.|internal\/|sync\.|time\.Sleep|syscall\.)/;

/** What a parked goroutine waits for, by the frames that park it. The first that matches from the leaf counts. */
const WAITS: readonly [RegExp, string][] = [
  [/^runtime\.chanrecv/, 'chan receive'],
  [/^runtime\.chansend/, 'chan send'],
  [/^runtime\.selectgo|^runtime\.block$/, 'select'],
  [/netpollblock|^internal\/poll\./, 'IO wait'],
  [/^time\.Sleep|^runtime\.timeSleep/, 'sleep'],
  [/^sync\.\(\*(RW)?Mutex\)|runtime_Semacquire(RW)?Mutex/, 'lock'],
  [/^sync\.\(\*WaitGroup\)|^sync\.runtime_SemacquireWaitGroup/, 'wait group'],
  [/^sync\.\(\*Cond\)|notifyListWait/, 'condition'],
  [/^runtime\.semacquire|Semacquire/, 'semacquire'],
  [/^syscall\.|^runtime\.entersyscall|^runtime\.cgocall/, 'syscall'],
];

/** `report`: the flame graph of a goroutine profile by lines; with a base, one that keeps what did not change. */
export function goroutineRows(report: FlameReport): GoroutineRow[] {
  const rows = new Map<string, GoroutineRow>();
  const path: GoroutineFrame[] = [];
  for (let i = 0; i < report.level.length; i++) {
    const level = report.level[i]!;
    path.length = Math.max(0, level - 1);
    if (level > 0) path[level - 1] = frameOf(report.label[i]!, report.file?.[i] ?? '');
    const count = report.self[i]!;
    const growth = report.diff?.growthSelf[i] ?? 0;
    if (level === 0 || (count === 0 && growth === 0)) continue;
    const row = rowOf(path, count, growth);
    const key = JSON.stringify([row.waitsFor, row.stack]);
    const known = rows.get(key);
    if (known) {
      known.count += count;
      known.growth += growth;
    } else rows.set(key, row);
  }
  return [...rows.values()].sort(
    (a, b) => b.growth - a.growth || b.count - a.count || a.where.function.localeCompare(b.where.function),
  );
}

function rowOf(path: readonly GoroutineFrame[], count: number, growth: number): GoroutineRow {
  const leafFirst = path.toReversed();
  const waiting = leafFirst.findIndex((frame) => !PARKING.test(frame.function));
  // A goroutine of the runtime itself has no other frames.
  const stack = waiting < 0 ? leafFirst : leafFirst.slice(waiting);
  const parked = waiting < 0 ? leafFirst : leafFirst.slice(0, waiting);
  const waitsFor = parked.map((frame) => WAITS.find(([pattern]) => pattern.test(frame.function))?.[1]);
  return {
    where: stack[0]!,
    waitsFor: waitsFor.find((word) => word !== undefined) ?? '',
    startedAs: path[0]!.function === 'runtime.main' ? (path[1] ?? path[0]!).function : path[0]!.function,
    count,
    growth,
    stack,
  };
}

/** "main.waitForReply:94" → function and line. */
function frameOf(label: string, file: string): GoroutineFrame {
  const match = /^(.*):(\d+)$/.exec(label);
  return match ? { function: match[1]!, file, line: Number(match[2]) } : { function: label, file, line: 0 };
}
