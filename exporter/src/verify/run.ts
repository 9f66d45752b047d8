// A whole run: start, wait, load, warm up, watch, judge, end. Whatever happens, what was started is ended.

import { createWriteStream, type WriteStream } from 'node:fs';
import { LeaklineError } from '../errors.js';
import { formatBytes, formatDuration } from '../format.js';
import { readBaseline } from './baseline.js';
import { openCounter, type Counter } from './counter.js';
import { growthOfProfiles } from './growth.js';
import { judgeRun, type Judgement } from './judge.js';
import { liveHeapOf } from './live-heap.js';
import { Load } from './load.js';
import { intervalMsOf, type VerifyOptions } from './options.js';
import { endedError, openService, pause, type Service } from './service.js';
import type { OperationsResult, VerifyResult } from './types.js';
import { ServiceWatch } from './watch.js';

export interface RunHooks {
  /** A line about what happens now. */
  onProgress: (line: string) => void;
  /** Aborted by Ctrl-C: everything ends. */
  signal: AbortSignal;
}

/** Heap profiles a window: enough to see which function grows on and which only churns. */
const PROFILES = 16;
/** A progress line about the live heap so often. */
const TELL_EVERY_MS = 10_000;
/** Time for the service to end by itself. */
const STOP_GRACE_MS = 5000;
/** Fewer readings are not judged yet; so many further windows may bring them. */
const LEAST_READINGS = 16;
const MOST_MAKE_UP = 3;
/** Too short to tell a leak from a warm-up. */
const SHORT_MS = 60_000;

/**
 * Rejects with a LeaklineError: those of openService(), `service_ended`, `load_failed`, `baseline_unreadable`,
 * `bad_baseline`, `counter_missing`; or with the abort reason.
 */
export async function runVerify(options: VerifyOptions, hooks: RunHooks): Promise<VerifyResult> {
  // Before anything is started: a bad file should not cost three minutes.
  const stored = options.baseline === undefined ? undefined : await readBaseline(options.baseline);
  const ending: (() => Promise<void>)[] = [];
  try {
    const log = openLog(options.log, ending);
    const startedAtMs = Date.now();
    const service = await start(options, hooks, log, ending);
    const counter = typeof options.operations === 'string' ? openCounter(options.operations) : undefined;
    if (counter) ending.push(async () => counter.close());
    const watched = await watch(service, options, hooks, counter, log, ending);
    return result(options, service, startedAtMs, watched, stored);
  } finally {
    for (const end of ending.reverse()) await end();
  }

  function result(
    { baseline: file, onlyRegressions }: VerifyOptions,
    { session }: Service,
    startedAtMs: number,
    watched: Watched,
    run: typeof stored,
  ): VerifyResult {
    const { watch: seen, operations } = watched;
    const judgement = judgeWatched(options, seen, session.status().go.module, operations, {
      ...(run && file !== undefined && { baseline: { file, run } }),
      onlyRegressions,
    });
    const { failures, channels, functions, goroutines, baseline, liveHeapBytes } = judgement;
    // A gate that could not judge must not open.
    if (
      failures.length === 0 &&
      channels.some(({ signal, state }) => signal === 'live_heap' && state === 'unknown')
    ) {
      throw new LeaklineError(
        'too_few_readings',
        `only ${seen.readings.length} readings in ${formatDuration(seen.lastAtMs / 1000 - seen.beganAtMs / 1000)}, too few to judge: ` +
          'use a longer --duration, or a shorter --interval',
      );
    }
    const { pid, go } = session.status();
    return {
      version: 1,
      outcome: failures.length === 0 ? 'passed' : 'failed',
      failures,
      warnings: [...watched.warnings, ...doubts(options, judgement)],
      service: {
        name: session.name,
        ...(options.command && { command: options.command }),
        ...(pid !== undefined && { pid }),
        ...(go.goVersion !== undefined && { goVersion: go.goVersion }),
        ...(go.module !== undefined && { module: go.module }),
      },
      startedAt: new Date(startedAtMs).toISOString(),
      watchedFrom: new Date(seen.beganAtMs).toISOString(),
      watchedTo: new Date(seen.lastAtMs).toISOString(),
      warmupSeconds: options.warmup / 1000,
      watchedSeconds: (seen.lastAtMs - seen.beganAtMs) / 1000,
      extended: watched.extended,
      readings: seen.readings.length,
      ...(operations && { operations }),
      channels,
      functions,
      goroutines,
      ...(baseline && { baseline }),
      series: {
        atSeconds: seen.readings.map(({ atSeconds }) => atSeconds),
        liveHeapBytes,
        goroutines: seen.readings.map(({ goroutines: count }) => count ?? null),
      },
    };
  }
}

async function start(
  options: VerifyOptions,
  { onProgress, signal }: RunHooks,
  log: WriteStream | undefined,
  ending: (() => Promise<void>)[],
): Promise<Service> {
  onProgress(options.command ? `starting ${options.command.join(' ')}` : `attaching to ${options.attach}`);
  const beganMs = performance.now();
  const service = await openService(options, {
    signal,
    onOutput: (chunk) => log?.write(chunk),
    onStarted: (group) => ending.push(() => group.stop('SIGTERM', STOP_GRACE_MS)),
  });
  ending.push(() => service.session.close());
  const { pid, pprofUrl } = service.session.status();
  const waited = formatDuration((performance.now() - beganMs) / 1000);
  const who = pid === undefined ? service.session.name : `${service.session.name} (pid ${pid})`;
  onProgress(`${who} is ready after ${waited}; pprof at ${pprofUrl ?? '?'}`);
  return service;
}

interface Watched {
  watch: ServiceWatch;
  operations: OperationsResult | undefined;
  warnings: string[];
  extended: boolean;
}

async function watch(
  { session, group }: Service,
  options: VerifyOptions,
  { onProgress, signal }: RunHooks,
  counter: Counter | undefined,
  log: WriteStream | undefined,
  ending: (() => Promise<void>)[],
): Promise<Watched> {
  const warnings: string[] = [];
  const load =
    options.load === undefined
      ? undefined
      : await Load.start({
          command: options.load,
          once: options.loadOnce,
          ...(typeof options.operations === 'number' && { operationsPerRun: options.operations }),
          ...(options.operationsMatch !== undefined && { operationsMatch: options.operationsMatch }),
          onOutput: (chunk) => log?.write(chunk),
        });
  if (load) {
    ending.push(() => load.stop());
    onProgress(`load: ${options.load}`);
  } else if (options.command) {
    warnings.push('nothing put load on the service (--load): what it does only under load was not seen');
  }
  const over = new AbortController();
  if (load && options.loadOnce) void load.ended.then(() => over.abort());

  /** What ends the work early: Ctrl-C, the end of the service, a load that cannot run. */
  const guarded = async <T>(work: (stop: AbortSignal) => Promise<T>): Promise<T> => {
    const stop = new AbortController();
    const crashed = group?.exited.then(() => Promise.reject(endedError(group)));
    const causes = [load?.failed, crashed].filter((each) => each !== undefined);
    try {
      return await Promise.race([work(AbortSignal.any([signal, stop.signal])), ...causes]);
    } catch (error) {
      // The end of the process is seen in many ways; how it ended says the most.
      if (group && !signal.aborted) {
        const isGone = await Promise.race([
          group.exited.then(() => true),
          pause(500, signal).then(() => false),
        ]);
        if (isGone) throw endedError(group);
      }
      throw error;
    } finally {
      stop.abort(new Error('stopped'));
    }
  };

  if (options.warmup > 0) {
    onProgress(`warming up for ${formatDuration(options.warmup / 1000)}`);
    await guarded((stop) => pause(options.warmup, stop));
  }
  const seen = new ServiceWatch(session, {
    intervalMs: intervalMsOf(options),
    profileEveryMs: options.duration / PROFILES,
  });
  await guarded(() => seen.prime());
  const tell = progressOf(seen, onProgress);
  onProgress(`watching for ${formatDuration(options.duration / 1000)}`);
  const countBefore = await counter?.read();
  const countedFromMs = performance.now();
  await guarded((stop) => seen.run(options.duration, { signal: stop, ended: over.signal, onReading: tell }));

  // A busy machine takes its time for each: what is missing is made up for.
  for (
    let more = 0;
    more < MOST_MAKE_UP && seen.readings.length < LEAST_READINGS && !over.signal.aborted;
    more++
  ) {
    onProgress(`only ${seen.readings.length} readings so far: watching on`);
    await guarded((stop) =>
      seen.run(options.duration, { signal: stop, ended: over.signal, onReading: tell }),
    );
  }
  let extended = false;
  const extendMs = options.extend ?? options.duration;
  if (extendMs > 0 && !over.signal.aborted) {
    const first = judgeWatched(options, seen, session.status().go.module, undefined, {});
    if (first.isUndecided) {
      const unsure = first.channels.find(({ state }) => state === 'undecided')!;
      onProgress(
        `not sure: ${unsure.signal.replaceAll('_', ' ')} ${unsure.why}; watching ${formatDuration(extendMs / 1000)} more`,
      );
      extended = true;
      seen.endWindow();
      await guarded((stop) => seen.run(extendMs, { signal: stop, ended: over.signal, onReading: tell }));
    }
  }
  const countAfter = await counter?.read();
  const countedSeconds = (performance.now() - countedFromMs) / 1000;
  await load?.stop();
  warnings.push(...(load?.warnings ?? []));
  const windowSeconds = (seen.lastAtMs - seen.beganAtMs) / 1000;
  const rate = load?.rate();
  let operations: OperationsResult | undefined;
  if (counter && countBefore !== undefined && countAfter !== undefined) {
    const perSecond = Math.max(0, countAfter - countBefore) / countedSeconds;
    operations = { count: perSecond * windowSeconds, perSecond, source: counter.name };
  } else if (rate) {
    operations = { count: rate.perSecond * windowSeconds, perSecond: rate.perSecond, source: rate.source };
  } else if (options.limits.bytesPerOperation !== undefined || options.operationsMatch !== undefined) {
    warnings.push(
      'how many operations the load made could not be read from its output: say it with --operations or --operations-match',
    );
  }
  if (operations && operations.perSecond === 0)
    warnings.push(`${operations.source} did not count during the watch`);
  return { watch: seen, operations, warnings, extended };
}

function judgeWatched(
  options: VerifyOptions,
  watch: ServiceWatch,
  mainModule: string | undefined,
  operations: OperationsResult | undefined,
  more: Pick<Parameters<typeof judgeRun>[0], 'baseline' | 'onlyRegressions'>,
): Judgement {
  return judgeRun({
    readings: watch.readings,
    nonGo: watch.nonGo(),
    windowSeconds: watch.windowSeconds,
    growth: growthOfProfiles(watch.profiles, mainModule),
    limits: options.limits,
    ...(operations && { operations }),
    ...more,
  });
}

/** What a reader should know before trusting a pass. */
function doubts({ duration }: VerifyOptions, { channels, isUndecided }: Judgement): string[] {
  const found: string[] = [];
  const unsure = channels.filter(({ state }) => state === 'undecided');
  if (isUndecided)
    found.push(
      `passed with a doubt: ${unsure.map(({ signal, why }) => `${signal.replaceAll('_', ' ')} ${why}`).join('; ')}. ` +
        'A longer --duration or --warmup tells',
    );
  if (duration < SHORT_MS && found.length === 0 && channels.every(({ failed }) => !failed))
    found.push(
      `watched for ${formatDuration(duration / 1000)} only: slow leaks need minutes, and a cache that fills looks like one`,
    );
  return found;
}

function progressOf(watch: ServiceWatch, onProgress: (line: string) => void): () => void {
  let toldAtMs = performance.now();
  return () => {
    if (performance.now() - toldAtMs < TELL_EVERY_MS) return;
    toldAtMs = performance.now();
    const { readings } = watch;
    const live = liveHeapOf(
      readings.map(({ atSeconds }) => atSeconds),
      readings.map(({ heapAllocBytes, nextGcBytes }) => ({ heapAllocBytes, nextGcBytes })),
    );
    const change = live.at(-1)! - live[0]!;
    const { atSeconds, goroutines } = readings.at(-1)!;
    const count = goroutines === undefined ? '' : `, ${goroutines} goroutines`;
    onProgress(
      `${formatDuration(atSeconds)}: live heap ${formatBytes(live.at(-1)!)} (${change < 0 ? '' : '+'}${formatBytes(change)})${count}`,
    );
  };
}

function openLog(file: string | undefined, ending: (() => Promise<void>)[]): WriteStream | undefined {
  if (file === undefined) return undefined;
  const log = createWriteStream(file);
  ending.push(() => new Promise((resolve) => log.end(resolve)));
  return log;
}
