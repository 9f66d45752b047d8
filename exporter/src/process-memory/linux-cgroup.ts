// The memory limit that control groups put on a process: version 2 (`memory.max`), version 1
// (`memory.limit_in_bytes`). Layouts: cgroups(7), Documentation/admin-guide/cgroup-v2.rst of the kernel.

import { dirname, join } from 'node:path/posix';

/** Where a hierarchy that controls memory is mounted, and which part of it stands there. */
export interface CgroupMount {
  version: 1 | 2;
  /** Path inside of the hierarchy that is visible at the mount point ("/" on a host, deeper in a container). */
  root: string;
  mountPoint: string;
}

/** Version 1 says "no limit" with the largest multiple of the page size; everything of that order is none. */
const NO_LIMIT_BYTES = 2 ** 62;

const LIMIT_FILE = { 1: 'memory.limit_in_bytes', 2: 'memory.max' } as const;

/** The memory hierarchies of a `/proc/self/mountinfo`; the one of version 1 first: where both are, it is in charge. */
export function cgroupMounts(mountinfo: string): CgroupMount[] {
  const mounts: CgroupMount[] = [];
  for (const line of mountinfo.split('\n')) {
    // "36 35 98:0 /root /mountpoint options [tags …] - type source superOptions"
    const [left, right] = line.split(' - ');
    if (left === undefined || right === undefined) continue;
    const [, , , root, mountPoint] = left.split(' ');
    const [type, , superOptions = ''] = right.split(' ');
    if (root === undefined || mountPoint === undefined) continue;
    if (type === 'cgroup2')
      mounts.push({ version: 2, root: unescape(root), mountPoint: unescape(mountPoint) });
    else if (type === 'cgroup' && superOptions.split(',').includes('memory')) {
      mounts.push({ version: 1, root: unescape(root), mountPoint: unescape(mountPoint) });
    }
  }
  return mounts.sort((a, b) => a.version - b.version);
}

/** mountinfo writes space, tab, newline and backslash as octal escapes. */
function unescape(text: string): string {
  return text.replace(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(parseInt(octal, 8)));
}

/**
 * The lowest limit on the way from a process's group up to the top, in bytes; undefined where there is none or where
 * the group lies outside of what is mounted here.
 *
 * @param cgroup text of `/proc/[pid]/cgroup`
 * @param read text of a file, or undefined where it cannot be read
 */
export function cgroupLimit(
  cgroup: string,
  mounts: readonly CgroupMount[],
  read: (path: string) => string | undefined,
): number | undefined {
  let lowest: number | undefined;
  for (const mount of mounts) {
    const group = groupOf(cgroup, mount.version);
    const inside = group === undefined ? undefined : belowRoot(group, mount.root);
    if (inside === undefined) continue;
    // A group is bound by its ancestors' limits too.
    for (let path = inside; ; path = dirname(path)) {
      const text = read(join(mount.mountPoint, path, LIMIT_FILE[mount.version]))?.trim();
      if (text !== undefined && /^\d+$/.test(text)) {
        const bytes = Number(text);
        if (bytes < NO_LIMIT_BYTES) lowest = Math.min(lowest ?? bytes, bytes);
      }
      if (path === '/') break;
    }
  }
  return lowest;
}

/** "0::/path" is version 2, "9:cpu,memory:/path" version 1. */
function groupOf(cgroup: string, version: 1 | 2): string | undefined {
  for (const line of cgroup.split('\n')) {
    const [, id, controllers, path] = /^(\d+):([^:]*):(\/.*)$/.exec(line) ?? [];
    if (id === undefined || controllers === undefined) continue;
    if (version === 2 ? id === '0' && controllers === '' : controllers.split(',').includes('memory'))
      return path;
  }
  return undefined;
}

/** The path relative to what is mounted; a group outside of it has none (or begins with "/.." in a namespace). */
function belowRoot(group: string, root: string): string | undefined {
  if (group.split('/').includes('..')) return undefined;
  if (root === '/') return group;
  if (group === root) return '/';
  if (group.startsWith(`${root}/`)) return group.slice(root.length);
  // In a container that mounts the host's hierarchy with a namespace of its own, the group is already relative.
  return group === '/' ? '/' : undefined;
}
