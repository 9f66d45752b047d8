// The lines of earlier interactive sessions, newest first, in a file of the user's own.

import path from 'node:path';
import type { PprofIo } from './io.js';

/** Lines that are kept. */
const MAX_LINES = 500;

function historyFile(io: PprofIo): string {
  const state =
    io.platform === 'win32'
      ? (io.env.LOCALAPPDATA ?? path.join(io.home, 'AppData', 'Local'))
      : (io.env.XDG_STATE_HOME ?? path.join(io.home, '.local', 'state'));
  return path.join(state, 'leakline', 'pprof-history');
}

export async function loadHistory(io: PprofIo): Promise<string[]> {
  try {
    const text = Buffer.from(await io.readFile(historyFile(io))).toString('utf8');
    return text
      .split('\n')
      .filter((line) => line !== '')
      .slice(-MAX_LINES)
      .reverse();
  } catch {
    return [];
  }
}

/** A history that cannot be kept is no reason to bother anyone at the end of a session. */
export async function saveHistory(
  io: PprofIo,
  before: readonly string[],
  entered: readonly string[],
): Promise<void> {
  if (!io.isTerminal || entered.length === 0) return;
  const lines = [...before].reverse().concat(entered).slice(-MAX_LINES);
  try {
    await io.makeDirectory(path.dirname(historyFile(io)));
    await io.writeFile(historyFile(io), `${lines.join('\n')}\n`);
  } catch {
    return;
  }
}
