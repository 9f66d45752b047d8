// Process and host memory on Linux, from /proc. Synchronous reads: they are a third as dear as asynchronous ones,
// because /proc never waits for a disk.

import { readFileSync, readdirSync, readlinkSync, statSync, statfsSync } from 'node:fs';
import { basename, join } from 'node:path/posix';
import { LeaklineError, messageOf } from '../errors.js';
import { cgroupLimit, cgroupMounts, type CgroupMount } from './linux-cgroup.js';
import {
  bytesOfLine,
  numberOfLine,
  pageBytesOfAuxv,
  parseStat,
  residentPagesOfStatm,
  type ProcStat,
} from './linux-parse.js';
import { ProcFiles } from './linux-files.js';
import type { HostMemory, ProcessMemoryReader, ProcessReading } from './types.js';

/** USER_HZ: the tick of every time in /proc, 100 on all architectures that Node runs on. */
const TICKS_PER_SECOND = 100;
/** The page size wherever auxv does not tell. */
const DEFAULT_PAGE_BYTES = 4096;
/** Of the descriptors that this process may have, the part that the reader may keep open. */
const KEPT_SHARE = 1 / 4;
/** Length of a `comm` that may have been cut (TASK_COMM_LEN − 1). */
const CUT_COMM_BYTES = 15;
/** f_type of a real /proc (linux/magic.h). */
const PROC_SUPER_MAGIC = 0x9fa0;
const DELETED_SUFFIX = ' (deleted)';

export interface LinuxReaderOptions {
  /** Where the file system begins; a recorded tree in tests. Default: "/". */
  root?: string;
}

interface KnownName {
  startTicks: number;
  comm: string;
  name: string;
}

/** @throws LeaklineError `proc_unreadable` where there is no /proc. */
export function createLinuxReader(options: LinuxReaderOptions = {}): ProcessMemoryReader {
  return new LinuxReader(options.root ?? '/');
}

class LinuxReader implements ProcessMemoryReader {
  readonly platform = 'linux';
  private readonly proc: string;
  private readonly files: ProcFiles;
  private readonly bootedAtMs: number;
  private readonly pageBytes: number;
  /** Since Linux 6.2 the size of /proc/[pid]/fd is the number of descriptors; elsewhere it means something else. */
  private readonly onRealProc: boolean;
  private cgroups: CgroupMount[] | undefined;
  private names = new Map<number, KnownName>();

  constructor(private readonly root: string) {
    this.proc = join(root, 'proc');
    // The boot time that the kernel shows moves with every correction of the clock. Read once, the creation times
    // derived from it stay the same from sample to sample: they are half of a process's identity.
    const hostStat = this.bytes(join(this.proc, 'stat'));
    const bootedAtSeconds = hostStat === undefined ? undefined : numberOfLine(hostStat, 'btime ');
    if (bootedAtSeconds === undefined) {
      throw new LeaklineError(
        'proc_unreadable',
        `${join(this.proc, 'stat')} does not tell the boot time: is /proc mounted?`,
      );
    }
    this.bootedAtMs = bootedAtSeconds * 1000;
    this.pageBytes = this.readPageBytes();
    this.files = new ProcFiles(this.proc, Math.floor(this.maxDescriptors() * KEPT_SHARE));
    this.onRealProc = statfsSync(this.proc).type === PROC_SUPER_MAGIC;
  }

  readProcesses(detailed?: ReadonlySet<number>): ProcessReading[] {
    const readings: ProcessReading[] = [];
    const names = new Map<number, KnownName>();
    for (const entry of this.entries()) {
      const first = entry.charCodeAt(0);
      if (first < 0x31 || first > 0x39) continue;
      const pid = Number(entry);
      const stat = this.stat(pid);
      // Kernel threads, zombies and processes on their way out have no address space: nothing to account for.
      if (stat === undefined || stat.virtualBytes === 0) continue;
      const residentPages = this.residentPages(pid);
      if (residentPages === undefined) continue;

      const known = this.nameOf(pid, stat);
      names.set(pid, known);
      const reading: ProcessReading = {
        pid,
        parentPid: stat.parentPid,
        startedAtMs: this.bootedAtMs + Math.round((stat.startTicks * 1000) / TICKS_PER_SECOND),
        name: known.name,
        workingSetBytes: residentPages * this.pageBytes,
        pageFaults: stat.minorFaults + stat.majorFaults,
        hardFaults: stat.majorFaults,
        threads: stat.threads,
        virtualBytes: stat.virtualBytes,
        cpuSeconds: stat.cpuTicks / TICKS_PER_SECOND,
      };
      if (detailed?.has(pid) === true) this.addDetails(reading, stat);
      readings.push(reading);
    }
    this.names = names;
    this.files.endPass();
    return readings;
  }

  readHost(): HostMemory {
    const host: HostMemory = {};
    const meminfo = this.files.read('meminfo');
    if (meminfo !== undefined) {
      set(host, 'physicalBytes', bytesOfLine(meminfo, 'MemTotal:'));
      set(host, 'availableBytes', bytesOfLine(meminfo, 'MemAvailable:'));
      set(host, 'commitBytes', bytesOfLine(meminfo, 'Committed_AS:'));
      set(host, 'commitLimitBytes', bytesOfLine(meminfo, 'CommitLimit:'));
      set(host, 'cachedBytes', bytesOfLine(meminfo, 'Cached:'));
    }
    const vmstat = this.bytes(join(this.proc, 'vmstat'));
    if (vmstat !== undefined) set(host, 'hardFaults', numberOfLine(vmstat, 'pgmajfault '));
    return host;
  }

  /** Where the file was replaced or deleted meanwhile, this is its former path; `/proc/[pid]/exe` still opens it. */
  executablePath(pid: number): string | undefined {
    const path = this.executableLink(pid);
    return path?.endsWith(DELETED_SUFFIX) === true ? path.slice(0, -DELETED_SUFFIX.length) : path;
  }

  memoryLimit(pid: number): { name: string; bytes: number } | undefined {
    this.cgroups ??= cgroupMounts(this.text(join(this.proc, 'self/mountinfo')) ?? '');
    const group = this.text(join(this.proc, String(pid), 'cgroup'));
    if (group === undefined) return undefined;
    const bytes = cgroupLimit(group, this.cgroups, (path) => this.text(join(this.root, path)));
    return bytes === undefined ? undefined : { name: 'cgroup', bytes };
  }

  close(): void {
    this.files.close();
  }

  private entries(): string[] {
    try {
      return readdirSync(this.proc);
    } catch (error) {
      throw new LeaklineError('proc_unreadable', `cannot list ${this.proc}: ${messageOf(error)}`, {
        cause: error,
      });
    }
  }

  private stat(pid: number): ProcStat | undefined {
    const bytes = this.files.readKept(pid, 'stat');
    return bytes === undefined ? undefined : parseStat(bytes);
  }

  /**
   * From statm: the number in stat is a sum of counters a CPU that may be off by megabytes on large machines, while
   * newer kernels count exactly for statm and status.
   */
  private residentPages(pid: number): number | undefined {
    const bytes = this.files.readKept(pid, 'statm');
    return bytes === undefined ? undefined : residentPagesOfStatm(bytes);
  }

  /** What costs more, or is only readable for own processes: each part is absent where it cannot be read. */
  private addDetails(reading: ProcessReading, before: ProcStat): void {
    const { pid } = reading;
    const details: Partial<ProcessReading> = {};
    const status = this.files.read(`${pid}/status`);
    if (status !== undefined) set(details, 'peakWorkingSetBytes', bytesOfLine(status, 'VmHWM:'));

    const rollup = this.files.read(`${pid}/smaps_rollup`);
    if (rollup !== undefined) {
      const clean = bytesOfLine(rollup, 'Private_Clean:');
      const dirty = bytesOfLine(rollup, 'Private_Dirty:');
      const swapped = bytesOfLine(rollup, 'Swap:');
      if (clean !== undefined && dirty !== undefined) details.privateWorkingSetBytes = clean + dirty;
      if (dirty !== undefined && swapped !== undefined) details.commitBytes = dirty + swapped;
    }
    set(details, 'handles', this.descriptors(pid));

    // The pid may have been given to another process between these reads.
    if (this.stat(pid)?.startTicks === before.startTicks) Object.assign(reading, details);
  }

  private descriptors(pid: number): number | undefined {
    const path = join(this.proc, String(pid), 'fd');
    try {
      const size = this.onRealProc ? statSync(path).size : 0;
      return size > 0 ? size : readdirSync(path).length;
    } catch {
      return undefined;
    }
  }

  /** The whole name behind a cut `comm`; looked up once for each process, and again when it executes another program. */
  private nameOf(pid: number, stat: ProcStat): KnownName {
    const known = this.names.get(pid);
    if (known?.startTicks === stat.startTicks && known.comm === stat.comm) return known;
    const name = Buffer.byteLength(stat.comm) < CUT_COMM_BYTES ? stat.comm : this.wholeName(pid, stat.comm);
    return { startTicks: stat.startTicks, comm: stat.comm, name };
  }

  private wholeName(pid: number, comm: string): string {
    const candidates = [
      this.executablePath(pid),
      this.text(join(this.proc, String(pid), 'cmdline'))?.split('\0', 1)[0],
    ];
    for (const path of candidates) {
      if (path !== undefined && basename(path).startsWith(comm)) return basename(path);
    }
    return comm;
  }

  private executableLink(pid: number): string | undefined {
    try {
      return readlinkSync(join(this.proc, String(pid), 'exe'));
    } catch {
      return undefined;
    }
  }

  private readPageBytes(): number {
    const auxv = this.bytes(join(this.proc, 'self/auxv'));
    return (auxv === undefined ? undefined : pageBytesOfAuxv(auxv)) ?? DEFAULT_PAGE_BYTES;
  }

  /** The limit of this process; 0 where it is not told, so that nothing is kept open. */
  private maxDescriptors(): number {
    const [, soft] = /^Max open files +(\d+)/m.exec(this.text(join(this.proc, 'self/limits')) ?? '') ?? [];
    return Number(soft ?? 0);
  }

  /** Any other file, to its end. */
  private bytes(path: string): Buffer | undefined {
    try {
      return readFileSync(path);
    } catch {
      return undefined;
    }
  }

  private text(path: string): string | undefined {
    return this.bytes(path)?.toString('utf8');
  }
}

/** Sets a field only where the value is known. */
function set<T, K extends keyof T>(target: T, key: K, value: T[K] | undefined): void {
  if (value !== undefined) target[key] = value;
}
