// leakline discover on a real node.exe under Wine: it knows a Windows Go program by its build info. Wine does not tell
// who owns a listener (the pid is 0), so that here no port is found: it proves that the call is made and its answer
// taken; the layout of the table is proven by exporter/src/discovery/ports.test.ts.

import { readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { buildLeaky, goToolchain } from '../lib/leaky.js';
import { startWine, type Wine, type WindowsProgram } from '../lib/wine.js';

const PROBE = fileURLToPath(new URL('wine-discover-probe.mjs', import.meta.url));
const DIST = fileURLToPath(new URL('../../exporter/dist', import.meta.url));

let wine: Wine;
let leaky: WindowsProgram;
const toolchain = goToolchain({ maxMinor: 20 });

beforeAll(async () => {
  wine = await startWine();
  leaky = wine.start(await buildLeaky({ toolchain, goos: 'windows' }), ['-addr=127.0.0.1:0']);
  await vi.waitFor(() => expect(leaky.output()).toContain('leaky listening'), { timeout: 60_000 });
});
afterAll(() => wine?.close());

it('finds leaky.exe, and reads the table of listeners', async () => {
  const file = join(tmpdir(), `wine-discover-${process.pid}.json`);
  try {
    await wine.run(wine.node, [wine.windowsPath(PROBE), `file:///Z:${DIST}`, wine.windowsPath(file)]);
    const { found, tables } = JSON.parse(readFileSync(file, 'utf8')) as {
      found: { name: string; go: object; executable: string }[];
      tables: { family: number; status: number; bytes: number; rows: number }[];
    };
    // Other tests may run programs in the same Wine prefix.
    expect(found).toContainEqual(
      expect.objectContaining({
        name: expect.stringMatching(/^leaky/) as string,
        executable: expect.stringMatching(/^[A-Z]:\\.*\\leaky\.exe$/) as string,
        go: { goVersion: toolchain.version, module: 'leakline.test/leaky', moduleVersion: '(devel)' },
      }),
    );
    expect(tables.map(({ family, status }) => ({ family, status }))).toEqual([
      { family: 2, status: 0 },
      { family: 23, status: 0 },
    ]);
    expect(tables[0]!.rows).toBeGreaterThan(0);
  } finally {
    rmSync(file, { force: true });
  }
});
