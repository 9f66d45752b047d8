// Names of targets and times as names of folders, on every file system that Leakline runs on.

import { createHash } from 'node:crypto';

/** Names that Windows keeps for devices, whatever the suffix. */
const RESERVED = /^(con|prn|aux|nul|com\d|lpt\d)(\.|$)/i;
/** Leaves room for the path around it on Windows (260 characters in all). */
const MAX_LENGTH = 80;

/** A target's folder: its name where that is safe, else with %XX for what is not. Different names give different folders. */
export function folderOfTarget(target: string): string {
  let name = '';
  for (const byte of Buffer.from(target, 'utf8')) {
    const char = String.fromCharCode(byte);
    name += /[A-Za-z0-9._-]/.test(char) ? char : escape(byte);
  }
  if (name.startsWith('.') || RESERVED.test(name)) name = escape(name.charCodeAt(0)) + name.slice(1);
  if (name.endsWith('.')) name = name.slice(0, -1) + escape('.'.charCodeAt(0));
  if (name.length > MAX_LENGTH) {
    const digest = createHash('sha256').update(target).digest('hex').slice(0, 12);
    name = `${name.slice(0, MAX_LENGTH)}~${digest}`;
  }
  return name;
}

/** "20261123T112810Z-0a1b2c3d4e5f6071": sorts by time, needs no quoting. */
export function folderOfCapture(takenAt: string, id: string): string {
  const compact = takenAt.replace(/\.\d+/, '').replaceAll(/[-:]/g, '');
  return `${compact}-${id}`;
}

/** The id in a capture's folder name; undefined for a folder that is none. */
export function idOfFolder(name: string): string | undefined {
  return /^\d{8}T\d{6}Z-([0-9a-z]{8,32})$/.exec(name)?.[1];
}

function escape(byte: number): string {
  return `%${byte.toString(16).toUpperCase().padStart(2, '0')}`;
}
