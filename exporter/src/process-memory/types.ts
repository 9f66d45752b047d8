// What the operating system says of processes and of the host. One reader a platform implements
// ProcessMemoryReader; a field that a platform does not tell is absent, never 0.

export interface ProcessReading {
  pid: number;
  parentPid?: number;
  /** Creation time, Unix ms. With the pid it is the identity of a process: a pid alone is used again. */
  startedAtMs: number;
  /** Base name of the executable as the system shows it ("orders-api.exe", "orders-api"). */
  name: string;
  privateWorkingSetBytes?: number;
  workingSetBytes?: number;
  peakWorkingSetBytes?: number;
  /** Windows: PrivatePageCount / PagefileUsage. Linux: Private_Dirty + Swap. */
  commitBytes?: number;
  peakCommitBytes?: number;
  pagedPoolBytes?: number;
  nonpagedPoolBytes?: number;
  /** Cumulative counts since the process started. */
  pageFaults?: number;
  hardFaults?: number;
  /** Windows handles; open descriptors on Linux. */
  handles?: number;
  threads?: number;
  gdiObjects?: number;
  userObjects?: number;
  virtualBytes?: number;
  /** Cumulative CPU time, user + kernel. */
  cpuSeconds?: number;
}

export interface HostMemory {
  physicalBytes?: number;
  availableBytes?: number;
  commitBytes?: number;
  commitLimitBytes?: number;
  peakCommitBytes?: number;
  cachedBytes?: number;
  pagedPoolBytes?: number;
  nonpagedPoolBytes?: number;
  hardFaults?: number;
}

export interface ProcessMemoryReader {
  /** Which source this is: 'windows', 'linux' or 'systeminformation'. */
  readonly platform: string;
  /**
   * Every process of the host in one pass; processes that vanish meanwhile are left out. Cheap fields only.
   * `detailed` pids also get what costs more on this platform (smaps_rollup, descriptor counts, GDI/USER objects).
   */
  readProcesses(detailed?: ReadonlySet<number>): ProcessReading[] | Promise<ProcessReading[]>;
  readHost(): HostMemory | Promise<HostMemory>;
  /** Path of the executable, or undefined where it is gone or access is denied. */
  executablePath(pid: number): string | undefined;
  /** Memory limit that the system puts on this process alone (cgroup, job object), with its name. */
  memoryLimit?(pid: number): { name: string; bytes: number } | undefined;
  close?(): void;
}
