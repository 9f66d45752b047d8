// Programs that a test or the demo starts: found on PATH, started with their output kept, ended by process id.

import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { createServer } from 'node:net';

/** The path of a program, or undefined where it is not installed. */
export function findProgram(name: string): string | undefined {
  const found = spawnSync(process.platform === 'win32' ? 'where' : 'which', [name], { encoding: 'utf8' });
  return found.status === 0 ? found.stdout.split(/\r?\n/)[0] : undefined;
}

export async function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() =>
        typeof address === 'object' && address ? resolve(address.port) : reject(new Error('no port')),
      );
    });
  });
}

/** `port` when nothing listens on it, else a free one. */
export async function preferPort(port: number): Promise<number> {
  const isFree = await new Promise<boolean>((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
  return isFree ? port : freePort();
}

export interface Program {
  readonly pid: number;
  readonly process: ChildProcess;
  /** Standard output and error so far, the last 64 KiB. */
  output(): string;
  /** Whether it still runs. */
  isRunning(): boolean;
  /** Asks it to end, and ends it after 5 s. */
  stop(): Promise<void>;
}

const KEPT_OUTPUT = 64 * 1024;
const STOP_GRACE_MS = 5_000;

export interface StartOptions {
  env?: Record<string, string>;
  cwd?: string;
}

/** Starts a program that ends with this process at the latest. */
export function startProgram(file: string, args: readonly string[], options: StartOptions = {}): Program {
  const child = spawn(file, args, {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...options.env },
    cwd: options.cwd,
  });
  let output = '';
  const keep = (chunk: Buffer) => (output = (output + chunk.toString()).slice(-KEPT_OUTPUT));
  child.stdout.on('data', keep);
  child.stderr.on('data', keep);
  child.once('error', (error) => keep(Buffer.from(error.message)));
  const killAtExit = () => child.kill('SIGKILL');
  process.once('exit', killAtExit);
  const isRunning = () => child.pid !== undefined && child.exitCode === null && child.signalCode === null;
  return {
    pid: child.pid ?? -1,
    process: child,
    output: () => output,
    isRunning,
    stop: async () => {
      process.off('exit', killAtExit);
      if (!isRunning()) return;
      await new Promise<void>((resolve) => {
        const force = setTimeout(() => child.kill('SIGKILL'), STOP_GRACE_MS);
        child.once('exit', () => {
          clearTimeout(force);
          resolve();
        });
        child.kill('SIGTERM');
      });
    },
  };
}

/** Polls until `check` gives something other than undefined or false; rejects with `what` after the time. */
export async function waitFor<T>(
  what: string | (() => string),
  check: () => Promise<T | undefined | false> | T | undefined | false,
  timeoutMs = 60_000,
): Promise<T> {
  const end = Date.now() + timeoutMs;
  let last: unknown;
  for (;;) {
    try {
      const value = await check();
      if (value !== undefined && value !== false) return value;
      last = undefined;
    } catch (error) {
      last = error;
    }
    if (Date.now() > end) {
      throw new Error(`timed out waiting for ${typeof what === 'string' ? what : what()}`, { cause: last });
    }
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}
