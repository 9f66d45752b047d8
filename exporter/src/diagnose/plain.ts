// Progress as plain lines, for pipes and logs: what happens, and every ten seconds where things stand.

import { formatBytes } from '../format.js';
import { clock } from './screen.js';
import { rateOf, stateInWords } from './rates.js';
import { harmless } from './text.js';
import type { LiveState, View } from './types.js';

const EVERY_MS = 10_000;

export class PlainView implements View {
  readonly #write: (text: string) => void;
  readonly #beganAtMs = Date.now();
  #nextMs = EVERY_MS;
  #state = 'learning';

  constructor(write: (text: string) => void) {
    this.#write = write;
  }

  update(state: LiveState): void {
    const changed = state.verdict.state !== this.#state;
    if (!changed && state.elapsedMs < this.#nextMs) return;
    this.#state = state.verdict.state;
    while (this.#nextMs <= state.elapsedMs) this.#nextMs += EVERY_MS;
    this.#line(lineOf(state));
  }

  note(text: string): void {
    this.#line(text);
  }

  close(): void {}

  #line(text: string): void {
    this.#write(`${clock(Date.now() - this.#beganAtMs).padStart(5)}  ${harmless(text)}\n`);
  }
}

/** "148 MiB; live heap 40 MiB +2.01 MiB/s; 12 goroutines; learning: 5 more garbage collections until …". */
export function lineOf({ status, verdict, waiting, last, problem }: LiveState): string {
  const { commit, private_working_set: set, live_heap: live, goroutines } = status.lastSample?.signals ?? {};
  const total = last?.totalBytes ?? commit ?? set;
  const slope = verdict.slopes.live_heap ?? undefined;
  const parts = [
    ...(total === undefined ? [] : [formatBytes(total)]),
    ...(live === undefined
      ? []
      : [`live heap ${formatBytes(live)}${slope ? ` ${rateOf('live_heap', slope.perSecond)}` : ''}`]),
    ...(goroutines === undefined ? [] : [`${goroutines} goroutines`]),
    ...(problem?.code === 'unreachable' ? ['not reached'] : []),
  ];
  const why = verdict.state === 'growing' || verdict.state === 'leaking' ? verdict.why : waiting?.text;
  return `${parts.join('; ')}; ${stateInWords(verdict.state).toLowerCase()}${why === undefined ? '' : `: ${why}`}`;
}
