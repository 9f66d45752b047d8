// The memory limits of a process: what the configuration says, what the system puts on it, what the host has left.

import type { MemoryLimit } from '../leak/types.js';
import type { HostMemory, ProcessMemoryReader } from '../process-memory/types.js';

export interface LimitsInput {
  reader: Pick<ProcessMemoryReader, 'platform' | 'memoryLimit'>;
  host: HostMemory;
  pid: number;
  /** Commit of the process, as far as it is known. */
  commitBytes: number | undefined;
  /** Limit of the configuration. */
  memoryLimitBytes: number | undefined;
}

export function processLimits({
  reader,
  host,
  pid,
  commitBytes,
  memoryLimitBytes,
}: LimitsInput): MemoryLimit[] {
  const limits: MemoryLimit[] = [];
  if (memoryLimitBytes !== undefined) limits.push({ name: 'config', bytes: memoryLimitBytes });
  const own = reader.memoryLimit?.(pid);
  if (own) limits.push(own);
  if (commitBytes === undefined) return limits;
  // What the host still has is what the process can still grow by.
  if (reader.platform === 'windows') {
    if (host.commitBytes !== undefined && host.commitLimitBytes !== undefined) {
      const left = Math.max(0, host.commitLimitBytes - host.commitBytes);
      limits.push({ name: 'host_commit', bytes: commitBytes + left });
    }
  } else if (host.availableBytes !== undefined) {
    limits.push({ name: 'host_memory', bytes: commitBytes + host.availableBytes });
  }
  return limits;
}
