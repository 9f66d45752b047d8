// Keeps the profiles of a diagnosis in a folder, named as `go tool pprof` users expect.

import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { PROFILE_FILES } from '../capture/record.js';
import { LeaklineError, messageOf } from '../errors.js';
import type { SessionCapture } from '../session/index.js';

/** Profiles are secrets: they hold names of code, and dumps may hold more. */
const FILE_MODE = 0o600;
const FOLDER_MODE = 0o700;

/** Writes "1-heap.pb.gz", "1-goroutine.pb.gz" …, numbered by capture. Rejects with `not_written`. */
export async function saveProfiles(folder: string, captures: readonly SessionCapture[]): Promise<void> {
  try {
    await mkdir(folder, { recursive: true, mode: FOLDER_MODE });
    for (const [i, { profiles }] of captures.entries()) {
      for (const [kind, bytes] of profiles)
        await writeFile(path.join(folder, `${i + 1}-${PROFILE_FILES[kind]}`), bytes, { mode: FILE_MODE });
    }
  } catch (error) {
    throw new LeaklineError(
      'not_written',
      `the profiles could not be kept in ${folder}: ${messageOf(error)}`,
      {
        cause: error,
      },
    );
  }
}
