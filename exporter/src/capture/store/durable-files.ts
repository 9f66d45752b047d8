// Files that survive a kill or a power cut: written beside, fsync'd, renamed, the folder fsync'd.

import { mkdir, open, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';

/** Profiles hold names and sizes of a program's insides: for the exporter's user only. */
export const FOLDER_MODE = 0o700;
export const FILE_MODE = 0o600;

/** Writes a file and brings its content to the disk. */
export async function writeSynced(path: string, content: string | Uint8Array): Promise<void> {
  const file = await open(path, 'w', FILE_MODE);
  try {
    await file.writeFile(content);
    await file.sync();
  } finally {
    await file.close();
  }
}

/** Brings the entries of a folder to the disk. Windows has no such call and needs none: NTFS journals its entries. */
export async function syncFolder(path: string): Promise<void> {
  if (process.platform === 'win32') return;
  const folder = await open(path, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

/** Replaces a file: a reader finds the old content or the new, never a part. */
export async function replaceFile(path: string, content: string | Uint8Array): Promise<void> {
  await renameInto(path, content);
  await syncFolder(dirname(path));
}

/** `replaceFile` without bringing the folder's entry to the disk: for many files, whose folder is synced once. */
export async function renameInto(path: string, content: string | Uint8Array): Promise<void> {
  const beside = `${path}.writing`;
  try {
    await writeSynced(beside, content);
    await rename(beside, path);
  } catch (error) {
    await rm(beside, { force: true }).catch(() => undefined);
    throw error;
  }
}

/** Makes a folder and the folders above it, each entry brought to the disk. */
export async function makeFolder(path: string): Promise<void> {
  const first = await mkdir(path, { recursive: true, mode: FOLDER_MODE });
  if (first === undefined) return;
  for (let at = path; ; at = dirname(at)) {
    await syncFolder(dirname(at));
    if (at === first || at === dirname(at)) return;
  }
}

/** Takes a folder away in one step for every reader, then removes what is in it. */
export async function removeFolder(parent: string, name: string): Promise<void> {
  const leaving = join(parent, `${REMOVING_PREFIX}${name}`);
  await rm(leaving, { recursive: true, force: true });
  await rename(join(parent, name), leaving);
  await syncFolder(parent);
  await rm(leaving, { recursive: true, force: true });
}

export const WRITING_PREFIX = '.writing-';
export const REMOVING_PREFIX = '.removing-';

/** Whether the file system has no room (or no inode, or no quota) left. */
export function isFull(error: unknown): boolean {
  return error instanceof Error && 'code' in error && (error.code === 'ENOSPC' || error.code === 'EDQUOT');
}

export function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT';
}
