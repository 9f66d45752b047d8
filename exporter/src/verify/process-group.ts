// A command with everything that it starts: its own process group, so that all of it ends at the end, whatever happens.
// On Windows there are no such groups: the tree is ended by taskkill, which comes with the system.

import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { StringDecoder } from 'node:string_decoder';
import { LeaklineError } from '../errors.js';

/** Output that is kept for messages and for counting: the summary of a load generator comes last. */
const KEPT_CHARACTERS = 64 * 1024;

export interface Exit {
  code: number | null;
  signal: NodeJS.Signals | null;
}

export interface ProcessGroup {
  readonly pid: number;
  readonly startedAtMs: number;
  /** Resolves when the command itself has ended; what it started may still run. */
  readonly exited: Promise<Exit>;
  readonly exit: Exit | undefined;
  /** Its output so far, both streams as they came; the last 64 KiB. */
  output(): string;
  /** Asks the group to end by `signal`, waits, then kills it. */
  stop(signal: 'SIGINT' | 'SIGTERM', graceMs: number): Promise<void>;
}

export interface GroupCommand {
  /** A list is started as it is, a text by the shell. */
  command: readonly string[] | string;
  env?: Record<string, string>;
  /** Gets the output as it comes. */
  onOutput?: (chunk: Buffer) => void;
}

/** Rejects with a LeaklineError `start_failed` when there is no such program. */
export async function startGroup({ command, env, onOutput }: GroupCommand): Promise<ProcessGroup> {
  const options = {
    stdio: ['ignore', 'pipe', 'pipe'] as ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...env },
    detached: process.platform !== 'win32',
    windowsHide: true,
  };
  const child =
    typeof command === 'string'
      ? spawn(command, { ...options, shell: true })
      : spawn(command[0]!, command.slice(1), options);
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    const decoder = new StringDecoder('utf8');
    stream.on('data', (chunk: Buffer) => {
      onOutput?.(chunk);
      output = (output + decoder.write(chunk)).slice(-KEPT_CHARACTERS);
    });
  }
  let exit: Exit | undefined;
  // "close" and not "exit": the last lines are read. What holds the pipes open beyond the end does not delay it for long.
  const exited = new Promise<Exit>((resolve) => {
    child.once('exit', (code, signal) => {
      exit = { code, signal };
      const done = () => resolve({ code, signal });
      child.once('close', done);
      setTimeout(done, LAST_OUTPUT_MS).unref();
    });
  });
  await started(child, command);
  endAtExit.add(child);
  return {
    pid: child.pid!,
    startedAtMs: Date.now(),
    exited,
    get exit() {
      return exit;
    },
    output: () => output,
    async stop(signal, graceMs) {
      if (exit === undefined) {
        killGroup(child, signal);
        await Promise.race([exited, delay(graceMs)]);
      }
      // Also when the command itself is gone: what it started may not be.
      killGroup(child, 'SIGKILL');
      if (exit === undefined) await Promise.race([exited, delay(LAST_OUTPUT_MS)]);
      else await Promise.race([exited, delay(0)]);
      endAtExit.delete(child);
      child.stdout.destroy();
      child.stderr.destroy();
    },
  };
}

const LAST_OUTPUT_MS = 1000;

/** What runs and would outlive this process. */
const endAtExit = new Set<ChildProcess>();
process.on('exit', () => {
  for (const child of endAtExit) killGroup(child, 'SIGKILL');
});

function started(child: ChildProcess, command: readonly string[] | string): Promise<void> {
  return new Promise((resolve, reject) => {
    child.once('spawn', resolve);
    child.once('error', (error) => {
      const name = typeof command === 'string' ? command : command[0]!;
      const code = 'code' in error ? String(error.code) : '';
      const why: Record<string, string> = {
        ENOENT: 'there is no such program',
        EACCES: 'it may not be executed',
      };
      reject(
        new LeaklineError('start_failed', `cannot start ${name}: ${why[code] ?? error.message}`, {
          cause: error,
        }),
      );
    });
  });
}

function killGroup(child: ChildProcess, signal: NodeJS.Signals): void {
  const { pid } = child;
  if (pid === undefined) return;
  if (process.platform === 'win32') {
    // Windows knows no gentle end for a tree without a window: whatever the signal, it is ended.
    if (child.exitCode === null)
      spawnSync('taskkill', ['/pid', String(pid), '/T', '/F'], { windowsHide: true });
    return;
  }
  try {
    process.kill(-pid, signal);
  } catch {
    // The group is gone.
  }
}

function delay(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
