// Why a session can say less than usual, in words with the fix. Pure.

import type { TargetStatus } from '../watch/types.js';
import type { SessionProblem } from './types.js';

/** How net/http/pprof comes into a service. */
export const HOW_TO_ADD_PPROF =
  'import _ "net/http/pprof" in its main package and, where it serves no HTTP by http.DefaultServeMux, add ' +
  'go http.ListenAndServe("127.0.0.1:6060", nil) to main()';

export function problemOf(
  status: TargetStatus,
  hasPprof: boolean,
  nowMs: number,
): SessionProblem | undefined {
  const { name, health, lastSample } = status;
  switch (health) {
    case 'exited':
      return { code: 'gone', message: `${name} has ended`, sinceMs: nowMs };
    case 'down':
      return {
        code: 'unreachable',
        message: `${name} does not answer: ${status.problem ?? 'no reason known'}`,
        sinceMs: nowMs,
      };
    case 'no_runtime':
    case 'up':
      if (hasPprof) return undefined;
      return {
        code: 'no_pprof',
        message:
          `${name} serves no pprof that could be found, so no profile names the code` +
          (lastSample?.runtime ? '' : ' and memory is judged from outside alone') +
          `. To change that, ${HOW_TO_ADD_PPROF}; an address of another path or host is named with --pprof URL`,
        sinceMs: nowMs,
      };
  }
}
