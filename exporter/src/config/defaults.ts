// Where Leakline keeps its state when the configuration does not say it: where each platform keeps such things.
// Sources: XDG Base Directory Specification, Filesystem Hierarchy Standard (/var/lib), Windows' known folders.

import os from 'node:os';
import path from 'node:path';

export interface Platform {
  platform: NodeJS.Platform;
  env: Readonly<Record<string, string | undefined>>;
  homeDir: string;
  /** Absent on Windows. */
  uid: number | undefined;
}

export function thisPlatform(): Platform {
  return { platform: process.platform, env: process.env, homeDir: os.homedir(), uid: process.getuid?.() };
}

/** Absolute path of the folder for state. It need not exist yet. */
export function defaultStateDir({ platform, env, homeDir, uid }: Platform = thisPlatform()): string {
  if (platform === 'win32') {
    const { join } = path.win32;
    // The accounts of services have their profiles below the system's folder.
    const isService = isBelow(env.USERPROFILE, env.SystemRoot);
    const base =
      (isService ? undefined : env.LOCALAPPDATA) ?? env.ProgramData ?? join(homeDir, 'AppData', 'Local');
    return join(base, 'leakline');
  }
  const { join, isAbsolute } = path.posix;
  if (uid === 0) return '/var/lib/leakline';
  // By the specification, a relative XDG path is to be ignored.
  const xdg = env.XDG_STATE_HOME;
  return join(xdg && isAbsolute(xdg) ? xdg : join(homeDir, '.local', 'state'), 'leakline');
}

function isBelow(file: string | undefined, folder: string | undefined): boolean {
  return (
    file !== undefined &&
    folder !== undefined &&
    file.toLowerCase().startsWith(`${folder.toLowerCase()}${path.win32.sep}`)
  );
}
