// `leakline pprof` beside `go tool pprof` of every Go here, on profiles of a service before and after a restart: the decoder
// (-raw shows all of a profile), and what a base subtracts.

import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { goToolchains, startLeaky, type GoToolchain } from '../lib/leaky.js';
import { waitFor } from '../lib/programs.js';

const run = promisify(execFile);
const CLI = fileURLToPath(new URL('../../exporter/bin/leakline.js', import.meta.url));
const KINDS = ['heap', 'goroutine'] as const;

describe.each(goToolchains())('$version', (toolchain: GoToolchain) => {
  const directory = mkdtempSync(join(tmpdir(), 'leakline-pprof-go-'));
  const file = (kind: string, start: number) => join(directory, `${kind}-${start}.pb.gz`);

  beforeAll(async () => {
    for (const start of [1, 2]) {
      const leaky = await startLeaky({
        modes: { slice: '8MiB', goroutines: '256KiB' },
        build: { toolchain },
      });
      try {
        await waitFor('something to be held', async () => {
          const modes = await leaky.modes();
          return modes.some(({ retainedBytes }) => retainedBytes > start * 2 ** 22);
        });
        for (const kind of KINDS) {
          const response = await fetch(`${leaky.url}/debug/pprof/${kind}?gc=1`);
          writeFileSync(file(kind, start), Buffer.from(await response.arrayBuffer()));
        }
      } finally {
        await leaky.stop();
      }
    }
  });
  afterAll(() => rmSync(directory, { recursive: true, force: true }));

  // Go reads nothing of the program: not its symbols, not its sources.
  const environment = { ...process.env, TZ: 'UTC', PPROF_BINARY_PATH: directory, PPROF_TMPDIR: directory };
  async function both(kind: string, ...flags: string[]): Promise<[string, string]> {
    const all = [...flags.map((flag) => flag.replace('BASE', file(kind, 1))), file(kind, 2)];
    const options = { env: environment, maxBuffer: 2 ** 28 };
    const go = run(toolchain.path, ['tool', 'pprof', '-symbolize=none', ...all], options);
    const compat = toolchain.minor <= 19 ? '1.19' : '1.26';
    const ours = run(process.execPath, [CLI, 'pprof', '-compat', compat, ...all], options);
    return [(await ours).stdout, (await go).stdout];
  }

  test.each(
    KINDS.flatMap((kind) => [
      [kind, '-raw'],
      [kind, '-top'],
      [kind, '-traces', '-base=BASE'],
      [kind, '-top', '-addresses', '-base=BASE'],
    ]),
  )('%s %s %s %s', async (kind, ...flags) => {
    const [ours, theirs] = await both(kind, ...flags);
    expect(theirs.length).toBeGreaterThan(200);
    expect(ours).toBe(theirs);
  });
});
