// Go's build info in an executable: the version of Go, the main module and how it was built. Both layouts: since
// Go 1.18 the strings stand inline, before that the header points to Go string headers. Source: Go's debug/buildinfo
// and cmd/link/internal/ld (buildinfo), runtime/debug.ParseBuildInfo.

import { Fields, parseExecutable, type Executable, type RangedReader } from './executable.js';

export type { RangedReader } from './executable.js';

export interface BuildInfo {
  /** "go1.19.8". */
  goVersion: string;
  /** Package path of the main package; "command-line-arguments" where files were built. */
  packagePath?: string;
  /** Main module; absent for a program built without modules. */
  module?: string;
  /** "v1.4.2", a pseudo-version, or "(devel)". */
  moduleVersion?: string;
  /** vcs.revision, vcs.time (RFC 3339) and vcs.modified of the build, where they were stamped. */
  revision?: string;
  revisionTime?: string;
  modified?: boolean;
  goos?: string;
  goarch?: string;
  cgoEnabled?: boolean;
}

const MAGIC = Buffer.from('\xff Go buildinf:', 'latin1');
const HEADER_BYTES = 32;
/** The linker aligns the header so. */
const ALIGN = 16;
/** How much of a data segment is searched, a chunk at a time. The linker puts build info near the beginning. */
const SEARCH_BYTES = 16 * 1024 * 1024;
const SEARCH_CHUNK_BYTES = 256 * 1024;
/** A program with a thousand dependencies has 150 KB of module info. */
const MAX_MODULE_INFO_BYTES = 2 * 1024 * 1024;
const MAX_VERSION_BYTES = 256;
/** Bound of one field of the result; module paths and versions are far shorter. */
const MAX_FIELD_LENGTH = 256;
const MAX_VARINT_BYTES = 10;
/** Length of the sentinels around the module info (cmd/go/internal/modload infoStart, infoEnd). */
const SENTINEL_BYTES = 16;

/** The build info of an executable, or undefined where it is not a Go program. Rejects only when reading rejects. */
export async function readBuildInfo(file: RangedReader): Promise<BuildInfo | undefined> {
  const executable = await parseExecutable(file);
  if (executable === undefined) return undefined;
  const memory = new Memory(file, executable);
  for (const { address, bytes } of executable.search) {
    const header = await findHeader(memory, address, Math.min(bytes, SEARCH_BYTES));
    const strings = header && (await readStrings(memory, header.address, header.bytes));
    if (strings) return describe(strings.version, strings.moduleInfo);
  }
  return undefined;
}

/** The file as the addresses that its segments have. */
class Memory {
  constructor(
    readonly file: RangedReader,
    readonly executable: Executable,
  ) {}

  /** Up to `length` bytes; fewer where the segment or the file ends, none outside of every segment. */
  async read(address: number, length: number): Promise<Buffer> {
    const segment = this.executable.segments.find(
      (each) => each.address <= address && address < each.address + each.bytes,
    );
    if (segment === undefined) return Buffer.alloc(0);
    const into = address - segment.address;
    const offset = segment.offset + into;
    if (!Number.isSafeInteger(offset)) return Buffer.alloc(0);
    return this.file.read(offset, Math.min(length, segment.bytes - into));
  }
}

async function findHeader(memory: Memory, start: number, length: number) {
  const end = start + length;
  for (let at = Math.ceil(start / ALIGN) * ALIGN; at < end; at += SEARCH_CHUNK_BYTES) {
    const chunk = await memory.read(at, Math.min(SEARCH_CHUNK_BYTES, end - at));
    // An aligned header never crosses the border of two chunks.
    for (let found = chunk.indexOf(MAGIC); found >= 0; found = chunk.indexOf(MAGIC, found + 1)) {
      if (found % ALIGN !== 0) continue;
      const bytes = chunk.subarray(found, found + HEADER_BYTES);
      return bytes.length < HEADER_BYTES ? undefined : { address: at + found, bytes };
    }
    if (chunk.length === 0) return undefined;
  }
  return undefined;
}

async function readStrings(memory: Memory, address: number, header: Buffer) {
  const pointerBytes = header[14]!;
  const flags = header[15]!;
  if ((flags & 2) !== 0) {
    const version = await readInlineString(memory, address + HEADER_BYTES, MAX_VERSION_BYTES);
    const moduleInfo = version && (await readInlineString(memory, version.end, MAX_MODULE_INFO_BYTES));
    return moduleInfo && { version: version.text, moduleInfo: moduleInfo.text };
  }
  if (pointerBytes !== 4 && pointerBytes !== 8) return undefined;
  const fields = new Fields(header, (flags & 1) !== 0);
  const readGoString = async (pointerAt: number, maxBytes: number) => {
    const stringHeader = await memory.read(fields.pointer(pointerAt, pointerBytes), 2 * pointerBytes);
    if (stringHeader.length < 2 * pointerBytes) return '';
    const string = new Fields(stringHeader, fields.isBigEndian);
    const length = string.pointer(pointerBytes, pointerBytes);
    if (length > maxBytes) return '';
    const text = await memory.read(string.pointer(0, pointerBytes), length);
    return text.length < length ? '' : text.toString('utf8');
  };
  return {
    version: await readGoString(16, MAX_VERSION_BYTES),
    moduleInfo: await readGoString(16 + pointerBytes, MAX_MODULE_INFO_BYTES),
  };
}

/** A length as a varint (LEB128) and that many bytes. */
async function readInlineString(memory: Memory, address: number, maxBytes: number) {
  const prefix = await memory.read(address, MAX_VARINT_BYTES);
  let length = 0;
  let used = 0;
  for (;;) {
    const byte = prefix[used];
    if (byte === undefined) return undefined;
    length += (byte & 0x7f) * 2 ** (7 * used);
    used++;
    if (byte < 0x80) break;
  }
  if (length > maxBytes) return undefined;
  const bytes = await memory.read(address + used, length);
  if (bytes.length < length) return undefined;
  return { text: bytes.toString('utf8'), end: address + used + length };
}

function describe(version: string, framed: string): BuildInfo | undefined {
  const goVersion = field(version);
  // "devel +abc" and "devel go1.27-abc" are what Go built from its source says.
  if (goVersion === undefined || !/^(go\d|devel )/.test(goVersion)) return undefined;
  const info: BuildInfo = { goVersion };
  const isFramed = framed.length >= 33 && framed.at(-17) === '\n';
  const lines = isFramed ? framed.slice(SENTINEL_BYTES, -SENTINEL_BYTES).split('\n') : [];
  for (const line of lines) {
    const [kind, first, second] = line.split('\t');
    if (kind === 'path') assign(info, 'packagePath', field(first));
    else if (kind === 'mod') {
      assign(info, 'module', field(first));
      assign(info, 'moduleVersion', field(second));
    } else if (kind === 'build') addSetting(info, line.slice('build\t'.length));
  }
  return info;
}

function addSetting(info: BuildInfo, setting: string): void {
  const equals = setting.indexOf('=');
  const value = field(setting.slice(equals + 1).replace(/^"(.*)"$/, '$1'));
  switch (setting.slice(0, equals)) {
    case 'GOOS':
      return assign(info, 'goos', value);
    case 'GOARCH':
      return assign(info, 'goarch', value);
    case 'CGO_ENABLED':
      return assign(info, 'cgoEnabled', value === '1');
    case 'vcs.revision':
      return assign(info, 'revision', value);
    case 'vcs.time':
      return assign(info, 'revisionTime', value);
    case 'vcs.modified':
      return assign(info, 'modified', value === 'true');
  }
}

/** A foreign string as a field of the result: bounded, without control characters; undefined where nothing is left. */
function field(text: string | undefined): string | undefined {
  const clean = text?.replace(/\p{C}/gu, '').slice(0, MAX_FIELD_LENGTH);
  return clean === '' ? undefined : clean;
}

function assign<K extends keyof BuildInfo>(info: BuildInfo, key: K, value: BuildInfo[K] | undefined): void {
  if (value !== undefined) info[key] = value;
}
