// Listening ports on Linux: /proc/net/tcp{,6} says which sockets listen, /proc/PID/fd which of them a process holds.
// A process in another network namespace has none in this table, and is not reached through this host's loopback.

import { readFileSync, readdirSync, readlinkSync } from 'node:fs';
import { join } from 'node:path/posix';
import { parseProcNetTcp, reachableThroughLoopback, type Listener, type PortReader } from './ports.js';

/** Descriptors looked at in one go; a process may have a million, and the sampling loop must not wait for them. */
const DESCRIPTORS_AT_ONCE = 500;
const MAX_DESCRIPTORS = 100_000;

export function createLinuxPortReader(proc = '/proc'): PortReader {
  return {
    snapshot() {
      const listeners = ['net/tcp', 'net/tcp6'].flatMap((file) => parseProcNetTcp(textOf(join(proc, file))));
      const inodes = new Set(listeners.map(({ owner }) => owner));
      return {
        async loopbackAddresses(pid) {
          const own = await socketsOf(join(proc, String(pid), 'fd'), inodes);
          return own && reachableThroughLoopback(listeners, ({ owner }: Listener) => own.has(owner));
        },
      };
    },
  };
}

/** Which of `wanted` the descriptors in this folder refer to; undefined where it cannot be read. */
async function socketsOf(folder: string, wanted: ReadonlySet<number>): Promise<Set<number> | undefined> {
  let names: string[];
  try {
    names = readdirSync(folder);
  } catch {
    return undefined;
  }
  const own = new Set<number>();
  for (let start = 0; start < Math.min(names.length, MAX_DESCRIPTORS); start += DESCRIPTORS_AT_ONCE) {
    if (start > 0) await new Promise((resolve) => setImmediate(resolve));
    for (const name of names.slice(start, start + DESCRIPTORS_AT_ONCE)) {
      const inode = socketInode(join(folder, name));
      if (inode !== undefined && wanted.has(inode)) own.add(inode);
    }
  }
  return own;
}

function socketInode(path: string): number | undefined {
  try {
    const inode = /^socket:\[(\d+)\]$/.exec(readlinkSync(path))?.[1];
    return inode === undefined ? undefined : Number(inode);
  } catch {
    // Closed meanwhile.
    return undefined;
  }
}

function textOf(path: string): string {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    // A kernel without IPv6 has no tcp6.
    return '';
  }
}
