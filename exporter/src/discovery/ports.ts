// Which loopback addresses a process listens on. What the systems tell is parsed here, purely; ports-linux.ts and
// ports-windows.ts ask them.

/** One listening TCP socket and what tells its owner: a socket inode on Linux, a pid on Windows. */
export interface Listener {
  owner: number;
  /** "127.0.0.1", "0.0.0.0", "::", "::1" … IPv6 in full lower-case groups, IPv4-mapped ones as IPv4. */
  address: string;
  port: number;
}

export interface PortReader {
  /** The listeners of every process, for several questions at one time. */
  snapshot(): PortSnapshot;
}

export interface PortSnapshot {
  /**
   * Where this process is reached through loopback, as "127.0.0.1:6060" or "[::1]:6060"; ports in ascending order, at
   * most two addresses a port. Undefined where access is denied.
   */
  loopbackAddresses(pid: number): Promise<string[] | undefined>;
}

const ANY_V4 = '0.0.0.0';
const ANY_V6 = '0:0:0:0:0:0:0:0';
const LOOPBACK_V4 = '127.0.0.1';
const LOOPBACK_V6 = '0:0:0:0:0:0:0:1';

/**
 * The loopback addresses at which `owns` is reached and nobody else is: where another process listens on the address
 * itself, it gets the connection, and not the one that listens on all addresses.
 */
export function reachableThroughLoopback(
  listeners: readonly Listener[],
  owns: (listener: Listener) => boolean,
): string[] {
  const byAddress = new Map<string, Listener>();
  for (const listener of listeners) byAddress.set(`${listener.address} ${listener.port}`, listener);
  const isOwn = (address: string, port: number, ...wider: string[]) => {
    const first = [address, ...wider].map((each) => byAddress.get(`${each} ${port}`)).find(Boolean);
    return first !== undefined && owns(first);
  };
  const addresses = new Set<string>();
  for (const { address, port } of listeners.filter(owns).sort((a, b) => a.port - b.port)) {
    if (address.startsWith('127.')) addresses.add(`${address}:${port}`);
    // A socket on "::" takes IPv4 too, unless the program or the system says otherwise: both are worth asking.
    if ((address === ANY_V4 || address === ANY_V6) && isOwn(LOOPBACK_V4, port, ANY_V4, ANY_V6)) {
      addresses.add(`${LOOPBACK_V4}:${port}`);
    }
    if ((address === ANY_V6 || address === LOOPBACK_V6) && isOwn(LOOPBACK_V6, port, ANY_V6)) {
      addresses.add(`[::1]:${port}`);
    }
  }
  return [...addresses];
}

/** TCP_LISTEN of include/net/tcp_states.h. */
const STATE_LISTEN = '0A';

/** The listening sockets of /proc/net/tcp or tcp6 (Linux, Documentation/networking/proc_net_tcp.rst); the owner is the inode. */
export function parseProcNetTcp(text: string): Listener[] {
  const listeners: Listener[] = [];
  for (const line of text.split('\n').slice(1)) {
    const [, local, , state, , , , , , inode] = line.trim().split(/\s+/);
    if (state !== STATE_LISTEN || local === undefined || inode === undefined) continue;
    const [hexAddress = '', hexPort = ''] = local.split(':');
    if (!/^([0-9A-F]{8}|[0-9A-F]{32})$/.test(hexAddress) || !/^[0-9A-F]{4}$/.test(hexPort)) continue;
    // Each 32-bit word is printed as the machine's own integer; all machines that Node runs on Linux but s390x are little-endian.
    const words = hexAddress.match(/.{8}/g)!.map((word) => Buffer.from(word, 'hex'));
    if (LITTLE_ENDIAN) for (const word of words) word.reverse();
    const address = addressText(Buffer.concat(words));
    listeners.push({ address, port: parseInt(hexPort, 16), owner: Number(inode) });
  }
  return listeners;
}

const LITTLE_ENDIAN = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1;

/** Sizes of MIB_TCPROW_OWNER_PID and MIB_TCP6ROW_OWNER_PID (tcpmib.h); all fields are 32-bit, ports in network order. */
const ROW_BYTES = { 4: 24, 6: 56 } as const;
/** MIB_TCP_STATE_LISTEN. */
const MIB_LISTEN = 2;

/** The table that GetExtendedTcpTable fills with TCP_TABLE_OWNER_PID_LISTENER; the owner is the pid. Rows past the end of the buffer are not read. */
export function parseTcpTable(table: Buffer, version: 4 | 6): Listener[] {
  if (table.length < 4) return [];
  const rowBytes = ROW_BYTES[version];
  const count = Math.min(table.readUInt32LE(0), Math.floor((table.length - 4) / rowBytes));
  const listeners: Listener[] = [];
  for (let i = 0; i < count; i++) {
    const row = table.subarray(4 + i * rowBytes, 4 + (i + 1) * rowBytes);
    const state = row.readUInt32LE(version === 4 ? 0 : 48);
    const owner = row.readUInt32LE(version === 4 ? 20 : 52);
    // A pid of 0 is a listener whose owner the system does not tell.
    if (state !== MIB_LISTEN || owner === 0) continue;
    const address = addressText(version === 4 ? row.subarray(4, 8) : row.subarray(0, 16));
    listeners.push({ address, port: row.readUInt16BE(version === 4 ? 8 : 20), owner });
  }
  return listeners;
}

function addressText(bytes: Buffer): string {
  if (bytes.length === 4) return bytes.join('.');
  const isMapped = bytes.subarray(0, 10).every((byte) => byte === 0) && bytes.readUInt16BE(10) === 0xffff;
  if (isMapped) return bytes.subarray(12).join('.');
  return Array.from({ length: 8 }, (_, i) => bytes.readUInt16BE(2 * i).toString(16)).join(':');
}
