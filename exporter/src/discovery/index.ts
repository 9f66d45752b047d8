// Discovery on this platform, put together.

import type { ProcessMemoryReader } from '../process-memory/types.js';
import { Discoverer } from './discover.js';
import type { PortReader } from './ports.js';

export { Discoverer } from './discover.js';
export type { DiscoveredProcess, UnreadProcess } from './types.js';

export interface DiscoveryOptions {
  reader: ProcessMemoryReader;
  /** discovery.probe: false asks nobody. */
  probe: boolean;
  isWanted?: (name: string) => boolean;
}

/** @throws LeaklineError where the platform's source of listening ports cannot be opened. */
export async function createDiscoverer({ reader, probe, isWanted }: DiscoveryOptions): Promise<Discoverer> {
  return new Discoverer({
    reader,
    isWanted,
    ports: probe ? await createPortReader(reader.platform) : undefined,
  });
}

export async function createPortReader(platform: string): Promise<PortReader | undefined> {
  switch (platform) {
    case 'linux': {
      const { createLinuxPortReader } = await import('./ports-linux.js');
      return createLinuxPortReader();
    }
    case 'windows': {
      const { createWindowsPortReader } = await import('./ports-windows.js');
      return createWindowsPortReader();
    }
    default:
      return undefined;
  }
}
