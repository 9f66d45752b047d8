// Finds the Go processes among the processes of the host and what they serve. Each process is looked at once: a pass
// over a host where nothing changed reads no file and asks nobody.

import { messageOf } from '../errors.js';
import type { ProcessMemoryReader, ProcessReading } from '../process-memory/types.js';
import type { GoModule } from '../watch/types.js';
import type { BuildInfo } from './build-info.js';
import { BuildInfoFiles } from './build-info-file.js';
import { NameBook } from './names.js';
import type { PortReader } from './ports.js';
import { probe, type ProbeResult } from './probe.js';
import type { DiscoveredProcess, UnreadProcess } from './types.js';

export interface DiscovererOptions {
  reader: Pick<ProcessMemoryReader, 'platform' | 'executablePath'>;
  /** Who listens where; without it nobody is asked. */
  ports: PortReader | undefined;
  /** Names for which it is false (discovery.exclude) are told but not asked. Default: all are asked. */
  isWanted?: (name: string) => boolean;
  /** This process, which is never a target. */
  ownPid?: number;
  /** Build info of a file; undefined: not a Go program. */
  readBuildInfo?: (file: string) => Promise<BuildInfo | undefined>;
  ask?: (addresses: readonly string[], signal: AbortSignal) => Promise<ProbeResult>;
  /** Monotonic, ms. */
  now?: () => number;
}

/** A service may open its port some seconds after it starts; who never does is asked ever more rarely. */
const FIRST_RETRY_MS = 5_000;
const MAX_RETRY_MS = 600_000;
/** Time for all listeners of one process. */
const PROBE_DEADLINE_MS = 3_000;
/** Files read and processes asked at once: few, since all of this is beside the sampling. */
const CONCURRENCY = 8;

interface Known {
  /** The system's name of it: another one means that the process executes another program now. */
  systemName: string;
  executable?: string;
  /** undefined: not Go, or not to be read. */
  go?: GoModule;
  unread?: UnreadProcess;
  pprofUrl?: string;
  expvarUrl?: string;
  /** Its address answers no more: it is asked for another, and the old one stands until there is one. */
  hasMoved?: boolean;
  nextProbeMs: number;
  retryMs: number;
}

export class Discoverer {
  readonly #options: DiscovererOptions;
  readonly #files = new BuildInfoFiles();
  readonly #names = new NameBook();
  #known = new Map<string, Known>();

  constructor(options: DiscovererOptions) {
    this.#options = options;
  }

  /** Processes that could not be looked into, as of the last pass. */
  get unread(): UnreadProcess[] {
    return [...this.#known.values()].flatMap(({ unread }) => unread ?? []);
  }

  /** The Go processes among these, with stable names. Passes must not overlap. */
  async discover(processes: readonly ProcessReading[]): Promise<DiscoveredProcess[]> {
    const ownPid = this.#options.ownPid ?? process.pid;
    const candidates = processes.filter(({ pid }) => pid !== ownPid && pid > 0);
    const known = new Map<string, Known>();
    await forEachAtOnce(candidates, async (reading) => {
      const before = this.#known.get(identity(reading));
      const isSame = before?.systemName === reading.name && before.unread?.reason !== 'failed';
      known.set(identity(reading), isSame ? before : await this.#lookAt(reading));
    });
    this.#known = known;

    const goProcesses = candidates.flatMap((reading) => {
      const { go, executable } = known.get(identity(reading))!;
      return go === undefined ? [] : [{ ...reading, go, executable: executable ?? reading.name }];
    });
    const names = this.#names.assign(goProcesses, Date.now());
    await this.#probeDue(goProcesses.map((each, i) => ({ ...each, name: names[i]! })));
    return goProcesses.map((reading, i) => {
      const { executable, pprofUrl, expvarUrl } = known.get(identity(reading))!;
      const { pid, startedAtMs, go } = reading;
      return { name: names[i]!, pid, startedAtMs, executable, go, pprofUrl, expvarUrl };
    });
  }

  /** What this process served no longer answers: the next pass asks all its listeners again. */
  reprobe(pid: number): void {
    for (const [id, known] of this.#known) {
      if (!id.startsWith(`${pid}@`) || known.hasMoved) continue;
      Object.assign(known, { hasMoved: true, nextProbeMs: 0, retryMs: FIRST_RETRY_MS });
    }
  }

  async #lookAt(reading: ProcessReading): Promise<Known> {
    const { reader, readBuildInfo = (file) => this.#files.read(file) } = this.#options;
    const known: Known = { systemName: reading.name, nextProbeMs: 0, retryMs: FIRST_RETRY_MS };
    const unread = (reason: UnreadProcess['reason'], message: string): Known => ({
      ...known,
      unread: { pid: reading.pid, name: reading.name, reason, message },
    });
    const executable = reader.executablePath(reading.pid);
    if (executable === undefined) return unread('denied', 'its executable is not told to this user');
    try {
      // On Linux this link opens what really runs: a file that was replaced since, or one in a container.
      const file = reader.platform === 'linux' ? `/proc/${reading.pid}/exe` : executable;
      const info = await readBuildInfo(file);
      return info === undefined ? known : { ...known, executable, go: goModule(info) };
    } catch (error) {
      const code = error instanceof Error && 'code' in error ? error.code : undefined;
      return unread(code === 'EACCES' || code === 'EPERM' ? 'denied' : 'failed', messageOf(error));
    }
  }

  async #probeDue(processes: readonly (ProcessReading & { name: string })[]): Promise<void> {
    const { ports, isWanted = () => true, ask = probe, now = () => performance.now() } = this.#options;
    if (ports === undefined) return;
    const nowMs = now();
    const due = processes.filter((each) => {
      const known = this.#known.get(identity(each))!;
      const isOpen = known.pprofUrl === undefined || known.hasMoved;
      return isOpen && known.nextProbeMs <= nowMs && isWanted(each.name);
    });
    if (due.length === 0) return;
    const snapshot = ports.snapshot();
    await forEachAtOnce(due, async (each) => {
      const known = this.#known.get(identity(each))!;
      const addresses = await snapshot.loopbackAddresses(each.pid);
      if (addresses !== undefined && addresses.length > 0) {
        const { pprofUrl, expvarUrl } = await ask(addresses, AbortSignal.timeout(PROBE_DEADLINE_MS));
        if (known.hasMoved && (pprofUrl ?? expvarUrl) !== undefined) {
          Object.assign(known, { pprofUrl, expvarUrl, hasMoved: false });
        } else {
          known.pprofUrl ??= pprofUrl;
          known.expvarUrl ??= expvarUrl;
        }
      }
      known.nextProbeMs = now() + known.retryMs;
      known.retryMs = Math.min(2 * known.retryMs, MAX_RETRY_MS);
    });
  }
}

function goModule({ goVersion, module, packagePath, moduleVersion, revision }: BuildInfo): GoModule {
  return { goVersion, module: module ?? packagePath, moduleVersion, revision };
}

function identity({ pid, startedAtMs }: { pid: number; startedAtMs: number }): string {
  return `${pid}@${startedAtMs}`;
}

async function forEachAtOnce<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  let next = 0;
  const worker = async () => {
    while (next < items.length) await work(items[next++]!);
  };
  await Promise.all(Array.from({ length: Math.min(CONCURRENCY, items.length) }, worker));
}
