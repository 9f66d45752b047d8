// Attaching: find the process, see that it answers, begin to sample.

import { LeaklineError } from '../errors.js';
import { ProfileWorkers } from '../profile/workers.js';
import { connect } from '../watch/connect.js';
import type { TargetHttp } from '../target-http/types.js';
import type { TargetConnections, TargetSpec } from '../watch/watched-target.js';
import { openHost, resolveSession } from './host.js';
import { HOW_TO_ADD_PPROF } from './problem.js';
import { ProcessSession } from './session.js';
import type { AttachOptions, Session, SessionTarget } from './types.js';

/** Time of one analysis of profiles: a session has no other user who would wait. */
const ANALYSIS_TIMEOUT_MS = 120_000;

/**
 * A session with its first sample taken. Rejects with a LeaklineError: `process_unknown`, `process_denied`, `not_go`,
 * `target_unknown`, and for an address that somebody named `no_pprof` or the client's (`target_unreachable` …).
 * A process without pprof attaches all the same; its session has the problem `no_pprof`.
 */
export async function attach(target: SessionTarget, options: AttachOptions = {}): Promise<Session> {
  const host = await openHost();
  try {
    const spec = await resolveSession(host, target, options);
    const isNamed = target.kind === 'url' || options.pprofUrl !== undefined || spec.pid === undefined;
    const connections = isNamed ? await connected(spec) : connect(spec);
    const workers = new ProfileWorkers({ timeoutMs: ANALYSIS_TIMEOUT_MS });
    const session = new ProcessSession({ host, spec, connections, workers, options });
    await session.start();
    return session;
  } catch (error) {
    host.reader.close?.();
    throw error;
  }
}

/** Connections that have answered once: an address that a person typed is wrong more often than a service is down. */
async function connected(spec: TargetSpec): Promise<TargetConnections> {
  const connections = connect(spec);
  try {
    await connections.runtime?.read();
    // MemStats may have come from elsewhere: from expvar at its usual path.
    if (connections.http && spec.pprofUrl !== undefined) await asksPprof(connections.http, spec.pprofUrl);
    return connections;
  } catch (error) {
    connections.runtime?.close();
    connections.http?.close();
    if (!(error instanceof LeaklineError) || error.code === 'no_pprof') throw error;
    const at = spec.pprofUrl ?? spec.expvarUrl ?? spec.metricsUrl ?? spec.name;
    if (error.code === 'runtime_status' || error.code === 'runtime_unreadable') {
      throw new LeaklineError(
        'no_pprof',
        `${at} answers, but not as net/http/pprof does (${error.message}). Check the address; to add pprof to a service, ${HOW_TO_ADD_PPROF}`,
        { cause: error },
      );
    }
    throw new LeaklineError(error.code, `${at}: ${error.message}`, { cause: error });
  }
}

const PPROF_LIMITS = { timeoutMs: 10_000, maxBytes: 2 ** 20 };

/** Rejects with `no_pprof` where the address is not the base of net/http/pprof. Some routers serve no index, but handlers. */
async function asksPprof(http: TargetHttp, pprofUrl: string): Promise<void> {
  let status = 0;
  for (const path of ['', 'cmdline']) {
    ({ status } = await http.get(path, PPROF_LIMITS));
    if (status === 200) return;
  }
  throw new LeaklineError(
    'no_pprof',
    `${pprofUrl} answers HTTP ${status}, which net/http/pprof does not: its base usually ends with /debug/pprof/`,
  );
}
