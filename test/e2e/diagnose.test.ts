// `leakline diagnose` as a user runs it: every mode of the leaking service, what goes wrong, and the terminal itself.

import { execFile, execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { DiagnosisJson } from '../../exporter/src/diagnose/json.js';
import { widthOf } from '../../exporter/src/diagnose/text.js';
import {
  buildLeaky,
  LEAKY_SOURCE,
  startLeaky,
  type Leaky,
  type LeakyMode,
  type LeakyOptions,
} from '../lib/leaky.js';

const LEAKLINE = fileURLToPath(new URL('../../exporter/bin/leakline.js', import.meta.url));

interface Run {
  code: number;
  stdout: string;
  stderr: string;
}

function diagnose(...args: string[]): Promise<Run> {
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      [LEAKLINE, 'diagnose', ...args],
      // As in a pipeline, where some programs take colours for welcome.
      { maxBuffer: 64 * 2 ** 20, env: { ...process.env, CI: 'true' } },
      (error, stdout, stderr) =>
        resolve({ code: error === null ? 0 : Number(error.code ?? -1), stdout, stderr }),
    );
  });
}

interface Case {
  mode: LeakyMode;
  options: LeakyOptions;
  /** The function that is named first; absent for healthy modes and for memory outside of Go. */
  culprit?: string;
  leaks: boolean;
  load?: boolean;
}

const leak = (mode: LeakyMode, rate: string, culprit?: string, args: string[] = []): Case => ({
  mode,
  options: { mode, rate, args },
  leaks: true,
  ...(culprit !== undefined && { culprit }),
});
const healthy = (mode: LeakyMode, rate: string, ...args: string[]): Case => ({
  mode,
  options: { mode, rate, args },
  leaks: false,
});

const CASES: Case[] = [
  leak('map-cache', '1MiB', 'main.(*SessionCache).Put'),
  leak('slice', '1MiB', 'main.retainBigArray'),
  leak('finalizer', '1MiB', 'main.leakFinalizerCycle'),
  leak('global-append', '1MiB', 'main.appendAuditLog'),
  leak('steps', '1MiB', 'main.leakInSteps', ['-step-period=1s']),
  leak('time-after', '1MiB', 'main.leakTimeAfter'),
  leak('goroutines', '512KiB', 'main.leakGoroutines'),
  leak('tickers', '512KiB', 'main.leakTickers'),
  leak('native', '4MiB'),
  { ...leak('per-request', '32KiB', 'main.(*RequestLog).Remember'), load: true },
  healthy('flat', '32MiB'),
  healthy('lru', '8MiB', '-plateau=4MiB'),
  healthy('warm-up', '16MiB', '-plateau=8MiB'),
  healthy('ramp', '1MiB', '-ramp-period=3s'),
];
/** A leak ends its run by itself: after a minute of growth, or later on a machine that is busy. */
const UNTIL_FOUND = ['--until-verdict', '--duration', '5m'];
const HEALTHY = ['--duration', '30s'];
const AT_ONCE = 7;
/** A machine that is busy with other things takes several times as long. */
const SLOW_MS = 600_000;

const ended: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ended.splice(0).reverse()) await end();
});

async function service(options?: LeakyOptions): Promise<Leaky> {
  const leaky = await startLeaky(options);
  ended.push(() => leaky.stop());
  return leaky;
}

describe('the modes of the leaking service', () => {
  const found = new Map<LeakyMode, { run: Run; json: DiagnosisJson }>();

  beforeAll(async () => {
    await buildLeaky();
    for (let at = 0; at < CASES.length; at += AT_ONCE)
      await Promise.all(CASES.slice(at, at + AT_ONCE).map(one));
    async function one({ mode, options, leaks, load }: Case): Promise<void> {
      const leaky = await startLeaky(options);
      try {
        const requests = `"${process.execPath}" -e "setInterval(() => fetch('${leaky.url}/work'), 20)"`;
        const run = await diagnose(
          leaky.url,
          ...(leaks ? UNTIL_FOUND : HEALTHY),
          ...['--json', '--source-path', LEAKY_SOURCE],
          ...(load ? ['--load', requests] : []),
        );
        found.set(mode, { run, json: JSON.parse(run.stdout || '{}') as DiagnosisJson });
      } finally {
        await leaky.stop();
      }
    }
  }, SLOW_MS);

  it.each(CASES.filter(({ culprit }) => culprit !== undefined))(
    '$mode: $culprit is named first',
    ({ mode, culprit }) => {
      const { run, json } = found.get(mode)!;
      expect(json.verdict, run.stderr).toMatchObject({ state: 'leaking' });
      expect([run.code, json.exitCode]).toEqual([1, 1]);
      expect(json.title).toContain(culprit);
      // Goroutines are told by who creates them; what they hold in the heap may be little.
      const place =
        json.verdict.channel === 'goroutines' ? json.goroutines[0]!.createdBy! : json.growth!.blamed[0]!;
      expect(place.function).toBe(culprit);
      expect(place.file).toMatch(/leaks\.go$/);
      expect(json.advice[0]!.title).toContain(culprit);
      expect(json.captures.length).toBeGreaterThanOrEqual(2);
    },
  );

  it('native: memory outside of Go is named, and no function', () => {
    const { run, json } = found.get('native')!;
    expect(json.verdict, JSON.stringify(json.accounting)).toMatchObject({
      state: 'leaking',
      channel: 'non_go',
    });
    expect(run.code).toBe(1);
    expect(json.title).toMatch(/outside of the Go heap$/);
    expect(json.advice[0]!.title).toMatch(/^Memory outside of Go grows/);
  });

  it('goroutines and tickers are told by who creates them and where they wait', () => {
    expect(found.get('goroutines')!.json.goroutines[0]).toMatchObject({
      createdBy: { function: 'main.leakGoroutines' },
      blockedAt: { function: 'main.waitForReply' },
    });
    expect(found.get('tickers')!.json.goroutines[0]).toMatchObject({
      createdBy: { function: 'main.leakTickers' },
    });
  });

  it.each(CASES.filter(({ leaks }) => !leaks))('$mode: exit code 0', ({ mode }) => {
    const { run, json } = found.get(mode)!;
    expect(json.verdict.state, json.verdict.why).not.toBe('leaking');
    expect(run.code).toBe(0);
  });
});

describe('what goes wrong', () => {
  it('a service that crashes: what was seen until then, exit code 3', async () => {
    const leaky = await service({ mode: 'flat' });
    const child = spawn(process.execPath, [LEAKLINE, 'diagnose', String(leaky.pid), '--duration', '3m']);
    ended.push(() => child.kill());
    let stdout = '';
    const code = await new Promise((resolve) => {
      child.once('close', resolve);
      child.stdout.on('data', (chunk: Buffer) => {
        stdout += chunk.toString();
        if (stdout.includes('captured a heap profile')) void leaky.stop();
      });
    });
    expect(stdout).toMatch(/^Note +leaky(-\d+)? has ended$/m);
    expect(code).toBe(3);
  });

  it('no pprof: judged from outside, and how to add it', async () => {
    const leaky = await service({ mode: 'flat', pprof: false, expvar: false });
    const { code, stdout } = await diagnose(leaky.pid.toString(), '--duration', '6s');
    expect(stdout).toContain('import _ "net/http/pprof"');
    expect(stdout).toContain('Add pprof');
    expect(code).toBe(0);
  });

  it('another process, no process, a name that is not there, an address that is none', async () => {
    const sleeper = spawn('sleep', ['60']);
    ended.push(() => sleeper.kill());
    const runs = await Promise.all([
      diagnose(String(sleeper.pid)),
      diagnose('4194304'),
      diagnose('no-such-service'),
      diagnose('127.0.0.1:1'),
      diagnose('ftp://host/'),
      diagnose('x', '--duration', 'soon'),
      diagnose('x', '--report', 'leak.docx'),
      diagnose('x', '--no-such-flag'),
    ]);
    expect(runs.map(({ code }) => code)).toEqual([3, 3, 3, 3, 2, 2, 2, 2]);
    const told = runs.map(({ stderr }) => stderr);
    expect(told[0]).toContain('is not a Go program');
    expect(told[1]).toContain('there is no process 4194304');
    expect(told[2]).toContain('there is no Go process named "no-such-service"');
    expect(told[3]).toContain('nothing listens there');
    expect(told[4]).toContain('it must begin with http:// or https://');
    expect(told[5]).toContain('--duration must be a duration such as "90s" or "10m", not "soon"');
    expect(told[6]).toContain('.md, .html or .pdf');
    for (const { stdout } of runs) expect(stdout).toBe('');
  });
});

describe('in a terminal', () => {
  const folder = mkdtempSync(join(tmpdir(), 'leakline-diagnose-'));
  const socket = join(folder, 'tmux');
  const tmux = (...args: string[]) => execFileSync('tmux', ['-S', socket, ...args], { encoding: 'utf8' });
  afterAll(() => {
    try {
      tmux('kill-server');
    } catch {
      // It ended with its last window.
    }
    rmSync(folder, { recursive: true, force: true });
  });
  const shown = (name: string, ...args: string[]) => tmux('capture-pane', '-p', '-t', name, ...args);
  async function until(name: string, pattern: RegExp, ...args: string[]): Promise<string> {
    for (const endMs = Date.now() + 90_000; ; await sleep(200)) {
      const text = shown(name, ...args);
      if (pattern.test(text)) return text;
      if (Date.now() > endMs) throw new Error(`${name}: no ${pattern} in\n${text}`);
    }
  }

  it('draws within 80 and 160 columns, ends early on a key, and gives the terminal back', async () => {
    const leaky = await service({ mode: 'map-cache', rate: '4MiB' });
    const report = join(folder, 'report.html');
    const kept = join(folder, 'profiles');
    for (const columns of [80, 160]) {
      const extra = columns === 80 ? `--report ${report} --save ${kept}` : '--until-verdict';
      tmux(
        ...['new-session', '-d', '-s', `w${columns}`, '-x', `${columns}`, '-y', '40'],
        `${process.execPath} ${LEAKLINE} diagnose ${leaky.pid} --duration 5m --source-path ${LEAKY_SOURCE} ${extra}; echo "exit $?"; exec sleep 600`,
      );
    }
    for (const columns of [80, 160]) {
      const name = `w${columns}`;
      const live = await until(name, /GROWING|LEAK /);
      for (const line of live.split('\n')) expect(widthOf(line)).toBeLessThanOrEqual(columns);
      expect(live).toMatch(/live heap +[\d.]+ MiB +█+/);
      expect(live).toMatch(/^Waiting +[█░]+ /m);
      // Not wrapped: a line of its own for each.
      expect(live).toMatch(/^Goroutines +\d/m);
    }
    // A narrower window is drawn anew within its width.
    tmux('resize-window', '-t', 'w160', '-x', '60', '-y', '30');
    const narrow = await until('w160', /^Waiting +[█░]+ .{1,40}$/m);
    for (const line of narrow.split('\n')) expect(widthOf(line)).toBeLessThanOrEqual(60);
    tmux('resize-window', '-t', 'w160', '-x', '160', '-y', '40');

    await until('w80', /LEAK /);
    tmux('send-keys', '-t', 'w80', 'q');
    for (const columns of [80, 160]) {
      const last = await until(`w${columns}`, /^exit \d+$/m, '-S', '-');
      expect(last).toMatch(/^leaky leaks [\d.]+ MiB\/s: main\.\(\*SessionCache\)\.Put \(leaks\.go:\d+\)$/m);
      expect(last).toMatch(/^> +\d+ .*c\.sessions\[/m);
      expect(last).toContain('What to look at next');
      expect(last).toMatch(/^exit 1$/m);
      for (const line of last.split('\n')) expect(widthOf(line)).toBeLessThanOrEqual(columns);
      expect(
        tmux('display-message', '-p', '-t', `w${columns}`, '#{cursor_flag} #{alternate_on}').trim(),
      ).toBe('1 0');
    }
    expect(readFileSync(report, 'utf8')).toContain('main.(*SessionCache).Put');
    expect(readdirSync(kept)).toEqual(
      expect.arrayContaining(['1-heap.pb.gz', '2-heap.pb.gz', '1-goroutine-debug2.txt']),
    );
  });

  it('lists the Go processes to choose from, and gives the terminal back on Ctrl-C twice', async () => {
    const name = `choose-${process.pid}`;
    await service({ mode: 'flat', name });
    tmux(
      ...['new-session', '-d', '-s', 'choose', '-x', '80', '-y', '40'],
      `${process.execPath} ${LEAKLINE} diagnose --duration 5m; echo "exit $?"; exec sleep 600`,
    );
    const list = await until('choose', /Which process\?/);
    for (const line of list.split('\n')) expect(widthOf(line)).toBeLessThanOrEqual(80);
    // The arrow goes down to the one that is meant.
    for (let i = 0; !new RegExp(`^❯ ${name}`, 'm').test(shown('choose')); i++) {
      if (i > 100) throw new Error(`not reached: ${shown('choose')}`);
      tmux('send-keys', '-t', 'choose', 'Down');
      await sleep(50);
    }
    tmux('send-keys', '-t', 'choose', 'Enter');
    await until('choose', new RegExp(`^${name} +pid`, 'm'));
    tmux('send-keys', '-t', 'choose', 'C-c');
    tmux('send-keys', '-t', 'choose', 'C-c');
    await until('choose', /^exit (130|0)$/m);
    expect(tmux('display-message', '-p', '-t', 'choose', '#{cursor_flag} #{alternate_on}').trim()).toBe(
      '1 0',
    );
  });
});
