// `leakline verify` on the leaking service in each of its modes, and on services that cannot be judged.

import { readFileSync } from 'node:fs';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { verifySchema, type VerifyOptions } from '../../exporter/src/verify/options.js';
import { runVerify } from '../../exporter/src/verify/run.js';
import type { FailureKind, VerifyResult } from '../../exporter/src/verify/types.js';
import { buildLeaky, leakyArguments, startLeaky, type LeakyMode, type LeakyOptions } from '../lib/leaky.js';
import { freePort } from '../lib/programs.js';
import { verify } from '../lib/verify.js';

interface Case {
  mode: LeakyMode;
  options: LeakyOptions;
  /** What fails; absent: healthy. */
  fails?: FailureKind[];
  function?: string;
  load?: string;
}

const leak = (mode: LeakyMode, rate: string, name: string, args: string[] = []): Case => ({
  mode,
  options: { mode, rate, args },
  fails: ['heap_leak'],
  function: name,
});

const CASES: Case[] = [
  leak('map-cache', '1MiB', 'main.(*SessionCache).Put'),
  leak('slice', '1MiB', 'main.retainBigArray'),
  leak('finalizer', '1MiB', 'main.leakFinalizerCycle'),
  leak('global-append', '1MiB', 'main.appendAuditLog'),
  leak('steps', '1MiB', 'main.leakInSteps', ['-step-period=1s']),
  leak('time-after', '1MiB', 'main.leakTimeAfter'),
  { ...leak('goroutines', '512KiB', 'main.leakGoroutines'), fails: ['heap_leak', 'goroutine_leak'] },
  { ...leak('tickers', '512KiB', 'main.leakTickers'), fails: ['heap_leak', 'goroutine_leak'] },
  { mode: 'native', options: { mode: 'native', rate: '4MiB' }, fails: ['native_leak'] },
  { ...leak('per-request', '8KiB', 'main.(*RequestLog).Remember'), load: 'load' },
  { mode: 'flat', options: { mode: 'flat', rate: '32MiB' } },
  { mode: 'lru', options: { mode: 'lru', rate: '8MiB', args: ['-plateau=4MiB'] } },
  { mode: 'warm-up', options: { mode: 'warm-up', rate: '16MiB', args: ['-plateau=8MiB'] } },
  { mode: 'ramp', options: { mode: 'ramp', rate: '1MiB', args: ['-ramp-period=3s'] } },
];

/** Short, since the leaks are fast; where a busy machine leaves it undecided it is watched on. */
const SETTINGS = { warmup: '3s', duration: '12s', interval: '400ms', extend: '24s' };
/** What fills itself at first must have done so before it is watched, on a busy machine too. */
const WARMUP_OF_HEALTHY = '12s';
const AT_ONCE = 7;

/** Requests at an even pace, told as hey tells them. */
const LOAD = (url: string) =>
  `${process.execPath} -e "let n = 0; process.on('SIGINT', () => { console.log('Requests/sec: 1\\nStatus code distribution:\\n  [200] ' + n + ' responses'); process.exit(0); }); setInterval(() => fetch('${url}/work').then((r) => r.text()).then(() => n++), 8)"`;

describe('the modes of the leaking service', () => {
  const results = new Map<LeakyMode, VerifyResult>();

  beforeAll(async () => {
    const executable = await buildLeaky();
    for (let at = 0; at < CASES.length; at += AT_ONCE)
      await Promise.all(CASES.slice(at, at + AT_ONCE).map(judge));
    async function judge({ mode, options, load, fails }: Case): Promise<void> {
      const port = await freePort();
      const addr = `127.0.0.1:${port}`;
      const parsed: VerifyOptions = verifySchema.parse({
        ...SETTINGS,
        ...(!fails && { warmup: WARMUP_OF_HEALTHY }),
        command: [executable, ...leakyArguments({ ...options, addr })],
        ready: `http://${addr}/healthz`,
        ...(load && { load: LOAD(`http://${addr}`) }),
      });
      const hooks = { onProgress: () => undefined, signal: new AbortController().signal };
      results.set(mode, await runVerify(parsed, hooks));
    }
  });

  it.each(CASES.filter(({ fails }) => fails))('$mode fails: $function', ({ mode, fails, function: name }) => {
    const { outcome, failures, functions, channels } = results.get(mode)!;
    expect(failures.map(({ kind }) => kind).sort(), JSON.stringify(channels)).toEqual([...fails!].sort());
    expect(outcome).toBe('failed');
    if (name !== undefined) {
      expect(functions[0]?.function).toBe(name);
      expect(functions[0]?.file).toMatch(/leaks\.go$/);
      expect(failures[0]?.place?.function).toBe(name);
    }
  });

  it.each(CASES.filter(({ fails }) => !fails))('$mode passes', ({ mode }) => {
    const { outcome, failures, channels } = results.get(mode)!;
    expect(failures, JSON.stringify(channels)).toEqual([]);
    expect(outcome).toBe('passed');
  });

  it('goroutines are named by who starts them and where they wait', () => {
    expect(results.get('goroutines')!.goroutines[0]).toMatchObject({
      createdBy: { function: 'main.leakGoroutines' },
      blockedAt: { function: 'main.waitForReply' },
    });
  });

  it('bytes kept per operation are what the service keeps of a request', () => {
    const { operations, functions } = results.get('per-request')!;
    expect(operations?.source).toBe('hey');
    expect(functions[0]!.bytesPerOperation! / 8192).toBeGreaterThan(0.7);
    expect(functions[0]!.bytesPerOperation! / 8192).toBeLessThan(1.3);
  });
});

describe('what cannot be judged', () => {
  const folder = mkdtempSync(join(tmpdir(), 'leakline-verify-e2e-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it.each([
    [
      'a service that crashes',
      ['--', '/bin/sh', '-c', 'echo out of luck; exit 7'],
      /the service ended with code 7.*\n.*out of luck/,
    ],
    [
      'a program that is not there',
      ['--', './no-such-program'],
      /cannot start \.\/no-such-program: there is no such program/,
    ],
    [
      'a service that never gets ready',
      ['--ready', 'http://127.0.0.1:9/', '--ready-timeout', '1s', '--', '/bin/sleep', '60'],
      /did not become ready within 1 s: http:\/\/127\.0\.0\.1:9\/: .*nothing listens there/,
    ],
    [
      'a program that is not Go',
      ['--ready-timeout', '1s', '--', '/bin/sleep', '60'],
      /started no Go program within 1 s/,
    ],
    ['nobody to attach to', ['--attach', 'http://127.0.0.1:9/debug/pprof/'], /nothing listens there/],
  ])('%s: 3', async (_, args, message) => {
    const { code, stderr, stdout } = await verify({ args });
    expect(stderr).toMatch(message);
    expect(stdout).toBe('');
    expect(code).toBe(3);
  });

  it('a service without pprof: 3, with the line that adds it', async () => {
    const args = ['--ready-timeout', '2s', '--', await buildLeaky(), '-pprof=false'];
    const { code, stderr } = await verify({ args });
    expect(stderr).toMatch(/leaky served no pprof on loopback within 2 s\. .*net\/http\/pprof/);
    expect(code).toBe(3);
  });

  it('a load that cannot run: 3', async () => {
    const { code, stderr } = await verify({
      args: ['--load', 'echo no way; exit 4', '--', await buildLeaky()],
    });
    expect(stderr).toMatch(/the load ended with code 4 3 times in a row.*\n.*no way/);
    expect(code).toBe(3);
  });

  it('wrong usage: 2', async () => {
    const { code, stderr } = await verify({ args: ['--duration', 'long', '--', 'x'] });
    expect(stderr).toBe('leakline: --duration "long" must be a duration such as "30s" or "1h30m"\n');
    expect(code).toBe(2);
  });

  it('Ctrl-C ends what was started: 130', async () => {
    const log = join(folder, 'service.log');
    const args = ['--log', log, '--load', 'sleep 600', '--', await buildLeaky()];
    const { code, stderr } = await verify({ args, interruptAt: /warming up/ });
    expect(code).toBe(130);
    expect(stderr).toContain('interrupted: everything that was started has ended');
    const pid = Number(/\(pid (\d+)\)/.exec(stderr)![1]);
    expect(() => process.kill(pid, 0)).toThrow('ESRCH');
    expect(readFileSync(log, 'utf8')).toContain('leaky listening on');
  });

  it('a service that runs already is attached to, and goes on', async () => {
    const leaky = await startLeaky({ mode: 'map-cache', rate: '1MiB' });
    try {
      const args = [
        '--attach',
        String(leaky.pid),
        '--json',
        '--warmup',
        '0s',
        '--duration',
        '6s',
        '--interval',
        '300ms',
      ];
      const { code, result } = await verify({ args });
      expect(result().functions[0]?.function).toBe('main.(*SessionCache).Put');
      expect(code).toBe(1);
      expect(await leaky.modes()).not.toEqual([]);
    } finally {
      await leaky.stop();
    }
  });
});
