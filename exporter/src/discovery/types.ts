// What discovery tells of a Go process of this host.

import type { GoModule } from '../watch/types.js';

export interface DiscoveredProcess {
  /** Base name of the executable, with a suffix where several run at once; stays over restarts. */
  name: string;
  pid: number;
  startedAtMs: number;
  executable?: string;
  go: GoModule;
  /** "http://127.0.0.1:6060/debug/pprof/", where it was found. */
  pprofUrl?: string;
  /** "http://127.0.0.1:6060/debug/vars", where it was found. */
  expvarUrl?: string;
  metricsUrl?: string;
}

/** A process of which discovery cannot say whether it is a Go program. */
export interface UnreadProcess {
  pid: number;
  name: string;
  /** 'denied': its executable may not be read by this user. 'failed': reading it failed. */
  reason: 'denied' | 'failed';
  message: string;
}
