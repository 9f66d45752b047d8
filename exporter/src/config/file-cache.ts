// Files that may change while Leakline runs (passwords, certificates, the web configuration): read when asked,
// and again only when they changed, so that a secret is renewed without a restart.

import { readFile, stat } from 'node:fs/promises';
import { UsageError, messageOf } from '../errors.js';

/** No password, certificate bundle or web configuration is larger; a wrong path (a device, a log) must not fill memory. */
const MAX_FILE_BYTES = 4 * 1024 * 1024;

export interface CachedFile {
  /** The bytes of the file now. The same Buffer object as last time means: unchanged. */
  read(): Promise<Buffer>;
}

/** Reads `file` on demand. `field` names the configuration's field in errors, which are UsageErrors of code `file_unreadable`. */
export function cachedFile(file: string, field: string): CachedFile {
  let known: { fingerprint: string; content: Buffer } | undefined;
  return {
    async read() {
      try {
        const { mtimeNs, ctimeNs, size, ino } = await stat(file, { bigint: true });
        if (size > BigInt(MAX_FILE_BYTES)) throw new Error(`larger than ${MAX_FILE_BYTES} bytes`);
        // The inode is part of it: mounted secrets are replaced by swapping a link, often with equal times.
        const fingerprint = `${mtimeNs} ${ctimeNs} ${size} ${ino}`;
        if (known?.fingerprint !== fingerprint) {
          const content = await readFile(file);
          known = known?.content.equals(content)
            ? { fingerprint, content: known.content }
            : { fingerprint, content };
        }
        return known.content;
      } catch (error) {
        throw new UsageError('file_unreadable', `${field}: cannot read ${file}: ${fileProblem(error)}`);
      }
    },
  };
}

/** Why a file could not be read, in words. */
export function fileProblem(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  switch (code) {
    case 'ENOENT':
      return 'no such file';
    case 'EACCES':
    case 'EPERM':
      return 'permission denied';
    case 'EISDIR':
      return 'it is a directory';
    default:
      return messageOf(error);
  }
}
