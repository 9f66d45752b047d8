// Processes by Task Manager's columns, for watched targets and for the largest of the others, and the host's memory.

import type { HostMemory, ProcessReading } from '../process-memory/types.js';
import { isWanted } from '../watch/resolve.js';
import type { TargetStatus } from '../watch/types.js';
import type { Family, Labels, MetricSource } from './families.js';

type Read<T> = (reading: T) => number | undefined;
type Column<T> = [suffix: string, help: string, type: 'gauge' | 'counter', read: Read<T>];

const PROCESS: Column<ProcessReading>[] = [
  [
    'private_working_set_bytes',
    'Private working set: Memory in Task Manager; Private_Clean + Private_Dirty on Linux.',
    'gauge',
    (p) => p.privateWorkingSetBytes,
  ],
  ['working_set_bytes', 'Working set; resident set on Linux.', 'gauge', (p) => p.workingSetBytes],
  [
    'peak_working_set_bytes',
    'Peak working set since the start of the process.',
    'gauge',
    (p) => p.peakWorkingSetBytes,
  ],
  ['commit_bytes', 'Commit size; Private_Dirty + Swap on Linux.', 'gauge', (p) => p.commitBytes],
  [
    'peak_commit_bytes',
    'Peak commit size since the start of the process.',
    'gauge',
    (p) => p.peakCommitBytes,
  ],
  ['paged_pool_bytes', 'Paged kernel pool charged to the process.', 'gauge', (p) => p.pagedPoolBytes],
  [
    'nonpaged_pool_bytes',
    'Non-paged kernel pool charged to the process.',
    'gauge',
    (p) => p.nonpagedPoolBytes,
  ],
  ['page_faults_total', 'Page faults, soft and hard.', 'counter', (p) => p.pageFaults],
  ['hard_faults_total', 'Page faults that were read from disk.', 'counter', (p) => p.hardFaults],
  ['handles', 'Open handles; open file descriptors on Linux.', 'gauge', (p) => p.handles],
  ['threads', 'Threads of the process.', 'gauge', (p) => p.threads],
  ['gdi_objects', 'GDI objects of the process.', 'gauge', (p) => p.gdiObjects],
  ['user_objects', 'USER objects of the process.', 'gauge', (p) => p.userObjects],
  ['virtual_bytes', 'Virtual size.', 'gauge', (p) => p.virtualBytes],
  ['start_time_seconds', 'Start of the process, Unix time.', 'gauge', (p) => p.startedAtMs / 1000],
  ['cpu_seconds_total', 'CPU time, user and kernel.', 'counter', (p) => p.cpuSeconds],
];

const HOST: Column<HostMemory>[] = [
  ['physical_bytes', 'Physical memory of the host.', 'gauge', (h) => h.physicalBytes],
  ['available_bytes', 'Memory that can be had without paging.', 'gauge', (h) => h.availableBytes],
  ['commit_bytes', 'Committed memory of the host.', 'gauge', (h) => h.commitBytes],
  ['commit_limit_bytes', 'Commit limit of the host.', 'gauge', (h) => h.commitLimitBytes],
  ['peak_commit_bytes', 'Peak of committed memory since boot.', 'gauge', (h) => h.peakCommitBytes],
  ['cached_bytes', 'File cache of the host.', 'gauge', (h) => h.cachedBytes],
  ['paged_pool_bytes', 'Paged kernel pool.', 'gauge', (h) => h.pagedPoolBytes],
  ['nonpaged_pool_bytes', 'Non-paged kernel pool.', 'gauge', (h) => h.nonpagedPoolBytes],
  ['hard_faults_total', 'Page faults of the host that were read from disk.', 'counter', (h) => h.hardFaults],
];

const INFO: Family = {
  name: 'leakline_process_info',
  help: 'A watched target: its process, Go version, module and version. Always 1.',
  type: 'gauge',
  labels: ['target', 'process', 'pid', 'executable', 'go_version', 'module', 'module_version'],
};

export interface ProcessMetricsInput {
  targets: () => readonly TargetStatus[];
  processes: () => readonly ProcessReading[];
  host: () => HostMemory;
  /** How many processes besides the targets are told, and which may be. */
  selection: () => { top: number; include: readonly string[]; exclude: readonly string[] };
}

export function processMetrics(input: ProcessMetricsInput): MetricSource {
  const names = new ProcessNames();
  return {
    families: [
      ...PROCESS.map(([suffix, help, type]): Family => {
        return { name: `leakline_process_${suffix}`, help, type, labels: ['process', 'target'] };
      }),
      INFO,
      ...HOST.map(([suffix, help, type]): Family => {
        return { name: `leakline_host_memory_${suffix}`, help, type, labels: [] };
      }),
    ],
    collect(add) {
      const addProcess = (labels: Labels, reading: ProcessReading) => {
        for (const [suffix, , , read] of PROCESS) add(`leakline_process_${suffix}`, labels, read(reading));
      };
      const watchedPids = new Set<number>();
      for (const target of input.targets()) {
        const reading = target.lastSample?.process;
        if (!reading || target.pid === undefined) continue;
        watchedPids.add(target.pid);
        const labels = { process: target.name, target: target.name };
        addProcess(labels, reading);
        const info: Labels = { ...labels, pid: String(target.pid) };
        if (target.executable !== undefined) info.executable = target.executable;
        if (target.go.goVersion !== undefined) info.go_version = target.go.goVersion;
        if (target.go.module !== undefined) info.module = target.go.module;
        if (target.go.moduleVersion !== undefined) info.module_version = target.go.moduleVersion;
        add(INFO.name, info, 1);
      }
      const taken = new Set(input.targets().map(({ name }) => name));
      const others = largestProcesses(input.processes(), watchedPids, input.selection());
      for (const [name, reading] of names.assign(others, taken)) addProcess({ process: name }, reading);
      const host = input.host();
      for (const [suffix, , , read] of HOST) add(`leakline_host_memory_${suffix}`, {}, read(host));
    },
  };
}

function largestProcesses(
  processes: readonly ProcessReading[],
  without: ReadonlySet<number>,
  selection: { top: number; include: readonly string[]; exclude: readonly string[] },
): ProcessReading[] {
  const size = (p: ProcessReading) => p.privateWorkingSetBytes ?? p.workingSetBytes ?? 0;
  return processes
    .filter((p) => !without.has(p.pid) && isWanted(p.name, selection))
    .sort((a, b) => size(b) - size(a) || a.pid - b.pid)
    .slice(0, selection.top);
}

/**
 * Names for processes that share one: the first keeps the plain name, the next get "-2", "-3". A process keeps its name
 * for as long as it is among those told.
 */
export class ProcessNames {
  #byProcess = new Map<string, string>();

  assign(processes: readonly ProcessReading[], taken: ReadonlySet<string>): [string, ProcessReading][] {
    const identity = (p: ProcessReading) => `${p.pid}@${p.startedAtMs}`;
    const kept = new Map<string, string>();
    const used = new Set(taken);
    for (const process of processes) {
      const name = this.#byProcess.get(identity(process));
      if (name !== undefined && !used.has(name)) {
        kept.set(identity(process), name);
        used.add(name);
      }
    }
    for (const process of [...processes].sort((a, b) => a.startedAtMs - b.startedAtMs || a.pid - b.pid)) {
      if (kept.has(identity(process))) continue;
      const base = process.name.replace(/\.exe$/i, '');
      let name = base;
      for (let i = 2; used.has(name); i++) name = `${base}-${i}`;
      used.add(name);
      kept.set(identity(process), name);
    }
    this.#byProcess = kept;
    return processes.map((process) => [kept.get(identity(process))!, process]);
  }
}
