// The thread of ProfileWorkers: takes one analysis at a time and answers with its result or its coded error.

import { readlinkSync } from 'node:fs';
import { setPriority } from 'node:os';
import { parentPort } from 'node:worker_threads';
import { LeaklineError, messageOf } from '../errors.js';
import { runAnalysis } from './analyses.js';
import type { WorkerAnswer, WorkerRequest } from './workers.js';
import type { ProfileInput } from './kept-profile.js';

/** Nice value: a third of the time of a processor that another thread wants as well. */
const NICENESS = 5;

stepBack();
parentPort?.on(
  'message',
  ({ name, inputs, parameters }: WorkerRequest) => void answerTo(name, inputs, parameters),
);

/**
 * Lets the event loop and the services of the host go first. Linux takes the id of a thread for that of a process; on
 * other systems a thread has the priority of its process.
 */
function stepBack(): void {
  if (process.platform !== 'linux') return;
  try {
    setPriority(Number(readlinkSync('/proc/thread-self').split('/').at(-1)), NICENESS);
  } catch {
    // Without /proc: as it was.
  }
}

async function answerTo(name: string, inputs: readonly ProfileInput[], parameters: unknown): Promise<void> {
  let answer: WorkerAnswer;
  try {
    answer = { ok: true, result: await runAnalysis(name, inputs, parameters) };
  } catch (error) {
    answer =
      error instanceof LeaklineError
        ? {
            ok: false,
            code: error.code,
            message: error.message,
            status: error.status,
            exitCode: error.exitCode,
          }
        : { ok: false, code: 'analysis_failed', message: `analysis failed: ${messageOf(error)}` };
  }
  parentPort?.postMessage(answer, answer.ok ? ownMemory(answer.result) : []);
}

/** What changes threads without a copy: bytes that have their memory for themselves. */
function ownMemory(result: unknown): ArrayBuffer[] {
  if (!(result instanceof Uint8Array) || !(result.buffer instanceof ArrayBuffer)) return [];
  return result.byteLength === result.buffer.byteLength ? [result.buffer] : [];
}
