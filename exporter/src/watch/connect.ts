// How a target is asked: a client for its profiles and a reader of its runtime, from the addresses that are known.

import { readFileSync } from 'node:fs';
import { createGoRuntimeReader } from '../go-runtime/index.js';
import { createTargetHttp } from '../target-http/client.js';
import type { TargetConnections, TargetSpec } from './watched-target.js';

/** Opens no connection yet. Throws a UsageError for an address that is none. */
export function connect(spec: TargetSpec): TargetConnections {
  const { pprofUrl, expvarUrl, metricsUrl, auth } = spec;
  const http = pprofUrl === undefined ? undefined : createTargetHttp(pprofUrl, auth);
  if (!http && expvarUrl === undefined && metricsUrl === undefined) return {};
  return { http, runtime: createGoRuntimeReader({ http, expvarUrl, metricsUrl, auth }) };
}

/** The pid in a pid file; a file that is not there or holds none names no process. */
export function readPidFile(path: string): number | undefined {
  try {
    const pid = Number(readFileSync(path, 'utf8').trim());
    return Number.isSafeInteger(pid) && pid > 0 ? pid : undefined;
  } catch {
    return undefined;
  }
}
