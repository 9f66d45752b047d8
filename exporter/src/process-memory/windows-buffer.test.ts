import fc from 'fast-check';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { LeaklineError } from '../errors.js';
import { KERNEL_PROCESSES, listedHost, listedProcess, processList } from './testdata/process-list.js';
import {
  PAGE_READ_IO_COUNT,
  PERFORMANCE_BYTES,
  PROCESS_LAYOUT,
  THREAD_BYTES,
  decodeHardFaults,
  decodePerformance,
  decodeProcesses,
} from './windows-buffer.js';

const ADDRESS = 0x1f3_4560_0040n;

describe('decodeProcesses', () => {
  it('decodes several hundred processes', () => {
    const host = listedHost(500);
    const decoded = decodeProcesses(processList(host, ADDRESS), ADDRESS);
    expect(decoded).toEqual(
      host.slice(KERNEL_PROCESSES.length).map((process) => ({
        sessionId: process.sessionId,
        reading: {
          pid: process.pid,
          parentPid: process.parentPid,
          startedAtMs: process.createdAtMs,
          name: process.name,
          privateWorkingSetBytes: process.privateWorkingSetBytes,
          workingSetBytes: process.workingSetBytes,
          peakWorkingSetBytes: process.peakWorkingSetBytes,
          commitBytes: process.privatePageBytes,
          peakCommitBytes: process.peakPagefileBytes,
          pagedPoolBytes: process.pagedPoolBytes,
          nonpagedPoolBytes: process.nonpagedPoolBytes,
          pageFaults: process.pageFaults,
          hardFaults: process.hardFaults,
          handles: process.handles,
          threads: process.threads,
          virtualBytes: process.virtualBytes,
          cpuSeconds: 4.75,
        },
      })),
    );
  });

  it('reads every figure from its documented offset', () => {
    // Written with the offsets themselves, so that the layout of the decoder is held against the documented one.
    const bytes = Buffer.alloc(256 + 80);
    bytes.writeUInt32LE(1, 4);
    bytes.writeBigUInt64LE(1_000_008n, 8);
    bytes.writeUInt32LE(1_000_016, 16);
    bytes.writeBigUInt64LE(133_500_000_000_000_000n, 32);
    bytes.writeBigUInt64LE(40_000_000n, 40);
    bytes.writeBigUInt64LE(50_000_000n, 48);
    bytes.writeBigUInt64LE(4242n, 80);
    bytes.writeBigUInt64LE(4200n, 88);
    bytes.writeUInt32LE(1_000_096, 96);
    bytes.writeUInt32LE(3, 100);
    bytes.writeUInt32LE(1_000_128, 128);
    for (const at of [112, 120, 136, 144, 152, 160, 168, 176, 184, 192, 200]) {
      bytes.writeBigUInt64LE(BigInt(1_000_000 + at), at);
    }
    expect(decodeProcesses(bytes, ADDRESS)).toEqual([
      {
        sessionId: 3,
        reading: {
          pid: 4242,
          parentPid: 4200,
          startedAtMs: 13_350_000_000_000 - 11_644_473_600_000,
          name: '',
          privateWorkingSetBytes: 1_000_008,
          workingSetBytes: 1_000_144,
          peakWorkingSetBytes: 1_000_136,
          commitBytes: 1_000_200,
          peakCommitBytes: 1_000_192,
          pagedPoolBytes: 1_000_160,
          nonpagedPoolBytes: 1_000_176,
          pageFaults: 1_000_128,
          hardFaults: 1_000_016,
          handles: 1_000_096,
          threads: 1,
          virtualBytes: 1_000_120,
          cpuSeconds: 9,
        },
      },
    ]);
  });

  it('leaves absent what the system fills in no process, and takes the commit from where it is', () => {
    const host = listedHost(300).map((process) => ({
      ...process,
      privateWorkingSetBytes: 0,
      privatePageBytes: 0,
      hardFaults: 0,
      pageFaults: 0,
    }));
    const decoded = decodeProcesses(processList(host, ADDRESS), ADDRESS);
    expect(decoded).toHaveLength(300);
    for (const { reading } of decoded) {
      const process = host.find(({ pid }) => pid === reading.pid)!;
      expect(reading.commitBytes).toBe(process.pagefileBytes);
      for (const field of ['privateWorkingSetBytes', 'hardFaults', 'pageFaults']) {
        expect(reading).not.toHaveProperty(field);
      }
    }
  });

  it('keeps a 0 that others do not share', () => {
    const host = [
      listedProcess({ pid: 100, hardFaults: 0, privateWorkingSetBytes: 0 }),
      listedProcess({ pid: 104 }),
    ];
    const [first] = decodeProcesses(processList(host, ADDRESS), ADDRESS);
    expect(first!.reading).toMatchObject({ hardFaults: 0, privateWorkingSetBytes: 0 });
  });

  it('leaves out what has ended but is still listed', () => {
    const ended = {
      threads: 0,
      handles: 0,
      workingSetBytes: 0,
      privateWorkingSetBytes: 0,
      privatePageBytes: 0,
    };
    const host = [listedProcess({ pid: 100 }), listedProcess({ pid: 104, ...ended })];
    expect(decodeProcesses(processList(host, ADDRESS), ADDRESS).map(({ reading }) => reading.pid)).toEqual([
      100,
    ]);
  });

  it('tells a reused pid by its creation time', () => {
    const at = (createdAtMs: number): number =>
      decodeProcesses(processList([listedProcess({ pid: 100, createdAtMs })], ADDRESS), ADDRESS)[0]!.reading
        .startedAtMs;
    expect(at(1_790_000_000_001)).toBe(1_790_000_000_001);
    expect(at(1_790_000_000_002)).toBe(1_790_000_000_002);
  });
});

describe('a hostile list', () => {
  const host = listedHost(3);
  const whole = processList(host, ADDRESS);
  const secondEntry = whole.readUInt32LE(0);
  const changed = (change: (bytes: Buffer) => void): Buffer => {
    const bytes = Buffer.from(whole);
    change(bytes);
    return bytes;
  };
  const nameOfThird = secondEntry + whole.readUInt32LE(secondEntry);

  it.each<[string, Buffer, RegExp]>([
    ['is empty', Buffer.alloc(0), /the entry at byte 0 is cut off/],
    ['is cut in the first entry', whole.subarray(0, 255), /the entry at byte 0 is cut off/],
    ['points beyond the end', changed((b) => b.writeUInt32LE(whole.length, 0)), /is cut off/],
    ['points far beyond the end', changed((b) => b.writeUInt32LE(0xffffffff, 0)), /points beyond the end/],
    ['points into itself', changed((b) => b.writeUInt32LE(8, 0)), /too small for itself/],
    [
      'has more threads than room',
      changed((b) => b.writeUInt32LE(0xffffffff, secondEntry + PROCESS_LAYOUT.numberOfThreads)),
      /too small for itself and 4294967295 threads/,
    ],
    [
      'has a name before its beginning',
      changed((b) => b.writeBigUInt64LE(ADDRESS - 8n, nameOfThird + PROCESS_LAYOUT.imageNameBuffer)),
      /the name of the entry at byte \d+ lies outside/,
    ],
    [
      'has a name beyond its end',
      changed((b) => b.writeBigUInt64LE(2n ** 64n - 1n, nameOfThird + PROCESS_LAYOUT.imageNameBuffer)),
      /lies outside/,
    ],
    [
      'has a name longer than the list',
      changed((b) => b.writeUInt16LE(0xfffe, nameOfThird + PROCESS_LAYOUT.imageNameLength)),
      /lies outside/,
    ],
    [
      'has half a character in a name',
      changed((b) => b.writeUInt16LE(3, nameOfThird + PROCESS_LAYOUT.imageNameLength)),
      /lies outside/,
    ],
  ])('that %s is an error', (_, bytes, message) => {
    expect(() => decodeProcesses(bytes, ADDRESS)).toThrow(message);
    expect(() => decodeProcesses(bytes, ADDRESS)).toThrow(LeaklineError);
  });

  /** Either a list or an error with a code, never anything else. */
  function holds(bytes: Buffer): void {
    try {
      const most = Math.ceil(bytes.length / PROCESS_LAYOUT.size);
      expect(decodeProcesses(bytes, ADDRESS).length).toBeLessThanOrEqual(most);
    } catch (error) {
      if (!(error instanceof LeaklineError)) throw error;
      expect(error.code).toBe('process_list_corrupt');
    }
  }

  it('of random bytes is a list or an error', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 2000 }), (bytes) => holds(Buffer.from(bytes))));
  });

  it('with any word overwritten, or cut anywhere, is a list or an error', () => {
    const word = fc.record({
      at: fc.nat(whole.length - 4),
      value: fc.oneof(fc.nat(4096), fc.integer({ min: 0, max: 0xffffffff })),
    });
    fc.assert(
      fc.property(fc.array(word, { maxLength: 8 }), fc.nat(whole.length), (words, length) => {
        const bytes = changed((b) => words.forEach(({ at, value }) => b.writeUInt32LE(value, at)));
        holds(bytes);
        holds(bytes.subarray(0, length));
      }),
      { numRuns: 500 },
    );
  });
});

describe('a list recorded under Wine', () => {
  const { address, list, expected } = JSON.parse(
    readFileSync(new URL('testdata/wine-process-list.json', import.meta.url), 'utf8'),
  ) as {
    address: string;
    list: string;
    expected: { pid: number; name: string; workingSetBytes: number; pagefileBytes: number }[];
  };
  const decoded = decodeProcesses(Buffer.from(list, 'base64'), BigInt(address));

  it('agrees with what GetProcessMemoryInfo said at the same time', () => {
    expect(expected.length).toBeGreaterThan(3);
    for (const { pid, name, workingSetBytes, pagefileBytes } of expected) {
      const { reading } = decoded.find((process) => process.reading.pid === pid)!;
      expect(reading.name).toBe(name);
      expect(reading.workingSetBytes! / workingSetBytes).toBeCloseTo(1, 1);
      expect(reading.commitBytes! / pagefileBytes).toBeCloseTo(1, 1);
    }
  });

  it('has no figures that Wine does not tell', () => {
    for (const { reading } of decoded) {
      for (const field of ['privateWorkingSetBytes', 'hardFaults', 'pageFaults', 'pagedPoolBytes']) {
        expect(reading).not.toHaveProperty(field);
      }
    }
  });
});

describe('the host', () => {
  it('is decoded from counts of pages', () => {
    const bytes = Buffer.alloc(PERFORMANCE_BYTES);
    [1000, 4000, 1500, 3000, 700, 500, 90, 40, 50, 4096].forEach((value, i) =>
      bytes.writeBigUInt64LE(BigInt(value), 8 + 8 * i),
    );
    expect(decodePerformance(bytes)).toEqual({
      commitBytes: 1000 * 4096,
      commitLimitBytes: 4000 * 4096,
      peakCommitBytes: 1500 * 4096,
      physicalBytes: 3000 * 4096,
      availableBytes: 700 * 4096,
      cachedBytes: 500 * 4096,
      pagedPoolBytes: 40 * 4096,
      nonpagedPoolBytes: 50 * 4096,
    });
  });

  it('has no figure where the system leaves a 0', () => {
    const bytes = Buffer.alloc(PERFORMANCE_BYTES);
    bytes.writeBigUInt64LE(3000n, 32);
    bytes.writeBigUInt64LE(4096n, 80);
    expect(decodePerformance(bytes)).toEqual({ physicalBytes: 3000 * 4096 });
    expect(decodeHardFaults(Buffer.alloc(344))).toBeUndefined();
  });

  it('has its hard faults in SYSTEM_PERFORMANCE_INFORMATION', () => {
    const bytes = Buffer.alloc(344);
    bytes.writeUInt32LE(4711, PAGE_READ_IO_COUNT);
    expect(decodeHardFaults(bytes)).toBe(4711);
    expect(decodeHardFaults(bytes.subarray(0, PAGE_READ_IO_COUNT))).toBeUndefined();
    expect(() => decodePerformance(bytes.subarray(0, PERFORMANCE_BYTES - 1))).toThrow(LeaklineError);
  });
});

it('lays threads of 80 bytes behind entries of 256', () => {
  expect([PROCESS_LAYOUT.size, THREAD_BYTES]).toEqual([256, 80]);
});
