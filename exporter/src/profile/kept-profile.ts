// A profile as an analysis takes it: its bytes, or the file that it is kept in. A file is read and checked by the thread
// that analyses it: megabytes that go through the main thread cost it a collection of its garbage.

import { createHash } from 'node:crypto';
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { LeaklineError, messageOf } from '../errors.js';

/** A file that holds a profile, whole and unchanged. */
export interface KeptProfile {
  path: string;
  bytes: number;
  /** Of the bytes, in hex. */
  sha256: string;
}

export type ProfileInput = Uint8Array | KeptProfile;

/** The code of a file that is gone or is not what was kept. */
export const PROFILE_CHANGED = 'profile_changed';

/** @throws LeaklineError profile_changed */
export function bytesOf(input: ProfileInput): Uint8Array {
  return input instanceof Uint8Array ? input : readKept(input);
}

function readKept({ path, bytes, sha256 }: KeptProfile): Uint8Array {
  const content = readWhole(path, bytes);
  if (createHash('sha256').update(content).digest('hex') !== sha256) throw changed('its digest is another');
  return content;
}

function readWhole(path: string, bytes: number): Uint8Array {
  try {
    const file = openSync(path, 'r');
    try {
      const { size } = fstatSync(file);
      if (size !== bytes) throw changed(`it has ${size} bytes instead of ${bytes}`);
      const content = Buffer.allocUnsafeSlow(bytes);
      let at = 0;
      for (let read = -1; read !== 0; at += read) read = readSync(file, content, at, bytes - at, at);
      if (at !== bytes) throw changed(`it ends after ${at} bytes of ${bytes}`);
      return content;
    } finally {
      closeSync(file);
    }
  } catch (error) {
    throw error instanceof LeaklineError ? error : changed(messageOf(error));
  }
}

function changed(why: string): LeaklineError {
  return new LeaklineError(PROFILE_CHANGED, `a kept profile is not what was captured: ${why}`, {
    status: 410,
  });
}
