// The service under test: started or attached to, waited for until it is ready and its pprof answers, ended at the end.

import { createDiscoverer } from '../discovery/index.js';
import { LeaklineError, messageOf } from '../errors.js';
import { formatDuration } from '../format.js';
import {
  createProcessMemoryReader,
  type ProcessMemoryReader,
  type ProcessReading,
} from '../process-memory/index.js';
import { attach, HOW_TO_ADD_PPROF, parseSessionTarget, type Session } from '../session/index.js';
import { createTargetHttp } from '../target-http/client.js';
import type { VerifyOptions } from './options.js';
import { startGroup, type ProcessGroup } from './process-group.js';
import { tailOf } from './words.js';

export interface Service {
  session: Session;
  /** Absent for a service that ran before. */
  group?: ProcessGroup;
}

export interface ServiceHooks {
  onOutput?: (chunk: Buffer) => void;
  signal: AbortSignal;
  /** Told once, as soon as there is something that has to be ended. */
  onStarted?: (group: ProcessGroup) => void;
}

/** Between two looks at a service that starts. */
const LOOK_AGAIN_MS = 200;
const READY_LIMITS = { timeoutMs: 2000, maxBytes: 2 ** 20 };

/**
 * A service that is ready, with a session on it. Rejects with a LeaklineError: `start_failed`, `service_ended`,
 * `not_ready`, `no_pprof`, or those of attach(). What was started is ended by the caller, through `onStarted`.
 */
export async function openService(options: VerifyOptions, hooks: ServiceHooks): Promise<Service> {
  const deadlineMs = performance.now() + options.readyTimeout;
  if (options.attach !== undefined) {
    const target = parseSessionTarget(options.attach);
    await untilReady(options, deadlineMs, hooks.signal, undefined);
    const session = await attach(target, options.pprof === undefined ? {} : { pprofUrl: options.pprof });
    if (session.hasPprof) return { session };
    const name = session.name;
    await session.close();
    throw noPprof(`${name} serves no pprof on loopback`);
  }
  const group = await startGroup({
    command: options.command!,
    env: { ...profileRate(options), ...options.env },
    ...(hooks.onOutput && { onOutput: hooks.onOutput }),
  });
  hooks.onStarted?.(group);
  await untilReady(options, deadlineMs, hooks.signal, group);
  const session = await sessionOf(group, options, deadlineMs, hooks.signal);
  return { session, group };
}

/** A finer heap profile (runtime: "memprofilerate=X will update the value of runtime.MemProfileRate"). */
function profileRate({ memProfileRate, env }: VerifyOptions): Record<string, string> {
  if (memProfileRate === 0) return {};
  const settings = env.GODEBUG ?? process.env.GODEBUG ?? '';
  if (settings.includes('memprofilerate=')) return {};
  return { GODEBUG: `${settings}${settings === '' ? '' : ','}memprofilerate=${memProfileRate}` };
}

async function untilReady(
  { ready, readyTimeout }: VerifyOptions,
  deadlineMs: number,
  signal: AbortSignal,
  group: ProcessGroup | undefined,
): Promise<void> {
  if (ready === undefined) return;
  const url = new URL(ready);
  const http = createTargetHttp(`${url.origin}/`);
  for (;;) {
    let last: string;
    throwIfEnded(group);
    try {
      const { status } = await http.get(url.pathname + url.search, READY_LIMITS, signal);
      if (status >= 200 && status < 300) return;
      last = `it answers with status ${status}`;
    } catch (error) {
      signal.throwIfAborted();
      last = messageOf(error);
    }
    if (performance.now() > deadlineMs) {
      throw new LeaklineError(
        'not_ready',
        `the service did not become ready within ${formatDuration(readyTimeout / 1000)}: ${ready}: ${last}` +
          `${tailOf(group?.output() ?? '')}`,
      );
    }
    await pause(LOOK_AGAIN_MS, signal);
  }
}

/** The Go process among what was started (a script, `go run` and the like stand before it) that serves pprof. */
async function sessionOf(
  group: ProcessGroup,
  options: VerifyOptions,
  deadlineMs: number,
  signal: AbortSignal,
): Promise<Session> {
  const reader = await createProcessMemoryReader();
  let seen: string[];
  let problem: unknown;
  try {
    for (;;) {
      throwIfEnded(group);
      signal.throwIfAborted();
      const found = await goProcessesUnder(reader, group.pid);
      seen = found.map(({ name }) => name);
      const serving = found.find(({ pprofUrl }) => pprofUrl !== undefined);
      try {
        if (options.pprof !== undefined) return await attachAt(options.pprof, found.at(0)?.pid);
        if (serving) return await attach({ kind: 'pid', pid: serving.pid }, { pprofUrl: serving.pprofUrl! });
      } catch (error) {
        problem = error;
      }
      if (performance.now() > deadlineMs) break;
      await pause(LOOK_AGAIN_MS, signal);
    }
  } finally {
    reader.close?.();
  }
  const waited = formatDuration(options.readyTimeout / 1000);
  const end = tailOf(group.output());
  if (problem !== undefined) throw noPprof(`no pprof within ${waited}: ${messageOf(problem)}`, end);
  if (seen.length === 0) throw noPprof(`the command started no Go program within ${waited}`, end);
  throw noPprof(`${seen.join(', ')} served no pprof on loopback within ${waited}`, end);
}

function attachAt(url: string, pid: number | undefined): Promise<Session> {
  return pid === undefined
    ? attach(parseSessionTarget(url))
    : attach({ kind: 'pid', pid }, { pprofUrl: url });
}

async function goProcessesUnder(reader: ProcessMemoryReader, pid: number) {
  const tree = descendants(await reader.readProcesses(), pid);
  // A new one each time: what was not there a moment ago is to be asked again at once.
  const discoverer = await createDiscoverer({ reader, probe: true });
  return discoverer.discover(tree);
}

/** The process and all below it. */
export function descendants(processes: readonly ProcessReading[], pid: number): ProcessReading[] {
  const tree = processes.filter((each) => each.pid === pid);
  const seen = new Set([pid]);
  for (let i = 0; i < tree.length; i++) {
    for (const each of processes) {
      if (each.parentPid !== tree[i]!.pid || seen.has(each.pid)) continue;
      seen.add(each.pid);
      tree.push(each);
    }
  }
  return tree;
}

function noPprof(what: string, end = ''): LeaklineError {
  return new LeaklineError(
    'no_pprof',
    `${what}. ${HOW_TO_ADD_PPROF.charAt(0).toUpperCase()}${HOW_TO_ADD_PPROF.slice(1)}, or name its address with --pprof${end}`,
  );
}

/** @throws LeaklineError `service_ended` */
export function throwIfEnded(group: ProcessGroup | undefined): void {
  if (group?.exit) throw endedError(group);
}

export function endedError(group: ProcessGroup): LeaklineError {
  const { code, signal } = group.exit ?? { code: null, signal: null };
  const how = signal === null ? `with code ${code}` : `by ${signal}`;
  const why = signal === 'SIGKILL' ? ' (the system ends what uses too much memory so)' : '';
  return new LeaklineError('service_ended', `the service ended ${how}${why}${tailOf(group.output())}`);
}

export function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) return reject(signal.reason as Error);
    const done = () => {
      signal.removeEventListener('abort', aborted);
      resolve();
    };
    const timer = setTimeout(done, ms);
    const aborted = () => {
      clearTimeout(timer);
      reject(signal.reason as Error);
    };
    signal.addEventListener('abort', aborted, { once: true });
  });
}
