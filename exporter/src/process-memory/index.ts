// Chooses the reader of this platform. Each is loaded only where it is used: koffi on Windows alone.

import type { ProcessMemoryReader } from './types.js';

export type { HostMemory, ProcessMemoryReader, ProcessReading } from './types.js';

/** @throws LeaklineError where the platform's source cannot be opened; its message says why. */
export async function createProcessMemoryReader(
  platform: NodeJS.Platform = process.platform,
): Promise<ProcessMemoryReader> {
  switch (platform) {
    case 'win32': {
      const { createWindowsReader } = await import('./windows.js');
      return createWindowsReader();
    }
    case 'linux': {
      const { createLinuxReader } = await import('./linux.js');
      return createLinuxReader();
    }
    default: {
      const { createSystemInformationReader } = await import('./systeminformation.js');
      return createSystemInformationReader();
    }
  }
}
