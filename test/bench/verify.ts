// `leakline verify`: false alarms on healthy services and leaks found, simulated many times and real some times.

import { verifySchema } from '../../exporter/src/verify/options.js';
import { runVerify } from '../../exporter/src/verify/run.js';
import { SIGNAL_SETTINGS } from '../../exporter/src/verify/channels.js';
import { judgeFunction } from '../../exporter/src/verify/functions.js';
import { leakOfFunctions } from '../../exporter/src/verify/judge.js';
import { trend } from '../../exporter/src/leak/statistics.js';
import { testTrend, type TrendState } from '../../exporter/src/verify/trend-test.js';
import { buildLeaky, leakyArguments, type LeakyOptions } from '../lib/leaky.js';
import { HEALTHY, watchService, type LeakShape, type WatchPlan } from './verify/services.js';

const SEEDS = 1000;
const PLAN: WatchPlan = {
  warmupSeconds: 30,
  watchSeconds: 180,
  intervalSeconds: 3,
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
}

/** One run as `verify` judges it: a window and, where that is not sure, one more. */
export function simulateRun(name: string, seed: number, leak?: LeakShape): Outcome {
  const window = PLAN.watchSeconds / PLAN.intervalSeconds;
  const plan = { ...PLAN, watchSeconds: 2 * PLAN.watchSeconds };
  const { atSeconds, values, load, profiles } = watchService(HEALTHY[name]!, `${name}-${seed}`, plan, leak);
  const judge = (from: number, to: number, profilesUntil: number): TrendState => {
    const input = {
      atSeconds: atSeconds.slice(from, to),
      values: values.slice(from, to),
      load: load.slice(from, to),
    };
    const heap = testTrend(input, SIGNAL_SETTINGS.live_heap);
    const count = profiles.atSeconds.filter((at) => at <= profilesUntil).length;
    const functions = profiles.functions.map((history) =>
      judgedFunction(profiles.atSeconds.slice(0, count), history.slice(0, count)),
    );
    return leakOfFunctions(heap, functions) === undefined ? heap.state : 'growing';
  };
  const half = atSeconds[window]!;
  const end = atSeconds.at(-1)!;
  const first = judge(0, window + 1, half);
  const inTime = first === 'growing';
  if (first !== 'undecided') return { inTime, atAll: inTime };
  const sure = [judge(window, 2 * window + 1, end), judge(0, 2 * window + 1, end)];
  return { inTime, atAll: sure.every((state) => state === 'growing') };
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

function simulated(): void {
  process.stdout.write(`simulated, seeds 1 to ${SEEDS} of each kind, watched for 3 min\n\n`);
  row('healthy service', 'fails within 3 min', 'fails at all');
  row('---', '--:', '--:');
  const all = { inTime: 0, atAll: 0, runs: 0 };
  for (const name of Object.keys(HEALTHY)) {
    const { inTime, atAll } = count(name);
    all.inTime += inTime;
    all.atAll += atAll;
    all.runs += SEEDS;
    row(name, percent(inTime, SEEDS), percent(atAll, SEEDS));
  }
  row('all of them (asked: 0.5 %)', percent(all.inTime, all.runs), percent(all.atAll, all.runs));
  process.stdout.write('\n');
  row('leak, share of the live heap a minute', 'under', 'found within 3 min', 'found at all');
  row('---', '---', '--:', '--:');
  for (const sharePerMinute of LEAKS) {
    for (const name of UNDER_LEAKS) {
      const { inTime, atAll } = count(name, sharePerMinute);
      row(`${sharePerMinute * 100} %`, name, percent(inTime, SEEDS), percent(atAll, SEEDS));
    }
  }
}

function count(name: string, sharePerMinute?: number): { inTime: number; atAll: number } {
  let inTime = 0;
  let atAll = 0;
  for (let seed = 1; seed <= SEEDS; seed++) {
    const leak = sharePerMinute === undefined ? undefined : { sharePerMinute, kind: KINDS[seed % 3]! };
    const outcome = simulateRun(name, seed, leak);
    if (outcome.inTime) inTime++;
    if (outcome.atAll) atAll++;
  }
  return { inTime, atAll };
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

async function real(): Promise<void> {
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
