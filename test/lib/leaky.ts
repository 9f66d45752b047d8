// The leaking Go service of test/fixtures/leaky, built and started for a test.

import { spawn, type ChildProcess } from 'node:child_process';
import { copyFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildGo, type GoBuild } from './go.js';
import { findProgram } from './programs.js';

export { goToolchain, goToolchains, type GoToolchain } from './go.js';

export const LEAKY_SOURCE = fileURLToPath(new URL('../fixtures/leaky', import.meta.url));

export type LeakyMode =
  | 'map-cache'
  | 'goroutines'
  | 'tickers'
  | 'time-after'
  | 'steps'
  | 'slice'
  | 'finalizer'
  | 'global-append'
  | 'native'
  | 'per-request'
  | 'flat'
  | 'warm-up'
  | 'lru'
  | 'ramp';

export interface LeakyOptions {
  mode?: LeakyMode;
  /** Bytes of live heap a second, or "2MiB". Default: 1 MiB/s. */
  rate?: number | string;
  /** Several modes at once, each with its own rate. */
  modes?: Partial<Record<LeakyMode, number | string>>;
  /** Garbage a second beside it. Default: 16 MiB/s. */
  churn?: number | string;
  pprof?: boolean;
  expvar?: boolean;
  metrics?: boolean;
  /** Default: 127.0.0.1:0. */
  addr?: string;
  /** Further flags: -plateau, -step-period, -ramp-period. */
  args?: string[];
  env?: Record<string, string>;
  /** Base name of the executable as the system shows it. Default: "leaky". */
  name?: string;
  build?: Omit<GoBuild, 'dir' | 'name'>;
}

export interface LeakyModeState {
  mode: LeakyMode;
  leaks: boolean;
  rateBytesPerSecond: number;
  retainedBytes: number;
  function?: string;
  about: string;
}

export interface Leaky {
  /** "http://127.0.0.1:41873", without a slash at the end. */
  url: string;
  port: number;
  pid: number;
  executable: string;
  process: ChildProcess;
  modes(): Promise<LeakyModeState[]>;
  /** Rate 0 stops the mode; a leak keeps what it holds. */
  setMode(mode: LeakyMode, rate: number | string): Promise<void>;
  /** Mends the service: every leak stops and drops what it holds. */
  reset(): Promise<void>;
  /** Connections accepted and requests by path so far; asking adds one. */
  stats(): Promise<{ connections: number; requests: Record<string, number> }>;
  stop(): Promise<void>;
}

/** Builds the service (cached) and returns the path of its executable. */
export function buildLeaky(build: Omit<GoBuild, 'dir'> = {}): Promise<string> {
  return buildGo({ name: 'leaky', ...build, dir: LEAKY_SOURCE });
}

/** The flags of the service for these options, for tests that start it themselves (under Wine). */
export function leakyArguments(options: LeakyOptions): string[] {
  const modes = { ...options.modes };
  if (options.mode !== undefined) modes[options.mode] = options.rate ?? '1MiB';
  return [
    `-addr=${options.addr ?? '127.0.0.1:0'}`,
    ...Object.entries(modes).map(([mode, rate]) => `-mode=${mode}=${rate}`),
    ...(options.churn === undefined ? [] : [`-churn=${options.churn}`]),
    `-pprof=${options.pprof ?? true}`,
    `-expvar=${options.expvar ?? true}`,
    `-metrics=${options.metrics ?? false}`,
    ...(options.args ?? []),
  ];
}

/** Builds and starts the service; resolves once it listens. Whoever starts it calls stop(). */
export async function startLeaky(options: LeakyOptions = {}): Promise<Leaky> {
  let executable = await buildLeaky(options.build);
  let folder: string | undefined;
  if (options.name !== undefined && options.name !== 'leaky') {
    folder = mkdtempSync(join(tmpdir(), 'leaky-'));
    const copy = join(folder, options.name + (basename(executable).endsWith('.exe') ? '.exe' : ''));
    copyFileSync(executable, copy);
    executable = copy;
  }
  const [file, ...args] = endingWithParent([executable, ...leakyArguments(options)]);
  const child = spawn(file!, args, {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...options.env },
  });
  const killAtExit = () => child.kill('SIGKILL');
  process.once('exit', killAtExit);
  const stop = async () => {
    process.off('exit', killAtExit);
    await ended(child);
    if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
  };
  try {
    return handle(await listeningUrl(child), child, executable, stop);
  } catch (error) {
    await stop();
    throw error;
  }
}

function listeningUrl(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let output = '';
    let errors = '';
    child.stderr?.on('data', (chunk: Buffer) => (errors += chunk.toString()));
    child.stdout?.on('data', (chunk: Buffer) => {
      output += chunk.toString();
      const url = /leaky listening on (http:\/\/\S+)\n/.exec(output)?.[1];
      if (url !== undefined) resolve(url);
    });
    child.once('error', reject);
    child.once('exit', (code) => reject(new Error(`leaky ended with code ${code}: ${errors}`)));
  });
}

/**
 * The command of a process that ends with the thread that starts it, where the system can do that: a service that leaks
 * and outlives a killed test fills the memory of the machine.
 */
function endingWithParent(command: string[]): string[] {
  return findProgram('setpriv') ? ['setpriv', '--pdeathsig', 'KILL', ...command] : command;
}

/** Ends the process and waits until it is gone. */
function ended(child: ChildProcess): Promise<void> {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null)
    return Promise.resolve();
  return new Promise((resolve) => {
    child.once('exit', () => resolve());
    child.kill('SIGKILL');
  });
}

function handle(url: string, child: ChildProcess, executable: string, stop: () => Promise<void>): Leaky {
  return { ...leakyClient(url), pid: child.pid!, executable, process: child, stop };
}

/** The requests of a running service, for tests that started it themselves. */
export function leakyClient(
  url: string,
): Pick<Leaky, 'url' | 'port' | 'modes' | 'setMode' | 'reset' | 'stats'> {
  const ask = async (path: string, method = 'GET'): Promise<unknown> => {
    const response = await fetch(url + path, { method });
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`);
    return response.json();
  };
  return {
    url,
    port: Number(new URL(url).port),
    modes: async () => ((await ask('/modes')) as { modes: LeakyModeState[] }).modes,
    setMode: async (mode, rate) => {
      await ask(`/modes?mode=${mode}&rate=${rate}`, 'POST');
    },
    reset: async () => {
      await ask('/reset', 'POST');
    },
    stats: async () => (await ask('/stats')) as { connections: number; requests: Record<string, number> },
  };
}
