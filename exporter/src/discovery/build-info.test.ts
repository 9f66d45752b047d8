// Layouts that no toolchain at hand writes (before Go 1.18, big-endian, 32-bit) are assembled here from their
// documentation; binaries of real toolchains are read in test/e2e/build-info.test.ts.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readBuildInfo, type RangedReader } from './build-info.js';

const START = Buffer.from('3077af0c9274080241e1c107e6d618e6', 'hex');
const END = Buffer.from('f932433186182072008242104116d8f2', 'hex');
const MODULE_TEXT =
  'path\texample.com/shop/cmd/orders\nmod\texample.com/shop\tv1.4.2\th1:abc=\n' +
  'dep\tgolang.org/x/sys\tv0.1.0\th1:def=\n' +
  'build\t-ldflags="-s -w"\nbuild\tCGO_ENABLED=0\nbuild\tGOOS=windows\nbuild\tGOARCH=amd64\n' +
  'build\tvcs.revision=0123abcd\nbuild\tvcs.time=2026-01-02T03:04:05Z\nbuild\tvcs.modified=true\n';
const MODULE_INFO = Buffer.concat([START, Buffer.from(MODULE_TEXT), END]);
const EXPECTED = {
  packagePath: 'example.com/shop/cmd/orders',
  module: 'example.com/shop',
  moduleVersion: 'v1.4.2',
  revision: '0123abcd',
  revisionTime: '2026-01-02T03:04:05Z',
  modified: true,
  goos: 'windows',
  goarch: 'amd64',
  cgoEnabled: false,
};

interface Shape {
  word: 4 | 8;
  isBigEndian: boolean;
}

/** Puts integers of one byte order into a buffer. */
function putter(buffer: Buffer, { isBigEndian }: Pick<Shape, 'isBigEndian'>) {
  const put = (at: number, value: number, bytes: number) => {
    for (let i = 0; i < bytes; i++) {
      buffer[isBigEndian ? at + bytes - 1 - i : at + i] = Math.floor(value / 2 ** (8 * i)) % 256;
    }
  };
  return put;
}

/** A data segment that lies at `address`: some other data, the header, and what it points to. */
function pointerData(address: number, shape: Shape, version = 'go1.17.13'): Buffer {
  const data = Buffer.alloc(4096, 0xee);
  const put = putter(data, shape);
  const headerAt = 64;
  data.write('\xff Go buildinf:', headerAt, 'latin1');
  data[headerAt + 14] = shape.word;
  data[headerAt + 15] = shape.isBigEndian ? 1 : 0;
  const string = (pointerAt: number, stringHeaderAt: number, textAt: number, text: Buffer) => {
    put(pointerAt, address + stringHeaderAt, shape.word);
    put(stringHeaderAt, address + textAt, shape.word);
    put(stringHeaderAt + shape.word, text.length, shape.word);
    text.copy(data, textAt);
  };
  string(headerAt + 16, 128, 256, Buffer.from(version));
  string(headerAt + 16 + shape.word, 160, 512, MODULE_INFO);
  return data;
}

function varint(value: number): Buffer {
  const bytes = [];
  for (; value >= 0x80; value = Math.floor(value / 128)) bytes.push((value % 128) + 128);
  return Buffer.from([...bytes, value]);
}

function inlineData(version = 'go1.22.1', moduleInfo = MODULE_INFO): Buffer {
  const header = Buffer.alloc(32);
  header.write('\xff Go buildinf:', 'latin1');
  header[14] = 8;
  header[15] = 2;
  const text = Buffer.from(version);
  // A header that is not aligned stands before the real one, as in a program that itself reads build info.
  const decoy = Buffer.concat([Buffer.alloc(8), header, Buffer.alloc(24)]);
  return Buffer.concat([decoy, header, varint(text.length), text, varint(moduleInfo.length), moduleInfo]);
}

const ELF_ADDRESS = 0x4c0000;

/** An ELF file with a code and a data segment, and with section headers where `sections` is set. */
function elf(data: Buffer, shape: Shape, sections: false | string): Buffer {
  const is64 = shape.word === 8;
  const [programBytes, sectionBytes, headerBytes] = is64 ? [56, 64, 64] : [32, 40, 52];
  const dataAt = 0x1000;
  const names = Buffer.from(`\0.shstrtab\0${sections || ''}\0`);
  const namesAt = dataAt + data.length;
  const sectionsAt = namesAt + names.length;
  const file = Buffer.alloc(sectionsAt + 3 * sectionBytes);
  const put = putter(file, shape);
  file.write('\x7fELF', 'latin1');
  file[4] = is64 ? 2 : 1;
  file[5] = shape.isBigEndian ? 2 : 1;
  const { word } = shape;
  put(24 + word, headerBytes, word);
  put(24 + 2 * word, sections ? sectionsAt : 0, word);
  const counts = 24 + 3 * word + 6;
  [programBytes, 2, sectionBytes, sections ? 3 : 0, sections ? 1 : 0].forEach((value, i) =>
    put(counts + 2 * i, value, 2),
  );
  const segment = (at: number, flags: number, offset: number, address: number, bytes: number) => {
    put(at, 1, 4);
    put(at + (is64 ? 4 : 24), flags, 4);
    const base = at + (is64 ? 8 : 4);
    [offset, address, address, bytes, bytes].forEach((value, i) => put(base + i * word, value, word));
  };
  segment(headerBytes, 5, 0, 0x400000, 0x1000);
  segment(headerBytes + programBytes, 6, dataAt, ELF_ADDRESS, data.length);
  data.copy(file, dataAt);
  names.copy(file, namesAt);
  const section = (i: number, name: number, address: number, offset: number, bytes: number) => {
    const at = sectionsAt + i * sectionBytes;
    put(at, name, 4);
    [address, offset, bytes].forEach((value, j) => put(at + 8 + (j + 1) * word, value, word));
  };
  if (sections) {
    section(1, 1, 0, namesAt, names.length);
    section(2, 11, ELF_ADDRESS, dataAt, data.length);
  }
  return file;
}

const IMAGE_BASE = 0x140000000;
const PE_DATA_RVA = 0x2000;

function pe(data: Buffer, word: 4 | 8, imageBase: number): Buffer {
  const file = Buffer.alloc(0x400 + data.length);
  const put = putter(file, { isBigEndian: false });
  file.write('MZ');
  put(0x3c, 0x80, 4);
  file.write('PE\0\0', 0x80, 'latin1');
  put(0x80 + 6, 2, 2);
  const optionalBytes = word === 8 ? 240 : 224;
  put(0x80 + 20, optionalBytes, 2);
  put(0x80 + 24, word === 8 ? 0x20b : 0x10b, 2);
  if (word === 8) put(0x80 + 24 + 24, imageBase, 8);
  else put(0x80 + 24 + 28, imageBase, 4);
  const section = (i: number, rva: number, offset: number, bytes: number, characteristics: number) => {
    const at = 0x80 + 24 + optionalBytes + 40 * i;
    [bytes, rva, bytes, offset].forEach((value, j) => put(at + 8 + 4 * j, value, 4));
    put(at + 36, characteristics, 4);
  };
  section(0, 0x1000, 0x200, 0x200, 0x60000020);
  section(1, PE_DATA_RVA, 0x400, data.length, 0xc0600040);
  data.copy(file, 0x400);
  return file;
}

/** A file in memory that counts what is read of it. */
function reader(file: Buffer) {
  const counts = { reads: 0, bytes: 0 };
  const ranged: RangedReader = {
    read(offset, length) {
      const bytes = offset < file.length ? file.subarray(offset, offset + length) : Buffer.alloc(0);
      counts.reads++;
      counts.bytes += bytes.length;
      return Promise.resolve(bytes);
    },
  };
  return { ...ranged, counts };
}

const SHAPES: Shape[] = ([4, 8] as const).flatMap((word) =>
  [false, true].map((isBigEndian) => ({ word, isBigEndian })),
);

describe.each(SHAPES)('ELF with words of $word bytes, big-endian: $isBigEndian', (shape) => {
  it.each([['.go.buildinfo' as const], [false as const]])(
    'reads both layouts, section %s',
    async (section) => {
      const old = elf(pointerData(ELF_ADDRESS, shape), shape, section);
      expect(await readBuildInfo(reader(old))).toEqual({ goVersion: 'go1.17.13', ...EXPECTED });
      const now = elf(inlineData(), shape, section);
      expect(await readBuildInfo(reader(now))).toEqual({ goVersion: 'go1.22.1', ...EXPECTED });
    },
  );

  it('takes a file that names its sections, and none of them Go’s, for what it is', async () => {
    const file = reader(elf(inlineData(), shape, '.data'));
    expect(await readBuildInfo(file)).toBeUndefined();
    expect(file.counts.bytes).toBeLessThan(2000);
  });
});

describe.each([
  [8, IMAGE_BASE],
  [4, 0x400000],
] as const)('PE with words of %d bytes', (word, imageBase) => {
  it('reads both layouts', async () => {
    const old = pe(pointerData(imageBase + PE_DATA_RVA, { word, isBigEndian: false }), word, imageBase);
    expect(await readBuildInfo(reader(old))).toEqual({ goVersion: 'go1.17.13', ...EXPECTED });
    const now = pe(inlineData(), word, imageBase);
    expect(await readBuildInfo(reader(now))).toEqual({ goVersion: 'go1.22.1', ...EXPECTED });
  });
});

const LINUX: Shape = { word: 8, isBigEndian: false };

it('reads a program without modules and versions of Go built from source', async () => {
  const without = elf(inlineData('go1.26', Buffer.alloc(0)), LINUX, '.go.buildinfo');
  expect(await readBuildInfo(reader(without))).toEqual({ goVersion: 'go1.26' });
  const devel = elf(inlineData('devel go1.27-abc'), LINUX, '.go.buildinfo');
  expect(await readBuildInfo(reader(devel))).toMatchObject({ goVersion: 'devel go1.27-abc' });
});

it('finds build info far into a data segment, and gives up where it must', async () => {
  const at = (bytes: number) => elf(Buffer.concat([Buffer.alloc(bytes), inlineData()]), LINUX, false);
  expect(await readBuildInfo(reader(at(3 << 20)))).toMatchObject({ goVersion: 'go1.22.1' });
  const tooFar = reader(at(17 << 20));
  expect(await readBuildInfo(tooFar)).toBeUndefined();
  expect(tooFar.counts.bytes).toBeLessThan(17 << 20);
});

it('bounds and cleans what a file says', async () => {
  const hostile = Buffer.concat([
    START,
    Buffer.from(`mod\t\u001b[31mevil\u0007${'x'.repeat(1000)}\tv1\n`),
    END,
  ]);
  const info = await readBuildInfo(reader(elf(inlineData('go1.22\n', hostile), LINUX, '.go.buildinfo')));
  expect(info?.goVersion).toBe('go1.22');
  expect(info?.module).toMatch(/^\[31mevilx+$/);
  expect(info?.module).toHaveLength(256);
  expect(await readBuildInfo(reader(elf(inlineData('rust 1.0'), LINUX, '.go.buildinfo')))).toBeUndefined();
});

it('is not Go', async () => {
  for (const file of [Buffer.alloc(0), Buffer.from('#!/bin/sh\necho hello\n'), Buffer.alloc(1 << 16, 0xff)]) {
    expect(await readBuildInfo(reader(file))).toBeUndefined();
  }
});

const SEEDS: Buffer[] = [
  ...SHAPES.flatMap((shape) => [
    elf(pointerData(ELF_ADDRESS, shape), shape, '.go.buildinfo'),
    elf(inlineData(), shape, false),
  ]),
  pe(pointerData(IMAGE_BASE + PE_DATA_RVA, LINUX), 8, IMAGE_BASE),
  pe(inlineData(), 4, 0x400000),
];

/** No file, whatever it says of itself, costs more than the search of one data segment and a few headers. */
const MOST_BYTES = 24 * 1024 * 1024;
const MOST_READS = 200;

it('survives a file cut off anywhere', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...SEEDS),
      fc.double({ min: 0, max: 1, noNaN: true }),
      async (seed, share) => {
        const file = reader(seed.subarray(0, Math.floor(share * seed.length)));
        const info = await readBuildInfo(file);
        if (info) expect(info.goVersion).toMatch(/^go1\./);
        expect(file.counts.reads).toBeLessThan(MOST_READS);
      },
    ),
    { numRuns: 500 },
  );
});

it('survives a file with lies in it', async () => {
  const lie = fc.record({
    at: fc.nat({ max: 8191 }),
    bytes: fc.oneof(
      fc.constantFrom(Buffer.alloc(8, 0xff), Buffer.alloc(4, 0xff), Buffer.alloc(8, 0), Buffer.from([0x7f])),
      fc.uint8Array({ minLength: 1, maxLength: 8 }).map((bytes) => Buffer.from(bytes)),
    ),
  });
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...SEEDS),
      fc.array(lie, { minLength: 1, maxLength: 6 }),
      fc.boolean(),
      async (seed, lies, inHeader) => {
        const bytes = Buffer.from(seed);
        for (const { at, bytes: put } of lies) put.copy(bytes, inHeader ? at % 400 : at % bytes.length);
        const file = reader(bytes);
        await readBuildInfo(file);
        expect(file.counts.bytes).toBeLessThan(MOST_BYTES);
        expect(file.counts.reads).toBeLessThan(MOST_READS);
      },
    ),
    { numRuns: 2000 },
  );
});
