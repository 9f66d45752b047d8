// Lays out what NtQuerySystemInformation(SystemProcessInformation) writes on 64-bit Windows: entries, their threads,
// their names, in the order and alignment of the system. For tests; several hundred realistic processes by default.

import { PROCESS_LAYOUT as L, THREAD_BYTES } from '../windows-buffer.js';

export interface ListedProcess {
  pid: number;
  parentPid: number;
  name: string;
  sessionId: number;
  createdAtMs: number;
  threads: number;
  handles: number;
  privateWorkingSetBytes: number;
  workingSetBytes: number;
  peakWorkingSetBytes: number;
  privatePageBytes: number;
  pagefileBytes: number;
  peakPagefileBytes: number;
  pagedPoolBytes: number;
  nonpagedPoolBytes: number;
  virtualBytes: number;
  peakVirtualBytes: number;
  pageFaults: number;
  hardFaults: number;
  userSeconds: number;
  kernelSeconds: number;
}

const MIB = 1024 * 1024;
const EPOCH_DIFFERENCE_MS = 11_644_473_600_000n;
const BOOTED_AT_MS = Date.UTC(2026, 0, 15, 6, 30, 0);
/** Names are 8-byte aligned, as are the entries. */
const ALIGNMENT = 8;

/** One ordinary process; figures as Task Manager shows them for a service of that size. */
export function listedProcess(fields: Partial<ListedProcess> & { pid: number }): ListedProcess {
  const size = 20 * MIB + (fields.pid % 97) * MIB;
  return {
    parentPid: 712,
    name: 'svchost.exe',
    sessionId: 0,
    createdAtMs: BOOTED_AT_MS + fields.pid * 10,
    threads: 8 + (fields.pid % 13),
    handles: 250 + (fields.pid % 400),
    privateWorkingSetBytes: Math.floor(size * 0.4),
    workingSetBytes: size,
    peakWorkingSetBytes: size + 5 * MIB,
    privatePageBytes: Math.floor(size * 0.6),
    pagefileBytes: Math.floor(size * 0.6),
    peakPagefileBytes: Math.floor(size * 0.7),
    pagedPoolBytes: 180_000,
    nonpagedPoolBytes: 24_000,
    virtualBytes: 2 ** 41 + size,
    peakVirtualBytes: 2 ** 41 + 2 * size,
    pageFaults: 12_000 + fields.pid,
    hardFaults: fields.pid % 50,
    userSeconds: 3.5,
    kernelSeconds: 1.25,
    ...fields,
  };
}

/** The kernel's own two entries, as they stand first in every list. */
export const KERNEL_PROCESSES: readonly ListedProcess[] = [
  listedProcess({
    pid: 0,
    parentPid: 0,
    name: '',
    createdAtMs: Number(-EPOCH_DIFFERENCE_MS),
    threads: 8,
    handles: 0,
    workingSetBytes: 8192,
    privateWorkingSetBytes: 8192,
    privatePageBytes: 61440,
    pagefileBytes: 61440,
  }),
  listedProcess({ pid: 4, parentPid: 0, name: 'System', threads: 210, handles: 6213 }),
];

const NAMES = ['svchost.exe', 'orders-api.exe', 'RuntimeBroker.exe', 'Grüße 世界.exe', 'w3wp.exe', 'a.exe'];

/** A host with `count` ordinary processes. */
export function listedHost(count = 500): ListedProcess[] {
  const ordinary = Array.from({ length: count }, (_, i) =>
    listedProcess({ pid: 100 + 4 * i, name: NAMES[i % NAMES.length]!, sessionId: i % 3 === 0 ? 1 : 0 }),
  );
  return [...KERNEL_PROCESSES, ...ordinary];
}

/** The bytes of the list, as they stand at `address`. */
export function processList(processes: readonly ListedProcess[], address: bigint): Buffer {
  const entries: Buffer[] = [];
  let start = 0;
  processes.forEach((process, i) => {
    const name = Buffer.from(process.name, 'utf16le');
    const nameAt = L.size + process.threads * THREAD_BYTES;
    const used = nameAt + (name.length > 0 ? name.length + 2 : 0);
    const size = Math.ceil(used / ALIGNMENT) * ALIGNMENT;
    const entry = Buffer.alloc(size);
    const u64 = (at: number, value: number | bigint): void => void entry.writeBigUInt64LE(BigInt(value), at);

    entry.writeUInt32LE(i === processes.length - 1 ? 0 : size, L.nextEntryOffset);
    entry.writeUInt32LE(process.threads, L.numberOfThreads);
    u64(L.workingSetPrivateSize, process.privateWorkingSetBytes);
    entry.writeUInt32LE(process.hardFaults, L.hardFaultCount);
    u64(L.createTime, (BigInt(process.createdAtMs) + EPOCH_DIFFERENCE_MS) * 10_000n);
    u64(L.userTime, process.userSeconds * 1e7);
    u64(L.kernelTime, process.kernelSeconds * 1e7);
    if (name.length > 0) {
      entry.writeUInt16LE(name.length, L.imageNameLength);
      entry.writeUInt16LE(name.length + 2, L.imageNameLength + 2);
      u64(L.imageNameBuffer, address + BigInt(start + nameAt));
      name.copy(entry, nameAt);
    }
    u64(L.processId, process.pid);
    u64(L.parentProcessId, process.parentPid);
    entry.writeUInt32LE(process.handles, L.handleCount);
    entry.writeUInt32LE(process.sessionId, L.sessionId);
    u64(L.peakVirtualSize, process.peakVirtualBytes);
    u64(L.virtualSize, process.virtualBytes);
    entry.writeUInt32LE(process.pageFaults, L.pageFaultCount);
    u64(L.peakWorkingSetSize, process.peakWorkingSetBytes);
    u64(L.workingSetSize, process.workingSetBytes);
    u64(L.quotaPagedPoolUsage, process.pagedPoolBytes);
    u64(L.quotaNonPagedPoolUsage, process.nonpagedPoolBytes);
    u64(L.pagefileUsage, process.pagefileBytes);
    u64(L.peakPagefileUsage, process.peakPagefileBytes);
    u64(L.privatePageCount, process.privatePageBytes);
    entries.push(entry);
    start += size;
  });
  return Buffer.concat(entries);
}
