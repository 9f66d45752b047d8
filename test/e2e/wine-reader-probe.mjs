// Runs on node.exe: reads processes and host with the exporter's reader, and the same processes with
// GetProcessMemoryInfo, and writes all of it as JSON.
// Usage: node wine-reader-probe.mjs URL-OF-exporter/dist FILE
import koffi from 'koffi';
import { writeFileSync } from 'node:fs';
import { win32 } from 'node:path';

const [dist, file] = process.argv.slice(2);
const { createProcessMemoryReader } = await import(`${dist}/process-memory/index.js`);
const { loadWindowsCalls } = await import(`${dist}/process-memory/windows-calls.js`);

const reader = await createProcessMemoryReader();
const calls = await loadWindowsCalls();
const processes = reader.readProcesses(new Set([process.pid]));
const again = reader.readProcesses();

const SYSTEM_PROCESS_INFORMATION = 5;
const buffer = Buffer.alloc(1 << 20);
const { length } = calls.querySystemInformation(SYSTEM_PROCESS_INFORMATION, buffer);

// PROCESS_MEMORY_COUNTERS_EX: WorkingSetSize at 16, PagefileUsage at 56.
const COUNTERS_BYTES = 80;
const PROCESS_QUERY_LIMITED_INFORMATION = 0x1000;
const getProcessMemoryInfo = koffi
  .load('psapi.dll')
  .func('int __stdcall GetProcessMemoryInfo(intptr_t handle, void *counters, uint32_t size)');
const counters = processes.flatMap(({ pid }) => {
  const handle = calls.openProcess(PROCESS_QUERY_LIMITED_INFORMATION, pid);
  if (handle === undefined) return [];
  const bytes = Buffer.alloc(COUNTERS_BYTES);
  bytes.writeUInt32LE(COUNTERS_BYTES, 0);
  const ok = getProcessMemoryInfo(handle, bytes, COUNTERS_BYTES);
  calls.closeHandle(handle);
  if (ok === 0) return [];
  const name = win32.basename(reader.executablePath(pid));
  const workingSetBytes = Number(bytes.readBigUInt64LE(16));
  return [{ pid, name, workingSetBytes, pagefileBytes: Number(bytes.readBigUInt64LE(56)) }];
});

const result = {
  platform: reader.platform,
  pid: process.pid,
  rss: process.memoryUsage.rss(),
  now: Date.now(),
  uptimeSeconds: process.uptime(),
  processes,
  again,
  host: reader.readHost(),
  ownPath: reader.executablePath(process.pid),
  noPath: reader.executablePath(999_996) ?? null,
  list: buffer.subarray(0, length).toString('base64'),
  address: String(calls.addressOf(buffer)),
  counters,
};
writeFileSync(file, JSON.stringify(result));
