// A disk that is full to the last byte: captures stop and say so, everything else goes on, and captures go on by
// themselves once there is room. On a small tmpfs, which only root may mount.

import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { ApiCapture } from '../../exporter/src/server/api.js';
import { startCaptureServer, temporaryFolder, type CaptureServer } from '../lib/capture-server.js';
import { startLeaky, type Leaky } from '../lib/leaky.js';
import { pprofWatch } from '../lib/pprof-watch.js';

const isRoot = process.platform === 'linux' && process.getuid?.() === 0;
const SIZE_KIB = 512;

describe.runIf(isRoot)('a full disk', () => {
  let folder: ReturnType<typeof temporaryFolder>;
  let disk: string;
  let leaky: Leaky;
  let watch: ReturnType<typeof pprofWatch>;
  let server: CaptureServer | undefined;

  beforeEach(async () => {
    folder = temporaryFolder();
    disk = join(folder.path, 'disk');
    mkdirSync(disk);
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${SIZE_KIB}k`, 'leakline-test', disk]);
    leaky = await startLeaky({ mode: 'map-cache', rate: '1MiB' });
    watch = pprofWatch([{ name: 'leaky', pprofUrl: `${leaky.url}/debug/pprof/` }]);
  });
  afterEach(async () => {
    await server?.stop();
    server = undefined;
    watch.close();
    await leaky.stop();
    execFileSync('umount', [disk]);
    folder.remove();
  });

  function fill(): string {
    const ballast = join(disk, 'ballast');
    for (let bytes = 64 * 1024; bytes >= 1; bytes = Math.floor(bytes / 2)) {
      try {
        for (;;) writeFileSync(ballast, Buffer.alloc(bytes), { flag: 'a' });
      } catch {
        continue;
      }
    }
    return ballast;
  }

  async function post(path: string, body: unknown): Promise<Response> {
    return fetch(`${server!.url}/api/v1/${path}`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify(body),
    });
  }

  it('stops captures with a clear state, refuses alerts so that they are sent again, and serves the rest', async () => {
    server = await startCaptureServer({ watch, stateDir: disk, config: { minGcInterval: 0 } });
    const first = (await (await post('captures', { target: 'leaky' })).json()) as ApiCapture;
    await server.service.whenTaken(first.id);

    const ballast = fill();
    // More than what is left of the last block of the queue's file.
    const alert = {
      status: 'firing',
      labels: { target: 'leaky' },
      annotations: { a: 'x'.repeat(2000), b: 'x'.repeat(2000), c: 'x'.repeat(2000) },
      startsAt: '2026-06-01T00:00:00Z',
    };
    const refused = await post('alerts', { alerts: [alert] });
    expect(refused.status).toBe(503);
    expect(await refused.json()).toMatchObject({ error: { code: 'store_full' } });
    const profile = await fetch(`${server.url}/api/v1/captures/${first.id}/profiles/heap`);
    expect(profile.status).toBe(200);
    expect((await profile.arrayBuffer()).byteLength).toBeGreaterThan(100);
    expect((await fetch(`${server.url}/metrics`)).status).toBe(200);

    rmSync(ballast);
    expect((await post('alerts', { alerts: [alert] })).status).toBe(202);
    await vi.waitFor(
      () => expect(server?.service.captures({ trigger: 'alert' }).items[0]?.state).toBe('complete'),
      {
        timeout: 60_000,
      },
    );
  });

  it('leaves no half capture behind when it fills up in the middle, keeps the promise, and says when it goes on', async () => {
    const stateDir = folder.path;
    const store = { type: 'local' as const, dir: disk, minFree: 1 };
    server = await startCaptureServer({ watch, stateDir, config: { minGcInterval: 0, store } });
    const ballast = fill();
    const pending = (await (await post('captures', { target: 'leaky' })).json()) as ApiCapture;
    await vi.waitFor(() => expect(server?.service.metrics().storeState).toBe('full'), { timeout: 30_000 });
    expect(server.service.captures({}).stopped?.message).toContain(disk);
    expect(server.service.capture(pending.id).state).toBe('pending');
    expect(
      readdirSync(join(disk, 'captures')).flatMap((name) => readdirSync(join(disk, 'captures', name))),
    ).toEqual([]);
    rmSync(ballast);
    expect((await server.service.whenTaken(pending.id)).state).toBe('complete');
    expect(server.service.metrics().storeState).toBe('ok');
  });
});
