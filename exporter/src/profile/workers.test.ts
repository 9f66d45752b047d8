// The thread runs as compiled: dist of this workspace is built before the tests.
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterEach, describe, expect, it } from 'vitest';
import { ANALYSES } from './analyses.js';
import { ProfileWorkers } from './workers.js';

const read = (name: string) => readFileSync(new URL(`./testdata/profiles/${name}`, import.meta.url));
const pair = [read('synthetic-a.pb.gz'), read('synthetic-b.pb.gz')];
const captures = [{ takenAtMs: 0 }, { takenAtMs: 60_000 }];
const open: ProfileWorkers[] = [];
const workers = (...options: ConstructorParameters<typeof ProfileWorkers>) => {
  const made = new ProfileWorkers(...options);
  open.push(made);
  return made;
};

afterEach(async () => {
  for (const each of open.splice(0)) await each.close();
});

describe('analyses in a thread', () => {
  it('say what they say here', async () => {
    const pool = workers();
    expect(await pool.run('growth', pair, { captures })).toEqual(ANALYSES.growth(pair, { captures }));
    const diff = { kind: 'top' as const, baseCount: 1, keepBase: true, options: {}, sourceRoots: [] };
    expect(await pool.run('report', pair, diff)).toEqual(await ANALYSES.report(pair, diff));
    expect(await pool.run('totals', [pair[0]!])).toEqual(ANALYSES.totals([pair[0]!]));
    const body = await pool.run('reportBody', pair, diff);
    expect(JSON.parse(Buffer.from(body).toString())).toEqual(await ANALYSES.report(pair, diff));
  });

  it('leave the profiles to the caller, also where they are copied in pieces', async () => {
    // A field of 3 MiB that no reader knows.
    const padding = Buffer.concat([
      Buffer.from([0xa2, 0x06, 0x80, 0x80, 0xc0, 0x01]),
      Buffer.alloc(3 * 2 ** 20, 1),
    ]);
    const large = Buffer.concat([gunzipSync(pair[0]!), padding]);
    const before = Buffer.from(large);
    expect(await workers().run('totals', [large])).toEqual(ANALYSES.totals([pair[0]!]));
    expect(large.equals(before)).toBe(true);
  });

  it('read kept profiles themselves, and refuse one that is not what was kept', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'leakline-kept-'));
    try {
      const path = join(folder, 'heap.pb.gz');
      const bytes = pair[0]!;
      const kept = { path, bytes: bytes.length, sha256: createHash('sha256').update(bytes).digest('hex') };
      writeFileSync(path, bytes);
      const pool = workers();
      expect(await pool.run('totals', [kept])).toEqual(ANALYSES.totals([bytes]));
      expect(await pool.run('read', [kept, bytes])).toBe(2 * bytes.length);
      for (const [other, why] of [
        [{ ...kept, sha256: '0'.repeat(64) }, 'digest'],
        [{ ...kept, bytes: bytes.length + 1 }, `${bytes.length} bytes instead of ${bytes.length + 1}`],
        [{ ...kept, path: join(folder, 'none') }, 'ENOENT'],
      ] as const) {
        await expect(pool.run('totals', [other])).rejects.toMatchObject({
          code: 'profile_changed',
          message: expect.stringContaining(why) as string,
        });
      }
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('refuse with the code of the analysis', async () => {
    const failed = workers().run('totals', [Buffer.from([1, 2, 3])]);
    await expect(failed).rejects.toMatchObject({ code: expect.stringMatching(/^profile_/), status: 422 });
  });

  it('leave the queue bounded', async () => {
    const pool = workers({ maxQueued: 1 });
    const jobs = [pool.run('totals', pair), pool.run('totals', pair)];
    await expect(pool.run('totals', pair)).rejects.toMatchObject({ code: 'analysis_busy' });
    expect(await Promise.all(jobs)).toHaveLength(2);
  });

  it('end at their time, and the next one runs', async () => {
    const pool = workers({ timeoutMs: 1 });
    await expect(pool.run('growth', pair, { captures })).rejects.toMatchObject({ code: 'analysis_timeout' });
    const patient = workers();
    expect(await patient.run('totals', [pair[0]!])).toHaveLength(4);
  });

  it('are refused when closed', async () => {
    const pool = workers();
    const running = pool.run('growth', pair, { captures });
    const refused = expect(running).rejects.toMatchObject({ code: 'analysis_closed' });
    await pool.close();
    await refused;
    await expect(pool.run('totals', pair)).rejects.toMatchObject({ code: 'analysis_closed' });
  });
});
