// Build info of executables on disk, each file read once however many processes run it.

import { open } from 'node:fs/promises';
import { readBuildInfo, type BuildInfo } from './build-info.js';

/** More executables than a host runs at once; the ones seen first are forgotten first. */
const MAX_REMEMBERED_FILES = 4096;

export class BuildInfoFiles {
  readonly #known = new Map<string, Promise<BuildInfo | undefined>>();
  #reads = 0;

  /** How many files were read so far, for tests and logs. */
  get reads(): number {
    return this.#reads;
  }

  /** The build info of the file, undefined where it is not a Go program. Rejects with the system's error (EACCES, ENOENT …). */
  async read(path: string): Promise<BuildInfo | undefined> {
    const handle = await open(path, 'r');
    try {
      const { dev, ino, mtimeMs, size } = await handle.stat();
      // The file itself and not its path: on Linux it is opened as /proc/PID/exe, another path for every process.
      const key = `${dev} ${ino} ${mtimeMs} ${size}`;
      let info = this.#known.get(key);
      if (info === undefined) {
        this.#reads++;
        info = readBuildInfo({
          async read(offset, length) {
            if (!(offset < size)) return Buffer.alloc(0);
            const buffer = Buffer.alloc(Math.min(length, size - offset));
            const { bytesRead } = await handle.read(buffer, 0, buffer.length, offset);
            return buffer.subarray(0, bytesRead);
          },
        });
        this.#remember(key, info);
      }
      return await info;
    } finally {
      await handle.close();
    }
  }

  #remember(key: string, info: Promise<BuildInfo | undefined>): void {
    this.#known.set(key, info);
    info.catch(() => this.#known.delete(key));
    if (this.#known.size > MAX_REMEMBERED_FILES) this.#known.delete(this.#known.keys().next().value!);
  }
}
