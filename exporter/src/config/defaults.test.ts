import path from 'node:path';
import { expect, it } from 'vitest';
import { defaultStateDir, thisPlatform } from './defaults.js';

const linux = { platform: 'linux', homeDir: '/home/anna', uid: 1000, env: {} } as const;
const windows = { platform: 'win32', homeDir: 'C:\\Users\\anna', uid: undefined } as const;
const user = {
  SystemRoot: 'C:\\Windows',
  ProgramData: 'C:\\ProgramData',
  USERPROFILE: 'C:\\Users\\anna',
  LOCALAPPDATA: 'C:\\Users\\anna\\AppData\\Local',
};

it.each([
  [linux, '/home/anna/.local/state/leakline'],
  [{ ...linux, env: { XDG_STATE_HOME: '/state' } }, '/state/leakline'],
  [{ ...linux, env: { XDG_STATE_HOME: 'relative' } }, '/home/anna/.local/state/leakline'],
  [{ ...linux, env: { XDG_STATE_HOME: '/state' }, uid: 0 }, '/var/lib/leakline'],
  [{ ...windows, env: user }, 'C:\\Users\\anna\\AppData\\Local\\leakline'],
  [
    { ...windows, env: { ...user, USERPROFILE: 'C:\\Windows\\system32\\config\\systemprofile' } },
    'C:\\ProgramData\\leakline',
  ],
  [{ ...windows, env: {} }, 'C:\\Users\\anna\\AppData\\Local\\leakline'],
])('%j: %s', (platform, dir) => {
  expect(defaultStateDir(platform)).toBe(dir);
});

it('is absolute here', () => {
  expect(path.isAbsolute(defaultStateDir(thisPlatform()))).toBe(true);
});
