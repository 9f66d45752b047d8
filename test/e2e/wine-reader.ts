// Runs wine-reader-probe.mjs on node.exe under Wine.

import { readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { HostMemory, ProcessReading } from '../../exporter/src/process-memory/types.js';
import type { Wine } from '../lib/wine.js';

export interface WineReading {
  platform: string;
  pid: number;
  rss: number;
  now: number;
  uptimeSeconds: number;
  processes: ProcessReading[];
  again: ProcessReading[];
  host: HostMemory;
  ownPath: string;
  noPath: string | null;
  /** What NtQuerySystemInformation wrote, base64, and where it stood. */
  list: string;
  address: string;
  /** GetProcessMemoryInfo of the same processes. */
  counters: { pid: number; name: string; workingSetBytes: number; pagefileBytes: number }[];
}

export async function readUnderWine(wine: Wine): Promise<WineReading> {
  const probe = fileURLToPath(new URL('wine-reader-probe.mjs', import.meta.url));
  const dist = fileURLToPath(new URL('../../exporter/dist', import.meta.url));
  const file = join(tmpdir(), `wine-reader-${process.pid}.json`);
  try {
    const distUrl = `file:///Z:${dist}`;
    await wine.run(wine.node, [wine.windowsPath(probe), distUrl, wine.windowsPath(file)]);
    return JSON.parse(readFileSync(file, 'utf8')) as WineReading;
  } finally {
    rmSync(file, { force: true });
  }
}
