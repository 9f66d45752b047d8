// Pure decoding of what NtQuerySystemInformation and GetPerformanceInfo write, for 64-bit Windows (x64, arm64).
// Layouts: SYSTEM_PROCESS_INFORMATION and SYSTEM_PERFORMANCE_INFORMATION as in the headers of System Informer
// (https://github.com/winsiderss/phnt, ntexapi.h), PERFORMANCE_INFORMATION in psapi.h. The bytes are foreign: every
// length and pointer in them is checked before it is followed.

import { LeaklineError } from '../errors.js';
import type { HostMemory, ProcessReading } from './types.js';

/** Byte offsets in SYSTEM_PROCESS_INFORMATION. */
export const PROCESS_LAYOUT = {
  nextEntryOffset: 0, // u32, from the start of this entry; 0 in the last one
  numberOfThreads: 4, // u32
  workingSetPrivateSize: 8, // i64
  hardFaultCount: 16, // u32
  createTime: 32, // i64, 100 ns since 1601
  userTime: 40, // i64, 100 ns
  kernelTime: 48, // i64, 100 ns
  imageNameLength: 56, // u16, bytes
  imageNameBuffer: 64, // address
  processId: 80,
  parentProcessId: 88,
  handleCount: 96, // u32
  sessionId: 100, // u32
  peakVirtualSize: 112,
  virtualSize: 120,
  pageFaultCount: 128, // u32
  peakWorkingSetSize: 136,
  workingSetSize: 144,
  quotaPagedPoolUsage: 160,
  quotaNonPagedPoolUsage: 176,
  pagefileUsage: 184,
  peakPagefileUsage: 192,
  privatePageCount: 200,
  /** Size of the entry; its threads follow, then the characters of its name. */
  size: 256,
} as const;

/** Size of a SYSTEM_THREAD_INFORMATION. */
export const THREAD_BYTES = 80;

/** System Idle Process and System: the kernel's own, with no memory of their own to account for. */
const IDLE_PID = 0;
const SYSTEM_PID = 4;

const TICKS_PER_SECOND = 1e7;
const TICKS_PER_MS = 1e4;
/** 1601-01-01 to 1970-01-01. */
const EPOCH_DIFFERENCE_MS = 11_644_473_600_000;
const TWO_POW_32 = 2 ** 32;

export interface WindowsProcess {
  reading: ProcessReading;
  sessionId: number;
}

function corrupt(what: string): LeaklineError {
  return new LeaklineError('process_list_corrupt', `the process list of Windows cannot be read: ${what}`);
}

const u32 = (bytes: Buffer, at: number): number => bytes.readUInt32LE(at);

/** As a double: exact for every size; a time of 2026 is kept to 2 µs. */
const u64 = (bytes: Buffer, at: number): number =>
  bytes.readUInt32LE(at + 4) * TWO_POW_32 + bytes.readUInt32LE(at);

const cpuSeconds = (bytes: Buffer, entry: number): number =>
  (u64(bytes, entry + PROCESS_LAYOUT.userTime) + u64(bytes, entry + PROCESS_LAYOUT.kernelTime)) /
  TICKS_PER_SECOND;

type Field = Exclude<keyof ProcessReading, 'pid' | 'parentPid' | 'startedAtMs' | 'name'>;

/** Where each figure comes from. Of several sources of one, the first that the system fills is taken. */
const FIGURES: readonly [Field, (bytes: Buffer, entry: number) => number][] = [
  ['privateWorkingSetBytes', (bytes, entry) => u64(bytes, entry + PROCESS_LAYOUT.workingSetPrivateSize)],
  ['workingSetBytes', (bytes, entry) => u64(bytes, entry + PROCESS_LAYOUT.workingSetSize)],
  ['peakWorkingSetBytes', (bytes, entry) => u64(bytes, entry + PROCESS_LAYOUT.peakWorkingSetSize)],
  // The same number on Windows; Wine fills the second only.
  ['commitBytes', (bytes, entry) => u64(bytes, entry + PROCESS_LAYOUT.privatePageCount)],
  ['commitBytes', (bytes, entry) => u64(bytes, entry + PROCESS_LAYOUT.pagefileUsage)],
  ['peakCommitBytes', (bytes, entry) => u64(bytes, entry + PROCESS_LAYOUT.peakPagefileUsage)],
  ['pagedPoolBytes', (bytes, entry) => u64(bytes, entry + PROCESS_LAYOUT.quotaPagedPoolUsage)],
  ['nonpagedPoolBytes', (bytes, entry) => u64(bytes, entry + PROCESS_LAYOUT.quotaNonPagedPoolUsage)],
  ['pageFaults', (bytes, entry) => u32(bytes, entry + PROCESS_LAYOUT.pageFaultCount)],
  ['hardFaults', (bytes, entry) => u32(bytes, entry + PROCESS_LAYOUT.hardFaultCount)],
  ['handles', (bytes, entry) => u32(bytes, entry + PROCESS_LAYOUT.handleCount)],
  ['threads', (bytes, entry) => u32(bytes, entry + PROCESS_LAYOUT.numberOfThreads)],
  ['virtualBytes', (bytes, entry) => u64(bytes, entry + PROCESS_LAYOUT.virtualSize)],
  ['cpuSeconds', cpuSeconds],
];

/**
 * Decodes the answer to NtQuerySystemInformation(SystemProcessInformation).
 *
 * Left out are the kernel's own processes (PID 0 and 4) and those that have ended but are still listed. A figure that
 * is 0 in every process of the list is one that this system does not tell, and absent.
 *
 * @param bytes what the call wrote, no more
 * @param address where `bytes` stood in memory during the call: names are given as addresses
 * @throws LeaklineError `process_list_corrupt` where a length, an offset or an address leads out of `bytes`
 */
export function decodeProcesses(bytes: Buffer, address: bigint): WindowsProcess[] {
  const entries = entriesOf(bytes);
  const processes = entries.map((entry): WindowsProcess => ({
    sessionId: u32(bytes, entry + PROCESS_LAYOUT.sessionId),
    reading: {
      pid: u32(bytes, entry + PROCESS_LAYOUT.processId),
      parentPid: u32(bytes, entry + PROCESS_LAYOUT.parentProcessId),
      startedAtMs:
        Math.floor(u64(bytes, entry + PROCESS_LAYOUT.createTime) / TICKS_PER_MS) - EPOCH_DIFFERENCE_MS,
      name: nameAt(bytes, entry, address),
    },
  }));
  const told = new Set<Field>();
  for (const [field, figure] of FIGURES) {
    if (told.has(field) || !entries.some((entry) => figure(bytes, entry) > 0)) continue;
    told.add(field);
    entries.forEach((entry, i) => (processes[i]!.reading[field] = figure(bytes, entry)));
  }
  return processes;
}

/** Byte offsets of the ordinary, living processes. */
function entriesOf(bytes: Buffer): number[] {
  const entries: number[] = [];
  for (let at = 0; ;) {
    if (at + PROCESS_LAYOUT.size > bytes.length) throw corrupt(`the entry at byte ${at} is cut off`);
    const next = u32(bytes, at + PROCESS_LAYOUT.nextEntryOffset);
    const end = next === 0 ? bytes.length : at + next;
    if (end > bytes.length) throw corrupt(`the entry at byte ${at} points beyond the end`);
    const threads = u32(bytes, at + PROCESS_LAYOUT.numberOfThreads);
    if (at + PROCESS_LAYOUT.size + threads * THREAD_BYTES > end) {
      throw corrupt(`the entry at byte ${at} is too small for itself and ${threads} threads`);
    }
    const pid = u32(bytes, at + PROCESS_LAYOUT.processId);
    const ended = threads === 0 && u64(bytes, at + PROCESS_LAYOUT.workingSetSize) === 0;
    if (pid !== IDLE_PID && pid !== SYSTEM_PID && !ended) entries.push(at);
    if (next === 0) return entries;
    at = end;
  }
}

function nameAt(bytes: Buffer, entry: number, address: bigint): string {
  const length = bytes.readUInt16LE(entry + PROCESS_LAYOUT.imageNameLength);
  if (length === 0) return '';
  const start = Number(bytes.readBigUInt64LE(entry + PROCESS_LAYOUT.imageNameBuffer) - address);
  if (length % 2 !== 0 || start < 0 || start + length > bytes.length) {
    throw corrupt(`the name of the entry at byte ${entry} lies outside of it`);
  }
  return bytes.toString('utf16le', start, start + length);
}

/** Size of PERFORMANCE_INFORMATION; the caller writes it into its first field. */
export const PERFORMANCE_BYTES = 104;

/** Decodes PERFORMANCE_INFORMATION (GetPerformanceInfo): counts of pages, and the size of one. */
export function decodePerformance(bytes: Buffer): HostMemory {
  if (bytes.length < PERFORMANCE_BYTES) throw corrupt('PERFORMANCE_INFORMATION is cut off');
  const pageBytes = u64(bytes, 80);
  const host: HostMemory = {};
  const set = (field: keyof HostMemory, at: number): void => {
    const pages = u64(bytes, at);
    if (pages > 0) host[field] = pages * pageBytes;
  };
  set('commitBytes', 8);
  set('commitLimitBytes', 16);
  set('peakCommitBytes', 24);
  set('physicalBytes', 32);
  set('availableBytes', 40);
  set('cachedBytes', 48);
  set('pagedPoolBytes', 64);
  set('nonpagedPoolBytes', 72);
  return host;
}

/** Offset of PageReadIoCount in SYSTEM_PERFORMANCE_INFORMATION: reads from disk to resolve faults ("Page Reads/sec"). */
export const PAGE_READ_IO_COUNT = 84;

/** Hard faults out of SYSTEM_PERFORMANCE_INFORMATION; undefined where the system leaves the count at 0. */
export function decodeHardFaults(bytes: Buffer): number | undefined {
  if (bytes.length < PAGE_READ_IO_COUNT + 4) return undefined;
  const count = bytes.readUInt32LE(PAGE_READ_IO_COUNT);
  return count > 0 ? count : undefined;
}
