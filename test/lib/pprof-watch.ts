// A watch over addresses of net/http/pprof and nothing else: for tests of captures that need no samples.

import { createTargetHttp } from '../../exporter/src/target-http/client.js';
import type { TargetHttp } from '../../exporter/src/target-http/types.js';
import type { TargetStatus, Watch } from '../../exporter/src/watch/types.js';

export interface PprofTarget {
  name: string;
  /** "http://127.0.0.1:6060/debug/pprof/". */
  pprofUrl: string;
  pid?: number;
  startedAtMs?: number;
  module?: string;
  labels?: Record<string, string>;
}

export function pprofWatch(targets: readonly PprofTarget[]): Watch & { close(): void } {
  const statuses = new Map<string, TargetStatus>();
  const endpoints = new Map<string, TargetHttp>();
  for (const { name, pprofUrl, pid, startedAtMs, module, labels = {} } of targets) {
    endpoints.set(name, createTargetHttp(pprofUrl, {}));
    statuses.set(name, {
      name,
      origin: 'config',
      health: 'up',
      ...(pid !== undefined && { pid }),
      ...(startedAtMs !== undefined && { startedAtMs }),
      go: module === undefined ? {} : { module },
      pprofUrl,
      labels,
      limits: [],
    });
  }
  return {
    targets: () => [...statuses.values()],
    target: (name) => statuses.get(name),
    samples: () => ({ atMs: [], signals: {}, parts: {}, gcCount: [] }),
    endpoint: (name) => endpoints.get(name),
    subscribe: () => () => undefined,
    close: () => {
      for (const endpoint of endpoints.values()) endpoint.close();
    },
  };
}
