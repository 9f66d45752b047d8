// Where `list` finds sources: the roots that the user names, the working directory, Go's module cache and GOROOT.
// File names come from the profile, that is from outside: nothing is read that does not lie in one of the roots,
// links followed.

import { execFileSync } from 'node:child_process';
import { readFileSync, realpathSync, statSync } from 'node:fs';
import { homedir } from 'node:os';
import path from 'node:path';
import { splitPaths, trimPath } from '../profile/report/source-path.js';
import type { SourceLines, SourceReader } from '../profile/report/index.js';

/** Largest source file that is read, in bytes; generated ones reach a few megabytes. */
const MAX_SOURCE_BYTES = 32 * 2 ** 20;

export interface SourceRoots {
  /** Searched for the file's own path and, upwards, from each of their parents. */
  search: readonly string[];
  /** Files may be read below these only. */
  roots: readonly string[];
  trimPath: string;
  searchPath: string;
}

/** Reads sources within the roots; a file is read once. */
export function sourceReader(where: SourceRoots): SourceReader {
  const known = new Map<string, SourceLines>();
  return (file) => {
    let lines = known.get(file);
    if (!lines) known.set(file, (lines = find(file, where)));
    return lines;
  };
}

function find(file: string, where: SourceRoots): SourceLines {
  const name = trimPath(file, where.trimPath, where.searchPath);
  let problem: string | undefined;
  for (const candidate of candidates(name, where)) {
    const found = readWithin(candidate, where.roots);
    if (found && 'lines' in found) return found;
    problem ??= found?.problem;
  }
  if (problem !== undefined) return { problem };
  return { problem: `could not find file ${name} on path ${where.searchPath}` };
}

/**
 * On Windows, a file of another host, which learns who asks for it as soon as it is looked for; or a device. A profile may
 * name any: they are looked for within the roots alone.
 */
const NETWORK_NAME = /^[\\/]{2}/;

/** Where a file of this name may lie, nearest first. */
function* candidates(name: string, { search, roots }: SourceRoots): Generator<string> {
  const local = name.replaceAll('\\', '/');
  if (path.isAbsolute(name)) {
    if (!NETWORK_NAME.test(name) || roots.some((root) => isWithin(path.resolve(name), root))) yield name;
  } else {
    for (const directory of search) {
      for (let at = directory; ; at = path.dirname(at)) {
        yield path.join(at, local);
        if (path.dirname(at) === at) break;
      }
    }
    // Built with -trimpath: "net/http/server.go" lies in GOROOT/src, "example.com/m@v1.2.3/f.go" in the module cache.
    for (const root of roots) yield path.join(root, local);
  }
  // Built elsewhere: the module cache and GOROOT have other places there, but the same shape.
  for (const mark of ['/pkg/mod/', '/src/']) {
    const at = local.indexOf(mark);
    if (at === -1) continue;
    for (const root of roots) yield path.join(root, escapeModule(local.slice(at + mark.length)));
  }
}

/** The module cache writes capital letters as "!" and the small letter. */
function escapeModule(name: string): string {
  return name.includes('@') ? name.replace(/[A-Z]/g, (letter) => `!${letter.toLowerCase()}`) : name;
}

function readWithin(candidate: string, roots: readonly string[]): SourceLines | undefined {
  let real: string;
  try {
    real = realpathSync(candidate);
  } catch {
    return undefined;
  }
  if (!roots.some((root) => isWithin(real, root))) {
    return { problem: `${candidate} lies outside of the source roots; name its directory with -source_path` };
  }
  try {
    const { size } = statSync(real);
    if (!statSync(real).isFile()) return undefined;
    if (size > MAX_SOURCE_BYTES) return { problem: `${candidate} is larger than ${MAX_SOURCE_BYTES} bytes` };
    const lines = readFileSync(real, 'utf8').split(/\r?\n/);
    if (lines.at(-1) === '') lines.pop();
    return { lines };
  } catch {
    return { problem: `cannot read ${candidate}` };
  }
}

function isWithin(file: string, root: string): boolean {
  const relative = path.relative(root, file);
  return relative !== '' && !relative.startsWith('..') && !path.isAbsolute(relative);
}

/** The real paths of those directories that exist. */
export function realDirectories(directories: readonly string[]): string[] {
  return directories.flatMap((directory) => {
    try {
      const real = realpathSync(directory);
      return statSync(real).isDirectory() ? [real] : [];
    } catch {
      return [];
    }
  });
}

/** The directories in which Go keeps sources: GOROOT/src and the module cache. */
export function goDirectories({
  env,
  home,
}: {
  env: Readonly<Record<string, string | undefined>>;
  home: string;
}): string[] {
  const gopath = (env.GOPATH ?? path.join(home, 'go')).split(path.delimiter);
  const modules = env.GOMODCACHE ? [env.GOMODCACHE] : gopath.map((entry) => path.join(entry, 'pkg', 'mod'));
  const goroot = env.GOROOT ?? goRoot();
  return [...modules, ...(goroot ? [path.join(goroot, 'src')] : [])];
}

/** Time that `go env GOROOT` may take, in milliseconds: it only reads files. */
const GO_TIMEOUT_MS = 5000;

function goRoot(): string | undefined {
  try {
    const output = execFileSync('go', ['env', 'GOROOT'], {
      encoding: 'utf8',
      timeout: GO_TIMEOUT_MS,
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    return output.trim() || undefined;
  } catch {
    return undefined;
  }
}

/** The reader for the settings of a report: -source_path (else the working directory), then Go's directories. */
export function sourceReaderFor(
  settings: { sourcePath: string; trimPath: string },
  world: { cwd: string; home: string; env: Readonly<Record<string, string | undefined>> },
): SourceReader {
  let reader: SourceReader | undefined;
  return (file) => {
    if (!reader) {
      const named = splitPaths(settings.sourcePath).map((directory) => path.resolve(world.cwd, directory));
      const search = named.length > 0 ? named : [world.cwd];
      reader = sourceReader({
        search,
        roots: realDirectories([...search, ...goDirectories(world)]),
        trimPath: settings.trimPath,
        searchPath: settings.sourcePath || world.cwd,
      });
    }
    return reader(file);
  };
}

/**
 * The reader of the exporter: the roots of its configuration, then Go's directories. The working directory of a
 * service is nobody's source.
 */
export function serverSources(roots: readonly string[], trimPath = ''): SourceReader {
  let reader: SourceReader | undefined;
  return (file) => {
    reader ??= sourceReader({
      search: roots,
      roots: realDirectories([...roots, ...goDirectories({ env: process.env, home: homedir() })]),
      trimPath,
      searchPath: roots.join(path.delimiter),
    });
    return reader(file);
  };
}
