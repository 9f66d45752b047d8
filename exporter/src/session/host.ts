// The Go processes of this host: which there are, and which of them a session is about.

import { platform } from 'node:os';
import { createPortReader } from '../discovery/index.js';
import { Discoverer, type DiscoveredProcess, type UnreadProcess } from '../discovery/index.js';
import { LeaklineError } from '../errors.js';
import {
  createProcessMemoryReader,
  type ProcessMemoryReader,
  type ProcessReading,
} from '../process-memory/index.js';
import { readPidFile } from '../watch/connect.js';
import { resolveTargets, withSlash } from '../watch/resolve.js';
import type { TargetSpec } from '../watch/watched-target.js';
import { nearNames } from './near-names.js';
import type { AttachOptions, SessionTarget } from './types.js';

export interface GoProcess extends DiscoveredProcess {
  reading: ProcessReading | undefined;
}

/** The readers of this host, opened once for the resolution and the session after it. */
export interface Host {
  reader: ProcessMemoryReader;
  /** Go processes among these; only those for which `isAsked` are asked what they serve. */
  discoverer: Discoverer;
  /** The pid that listens at this loopback port, where this user may see it. */
  pidOfPort(port: number, pids: readonly number[]): Promise<number | undefined>;
  /** Sets which processes are asked for pprof. */
  askOnly(isAsked: (name: string) => boolean): void;
}

/** @throws LeaklineError where the platform cannot be read. */
export async function openHost(): Promise<Host> {
  const reader = await createProcessMemoryReader();
  const ports = await createPortReader(reader.platform);
  let isAsked: (name: string) => boolean = () => true;
  return {
    reader,
    discoverer: new Discoverer({ reader, ports, isWanted: (name) => isAsked(name) }),
    async pidOfPort(port, pids) {
      const snapshot = ports?.snapshot();
      for (const pid of snapshot ? pids : []) {
        const addresses = await snapshot!.loopbackAddresses(pid);
        if (addresses?.some((address) => address.endsWith(`:${port}`))) return pid;
      }
      return undefined;
    },
    askOnly: (next) => (isAsked = next),
  };
}

/** Every Go process of this host, the largest first. Nobody is asked for pprof. */
export async function listGoProcesses(host: Host): Promise<{ found: GoProcess[]; unread: UnreadProcess[] }> {
  host.askOnly(() => false);
  const discovered = await host.discoverer.discover(await host.reader.readProcesses());
  const readings = await host.reader.readProcesses(new Set(discovered.map(({ pid }) => pid)));
  const found = discovered.map((each) => ({ ...each, reading: readings.find((r) => isSame(r, each)) }));
  return {
    found: found.sort((a, b) => memoryOf(b.reading) - memoryOf(a.reading)),
    unread: host.discoverer.unread,
  };
}

/** What Task Manager calls "Memory", or the nearest that is known; 0 where nothing is. */
export function memoryOf(reading: ProcessReading | undefined): number {
  return reading?.privateWorkingSetBytes ?? reading?.commitBytes ?? reading?.workingSetBytes ?? 0;
}

/**
 * What to watch. Rejects with a LeaklineError: `process_unknown`, `process_denied`, `not_go`, `target_unknown`.
 * A URL resolves even where nobody answers: the session finds out.
 */
export async function resolveSession(
  host: Host,
  target: SessionTarget,
  options: AttachOptions,
): Promise<TargetSpec> {
  const spec = await resolveSpec(host, target, options);
  return {
    ...spec,
    ...(options.memoryLimitBytes !== undefined && { memoryLimitBytes: options.memoryLimitBytes }),
    ...(options.gogcPercent !== undefined && { gogcPercent: options.gogcPercent }),
    ...(options.pprofUrl !== undefined && { pprofUrl: withSlash(options.pprofUrl) }),
    auth: { ...spec.auth, ...options.auth },
  };
}

function resolveSpec(host: Host, target: SessionTarget, options: AttachOptions): Promise<TargetSpec> {
  switch (target.kind) {
    case 'pid':
      return ofPid(host, target.pid, options.pprofUrl);
    case 'url':
      return ofUrl(host, target.url, target.basicAuth);
    case 'name':
      return ofName(host, target.name, options);
  }
}

async function ofPid(host: Host, pid: number, pprofUrl: string | undefined): Promise<TargetSpec> {
  const reading = (await host.reader.readProcesses()).find((each) => each.pid === pid);
  if (!reading) {
    throw new LeaklineError('process_unknown', `there is no process ${pid} on this host, or it has ended`);
  }
  host.askOnly(() => pprofUrl === undefined);
  const [found] = await host.discoverer.discover([reading]);
  if (found) return specOf(found);
  const [unread] = host.discoverer.unread;
  if (unread?.reason === 'denied') {
    throw new LeaklineError(
      'process_denied',
      `process ${pid} (${reading.name}) may not be looked into: run this as its user or ${asWhom()}`,
    );
  }
  throw new LeaklineError(
    'not_go',
    unread
      ? `the executable of process ${pid} (${reading.name}) cannot be read: ${unread.message}`
      : `process ${pid} (${reading.name}) is not a Go program: it holds no Go build information. ` +
          '"leakline discover" lists the Go processes of this host',
  );
}

const LOOPBACK = /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/;

async function ofUrl(
  host: Host,
  pprofUrl: string,
  basicAuth: NonNullable<TargetSpec['auth']>['basicAuth'],
): Promise<TargetSpec> {
  const auth = basicAuth === undefined ? {} : { auth: { basicAuth } };
  const local = await localProcess(host, pprofUrl);
  if (local) return { ...specOf(local), pprofUrl, expvarUrl: undefined, ...auth };
  const { host: name } = new URL(pprofUrl);
  return { name, origin: 'config', go: {}, labels: {}, pprofUrl, ...auth };
}

/** The Go process of this host that listens where the address points. */
async function localProcess(host: Host, url: string): Promise<DiscoveredProcess | undefined> {
  const { hostname, port, protocol } = new URL(url);
  if (!LOOPBACK.test(hostname)) return undefined;
  host.askOnly(() => false);
  const discovered = await host.discoverer.discover(await host.reader.readProcesses());
  const number = port === '' ? (protocol === 'https:' ? 443 : 80) : Number(port);
  const pid = await host.pidOfPort(
    number,
    discovered.map((each) => each.pid),
  );
  return discovered.find((each) => each.pid === pid);
}

async function ofName(host: Host, name: string, { configured = [] }: AttachOptions): Promise<TargetSpec> {
  const config = configured.find((each) => each.name === name);
  const bare = (text: string) => text.toLowerCase().replace(/\.exe$/, '');
  host.askOnly((each) => config === undefined && bare(each) === bare(name));
  const discovered = await host.discoverer.discover(await host.reader.readProcesses());
  if (config) {
    const specs = resolveTargets({ configured, discovered, include: [], exclude: ['*'], readPidFile });
    const spec = specs.find((each) => each.name === name)!;
    const url = spec.pprofUrl ?? spec.expvarUrl;
    if (spec.pid !== undefined) return asked(host, spec, discovered);
    const local = url === undefined ? undefined : await localProcess(host, url);
    if (local) return { ...specOf(local), ...withoutUndefined(spec) };
    if (url !== undefined) return spec;
    throw new LeaklineError(
      'target_unknown',
      `the target ${JSON.stringify(name)} of the configuration does not run`,
    );
  }
  const exact = discovered.find((each) => each.name === name);
  const found = exact ?? discovered.find((each) => bare(each.name) === bare(name));
  if (found) return specOf(found);
  const names = [...configured, ...discovered].map((each) => each.name);
  const near = nearNames(name, names);
  throw new LeaklineError(
    'target_unknown',
    `there is no Go process named ${JSON.stringify(name)} on this host; ` +
      (near.length > 0
        ? `did you mean ${near.join(' or ')}?`
        : names.length > 0
          ? 'leakline discover lists those there are'
          : 'this user sees no Go process at all'),
  );
}

/** A configured process that names no address is asked what it serves. */
async function asked(
  host: Host,
  spec: TargetSpec,
  discovered: readonly DiscoveredProcess[],
): Promise<TargetSpec> {
  if ((spec.pprofUrl ?? spec.expvarUrl ?? spec.metricsUrl) !== undefined) return spec;
  const process = discovered.find((each) => each.pid === spec.pid);
  host.askOnly((each) => each === process?.name);
  const again = await host.discoverer.discover(await host.reader.readProcesses());
  const found = again.find((each) => each.pid === spec.pid);
  return { ...spec, pprofUrl: found?.pprofUrl, expvarUrl: found?.expvarUrl };
}

function specOf(found: DiscoveredProcess): TargetSpec {
  const { name, pid, startedAtMs, executable, go, pprofUrl, expvarUrl, metricsUrl } = found;
  return {
    name,
    origin: 'discovery',
    pid,
    startedAtMs,
    executable,
    go,
    pprofUrl,
    expvarUrl,
    metricsUrl,
    labels: {},
  };
}

function withoutUndefined<T extends object>(value: T): Partial<T> {
  return Object.fromEntries(Object.entries(value).filter(([, v]) => v !== undefined)) as Partial<T>;
}

function isSame(a: { pid: number; startedAtMs: number }, b: { pid: number; startedAtMs: number }): boolean {
  return a.pid === b.pid && a.startedAtMs === b.startedAtMs;
}

function asWhom(): string {
  return platform() === 'win32' ? 'as Administrator' : 'as root';
}
