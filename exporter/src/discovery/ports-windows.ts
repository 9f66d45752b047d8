// Listening ports on Windows: one GetExtendedTcpTable for each IP version tells every listener with its pid.
// Source: iphlpapi.h; koffi is loaded on Windows only.

import { LeaklineError, messageOf } from '../errors.js';
import { parseTcpTable, reachableThroughLoopback, type PortReader } from './ports.js';

/** Fills `table` and says how much it takes; returns the Windows error code, 0 for success. */
export type GetTcpTable = (table: Buffer, size: [number], family: number) => number;

const AF_INET = 2;
const AF_INET6 = 23;
const TCP_TABLE_OWNER_PID_LISTENER = 3;
const ERROR_INSUFFICIENT_BUFFER = 122;
/** The table may grow between the question for its size and the one for its content. */
const MAX_TRIES = 5;
/** 65536 listeners; a size beyond it is no size. */
const MAX_TABLE_BYTES = 4 * 1024 * 1024;
const FIRST_TABLE_BYTES = 16 * 1024;

/** @throws LeaklineError `windows_calls` where koffi or the function cannot be loaded. */
export async function createWindowsPortReader(): Promise<PortReader> {
  return portReaderOver(await loadGetTcpTable());
}

/** @throws LeaklineError `windows_calls`, as above. */
export async function loadGetTcpTable(): Promise<GetTcpTable> {
  try {
    const { default: koffi } = await import('koffi');
    const getExtendedTcpTable = koffi
      .load('iphlpapi.dll')
      .func(
        'uint32_t __stdcall GetExtendedTcpTable(void *table, _Inout_ uint32_t *size, int order, uint32_t family, int tableClass, uint32_t reserved)',
      );
    return (table, size, family) =>
      Number(getExtendedTcpTable(table, size, 0, family, TCP_TABLE_OWNER_PID_LISTENER, 0));
  } catch (error) {
    throw new LeaklineError('windows_calls', `cannot call into Windows: ${messageOf(error)}`, {
      cause: error,
    });
  }
}

export function portReaderOver(getTcpTable: GetTcpTable): PortReader {
  return {
    snapshot() {
      const listeners = [
        ...parseTcpTable(readTable(getTcpTable, AF_INET), 4),
        ...parseTcpTable(readTable(getTcpTable, AF_INET6), 6),
      ];
      return {
        loopbackAddresses: (pid) =>
          Promise.resolve(reachableThroughLoopback(listeners, ({ owner }) => owner === pid)),
      };
    },
  };
}

/** The table of one IP version; empty where the system has none. */
function readTable(getTcpTable: GetTcpTable, family: number): Buffer {
  let bytes = FIRST_TABLE_BYTES;
  for (let tries = 0; tries < MAX_TRIES && bytes <= MAX_TABLE_BYTES; tries++) {
    const table = Buffer.alloc(bytes);
    const size: [number] = [bytes];
    const status = getTcpTable(table, size, family);
    if (status === 0) return table;
    if (status !== ERROR_INSUFFICIENT_BUFFER) break;
    bytes = Math.max(size[0], bytes) + ROOM_TO_GROW_BYTES;
  }
  return Buffer.alloc(0);
}

/** Ten more IPv6 rows. */
const ROOM_TO_GROW_BYTES = 560;
