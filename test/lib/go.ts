// Go programs for tests: finds the toolchains of this machine and builds a folder into a cache keyed by its source,
// the toolchain and the platform. Never touches the network.

import { execFile, execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, realpathSync, renameSync, rmSync } from 'node:fs';
import { homedir, tmpdir, userInfo } from 'node:os';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

export interface GoToolchain {
  /** Path of the go command. */
  path: string;
  /** "go1.19.8". */
  version: string;
  /** Minor version: 19 of go1.19.8. */
  minor: number;
}

export interface GoBuild {
  /** Folder of the main package, with its go.mod. */
  dir: string;
  toolchain?: GoToolchain;
  /** Default: linux or windows as this machine is. */
  goos?: 'linux' | 'windows' | 'darwin';
  goarch?: string;
  /** "-s -w" strips. */
  ldflags?: string;
  /** Further flags of go build, such as -buildvcs=true. */
  flags?: string[];
  /** GOEXPERIMENT, such as "goroutineleakprofile". */
  experiment?: string;
  /** Base name of the executable, without .exe. Default: "program". */
  name?: string;
}

/** Debian keeps Go 1.19 here, whether or not its go is the one on PATH. */
const DEBIAN_GO = '/usr/lib/go-1.19/bin/go';

let found: GoToolchain[] | undefined;

/** Every Go toolchain here, oldest first: the one that the variable GO names, those on PATH, Debian's. */
export function goToolchains(): GoToolchain[] {
  // None is no answer to keep: one may be installed meanwhile.
  if (found === undefined || found.length === 0) found = findToolchains();
  return found;
}

/** The toolchain that tests use by default: the one that GO names, else the newest; `maxMinor` 20 for what Wine 8 can run. */
export function goToolchain({ maxMinor = Infinity } = {}): GoToolchain {
  const fitting = goToolchains().filter(({ minor }) => minor <= maxMinor);
  const toolchain = fitting.find(({ path }) => path === process.env['GO']) ?? fitting.at(-1);
  if (toolchain === undefined)
    throw new Error('no fitting Go toolchain: install golang-go or name one in the variable GO');
  return toolchain;
}

function findToolchains(): GoToolchain[] {
  const command = process.platform === 'win32' ? 'go.exe' : 'go';
  const onPath = (process.env['PATH'] ?? '').split(delimiter).map((folder) => join(folder, command));
  const toolchains = new Map<string, GoToolchain>();
  for (const path of [process.env['GO'] ?? '', ...onPath, DEBIAN_GO]) {
    if (path === '' || !existsSync(path)) continue;
    const version = execFileSync(path, ['env', 'GOVERSION'], {
      env: goEnvironment(),
      encoding: 'utf8',
    }).trim();
    const minor = /^go1\.(\d+)/.exec(version)?.[1];
    const key = `${realpathSync(path)} ${version}`;
    if (minor !== undefined && !toolchains.has(key))
      toolchains.set(key, { path, version, minor: Number(minor) });
  }
  const byVersion = new Map([...toolchains.values()].reverse().map((each) => [each.version, each]));
  return [...byVersion.values()].sort((a, b) => a.minor - b.minor);
}

function goEnvironment(): NodeJS.ProcessEnv {
  return {
    GOCACHE: join(cacheFolder(), 'go-cache'),
    GOPATH: join(homedir(), 'go'),
    ...process.env,
    GO111MODULE: 'on',
    GOFLAGS: '-mod=mod',
    GOTOOLCHAIN: 'local',
    GOPROXY: 'off',
    GOSUMDB: 'off',
    CGO_ENABLED: '0',
  };
}

function cacheFolder(): string {
  return join(tmpdir(), `leakline-go-${userInfo().username}`);
}

function sourceHash(dir: string, hash = createHash('sha256')): string {
  for (const entry of readdirSync(dir, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const path = join(dir, entry.name);
    if (entry.isDirectory()) hash.update(sourceHash(path));
    else if (/\.(go|mod|sum|s)$/.test(entry.name)) hash.update(entry.name).update(readFileSync(path));
  }
  return hash.digest('hex');
}

/** Builds under way, by executable: services that are started at once share one. */
const building = new Map<string, Promise<string>>();

/** Builds and returns the path of the executable; what was built before from the same source is used again. */
export async function buildGo(build: GoBuild): Promise<string> {
  const { dir, toolchain = goToolchain(), ldflags = '', flags = [], experiment, name = 'program' } = build;
  const goos = build.goos ?? (process.platform === 'win32' ? 'windows' : 'linux');
  const goarch = build.goarch ?? (process.arch === 'arm64' ? 'arm64' : 'amd64');
  const key = createHash('sha256')
    .update(
      JSON.stringify([
        sourceHash(dir),
        dir,
        toolchain.path,
        toolchain.version,
        goos,
        goarch,
        ldflags,
        flags,
        experiment,
      ]),
    )
    .digest('hex')
    .slice(0, 20);
  const folder = join(cacheFolder(), key);
  const executable = join(folder, goos === 'windows' ? `${name}.exe` : name);
  if (existsSync(executable)) return executable;
  const underWay = building.get(executable) ?? compile();
  building.set(executable, underWay);
  return underWay.finally(() => building.delete(executable));

  async function compile(): Promise<string> {
    mkdirSync(folder, { recursive: true });
    // Built beside and renamed: two test runs may build the same at once.
    const partial = join(folder, `.${process.pid}-${name}`);
    const args = ['build', '-buildvcs=false', ...flags, '-ldflags', ldflags, '-o', partial, '.'];
    const env = { ...goEnvironment(), GOOS: goos, GOARCH: goarch };
    try {
      await run(toolchain.path, args, {
        cwd: dir,
        env: experiment === undefined ? env : { ...env, GOEXPERIMENT: experiment },
      });
      renameSync(partial, executable);
    } finally {
      rmSync(partial, { force: true });
    }
    return executable;
  }
}
