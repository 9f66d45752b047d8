// `leakline verify`: false alarms on healthy services and leaks found, simulated many times and real some times.

import { verifySchema } from '../../exporter/src/verify/options.js';
import { runVerify } from '../../exporter/src/verify/run.js';
import { judgeFunction } from '../../exporter/src/verify/functions.js';
import { judgeRun, type Judgement, type Reading } from '../../exporter/src/verify/judge.js';
import { trend } from '../../exporter/src/leak/statistics.js';
import { buildLeaky, leakyArguments, type LeakyOptions } from '../lib/leaky.js';
import { HEALTHY, watchService, type LeakShape, type Watched, type WatchPlan } from './verify/services.js';

/** Not those that the constants of the judge were chosen on (5001 to 7200). */
const FIRST_SEED = 20_001;
const HEALTHY_SEEDS = 1000;
const LEAK_SEEDS = 300;
const PLAN: WatchPlan = {
  warmupSeconds: 30,
  watchSeconds: 180,
  intervalSeconds: 1,
  profileSeconds: 180 / 16,
};
const LEAKS = [0.005, 0.01, 0.02];
/** Kinds on which a leak is laid: those whose own shape is over, or small, when the watch begins. */
const UNDER_LEAKS = ['steady', 'noisy_load', 'rare_big_requests', 'batches', 'cache_reaches_its_cap'];
const KINDS: LeakShape['kind'][] = ['linear', 'per_request', 'steps'];

interface Outcome {
  /** Called a leak within the duration. */
  inTime: boolean;
  /** Called one at the end, after watching on where it was not sure. */
  atAll: boolean;
  /** Watched on, since it was not sure. */
  extended: boolean;
}

/** One run as `verify` judges it: a window and, where that is not sure, one more. */
export function simulateRun(name: string, seed: number, leak?: LeakShape): Outcome {
  const plan = { ...PLAN, watchSeconds: 2 * PLAN.watchSeconds };
  const watched = watchService(HEALTHY[name]!, `${name}-${seed}`, plan, leak);
  const first = judgeUntil(watched, PLAN.watchSeconds);
  const inTime = first.failures.length > 0;
  const extended = first.isUndecided;
  const atAll = inTime || (extended && judgeUntil(watched, plan.watchSeconds).failures.length > 0);
  return { inTime, atAll, extended };
}

function judgeUntil({ atSeconds, values, load, profiles }: Watched, seconds: number): Judgement {
  const began = atSeconds[0]!;
  let totalAllocBytes = 0;
  const readings = atSeconds.flatMap((at, i): Reading[] => {
    if (at - began > seconds) return [];
    totalAllocBytes += load[i]! * PLAN.intervalSeconds;
    return [{ atSeconds: at - began, heapAllocBytes: values[i]!, totalAllocBytes }];
  });
  const count = profiles.atSeconds.filter((at) => at - began <= seconds).length;
  const functions = profiles.functions.map((history) =>
    judgedFunction(profiles.atSeconds.slice(0, count), history.slice(0, count)),
  );
  return judgeRun({
    readings,
    windowSeconds: PLAN.watchSeconds,
    growth: { functions, goroutines: [] },
    limits: {},
  });
}

function judgedFunction(atSeconds: number[], history: number[]) {
  const growthBytes = history.at(-1)! - history[0]!;
  const { slope } = trend(atSeconds, history, 0, history.length, 1.96);
  return judgeFunction(
    {
      function: '',
      file: '',
      line: 0,
      growthBytes,
      growthBytesPerSecond: slope,
      share: 1,
      stack: [],
      history,
    },
    atSeconds,
    32 * 1024,
  );
}

const percent = (count: number, of: number) => `${((100 * count) / of).toFixed(2)} %`;
const row = (...cells: string[]) => process.stdout.write(`| ${cells.join(' | ')} |\n`);

export async function run(): Promise<void> {
  simulated();
  await real();
}

export function simulated(): void {
  process.stdout.write(
    `simulated, watched for 3 min; seeds from ${FIRST_SEED}: ${HEALTHY_SEEDS} of each healthy kind, ${LEAK_SEEDS} of each leak\n\n`,
  );
  row('healthy service', 'fails within 3 min', 'fails at all', 'is watched for longer');
  row('---', '--:', '--:', '--:');
  const all: Counts = { inTime: 0, atAll: 0, extended: 0, runs: 0 };
  for (const name of Object.keys(HEALTHY)) {
    const counts = count(name, HEALTHY_SEEDS);
    for (const key of Object.keys(all) as (keyof Counts)[]) all[key] += counts[key];
    row(name, ...shares(counts));
  }
  row('all of them (asked: 0.5 %)', ...shares(all));
  process.stdout.write('\n');
  row(
    'leak, share of the live heap a minute',
    'under',
    'found within 3 min',
    'found at all',
    'is watched for longer',
  );
  row('---', '---', '--:', '--:', '--:');
  for (const sharePerMinute of LEAKS)
    for (const name of UNDER_LEAKS)
      row(`${sharePerMinute * 100} %`, name, ...shares(count(name, LEAK_SEEDS, sharePerMinute)));
}

interface Counts {
  inTime: number;
  atAll: number;
  extended: number;
  runs: number;
}

function shares({ inTime, atAll, extended, runs }: Counts): string[] {
  return [inTime, atAll, extended].map((each) => percent(each, runs));
}

function count(name: string, runs: number, sharePerMinute?: number): Counts {
  const counts: Counts = { inTime: 0, atAll: 0, extended: 0, runs };
  for (let seed = FIRST_SEED; seed < FIRST_SEED + runs; seed++) {
    const leak = sharePerMinute === undefined ? undefined : { sharePerMinute, kind: KINDS[seed % 3]! };
    const outcome = simulateRun(name, seed, leak);
    if (outcome.inTime) counts.inTime++;
    if (outcome.atAll) counts.atAll++;
    if (outcome.extended) counts.extended++;
  }
  return counts;
}

const MIB = 2 ** 20;
/** A cache at its cap with all of it exchanged every few seconds, and a leak of a share of it. */
const HEAP_MIB = 32;
const leaking = (sharePerMinute: number): LeakyOptions => ({
  modes: { lru: '8MiB', 'map-cache': Math.round((sharePerMinute * HEAP_MIB * MIB) / 60) },
  args: [`-plateau=${HEAP_MIB}MiB`],
});
const REAL: Record<string, LeakyOptions> = {
  'garbage only': { mode: 'flat', rate: '32MiB' },
  'a cache at its cap': leaking(0),
  'a cache that fills': { mode: 'warm-up', rate: '8MiB' },
  'load that comes and goes': { mode: 'ramp', rate: '128KiB', args: ['-ramp-period=20s'] },
  'that cache and 1 % a minute': leaking(0.01),
  'that cache and 2 % a minute': leaking(0.02),
};

export async function real(): Promise<void> {
  const executable = await buildLeaky();
  process.stdout.write('\nreal services, watched for 3 min, all at once\n\n');
  row('service', 'outcome', 'live heap', 'first function');
  row('---', '---', '---', '---');
  const runs = Object.entries(REAL).map(async ([name, options]) => {
    const parsed = verifySchema.parse({ command: [executable, ...leakyArguments(options)] });
    const hooks = { onProgress: () => undefined, signal: new AbortController().signal };
    const { outcome, channels, functions, extended } = await runVerify(parsed, hooks);
    row(name, `${outcome}${extended ? ', extended' : ''}`, channels[0]!.why, functions[0]?.function ?? '');
  });
  await Promise.all(runs);
}
