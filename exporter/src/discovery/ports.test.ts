import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createLinuxPortReader } from './ports-linux.js';
import { portReaderOver } from './ports-windows.js';
import { parseProcNetTcp, parseTcpTable, reachableThroughLoopback, type Listener } from './ports.js';

const HEAD =
  '  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode';
const line = (local: string, state: string, inode: number) =>
  `   0: ${local} 00000000:0000 ${state} 00000000:00000000 00:00000000 00000000     0        0 ${inode} 1 0000000000000000 100 0 0 10 0`;
const TCP = [
  HEAD,
  line('0100007F:17AC', '0A', 11),
  line('00000000:1F90', '0A', 12),
  line('0100007F:C350', '01', 13),
  line('050AA8C0:2328', '0A', 14),
  '',
].join('\n');
const V6 = (local: string) => `${local}:238C`;
const TCP6 = [
  HEAD,
  line(V6('00000000000000000000000000000000'), '0A', 21),
  line('00000000000000000000000001000000:238D', '0A', 22),
  line('0000000000000000FFFF00000100007F:238E', '0A', 23),
].join('\n');

describe('/proc/net/tcp', () => {
  it('tells who listens', () => {
    expect(parseProcNetTcp(TCP)).toEqual([
      { address: '127.0.0.1', port: 6060, owner: 11 },
      { address: '0.0.0.0', port: 8080, owner: 12 },
      { address: '192.168.10.5', port: 9000, owner: 14 },
    ]);
    expect(parseProcNetTcp(TCP6)).toEqual([
      { address: '0:0:0:0:0:0:0:0', port: 9100, owner: 21 },
      { address: '0:0:0:0:0:0:0:1', port: 9101, owner: 22 },
      { address: '127.0.0.1', port: 9102, owner: 23 },
    ]);
  });

  it('takes lines that are none for none', () => {
    fc.assert(fc.property(fc.string(), (text) => Array.isArray(parseProcNetTcp(`${HEAD}\n${text}`))));
    expect(parseProcNetTcp(`${HEAD}\n 0: xyz 0 0A\n 0: 0100007F:99999 0 0A 0 0 0 0 0 0 7`)).toEqual([]);
  });
});

describe('through loopback', () => {
  const listeners: Listener[] = [
    { address: '0.0.0.0', port: 8080, owner: 1 },
    { address: '0:0:0:0:0:0:0:0', port: 6060, owner: 1 },
    { address: '192.168.1.5', port: 7000, owner: 1 },
    { address: '127.0.0.2', port: 7001, owner: 1 },
    { address: '127.0.0.1', port: 9090, owner: 2 },
    { address: '0:0:0:0:0:0:0:0', port: 9090, owner: 1 },
    { address: '0:0:0:0:0:0:0:1', port: 9091, owner: 2 },
  ];
  it('reaches what listens there or everywhere, and never another process', () => {
    expect(reachableThroughLoopback(listeners, ({ owner }) => owner === 1)).toEqual([
      '127.0.0.1:6060',
      '[::1]:6060',
      '127.0.0.2:7001',
      '127.0.0.1:8080',
      '[::1]:9090',
    ]);
    expect(reachableThroughLoopback(listeners, ({ owner }) => owner === 2)).toEqual([
      '127.0.0.1:9090',
      '[::1]:9091',
    ]);
  });
});

it('joins sockets and descriptors on Linux', async () => {
  const proc = mkdtempSync(join(tmpdir(), 'leakline-proc-'));
  try {
    mkdirSync(join(proc, 'net'));
    writeFileSync(join(proc, 'net/tcp'), TCP);
    mkdirSync(join(proc, '42/fd'), { recursive: true });
    symlinkSync('socket:[11]', join(proc, '42/fd/3'));
    symlinkSync('socket:[13]', join(proc, '42/fd/4'));
    symlinkSync('/dev/null', join(proc, '42/fd/0'));
    for (let fd = 5; fd < 1200; fd++) symlinkSync('anon_inode:[eventpoll]', join(proc, `42/fd/${fd}`));
    symlinkSync('socket:[12]', join(proc, '42/fd/1200'));
    const snapshot = createLinuxPortReader(proc).snapshot();
    expect(await snapshot.loopbackAddresses(42)).toEqual(['127.0.0.1:6060', '127.0.0.1:8080']);
    expect(await snapshot.loopbackAddresses(43)).toBeUndefined();
  } finally {
    rmSync(proc, { recursive: true });
  }
});

/** Rows as GetExtendedTcpTable writes them (tcpmib.h). */
function table(
  version: 4 | 6,
  rows: { address: number[]; port: number; pid: number; state?: number }[],
): Buffer {
  const rowBytes = version === 4 ? 24 : 56;
  const bytes = Buffer.alloc(4 + rows.length * rowBytes);
  bytes.writeUInt32LE(rows.length, 0);
  rows.forEach(({ address, port, pid, state = 2 }, i) => {
    const row = bytes.subarray(4 + i * rowBytes);
    Buffer.from(address).copy(row, version === 4 ? 4 : 0);
    row.writeUInt16BE(port, version === 4 ? 8 : 20);
    row.writeUInt32LE(state, version === 4 ? 0 : 48);
    row.writeUInt32LE(pid, version === 4 ? 20 : 52);
  });
  return bytes;
}

describe('GetExtendedTcpTable', () => {
  const v4 = table(4, [
    { address: [127, 0, 0, 1], port: 6060, pid: 1234 },
    { address: [0, 0, 0, 0], port: 135, pid: 900 },
    { address: [127, 0, 0, 1], port: 7000, pid: 0 },
    { address: [127, 0, 0, 1], port: 7001, pid: 1234, state: 5 },
  ]);
  const v6 = table(6, [{ address: Array.from({ length: 16 }, () => 0), port: 8080, pid: 1234 }]);

  it('tells who listens, and leaves out whose owner is not told', () => {
    expect(parseTcpTable(v4, 4)).toEqual([
      { address: '127.0.0.1', port: 6060, owner: 1234 },
      { address: '0.0.0.0', port: 135, owner: 900 },
    ]);
    expect(parseTcpTable(v6, 6)).toEqual([{ address: '0:0:0:0:0:0:0:0', port: 8080, owner: 1234 }]);
  });

  it('asks again when the table grew, and joins both versions', async () => {
    const asked: number[] = [];
    const ports = portReaderOver((into, size, family) => {
      asked.push(family);
      const full = family === 2 ? v4 : v6;
      if (asked.length === 1) {
        size[0] = 20_000;
        return 122;
      }
      full.copy(into);
      return 0;
    });
    expect(await ports.snapshot().loopbackAddresses(1234)).toEqual([
      '127.0.0.1:6060',
      '127.0.0.1:8080',
      '[::1]:8080',
    ]);
    expect(asked).toEqual([2, 2, 23]);
  });

  it('has no listeners where the system answers with an error, or with sizes that lie', async () => {
    expect(
      await portReaderOver(() => 5)
        .snapshot()
        .loopbackAddresses(1),
    ).toEqual([]);
    const liar = portReaderOver((_table, size) => {
      size[0] = 0xffffffff;
      return 122;
    });
    expect(await liar.snapshot().loopbackAddresses(1)).toEqual([]);
    const long = Buffer.from(v4);
    long.writeUInt32LE(0xffffffff, 0);
    expect(parseTcpTable(long, 4)).toHaveLength(2);
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 300 }),
        fc.constantFrom(4 as const, 6 as const),
        (bytes, version) => {
          expect(parseTcpTable(Buffer.from(bytes), version).length).toBeLessThanOrEqual(12);
        },
      ),
    );
  });
});
