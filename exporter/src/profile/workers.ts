// Analyses of profiles in worker threads, so that the event loop is never held up by a profile. The queue, the time
// and the memory of an analysis are bounded; a thread that runs out of either is ended and replaced.

import { Worker } from 'node:worker_threads';
import { LeaklineError, messageOf, type ExitCode } from '../errors.js';
import { pieces, turns } from '../turns.js';
import type { AnalysisName, AnalysisParameters, AnalysisResult } from './analyses.js';
import type { ProfileInput } from './kept-profile.js';

export interface WorkerRequest {
  name: string;
  inputs: readonly ProfileInput[];
  parameters: unknown;
}

export type WorkerAnswer =
  | { ok: true; result: unknown }
  | { ok: false; code: string; message: string; status?: number; exitCode?: ExitCode };

export interface ProfileWorkersOptions {
  /** Threads at the most; they start when needed. Default: 1, since analyses are rare and profiles large. */
  threads?: number;
  /** Analyses that may wait. Default: 32. */
  maxQueued?: number;
  /** Time of one analysis, counted from its start. Default: 30 s. */
  timeoutMs?: number;
  /** Heap of a thread. Columns of profiles lie outside of it, bounded by the limits of the decoder. Default: 512 MiB. */
  maxHeapMegabytes?: number;
}

interface Job {
  request: WorkerRequest;
  resolve: (result: unknown) => void;
  reject: (error: Error) => void;
}

interface Thread {
  worker: Worker;
  job: Job | null;
  timer: NodeJS.Timeout | null;
}

/** Where the compiled thread lies: beside this file, and in dist when this file runs as source. */
const WORKER = import.meta.url.endsWith('.ts')
  ? new URL('../../dist/profile/worker.js', import.meta.url)
  : new URL('./worker.js', import.meta.url);

export class ProfileWorkers {
  readonly #threads = new Set<Thread>();
  readonly #queue: Job[] = [];
  readonly #maxThreads: number;
  readonly #maxQueued: number;
  readonly #timeoutMs: number;
  readonly #maxHeapMegabytes: number;
  #closed = false;

  constructor({
    threads = 1,
    maxQueued = 32,
    timeoutMs = 30_000,
    maxHeapMegabytes = 512,
  }: ProfileWorkersOptions = {}) {
    this.#maxThreads = threads;
    this.#maxQueued = maxQueued;
    this.#timeoutMs = timeoutMs;
    this.#maxHeapMegabytes = maxHeapMegabytes;
  }

  /**
   * Runs an analysis of ANALYSES over profiles; those that are kept in a file are read by the thread.
   * @throws LeaklineError the analysis's own, or `analysis_busy` (503), `analysis_timeout`, `analysis_failed`.
   */
  async run<N extends AnalysisName>(
    name: N,
    inputs: readonly ProfileInput[],
    parameters?: AnalysisParameters<N>,
  ): Promise<AnalysisResult<N>> {
    const result = await new Promise<unknown>((resolve, reject) => {
      if (this.#closed)
        throw new LeaklineError('analysis_closed', 'no more analyses: shutting down', { status: 503 });
      if (this.#queue.length >= this.#maxQueued) {
        throw new LeaklineError(
          'analysis_busy',
          `${this.#queue.length} analyses wait already: ask again later`,
          {
            status: 503,
          },
        );
      }
      this.#queue.push({ request: { name, inputs, parameters }, resolve, reject });
      this.#dispatch();
    });
    return result as AnalysisResult<N>;
  }

  /** Ends the threads; analyses under way and waiting are refused. */
  async close(): Promise<void> {
    this.#closed = true;
    const error = new LeaklineError('analysis_closed', 'no more analyses: shutting down', { status: 503 });
    for (const job of this.#queue.splice(0)) job.reject(error);
    await Promise.all([...this.#threads].map((thread) => this.#end(thread, error)));
  }

  #dispatch(): void {
    while (this.#queue.length > 0) {
      const thread = [...this.#threads].find(({ job }) => job === null) ?? this.#start();
      if (!thread) return;
      const job = this.#queue.shift()!;
      thread.job = job;
      thread.worker.ref();
      thread.timer = setTimeout(() => {
        const message = `analysis ${job.request.name} took longer than ${this.#timeoutMs / 1000} s`;
        void this.#end(thread, new LeaklineError('analysis_timeout', message, { status: 504 }));
      }, this.#timeoutMs);
      this.#send(thread, job).catch((error: unknown) => void this.#end(thread, failed(error)));
    }
  }

  /** Hands a job over. Large profiles are copied piece by piece: to post 50 MB at once holds the event loop up for 50 ms. */
  async #send(thread: Thread, job: Job): Promise<void> {
    const { name, inputs, parameters } = job.request;
    const handed: ProfileInput[] = [];
    const copies: ArrayBuffer[] = [];
    const turn = turns();
    for (const input of inputs) {
      if (!(input instanceof Uint8Array)) {
        handed.push(input);
        continue;
      }
      const copy = new Uint8Array(input.length);
      handed.push(copy);
      copies.push(copy.buffer);
      for (const piece of pieces(input)) {
        copy.set(piece, piece.byteOffset - input.byteOffset);
        const end = turn(piece.length);
        if (end) await end;
      }
    }
    // The thread may have been ended meanwhile.
    if (thread.job !== job) return;
    const request: WorkerRequest = { name, inputs: handed, parameters };
    thread.worker.postMessage(request, copies);
  }

  #start(): Thread | undefined {
    if (this.#threads.size >= this.#maxThreads) return undefined;
    const worker = new Worker(WORKER, { resourceLimits: { maxOldGenerationSizeMb: this.#maxHeapMegabytes } });
    const thread: Thread = { worker, job: null, timer: null };
    this.#threads.add(thread);
    worker.on('message', (answer: WorkerAnswer) => this.#answered(thread, answer));
    worker.on('error', (error) => void this.#end(thread, failed(error)));
    worker.on(
      'exit',
      () => void this.#end(thread, new LeaklineError('analysis_failed', 'analysis ended early')),
    );
    return thread;
  }

  #answered(thread: Thread, answer: WorkerAnswer): void {
    const { job } = thread;
    this.#release(thread);
    // An idle thread does not keep the process alive.
    thread.worker.unref();
    if (answer.ok) job?.resolve(answer.result);
    else {
      const { code, message, status, exitCode } = answer;
      job?.reject(new LeaklineError(code, message, { status, exitCode }));
    }
    this.#dispatch();
  }

  #release(thread: Thread): void {
    if (thread.timer) clearTimeout(thread.timer);
    thread.timer = null;
    thread.job = null;
  }

  async #end(thread: Thread, error: LeaklineError): Promise<void> {
    const { job } = thread;
    this.#release(thread);
    this.#threads.delete(thread);
    job?.reject(error);
    if (!this.#closed) this.#dispatch();
    await thread.worker.terminate();
  }
}

function failed(cause: unknown): LeaklineError {
  return new LeaklineError('analysis_failed', `analysis failed: ${messageOf(cause)}`, { cause });
}
