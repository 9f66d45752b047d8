// File names of a profile, made relative to where its sources are looked for (google/pprof
// internal/report/source.go trimPath).

import { baseName } from './go-format.js';

/** Entries of a list of paths: ":" between them, or ";" as on Windows. */
export function splitPaths(list: string): string[] {
  if (list === '') return [];
  const separator = list.includes(';') || /^[A-Za-z]:[\\/]/.test(list) ? ';' : ':';
  return list.split(separator).filter((entry) => entry !== '');
}

/** Prefixes that build systems leave in file names. */
const BUILD_PREFIXES = ['/proc/self/cwd/./', '/proc/self/cwd/'];

/**
 * Takes the first of the prefixes off `path`. Without prefixes, what stands before the name of a search
 * directory is taken off: "/build/project/a.go" is "a.go" for the search path "/home/me/project".
 */
export function trimPath(path: string, prefixes: string, searchPath: string): string {
  if (prefixes === '' && searchPath === '' && !path.startsWith('/proc/')) return path;
  const slashed = path.replaceAll('\\', '/');
  if (prefixes === '') {
    for (const directory of splitPaths(searchPath)) {
      const wanted = `/${baseName(directory)}/`;
      const found = slashed.indexOf(wanted);
      if (found !== -1) return path.slice(found + wanted.length);
    }
  }
  for (const given of [...splitPaths(prefixes.replaceAll('\\', '/')), ...BUILD_PREFIXES]) {
    const prefix = given.endsWith('/') ? given : `${given}/`;
    if (slashed.startsWith(prefix)) return path.slice(prefix.length);
  }
  return path;
}
