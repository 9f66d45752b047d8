// The load while a service is watched: one command, started again when it ends, with its operations counted.

import { LeaklineError } from '../errors.js';
import { countOperations } from './load-output.js';
import { startGroup, type ProcessGroup } from './process-group.js';
import { tailOf } from './words.js';

export interface LoadOptions {
  command: string;
  once: boolean;
  /** Operations of one run, where the user told them. */
  operationsPerRun?: number;
  /** Regular expression over the output of a run. */
  operationsMatch?: string;
  onOutput?: (chunk: Buffer) => void;
}

interface Run {
  seconds: number;
  operations: number | undefined;
}

export interface LoadRate {
  perSecond: number;
  source: string;
}

/** A load that fails at once is tried so often before the whole run is given up. */
const MOST_FAILURES = 3;
/** Between two runs, so that a command that ends at once does not spin. */
const PAUSE_MS = 200;
const FAILED_PAUSE_MS = 1000;
/** hey, wrk and k6 print their summary when they are interrupted. */
const STOP_GRACE_MS = 5000;

export class Load {
  readonly #options: LoadOptions;
  readonly #runs: Run[] = [];
  #group: ProcessGroup | undefined;
  #stopping = false;
  #source = '';
  #failures = 0;
  #lastCode: number | null = 0;
  readonly #loop: Promise<void>;
  #fail: (error: LeaklineError) => void = () => undefined;
  /** Rejects when the load cannot run; never resolves. */
  readonly failed: Promise<never>;
  /** With `once`: resolves when it has ended. */
  readonly ended: Promise<void>;
  readonly warnings: string[] = [];

  private constructor(options: LoadOptions, first: ProcessGroup) {
    this.#options = options;
    this.failed = new Promise<never>((_, reject) => (this.#fail = reject));
    // Whoever waits gets it; nobody has to.
    this.failed.catch(() => undefined);
    this.#loop = this.#run(first);
    this.ended = this.#loop;
  }

  /** Rejects with `start_failed` when there is no shell. */
  static async start(options: LoadOptions): Promise<Load> {
    return new Load(options, await startGroup(options));
  }

  async #run(first: ProcessGroup): Promise<void> {
    for (let group = first; ;) {
      this.#group = group;
      const { code } = await group.exited;
      this.#note(group, code);
      if (this.#stopping || this.#options.once) return;
      if (this.#failures >= MOST_FAILURES) {
        const end = tailOf(group.output());
        this.#fail(
          new LeaklineError(
            'load_failed',
            `the load ended with code ${code} ${MOST_FAILURES} times in a row${end}`,
          ),
        );
        return;
      }
      await new Promise((resolve) => setTimeout(resolve, code === 0 ? PAUSE_MS : FAILED_PAUSE_MS));
      if (this.#stopping) return;
      try {
        group = await startGroup(this.#options);
      } catch (error) {
        this.#fail(error as LeaklineError);
        return;
      }
    }
  }

  #note(group: ProcessGroup, code: number | null): void {
    const { operationsPerRun, operationsMatch } = this.#options;
    const seconds = (Date.now() - group.startedAtMs) / 1000;
    if (!this.#stopping) this.#failures = code === 0 ? 0 : this.#failures + 1;
    if (code !== 0 && code !== this.#lastCode && !this.#stopping)
      this.warnings.push(`the load ended with code ${code}${tailOf(group.output())}`);
    this.#lastCode = code;
    const counted =
      operationsPerRun !== undefined
        ? // A run that was cut short made nobody knows how many.
          this.#stopping
          ? undefined
          : { count: operationsPerRun, source: '--operations' }
        : countOperations(group.output(), operationsMatch);
    if (counted) this.#source = counted.source;
    this.#runs.push({ seconds, operations: counted?.count });
  }

  /** Ends it with all that it started; its summary is read first. */
  async stop(): Promise<void> {
    this.#stopping = true;
    await this.#group?.stop('SIGINT', STOP_GRACE_MS);
    await this.#loop;
  }

  /** Operations a second of all runs that told theirs; after stop(). */
  rate(): LoadRate | undefined {
    const told = this.#runs.filter(({ operations }) => operations !== undefined);
    const seconds = told.reduce((sum, run) => sum + run.seconds, 0);
    const operations = told.reduce((sum, run) => sum + run.operations!, 0);
    return told.length === 0 || seconds === 0
      ? undefined
      : { perSecond: operations / seconds, source: this.#source };
  }
}
