// The world outside of `leakline pprof`, as parameters: files, terminal, browser.

import { readlinkSync } from 'node:fs';
import { mkdir, mkdtemp, open, readFile, stat, writeFile } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';

export interface PprofIo {
  readFile(file: string): Promise<Uint8Array>;
  /** When a file was last written, in Unix milliseconds. */
  modifiedAtMs(file: string): Promise<number>;
  /** The first bytes of a file. */
  readStart(file: string, length: number): Promise<Uint8Array>;
  writeFile(file: string, content: string | Uint8Array): Promise<void>;
  /** Writes a file that only its owner may read; false where one of the name stands already. */
  writeNew(file: string, content: Uint8Array): Promise<boolean>;
  makeDirectory(directory: string): Promise<void>;
  /** Writes to a new file and returns its path. */
  writeTemporary(content: string | Uint8Array, extension: string): Promise<string>;
  openBrowser(file: string): Promise<void>;
  out(content: string | Uint8Array): void;
  error(text: string): void;
  /** Whether standard output is a terminal. */
  readonly isTerminal: boolean;
  readonly input: NodeJS.ReadableStream;
  readonly output: NodeJS.WritableStream;
  readonly cwd: string;
  readonly home: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly platform: NodeJS.Platform;
  /** IANA name of the zone in which times are written; undefined: the process's own. */
  readonly timeZone: string | undefined;
}

export function processIo(): PprofIo {
  return {
    readFile: (file) => readFile(file),
    modifiedAtMs: async (file) => (await stat(file)).mtimeMs,
    async readStart(file, length) {
      const handle = await open(file);
      try {
        const { bytesRead, buffer } = await handle.read(Buffer.alloc(length), 0, length, 0);
        return buffer.subarray(0, bytesRead);
      } finally {
        await handle.close();
      }
    },
    writeFile: (file, content) => writeFile(file, content),
    async writeNew(file, content) {
      try {
        await writeFile(file, content, { flag: 'wx', mode: 0o600 });
        return true;
      } catch (error) {
        if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false;
        throw error;
      }
    },
    async makeDirectory(directory) {
      await mkdir(directory, { recursive: true });
    },
    async writeTemporary(content, extension) {
      const file = join(await mkdtemp(join(tmpdir(), 'leakline-')), `profile.${extension}`);
      await writeFile(file, content);
      return file;
    },
    openBrowser: (file) => openBrowser(file, process.platform, process.env),
    out: (content) => void process.stdout.write(content),
    error: (text) => void process.stderr.write(text),
    // Node opens its streams when they are first asked for, which most reports can do without.
    get isTerminal() {
      return process.stdout.isTTY;
    },
    get input() {
      return process.stdin;
    },
    get output() {
      return process.stdout;
    },
    cwd: process.cwd(),
    home: homedir(),
    env: process.env,
    platform: process.platform,
    timeZone: ownTimeZone(process.env, process.platform),
  };
}

/** Browsers are started by name: what opens SVG files by default is often an image viewer, which cannot pan. */
export function browserCommands(
  platform: NodeJS.Platform,
  env: Readonly<Record<string, string | undefined>>,
): [string, ...string[]][] {
  const own: [string, ...string[]][] = env.BROWSER ? [[env.BROWSER]] : [];
  if (platform === 'win32') return [...own, ['cmd', '/c', 'start', '""']];
  if (platform === 'darwin') return [...own, ['/usr/bin/open']];
  return [
    ...own,
    ['chrome'],
    ['google-chrome'],
    ['chromium'],
    ['firefox'],
    ['sensible-browser'],
    ['xdg-open'],
  ];
}

/** "UTC" where that is plain to see, which spares the loading of Intl; else undefined. */
function ownTimeZone({ TZ }: NodeJS.ProcessEnv, platform: NodeJS.Platform): string | undefined {
  if (platform === 'win32') return undefined;
  let name = TZ;
  try {
    name ??= readlinkSync('/etc/localtime');
  } catch {
    return undefined;
  }
  return /(^|\/)UTC$/.test(name) ? 'UTC' : undefined;
}

async function openBrowser(file: string, platform: NodeJS.Platform, env: NodeJS.ProcessEnv): Promise<void> {
  const { spawn } = await import('node:child_process');
  for (const [program, ...args] of browserCommands(platform, env)) {
    const child = spawn(program, [...args, file], { stdio: 'ignore', detached: true });
    const started = await new Promise<boolean>((resolve) => {
      child.once('spawn', () => resolve(true));
      child.once('error', () => resolve(false));
    });
    if (!started) continue;
    child.unref();
    return;
  }
}
