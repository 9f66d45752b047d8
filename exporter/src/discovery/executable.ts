// Where an executable's data lies: just enough of ELF, PE and Mach-O to find Go's build info by ranged reads.
// Layouts: System V ABI (ELF), "PE Format" of Microsoft, <mach-o/loader.h>; the choice of the region to search follows
// Go's debug/buildinfo.

/** Bytes at an offset; fewer where the file ends. */
export interface RangedReader {
  read(offset: number, length: number): Promise<Buffer>;
}

/** A stretch of memory and where the file holds it. */
export interface Segment {
  address: number;
  offset: number;
  bytes: number;
}

export interface Executable {
  segments: Segment[];
  /** Where build info may lie, as addresses. Empty: this is no Go executable. */
  search: { address: number; bytes: number }[];
}

/** Headers beyond these counts belong to no executable that a linker makes; they bound what a hostile file costs. */
const MAX_SEGMENTS = 256;
const MAX_SECTIONS = 4096;
const MAX_SECTION_NAMES_BYTES = 256 * 1024;
const MAX_LOAD_COMMANDS_BYTES = 256 * 1024;

const ELF_BUILD_INFO_SECTION = '.go.buildinfo';
const MACHO_BUILD_INFO_SECTION = '__go_buildinfo';

/** What the headers say, or undefined where the file is none of these formats or its headers do not hold together. */
export async function parseExecutable(file: RangedReader): Promise<Executable | undefined> {
  const ident = await file.read(0, 64);
  if (ident.length < 64) return undefined;
  const magic = ident.readUInt32BE(0);
  try {
    if (magic === 0x7f454c46) return await parseElf(file, ident);
    if (magic >>> 16 === 0x4d5a) return await parsePe(file, ident);
    if (magic === 0xcffaedfe) return await parseMachO(file, ident);
  } catch (error) {
    // A header that points outside of what was read is cut off or made up.
    if (!(error instanceof RangeError)) throw error;
  }
  return undefined;
}

/** Fixed-size records behind one another: reads `count` of them, or throws RangeError where the file is too short. */
async function readTable(file: RangedReader, offset: number, entryBytes: number, count: number) {
  const table = await readExactly(file, offset, entryBytes * count);
  return Array.from({ length: count }, (_, i) => table.subarray(i * entryBytes, (i + 1) * entryBytes));
}

async function readExactly(file: RangedReader, offset: number, length: number): Promise<Buffer> {
  const bytes = await file.read(offset, length);
  if (bytes.length < length) throw new RangeError('the file ends before its headers do');
  return bytes;
}

/** Integers of a header in its own byte order. 64-bit ones beyond 2^53 become Infinity, which no file can hold. */
export class Fields {
  constructor(
    readonly bytes: Buffer,
    readonly isBigEndian: boolean,
  ) {}
  u16(at: number): number {
    return this.isBigEndian ? this.bytes.readUInt16BE(at) : this.bytes.readUInt16LE(at);
  }
  u32(at: number): number {
    return this.isBigEndian ? this.bytes.readUInt32BE(at) : this.bytes.readUInt32LE(at);
  }
  u64(at: number): number {
    const value = this.isBigEndian ? this.bytes.readBigUInt64BE(at) : this.bytes.readBigUInt64LE(at);
    return value <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(value) : Infinity;
  }
  pointer(at: number, size: number): number {
    return size === 8 ? this.u64(at) : this.u32(at);
  }
}

async function parseElf(file: RangedReader, ident: Buffer): Promise<Executable | undefined> {
  const is64 = ident[4] === 2;
  if ((!is64 && ident[4] !== 1) || (ident[5] !== 1 && ident[5] !== 2)) return undefined;
  const isBigEndian = ident[5] === 2;
  const word = is64 ? 8 : 4;
  const header = new Fields(ident, isBigEndian);
  // e_phoff and e_shoff follow the entry point; the six half-words follow e_flags and e_ehsize.
  const programOffset = header.pointer(24 + word, word);
  const sectionOffset = header.pointer(24 + 2 * word, word);
  const counts = 24 + 3 * word + 6;
  const [programBytes, programCount, sectionBytes, sectionCount, namesIndex] = [0, 2, 4, 6, 8].map((at) =>
    header.u16(counts + at),
  ) as [number, number, number, number, number];
  if (programCount === 0 || programCount > MAX_SEGMENTS || programBytes < (is64 ? 56 : 32)) return undefined;

  const segments: Segment[] = [];
  let data: { address: number; bytes: number } | undefined;
  for (const entry of await readTable(file, programOffset, programBytes, programCount)) {
    const field = new Fields(entry, isBigEndian);
    const isLoaded = field.u32(0) === 1;
    const flags = field.u32(is64 ? 4 : 24);
    const [offset, address, , bytes] = [0, 1, 2, 3].map((i) =>
      field.pointer((is64 ? 8 : 4) + i * word, word),
    ) as [number, number, number, number];
    if (!isLoaded) continue;
    segments.push({ offset, address, bytes });
    // Writable and not executable; only what the file holds of it can hold build info.
    if ((flags & 3) === 2) data ??= { address, bytes };
  }

  const hasSections = sectionOffset > 0 && sectionCount > 0 && sectionCount <= MAX_SECTIONS;
  if (hasSections && namesIndex < sectionCount && sectionBytes >= (is64 ? 64 : 40)) {
    const sections = (await readTable(file, sectionOffset, sectionBytes, sectionCount)).map(
      (entry) => new Fields(entry, isBigEndian),
    );
    const section = (field: Fields) => ({
      name: field.u32(0),
      address: field.pointer(8 + word, word),
      offset: field.pointer(8 + 2 * word, word),
      bytes: field.pointer(8 + 3 * word, word),
    });
    const names = section(sections[namesIndex]!);
    const text = await file.read(names.offset, Math.min(names.bytes, MAX_SECTION_NAMES_BYTES));
    const wanted = sections.map(section).find(({ name }) => nameAt(text, name) === ELF_BUILD_INFO_SECTION);
    // Every linker keeps this section, and `strip` does too: a file that names its sections and not this one is not Go.
    return { segments, search: wanted === undefined ? [] : [wanted] };
  }
  return { segments, search: data === undefined ? [] : [data] };
}

function nameAt(text: Buffer, at: number): string {
  const end = text.indexOf(0, at);
  return end < 0 || at >= text.length ? '' : text.toString('latin1', at, Math.min(end, at + 64));
}

async function parsePe(file: RangedReader, dosHeader: Buffer): Promise<Executable | undefined> {
  const peOffset = dosHeader.readUInt32LE(0x3c);
  // Signature, COFF header, and the optional header up to ImageBase.
  const header = new Fields(await readExactly(file, peOffset, 24 + 32), false);
  if (header.u32(0) !== 0x4550) return undefined;
  const sectionCount = header.u16(6);
  const optionalBytes = header.u16(20);
  const format = header.u16(24);
  if (sectionCount === 0 || sectionCount > MAX_SECTIONS || (format !== 0x10b && format !== 0x20b))
    return undefined;
  const imageBase = format === 0x20b ? header.u64(24 + 24) : header.u32(24 + 28);

  const segments: Segment[] = [];
  let data: { address: number; bytes: number } | undefined;
  for (const entry of await readTable(file, peOffset + 24 + optionalBytes, 40, sectionCount)) {
    const field = new Fields(entry, false);
    const [virtualBytes, virtualAddress, rawBytes, offset] = [8, 12, 16, 20].map((at) => field.u32(at)) as [
      number,
      number,
      number,
      number,
    ];
    const characteristics = field.u32(36);
    const address = imageBase + virtualAddress;
    if (virtualAddress === 0 || rawBytes === 0) continue;
    segments.push({ address, offset, bytes: rawBytes });
    // Initialized data, readable, writable; the alignment bits that some linkers set aside.
    if ((characteristics & ~PE_ALIGN_MASK) >>> 0 === PE_DATA) {
      data ??= { address, bytes: Math.min(virtualBytes, rawBytes) };
    }
  }
  return { segments, search: data === undefined ? [] : [data] };
}

const PE_ALIGN_MASK = 0xf00000;
/** IMAGE_SCN_CNT_INITIALIZED_DATA | IMAGE_SCN_MEM_READ | IMAGE_SCN_MEM_WRITE. */
const PE_DATA = 0xc0000040;

async function parseMachO(file: RangedReader, ident: Buffer): Promise<Executable | undefined> {
  const commandCount = ident.readUInt32LE(16);
  const commandBytes = ident.readUInt32LE(20);
  if (commandBytes > MAX_LOAD_COMMANDS_BYTES || commandCount > commandBytes / 8) return undefined;
  const commands = await readExactly(file, 32, commandBytes);
  const executable: Executable = { segments: [], search: [] };
  for (let at = 0, i = 0; i < commandCount; i++) {
    const size = commands.readUInt32LE(at + 4);
    if (size < 8) return undefined;
    if (commands.readUInt32LE(at) === LC_SEGMENT_64) {
      const field = new Fields(commands.subarray(at, at + size), false);
      executable.segments.push({ address: field.u64(24), offset: field.u64(40), bytes: field.u64(48) });
      const sectionCount = Math.min(field.u32(64), Math.floor((size - 72) / 80));
      for (let section = 72; section < 72 + sectionCount * 80; section += 80) {
        const name = field.bytes.toString('latin1', section, section + 16).replace(/\0.*$/, '');
        if (name !== MACHO_BUILD_INFO_SECTION) continue;
        executable.search.push({ address: field.u64(section + 32), bytes: field.u64(section + 40) });
      }
    }
    at += size;
  }
  return executable;
}

const LC_SEGMENT_64 = 0x19;
