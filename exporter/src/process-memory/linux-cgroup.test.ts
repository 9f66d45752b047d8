import { describe, expect, it } from 'vitest';
import { cgroupLimit, cgroupMounts } from './linux-cgroup.js';

const V2 = '41 31 0:38 / /sys/fs/cgroup rw,nosuid - cgroup2 cgroup2 rw\n';
const V1 =
  '33 31 0:30 / /sys/fs/cgroup/cpu rw - cgroup cgroup rw,cpu,cpuacct\n' +
  '35 31 0:32 / /sys/fs/cgroup/memory rw shared:5 - cgroup cgroup rw,memory\n';
const HYBRID = `${V1}40 31 0:37 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw\n`;
const CONTAINER = '900 899 0:38 /docker/abc /sys/fs/cgroup ro - cgroup2 cgroup rw\n';
const NO_LIMIT_V1 = '9223372036854771712\n';

const cases: {
  name: string;
  mountinfo: string;
  cgroup: string;
  files: Record<string, string>;
  bytes: number | undefined;
}[] = [
  {
    name: 'version 2, limit on the group itself',
    mountinfo: V2,
    cgroup: '0::/system.slice/orders.service\n',
    files: { '/sys/fs/cgroup/system.slice/orders.service/memory.max': '1048576\n' },
    bytes: 1048576,
  },
  {
    name: 'version 2, the lower limit of an ancestor',
    mountinfo: V2,
    cgroup: '0::/a/b\n',
    files: { '/sys/fs/cgroup/a/b/memory.max': '2000\n', '/sys/fs/cgroup/a/memory.max': '1000\n' },
    bytes: 1000,
  },
  {
    name: 'version 2, no limit',
    mountinfo: V2,
    cgroup: '0::/a\n',
    files: { '/sys/fs/cgroup/a/memory.max': 'max\n' },
    bytes: undefined,
  },
  {
    name: 'version 2 inside of a container with a namespace of its own',
    mountinfo: '900 899 0:38 / /sys/fs/cgroup ro - cgroup2 cgroup rw\n',
    cgroup: '0::/\n',
    files: { '/sys/fs/cgroup/memory.max': '4096000\n' },
    bytes: 4096000,
  },
  {
    name: 'version 2 inside of a container that sees the path of the host',
    mountinfo: CONTAINER,
    cgroup: '0::/docker/abc/worker\n',
    files: { '/sys/fs/cgroup/worker/memory.max': '77\n' },
    bytes: 77,
  },
  {
    name: 'a group outside of what is mounted',
    mountinfo: CONTAINER,
    cgroup: '0::/docker/other\n',
    files: { '/sys/fs/cgroup/memory.max': '77\n' },
    bytes: undefined,
  },
  {
    name: 'a group outside of the namespace',
    mountinfo: V2,
    cgroup: '0::/../sibling\n',
    files: { '/sys/fs/cgroup/memory.max': '77\n' },
    bytes: undefined,
  },
  {
    name: 'version 1',
    mountinfo: V1,
    cgroup: '9:name=systemd:/x\n4:memory:/orders\n1:cpu,cpuacct:/other\n',
    files: {
      '/sys/fs/cgroup/memory/orders/memory.limit_in_bytes': '268435456\n',
      '/sys/fs/cgroup/memory/memory.limit_in_bytes': NO_LIMIT_V1,
    },
    bytes: 268435456,
  },
  {
    name: 'version 1, no limit',
    mountinfo: V1,
    cgroup: '4:memory:/\n',
    files: { '/sys/fs/cgroup/memory/memory.limit_in_bytes': NO_LIMIT_V1 },
    bytes: undefined,
  },
  {
    name: 'both, memory with version 1',
    mountinfo: HYBRID,
    cgroup: '4:memory:/orders\n0::/orders\n',
    files: { '/sys/fs/cgroup/memory/orders/memory.limit_in_bytes': '1234567\n' },
    bytes: 1234567,
  },
  { name: 'no control groups', mountinfo: '', cgroup: '', files: {}, bytes: undefined },
];

describe('cgroupLimit', () => {
  it.each(cases)('$name', ({ mountinfo, cgroup, files, bytes }) => {
    expect(cgroupLimit(cgroup, cgroupMounts(mountinfo), (path) => files[path])).toBe(bytes);
  });

  it('reads escaped mount points', () => {
    expect(cgroupMounts('41 31 0:38 / /mnt/my\\040groups rw - cgroup2 cgroup2 rw\n')).toEqual([
      { version: 2, root: '/', mountPoint: '/mnt/my groups' },
    ]);
  });
});
