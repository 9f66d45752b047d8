// Sessions on the real service: attached to by PID, URL and name; forced collections, captures and growth; a service
// that ends, that opens its pprof late, that has none.

import { spawn } from 'node:child_process';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import {
  attach,
  parseSessionTarget,
  type AttachOptions,
  type Session,
} from '../../exporter/src/session/index.js';
import { startLeaky, type Leaky } from '../lib/leaky.js';

const MIB = 2 ** 20;
/** Not the name of anything else on this host. */
const NAME = `session-${process.pid}`;
const ended: (() => Promise<unknown> | void)[] = [];
afterEach(async () => {
  for (const end of ended.splice(0).reverse()) await end();
});

async function service(...options: Parameters<typeof startLeaky>): Promise<Leaky> {
  const leaky = await startLeaky(...options);
  ended.push(() => leaky.stop());
  return leaky;
}

async function session(text: string, options: AttachOptions = {}): Promise<Session> {
  const attached = await attach(parseSessionTarget(text), { intervalMs: 250, ...options });
  ended.push(() => attached.close());
  return attached;
}

async function until(what: () => boolean, within = 30_000): Promise<void> {
  for (const endMs = Date.now() + within; !what(); await sleep(50)) {
    if (Date.now() > endMs) throw new Error(`not within ${within} ms: ${String(what)}`);
  }
}

describe('a session', () => {
  it('sees a process by its PID: system and runtime, accounting, captures and growth', async () => {
    const leaky = await service({
      name: 'seen-by-pid',
      mode: 'map-cache',
      rate: '8MiB',
      modes: { goroutines: '256KiB' },
    });
    const attached = await session(String(leaky.pid));
    expect([attached.name, attached.hasProcessView, attached.hasPprof, attached.problem]).toEqual([
      'seen-by-pid',
      true,
      true,
      undefined,
    ]);
    const { lastSample, go } = attached.status();
    expect(go.module).toBe('leakline.test/leaky');
    expect(lastSample!.signals.commit).toBeGreaterThan(MIB);
    expect(lastSample!.runtime!.source).toBe('expvar');
    const parts = Object.values(lastSample!.accounting!.parts).reduce((sum, part) => sum + part, 0);
    expect(parts).toBeCloseTo(lastSample!.accounting!.totalBytes, -1);

    const [first, before] = [await attached.capture(), await attached.forcedPoint()];
    expect(first.record).toMatchObject({ state: 'complete', gcForced: true, failures: [] });
    expect([...first.profiles.keys()].sort()).toEqual(['goroutine', 'goroutine_debug2', 'heap']);
    await sleep(2000);
    const [second, after] = [await attached.capture(), await attached.forcedPoint({ collections: 2 })];
    expect(after.gcCount! - before.gcCount!).toBeGreaterThanOrEqual(2);
    const perSecond = (after.liveHeapBytes - before.liveHeapBytes) / ((after.atMs - before.atMs) / 1000);
    expect(perSecond / (8.25 * MIB)).toBeGreaterThan(0.7);
    expect(perSecond / (8.25 * MIB)).toBeLessThan(1.3);

    const growth = await attached.growth([second, first]);
    expect(growth!.blamed[0]!.function).toBe('main.(*SessionCache).Put');
    expect(growth!.captures!.map(({ id }) => id)).toEqual([first.record.id, second.record.id]);
    const [goroutines] = await attached.goroutineGrowth([first, second]);
    expect(goroutines).toMatchObject({
      createdBy: { function: 'main.leakGoroutines' },
      blockedAt: { function: 'main.waitForReply' },
    });
    await until(() => attached.samples().atMs.length >= 8);
  });

  it('finds the process behind a URL of this host, and a process by its name', async () => {
    const leaky = await service({ name: NAME, expvar: false });
    const byUrl = await session(leaky.url.replace('http://127.0.0.1', 'localhost'));
    expect([byUrl.name, byUrl.hasProcessView]).toEqual([NAME, true]);
    expect(byUrl.status().pid).toBe(leaky.pid);
    const byName = await session(`${NAME.toUpperCase()}.exe`);
    expect(byName.status()).toMatchObject({ pid: leaky.pid, pprofUrl: `${leaky.url}/debug/pprof/` });
    // With pprof alone one request collects and tells.
    const point = await byName.forcedPoint();
    expect(point.runtime.source).toBe('heap_text');
    expect(point.runtime.forcedGcCount).toBeGreaterThanOrEqual(1);
  });

  it('reads the live heap without the garbage that reading makes, whatever tells MemStats', async () => {
    const leaky = await service();
    const attached = await session(String(leaky.pid));
    expect(attached.status().lastSample!.runtime!.source).toBe('expvar');
    const bytes: number[] = [];
    for (let i = 0; i < 7; i++) bytes.push((await attached.forcedPoint()).liveHeapBytes);
    // Writing one heap profile leaves half a megabyte and more; now and then a sample of the session comes between.
    bytes.sort((a, b) => a - b);
    expect(bytes[3]! - bytes[0]!).toBeLessThan(MIB / 8);
  });

  it('says that a process has ended, and stops', async () => {
    const leaky = await service();
    const attached = await session(String(leaky.pid));
    const problems: (string | undefined)[] = [];
    attached.subscribe((event) => event.type === 'problem' && problems.push(event.problem?.code));
    await leaky.stop();
    await until(() => attached.ended.aborted);
    expect(attached.problem).toMatchObject({ code: 'gone', message: `${attached.name} has ended` });
    expect(problems.at(-1)).toBe('gone');
    await expect(attached.forcedPoint()).rejects.toMatchObject({ code: 'process_gone' });
  });

  it('judges a process without pprof from outside, and says how to add it', async () => {
    const leaky = await service({ pprof: false, expvar: false });
    const attached = await session(String(leaky.pid));
    expect(attached.hasPprof).toBe(false);
    expect(attached.problem).toMatchObject({ code: 'no_pprof' });
    expect(attached.problem!.message).toContain('import _ "net/http/pprof"');
    expect(attached.status().lastSample!.signals.commit).toBeGreaterThan(MIB);
    await expect(attached.capture()).rejects.toMatchObject({ code: 'no_pprof', exitCode: 3 });
  });

  it('refuses what is no Go process, no process and no pprof, each with the reason', async () => {
    const sleeper = spawn('sleep', ['60']);
    ended.push(() => void sleeper.kill());
    const server = createServer((_, response) => response.writeHead(404).end('nothing here')).listen(
      0,
      '127.0.0.1',
    );
    ended.push(() => void server.close());
    await new Promise((resolve) => server.once('listening', resolve));
    const { port } = server.address() as AddressInfo;
    await service({ name: NAME });
    const cases: [string, string, RegExp][] = [
      [String(sleeper.pid), 'not_go', /\(sleep\) is not a Go program/],
      ['4194304', 'process_unknown', /there is no process 4194304/],
      [NAME.replace('session', 'sesion'), 'target_unknown', new RegExp(`did you mean ${NAME}\\?`)],
      [`127.0.0.1:${port}`, 'no_pprof', /answers, but not as net\/http\/pprof does/],
      ['127.0.0.1:1', 'target_unreachable', /nothing listens there/],
    ];
    for (const [text, code, message] of cases) {
      const error = await session(text).catch((reason: unknown) => reason);
      expect(error).toMatchObject({ code, exitCode: 3 });
      expect((error as Error).message).toMatch(message);
    }
  });
});
