// `leakline diagnose` as a user runs it: every mode of the leaking service, what goes wrong, and the terminal itself.

import { execFile, execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it, vi, type TestContext } from 'vitest';
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
import { waitFor } from '../lib/programs.js';

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
/** A machine that is busy with other things takes several times as long. */
const SLOW_MS = 600_000;

// Everything here mostly waits: all side by side, as far as two cores bear it.
vi.setConfig({ maxConcurrency: 10, testTimeout: SLOW_MS });
beforeAll(() => buildLeaky(), SLOW_MS);

/** Ends with the test that starts it. */
async function service(test: TestContext, options?: LeakyOptions): Promise<Leaky> {
  const leaky = await startLeaky(options);
  test.onTestFinished(() => leaky.stop());
  return leaky;
}

describe.concurrent('the modes of the leaking service', () => {
  async function found(
    test: TestContext,
    { options, leaks, load }: Case,
  ): Promise<{ run: Run; json: DiagnosisJson }> {
    const leaky = await service(test, options);
    const requests = `"${process.execPath}" -e "setInterval(() => fetch('${leaky.url}/work'), 20)"`;
    const run = await diagnose(
      leaky.url,
      ...(leaks ? UNTIL_FOUND : HEALTHY),
      ...['--json', '--source-path', LEAKY_SOURCE],
      ...(load ? ['--load', requests] : []),
    );
    return { run, json: JSON.parse(run.stdout || '{}') as DiagnosisJson };
  }

  it.for(CASES.filter(({ culprit }) => culprit !== undefined))(
    '$mode: $culprit is named first',
    async (each, test) => {
      const { culprit, mode } = each;
      const { run, json } = await found(test, each);
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
      if (mode === 'goroutines')
        expect(json.goroutines[0]).toMatchObject({
          createdBy: { function: 'main.leakGoroutines' },
          blockedAt: { function: 'main.waitForReply' },
        });
      if (mode === 'tickers')
        expect(json.goroutines[0]).toMatchObject({ createdBy: { function: 'main.leakTickers' } });
    },
  );

  it.for(CASES.filter(({ mode }) => mode === 'native'))(
    '$mode: memory outside of Go is named, and no function',
    async (each, test) => {
      const { run, json } = await found(test, each);
      expect(json.verdict, JSON.stringify(json.accounting)).toMatchObject({
        state: 'leaking',
        channel: 'non_go',
      });
      expect(run.code).toBe(1);
      expect(json.title).toMatch(/outside of the Go heap$/);
      expect(json.advice[0]!.title).toMatch(/^Memory outside of Go grows/);
    },
  );

  it.for(CASES.filter(({ leaks }) => !leaks))('$mode: exit code 0', async (each, test) => {
    const { run, json } = await found(test, each);
    expect(json.verdict.state, json.verdict.why).not.toBe('leaking');
    expect(run.code).toBe(0);
  });
});

describe.concurrent('what goes wrong', () => {
  it('a service that crashes: what was seen until then, exit code 3', async (test) => {
    const leaky = await service(test, { mode: 'flat' });
    const child = spawn(process.execPath, [LEAKLINE, 'diagnose', String(leaky.pid), '--duration', '3m']);
    test.onTestFinished(() => void child.kill());
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

  it('an address that is not the base of pprof, while MemStats are found elsewhere', async (test) => {
    const leaky = await service(test, { mode: 'flat' });
    const { code, stderr } = await diagnose(`${leaky.url}/work/`);
    expect(stderr).toContain('its base usually ends with /debug/pprof/');
    expect(code).toBe(3);
  });

  it('no pprof: judged from outside, and how to add it', async (test) => {
    const leaky = await service(test, { mode: 'flat', pprof: false, expvar: false });
    const { code, stdout } = await diagnose(leaky.pid.toString(), '--duration', '6s');
    expect(stdout).toContain('import _ "net/http/pprof"');
    expect(stdout).toContain('Add pprof');
    expect(code).toBe(0);
  });

  it('another process, no process, a name that is not there, an address that is none', async (test) => {
    const sleeper = spawn('sleep', ['60']);
    test.onTestFinished(() => void sleeper.kill());
    const runs = await Promise.all([
      diagnose(String(sleeper.pid)),
      diagnose('4194304'),
      diagnose('no-such-service'),
      diagnose('127.0.0.1:1'),
      diagnose('ftp://host/'),
      diagnose('x', '--duration', 'soon'),
      diagnose('x', '--report', 'leak.docx'),
      diagnose('x', '--no-such-flag'),
      diagnose('x', '--report', 'no-such-folder/leak.md'),
      diagnose('x', '--ca-file', 'no-such-file'),
    ]);
    expect(runs.map(({ code }) => code)).toEqual([3, 3, 3, 3, 2, 2, 2, 2, 2, 2]);
    const told = runs.map(({ stderr }) => stderr);
    expect(told[0]).toContain('is not a Go program');
    expect(told[1]).toContain('there is no process 4194304');
    expect(told[2]).toContain('there is no Go process named "no-such-service"');
    expect(told[3]).toContain('nothing listens there');
    expect(told[4]).toContain('it must begin with http:// or https://');
    expect(told[5]).toContain('--duration must be a duration such as "90s" or "10m", not "soon"');
    expect(told[6]).toContain('.md, .html or .pdf');
    expect(told[8]).toMatch(/^leakline: --report: cannot write into .*no-such-folder: no such file\n$/);
    expect(told[9]).toBe('leakline: --ca-file: cannot read no-such-file: no such file\n');
    for (const { stdout } of runs) expect(stdout).toBe('');
  });
});

describe.concurrent('in a terminal', () => {
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

  it('draws within 80 and 160 columns, ends early on a key, and gives the terminal back', async (test) => {
    const leaky = await service(test, { mode: 'map-cache', rate: '4MiB' });
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

  it('lists the Go processes to choose from, and gives the terminal back on Ctrl-C twice', async (test) => {
    const name = `choose-${process.pid}`;
    await service(test, { mode: 'flat', name });
    tmux(
      ...['new-session', '-d', '-s', 'choose', '-x', '80', '-y', '40'],
      `${process.execPath} ${LEAKLINE} diagnose --duration 5m; echo "exit $?"; exec sleep 600`,
    );
    const list = await until('choose', /Which process\?/);
    for (const line of list.split('\n')) expect(widthOf(line)).toBeLessThanOrEqual(80);
    // The arrow goes down to the one that is meant; each key is waited for, or a late one would carry it past.
    const marked = () => /^❯ .*$/m.exec(shown('choose'))?.[0] ?? '';
    for (let before = marked(); !before.startsWith(`❯ ${name}`); before = marked()) {
      tmux('send-keys', '-t', 'choose', 'Down');
      await waitFor('the arrow to move', () => marked() !== before);
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
