// Process and host memory on Windows: one NtQuerySystemInformation(SystemProcessInformation) brings every process with
// no handle and no privilege, where a handle a process would need rights that an exporter should not have.
// GetProcessMemoryInfo is not used: with PROCESS_MEMORY_COUNTERS_EX2 it succeeds on systems that fill only the older,
// shorter structure, and what it leaves at 0 would be taken for a reading.
// https://learn.microsoft.com/windows/win32/api/winternl/nf-winternl-ntquerysysteminformation

import { LeaklineError } from '../errors.js';
import type { HostMemory, ProcessMemoryReader, ProcessReading } from './types.js';
import {
  PERFORMANCE_BYTES,
  decodeHardFaults,
  decodePerformance,
  decodeProcesses,
  type WindowsProcess,
} from './windows-buffer.js';

const SYSTEM_PERFORMANCE_INFORMATION = 2;
const SYSTEM_PROCESS_INFORMATION = 5;
const STATUS_INFO_LENGTH_MISMATCH = 0xc0000004;

/** Room for about 500 processes with 10 threads each; grows when a host has more. */
const FIRST_BUFFER_BYTES = 512 * 1024;
/** Processes start between the call that says how much is needed and the next one. */
const HEADROOM_BYTES = 64 * 1024;
/** A list of this size would be of some hundred thousand processes. */
const MAX_BUFFER_BYTES = 512 * 1024 * 1024;
/** The structure grew with every Windows; this holds all of them. */
const SYSTEM_PERFORMANCE_BYTES = 1024;

const PROCESS_QUERY_INFORMATION = 0x0400;
const PROCESS_QUERY_LIMITED_INFORMATION = 0x1000;
const GR_GDIOBJECTS = 0;
const GR_USEROBJECTS = 1;
/** Pseudo handle for the sum over the session. */
const GR_GLOBAL = -2n;
/** The longest path of Windows, in UTF-16 units. */
const MAX_PATH_UNITS = 32_768;

/** The calls into Windows, so that the reader can be tested with recorded answers. */
export interface WindowsCalls {
  /** NTSTATUS as an unsigned number, and the length written or needed. */
  querySystemInformation(infoClass: number, buffer: Buffer): { status: number; length: number };
  /** Where a buffer stands in memory. */
  addressOf(buffer: Buffer): bigint;
  /** GetPerformanceInfo into a buffer of PERFORMANCE_BYTES. */
  performanceInfo(buffer: Buffer): boolean;
  /** A handle, or undefined where access is denied or the process is gone. */
  openProcess(access: number, pid: number): bigint | undefined;
  closeHandle(handle: bigint): void;
  /** GetGuiResources; 0 where there are none. */
  guiResources(handle: bigint, flag: number): number;
  /** QueryFullProcessImageNameW; undefined where it fails. */
  imageName(handle: bigint, maxUnits: number): string | undefined;
}

/**
 * @throws LeaklineError `windows_32bit` in a 32-bit Node, whose structures are others and which would see the
 *   64-bit processes' sizes cut; `windows_calls` where koffi or a function of Windows cannot be loaded.
 */
export async function createWindowsReader(architecture: string = process.arch): Promise<ProcessMemoryReader> {
  if (architecture !== 'x64' && architecture !== 'arm64') {
    throw new LeaklineError(
      'windows_32bit',
      `this Node.js is a ${architecture} build: install the 64-bit Node.js (x64 or arm64) to read processes' memory`,
    );
  }
  const { loadWindowsCalls } = await import('./windows-calls.js');
  return new WindowsReader(await loadWindowsCalls(), process.pid);
}

export class WindowsReader implements ProcessMemoryReader {
  readonly platform = 'windows';
  private buffer = Buffer.alloc(FIRST_BUFFER_BYTES);
  private readonly performance = Buffer.alloc(PERFORMANCE_BYTES);
  private readonly systemPerformance = Buffer.alloc(SYSTEM_PERFORMANCE_BYTES);

  constructor(
    private readonly calls: WindowsCalls,
    private readonly ownPid: number,
  ) {}

  readProcesses(detailed?: ReadonlySet<number>): ProcessReading[] {
    const processes = this.query();
    if (detailed !== undefined && detailed.size > 0) this.addDetails(processes, detailed);
    return processes.map(({ reading }) => reading);
  }

  readHost(): HostMemory {
    const host: HostMemory = {};
    this.performance.fill(0);
    this.performance.writeUInt32LE(PERFORMANCE_BYTES, 0);
    if (this.calls.performanceInfo(this.performance))
      Object.assign(host, decodePerformance(this.performance));

    this.systemPerformance.fill(0);
    const { status, length } = this.calls.querySystemInformation(
      SYSTEM_PERFORMANCE_INFORMATION,
      this.systemPerformance,
    );
    if (status === 0) {
      const hardFaults = decodeHardFaults(this.systemPerformance.subarray(0, length));
      if (hardFaults !== undefined) host.hardFaults = hardFaults;
    }
    return host;
  }

  executablePath(pid: number): string | undefined {
    return this.withProcess(PROCESS_QUERY_LIMITED_INFORMATION, pid, (handle) =>
      this.calls.imageName(handle, MAX_PATH_UNITS),
    );
  }

  private query(): WindowsProcess[] {
    for (;;) {
      const { status, length } = this.calls.querySystemInformation(SYSTEM_PROCESS_INFORMATION, this.buffer);
      if (status === 0) {
        if (length > this.buffer.length) {
          throw new LeaklineError(
            'process_list_corrupt',
            `Windows says that it wrote ${length} bytes into fewer`,
          );
        }
        return decodeProcesses(this.buffer.subarray(0, length), this.calls.addressOf(this.buffer));
      }
      if (status !== STATUS_INFO_LENGTH_MISMATCH || this.buffer.length >= MAX_BUFFER_BYTES) {
        throw new LeaklineError(
          'process_list_refused',
          `NtQuerySystemInformation answers 0x${status.toString(16)} instead of the process list`,
        );
      }
      const wanted = Math.max(length + HEADROOM_BYTES, this.buffer.length * 2);
      this.buffer = Buffer.alloc(Math.min(wanted, MAX_BUFFER_BYTES));
    }
  }

  /** GDI and USER objects are counted a session, and can be asked only within one's own. */
  private addDetails(processes: WindowsProcess[], detailed: ReadonlySet<number>): void {
    const ownSession = processes.find(({ reading }) => reading.pid === this.ownPid)?.sessionId;
    // In a session without any, the counts are not kept (services, Wine): a 0 would be no reading.
    const gdiTold = this.calls.guiResources(GR_GLOBAL, GR_GDIOBJECTS) > 0;
    const userTold = this.calls.guiResources(GR_GLOBAL, GR_USEROBJECTS) > 0;
    if (!gdiTold && !userTold) return;
    for (const { reading, sessionId } of processes) {
      if (sessionId !== ownSession || !detailed.has(reading.pid)) continue;
      this.withProcess(PROCESS_QUERY_INFORMATION, reading.pid, (handle) => {
        if (gdiTold) reading.gdiObjects = this.calls.guiResources(handle, GR_GDIOBJECTS);
        if (userTold) reading.userObjects = this.calls.guiResources(handle, GR_USEROBJECTS);
      });
    }
  }

  private withProcess<T>(access: number, pid: number, use: (handle: bigint) => T): T | undefined {
    const handle = this.calls.openProcess(access, pid);
    if (handle === undefined) return undefined;
    try {
      return use(handle);
    } finally {
      this.calls.closeHandle(handle);
    }
  }
}
