// A line's address in a code host, by a pattern: https://{module}/blob/{revision}/{path}#L{line}. {module} is the module
// without its major version, which on GitHub and GitLab is the address of its repository.

export interface SourceOf {
  pattern: string;
  revision: string;
  /** Module of the binary: the part of a function's file that stands before the path in the repository. */
  module: string;
}

/** Null where no pattern is set or the file is not of the module. */
export function sourceLink(source: SourceOf, file: string, line: number): string | null {
  if (source.pattern === '') return null;
  const path = repositoryPath(file, source.module);
  if (path === null) return null;
  const filled = source.pattern
    .replaceAll('{module}', encodePath(source.module.replace(/\/v\d+$/, '')))
    .replaceAll('{revision}', encodeURIComponent(source.revision || 'HEAD'))
    .replaceAll('{path}', encodePath(path))
    .replaceAll('{line}', String(line));
  // A pattern is an option of a dashboard: it must not become a script.
  return /^https?:\/\//i.test(filled) ? filled : null;
}

function encodePath(path: string): string {
  return path.split('/').map(encodeURIComponent).join('/');
}

function repositoryPath(file: string, module: string): string | null {
  const clean = file.replaceAll('\\', '/');
  const marked = clean.indexOf(`${module}/`);
  if (module !== '' && marked >= 0) return clean.slice(marked + module.length + 1);
  // Built without -trimpath: the folder of the checkout is named as the module ends, mostly.
  const last = module.split('/').findLast((part) => !/^v\d+$/.test(part));
  if (!last) return null;
  const folder = clean.lastIndexOf(`/${last}/`);
  return folder === -1 ? null : clean.slice(folder + last.length + 2);
}
