// Failures at file and line, as the two big forges take them.
// Sources: GitHub "Workflow commands" (::error file=…,line=…::message, %, CR and LF escaped; in properties also : and ,);
// GitLab "Code Quality" (a JSON list with description, check_name, fingerprint, severity, location.path, lines.begin).

import { createHash } from 'node:crypto';
import path from 'node:path';
import type { Failure, VerifyResult } from './types.js';

/** Where the repository lies, so that paths of the profile become paths of the repository. */
export interface RepositoryRoot {
  /** Absolute; where the sources were when the binary was built, usually the checkout. */
  root: string;
  /** Path of the main module: with -trimpath a file is named MODULE/path. */
  module?: string;
  /** Whether a path relative to the root is a file. */
  isFile: (relative: string) => boolean;
}

/** Path of a file of the profile in the repository, with "/"; undefined where it is not in it. */
export function pathInRepository(file: string, { root, module, isFile }: RepositoryRoot): string | undefined {
  if (file === '') return undefined;
  const candidates: string[] = [];
  if (path.isAbsolute(file)) candidates.push(path.relative(root, file));
  // -trimpath: example.com/shop/cache/put.go, with the version for dependencies.
  else if (module !== undefined && file.startsWith(`${module}/`))
    candidates.push(file.slice(module.length + 1));
  // Built elsewhere (another machine, a container): the longest end of the path that is there.
  const parts = file.split(/[\\/]/).filter((part) => part !== '');
  for (let i = 1; i < parts.length; i++) candidates.push(parts.slice(i).join('/'));
  for (const candidate of candidates) {
    const relative = candidate.replaceAll('\\', '/');
    if (relative === '' || relative.startsWith('../') || path.isAbsolute(relative)) continue;
    if (isFile(relative)) return relative;
  }
  return undefined;
}

export function githubAnnotations({ failures }: VerifyResult, root: RepositoryRoot): string {
  return failures
    .map((failure) => {
      const file = failure.place && pathInRepository(failure.place.file, root);
      const at = file === undefined ? '' : `file=${property(file)},line=${failure.place!.line},`;
      return `::error ${at}title=${property(titleOf(failure))}::${data(failure.message)}\n`;
    })
    .join('');
}

/** GitLab shows only what has a place: a failure without one stands at the configuration or the README. */
export function gitlabReport({ failures, service }: VerifyResult, root: RepositoryRoot): string {
  const issues = failures.map((failure) => {
    const file = (failure.place && pathInRepository(failure.place.file, root)) ?? 'leakline-verify.yml';
    const begin = failure.place && file !== 'leakline-verify.yml' ? Math.max(1, failure.place.line) : 1;
    // Stable over runs and over moved lines, so that GitLab tells new findings from old ones.
    const identity = [service.name, failure.kind, failure.place?.function ?? ''].join('\0');
    return {
      description: failure.message,
      check_name: `leakline_${failure.kind}`,
      fingerprint: createHash('sha256').update(identity).digest('hex'),
      severity: failure.kind.endsWith('_leak') ? 'critical' : 'major',
      location: { path: file, lines: { begin } },
    };
  });
  return `${JSON.stringify(issues, undefined, 2)}\n`;
}

function titleOf({ kind }: Failure): string {
  return `Leakline: ${kind.replaceAll('_', ' ')}`;
}

function data(text: string): string {
  return text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
}

function property(text: string): string {
  return data(text).replaceAll(':', '%3A').replaceAll(',', '%2C');
}
