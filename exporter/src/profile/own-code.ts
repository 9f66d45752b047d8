// Whose code a frame is: the main module's, a dependency's or the standard library's. By the name that Go gives a
// function (package path, a dot, the rest; cmd/internal/objabi/path.go escapes dots of the last element) and by the
// file it was compiled from.

/** First elements of the standard library's import paths (the folders of GOROOT/src up to Go 1.26). */
const STANDARD_ROOTS = new Set(
  `archive arena bufio builtin bytes cmd cmp compress container context crypto database debug embed encoding errors expvar
  flag fmt go hash html image index internal io iter log maps math mime net os path plugin reflect regexp runtime simd
  slices sort strconv strings structs sync syscall testing text time type unicode unique unsafe weak`.split(
    /\s+/,
  ),
);

/** "example.com/shop/cache" of "example.com/shop/cache.(*Store[...]).Put.func1"; '' where the name has no package. */
export function packageOf(functionName: string): string {
  // Type arguments hold import paths of their own.
  const end = functionName.search(/[([]/);
  const plain = end >= 0 ? functionName.slice(0, end) : functionName;
  const dot = plain.indexOf('.', plain.lastIndexOf('/') + 1);
  return dot < 0 ? '' : plain.slice(0, dot).replaceAll('%2e', '.');
}

export function isStandardLibrary(packagePath: string): boolean {
  const slash = packagePath.indexOf('/');
  const root = slash < 0 ? packagePath : packagePath.slice(0, slash);
  return STANDARD_ROOTS.has(root) || packagePath.startsWith('vendor/golang.org/x/');
}

/** Dependencies lie in the module cache, as path@version, or in a folder named vendor. */
const DEPENDENCY_FILE = /@v\d[^/\\]*[/\\]|[/\\]vendor[/\\]/;

/**
 * Whether a frame is of the main module. With the module's path (of the build info) the import path decides; without,
 * it is own code that is neither of the standard library nor compiled from a dependency's folder.
 */
export function ownCode(mainModule?: string): (functionName: string, file: string) => boolean {
  return (functionName, file) => {
    const path = packageOf(functionName);
    if (path === 'main') return true;
    if (path === '') return false;
    if (mainModule !== undefined && mainModule !== '' && mainModule !== 'command-line-arguments') {
      return path === mainModule || path.startsWith(`${mainModule}/`);
    }
    return !isStandardLibrary(path) && !DEPENDENCY_FILE.test(file);
  };
}
