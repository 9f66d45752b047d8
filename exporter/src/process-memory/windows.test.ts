import { describe, expect, it } from 'vitest';
import { createProcessMemoryReader } from './index.js';
import { listedHost, listedProcess, processList } from './testdata/process-list.js';
import { WindowsReader, createWindowsReader, type WindowsCalls } from './windows.js';

const ADDRESS = 0x7f00_1000_0000n;
const OWN_PID = 100;
const LENGTH_MISMATCH = 0xc0000004;
const ACCESS_DENIED = 0xc0000022;

/** A host that answers from a recorded list; every handle is the pid, and each must be closed. */
class Host implements WindowsCalls {
  list = processList(listedHost(), ADDRESS);
  sizes: number[] = [];
  open = new Set<bigint>();
  denied = new Set<number>();
  sessionObjects = 900;
  status: number | undefined;

  querySystemInformation(infoClass: number, buffer: Buffer): { status: number; length: number } {
    if (infoClass === 2) {
      buffer.writeUInt32LE(4711, 84);
      return { status: 0, length: 344 };
    }
    this.sizes.push(buffer.length);
    if (this.status !== undefined) return { status: this.status, length: 0 };
    if (buffer.length < this.list.length) return { status: LENGTH_MISMATCH, length: this.list.length };
    this.list.copy(buffer);
    return { status: 0, length: this.list.length };
  }
  addressOf = (): bigint => ADDRESS;
  performanceInfo(buffer: Buffer): boolean {
    expect(buffer.readUInt32LE(0)).toBe(buffer.length);
    buffer.writeBigUInt64LE(1000n, 32);
    buffer.writeBigUInt64LE(4096n, 80);
    return true;
  }
  openProcess(_access: number, pid: number): bigint | undefined {
    if (this.denied.has(pid)) return undefined;
    this.open.add(BigInt(pid));
    return BigInt(pid);
  }
  closeHandle(handle: bigint): void {
    expect(this.open.delete(handle)).toBe(true);
  }
  guiResources(handle: bigint, flag: number): number {
    if (handle < 0n) return this.sessionObjects;
    expect(this.open.has(handle)).toBe(true);
    return flag === 0 ? 31 : 17;
  }
  imageName(handle: bigint): string | undefined {
    return handle === 104n ? undefined : `C:\\Program Files\\${handle}.exe`;
  }
}

describe('WindowsReader', () => {
  it('grows its buffer once and keeps it', () => {
    const host = new Host();
    host.list = processList(listedHost(3000), ADDRESS);
    const reader = new WindowsReader(host, OWN_PID);
    expect(reader.readProcesses()).toHaveLength(3000);
    expect(reader.readProcesses()).toHaveLength(3000);
    expect(host.sizes).toHaveLength(3);
    expect(host.sizes[1]).toBe(host.sizes[2]);
  });

  it('reads a shorter list after a longer one without what the buffer still holds', () => {
    const host = new Host();
    const reader = new WindowsReader(host, OWN_PID);
    reader.readProcesses();
    host.list = processList([listedProcess({ pid: 100 })], ADDRESS);
    expect(reader.readProcesses().map(({ pid }) => pid)).toEqual([100]);
  });

  it('says what Windows answers instead of a list', () => {
    const host = new Host();
    host.status = ACCESS_DENIED;
    expect(() => new WindowsReader(host, OWN_PID).readProcesses()).toThrow(
      'NtQuerySystemInformation answers 0xc0000022 instead of the process list',
    );
  });

  it('gives up on a list that never fits', () => {
    const host = new Host();
    host.status = LENGTH_MISMATCH;
    expect(() => new WindowsReader(host, OWN_PID).readProcesses()).toThrow(/0xc0000004/);
    expect(host.sizes.length).toBeLessThan(20);
  });

  it('counts GDI and USER objects of detailed processes of its own session where it may', () => {
    const host = new Host();
    const own = listedProcess({ pid: OWN_PID, sessionId: 1 });
    const same = listedProcess({ pid: 200, sessionId: 1 });
    const other = listedProcess({ pid: 300, sessionId: 0 });
    const refused = listedProcess({ pid: 400, sessionId: 1 });
    const plain = listedProcess({ pid: 500, sessionId: 1 });
    host.list = processList([own, same, other, refused, plain], ADDRESS);
    host.denied.add(400);
    const counts = new WindowsReader(host, OWN_PID)
      .readProcesses(new Set([200, 300, 400]))
      .map(({ pid, gdiObjects, userObjects }) => [pid, gdiObjects, userObjects]);
    expect(counts).toEqual([
      [100, undefined, undefined],
      [200, 31, 17],
      [300, undefined, undefined],
      [400, undefined, undefined],
      [500, undefined, undefined],
    ]);
    expect(host.open.size).toBe(0);
  });

  it('has no such counts in a session that keeps none', () => {
    const host = new Host();
    host.sessionObjects = 0;
    const readings = new WindowsReader(host, OWN_PID).readProcesses(new Set([OWN_PID]));
    for (const reading of readings) expect(reading).not.toHaveProperty('gdiObjects');
  });

  it('finds the path of an executable where it may', () => {
    const host = new Host();
    host.denied.add(108);
    const reader = new WindowsReader(host, OWN_PID);
    expect(reader.executablePath(100)).toBe('C:\\Program Files\\100.exe');
    expect(reader.executablePath(104)).toBeUndefined();
    expect(reader.executablePath(108)).toBeUndefined();
    expect(host.open.size).toBe(0);
  });

  it('reads the host', () => {
    expect(new WindowsReader(new Host(), OWN_PID).readHost()).toEqual({
      physicalBytes: 4096000,
      hardFaults: 4711,
    });
  });
});

describe('createWindowsReader', () => {
  it('refuses a 32-bit Node', async () => {
    await expect(createWindowsReader('ia32')).rejects.toMatchObject({
      code: 'windows_32bit',
      message: expect.stringMatching(/this Node\.js is a ia32 build: install the 64-bit Node\.js/),
    });
  });

  it.runIf(process.platform !== 'win32')('says so where Windows is not there', async () => {
    await expect(createProcessMemoryReader('win32')).rejects.toMatchObject({ code: 'windows_calls' });
  });
});
