// Which targets there are: the configuration's and the discovered Go processes, matched by name, module or pid file.

import { basename } from 'node:path';
import type { TargetConfig } from '../config/schema.js';
import type { DiscoveredProcess } from '../discovery/types.js';
import type { TargetSpec } from './watched-target.js';

export type { DiscoveredProcess } from '../discovery/types.js';

export interface ResolveInput {
  configured: readonly TargetConfig[];
  discovered: readonly DiscoveredProcess[];
  /** Patterns over the discovered names; empty `include` means all. */
  include: readonly string[];
  exclude: readonly string[];
  /** The pid that a pid file holds now, or undefined. */
  readPidFile: (path: string) => number | undefined;
}

/**
 * One spec a target, by unique names. A configured target takes the oldest process that matches; what it says itself
 * (addresses, labels, limits) goes before what was discovered.
 */
export function resolveTargets(input: ResolveInput): TargetSpec[] {
  const specs: TargetSpec[] = [];
  const taken = new Set<number>();
  const oldestFirst = [...input.discovered].sort((a, b) => a.startedAtMs - b.startedAtMs || a.pid - b.pid);

  for (const target of input.configured) {
    const process = oldestFirst.find(
      (candidate) => !taken.has(candidate.pid) && matches(target, candidate, input),
    );
    if (process) taken.add(process.pid);
    const isLocal =
      target.executable !== undefined || target.module !== undefined || target.pidFile !== undefined;
    if (isLocal && !process && !hasAddress(target)) {
      specs.push(configuredSpec(target, undefined));
      continue;
    }
    specs.push(configuredSpec(target, process));
  }
  const names = new Set(specs.map(({ name }) => name));
  for (const process of oldestFirst) {
    if (taken.has(process.pid) || !isWanted(process.name, input)) continue;
    // The configuration may use a name that discovery would give: the configured target keeps it.
    let name = process.name;
    for (let i = 2; names.has(name); i++) name = `${process.name}-${i}`;
    names.add(name);
    specs.push({
      name,
      origin: 'discovery',
      pid: process.pid,
      startedAtMs: process.startedAtMs,
      executable: process.executable,
      go: process.go,
      pprofUrl: process.pprofUrl,
      expvarUrl: process.expvarUrl,
      metricsUrl: process.metricsUrl,
      labels: {},
    });
  }
  return specs;
}

function hasAddress(target: TargetConfig): boolean {
  return (target.pprof ?? target.expvar ?? target.metrics) !== undefined;
}

function configuredSpec(target: TargetConfig, process: DiscoveredProcess | undefined): TargetSpec {
  return {
    name: target.name,
    origin: 'config',
    pid: process?.pid,
    startedAtMs: process?.startedAtMs,
    executable: process?.executable,
    go: process?.go ?? {},
    pprofUrl: target.pprof ? withSlash(target.pprof) : process?.pprofUrl,
    expvarUrl: target.expvar ?? process?.expvarUrl,
    metricsUrl: target.metrics ?? process?.metricsUrl,
    labels: target.labels,
    memoryLimitBytes: target.memoryLimit,
    gogcPercent: target.gogc,
    auth: {
      basicAuth: target.basicAuth,
      bearerToken: target.bearerToken,
      bearerTokenFile: target.bearerTokenFile,
      tls: target.tls,
    },
  };
}

function matches(target: TargetConfig, process: DiscoveredProcess, input: ResolveInput): boolean {
  if (target.pidFile !== undefined) return input.readPidFile(target.pidFile) === process.pid;
  if (target.executable !== undefined && !isExecutable(target.executable, process.executable)) return false;
  if (target.module !== undefined && target.module !== process.go.module) return false;
  if (target.executable !== undefined || target.module !== undefined) return true;
  // An address on this host is the process that serves it.
  return [process.pprofUrl, process.expvarUrl].some(
    (url) =>
      url !== undefined &&
      [target.pprof, target.expvar].some((own) => own !== undefined && sameOrigin(own, url)),
  );
}

/** A path matches whole; a bare name matches the base name, with or without ".exe". */
function isExecutable(wanted: string, path: string | undefined): boolean {
  if (path === undefined) return false;
  if (/[\\/]/.test(wanted)) return wanted === path;
  const bare = (name: string) => name.replace(/\.exe$/i, '');
  return bare(basename(path.replaceAll('\\', '/'))) === bare(wanted);
}

const LOOPBACK = /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/;

function sameOrigin(a: string, b: string): boolean {
  const [first, second] = [new URL(a), new URL(b)];
  const sameHost =
    first.hostname === second.hostname || (LOOPBACK.test(first.hostname) && LOOPBACK.test(second.hostname));
  return sameHost && first.port === second.port && first.protocol === second.protocol;
}

export function withSlash(url: string): string {
  return url.endsWith('/') ? url : `${url}/`;
}

/** Patterns are names with `*`; a name is wanted when it is included (or nothing is) and not excluded. */
export function isWanted(
  name: string,
  { include, exclude }: { include: readonly string[]; exclude: readonly string[] },
) {
  const isIn = (patterns: readonly string[]) => patterns.some((pattern) => globToRegExp(pattern).test(name));
  return (include.length === 0 || isIn(include)) && !isIn(exclude);
}

export function globToRegExp(pattern: string): RegExp {
  const escaped = pattern.split('*').map((part) => part.replace(/[.+?^${}()|[\]\\]/g, '\\$&'));
  return new RegExp(`^${escaped.join('.*')}$`, 'i');
}
