// Commands whose output nobody reads to its end, as in `leakline … | head`.

import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';

const run = promisify(execFile);
const path = (name: string) => fileURLToPath(new URL(name, import.meta.url));
const CLI = path('../../exporter/bin/leakline.js');
const PROFILE = path('../../exporter/src/profile/testdata/profiles/synthetic-a.pb.gz');

it.each([
  // More than a pipe holds, so that the writer sees its end.
  ['pprof', `pprof raw ${PROFILE}`],
  ['another command', 'verify --help'],
])('%s ends without a word of it', async (_, command) => {
  const script = `"${process.execPath}" "${CLI}" ${command} | true; echo "\${PIPESTATUS[0]}"`;
  const { stdout, stderr } = await run('bash', ['-c', script]);
  expect(stderr).toBe('');
  expect(stdout).toBe('0\n');
});
