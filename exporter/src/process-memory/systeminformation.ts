// The last resort where there is no reader of its own (macOS, BSD), and the host's facts at start, through the package
// systeminformation. It starts other programs for every reading: right once, dear in a loop.

import si from 'systeminformation';
import type { HostMemory, ProcessMemoryReader, ProcessReading } from './types.js';

const BYTES_PER_KB = 1024;

export function createSystemInformationReader(): ProcessMemoryReader {
  return {
    platform: 'systeminformation',

    async readProcesses(): Promise<ProcessReading[]> {
      const { list } = await si.processes();
      return list.flatMap((entry) => readingOf(entry) ?? []);
    },

    async readHost(): Promise<HostMemory> {
      const memory = await si.mem();
      return dropZero({
        physicalBytes: memory.total,
        availableBytes: memory.available,
        cachedBytes: memory.cached,
      });
    },

    executablePath: () => undefined,
  };
}

/** The fields of an entry of `processes()` that are used here. */
export type SystemInformationProcess = Pick<
  si.Systeminformation.ProcessesProcessData,
  'pid' | 'parentPid' | 'name' | 'memRss' | 'memVsz' | 'started'
>;

/** Undefined for a process without a creation time: it has no identity. */
export function readingOf(entry: SystemInformationProcess): ProcessReading | undefined {
  // "2026-11-23 11:00:00", in local time.
  const startedAtMs = Date.parse(entry.started.replace(' ', 'T'));
  if (entry.pid === 0 || Number.isNaN(startedAtMs)) return undefined;
  return {
    pid: entry.pid,
    parentPid: entry.parentPid,
    startedAtMs,
    name: entry.name,
    ...dropZero({
      workingSetBytes: entry.memRss * BYTES_PER_KB,
      virtualBytes: entry.memVsz * BYTES_PER_KB,
    }),
  };
}

function dropZero<T extends Record<string, number>>(values: T): Partial<T> {
  const told: Partial<T> = {};
  for (const key in values) if (values[key]! > 0) told[key] = values[key];
  return told;
}

/** What the host is, for the log at start. */
export interface HostFacts {
  /** "Debian GNU/Linux 12", "Microsoft Windows Server 2022 Standard 10.0.20348". */
  system: string;
  physicalBytes: number;
  cpus: number;
}

export async function readHostFacts(): Promise<HostFacts> {
  const [system, memory, cpu] = await Promise.all([si.osInfo(), si.mem(), si.cpu()]);
  return {
    system: [system.distro, system.release].filter((word) => word !== '').join(' '),
    physicalBytes: memory.total,
    cpus: cpu.cores,
  };
}
