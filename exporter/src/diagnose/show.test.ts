// What a person sees: the live view and the summary at many widths, with foreign texts in every place.

import pc from 'picocolors';
import { describe, expect, it } from 'vitest';
import { findings, liveState, MIB, START_MS } from './findings.testing.js';
import { exitCodeOf, jsonOf } from './json.js';
import { lineOf } from './plain.js';
import { reportModelOf } from './report-model.js';
import { screen } from './screen.js';
import { summary } from './summary.js';
import { ASCII, harmless, UNICODE, widthOf } from './text.js';
import { titleOf } from './title.js';

const PLAIN = pc.createColors(false);
const COLOURED = pc.createColors(true);
const HOSTILE = 'x\u001b[2J\u001b]0;owned\u0007\n订单'.repeat(6);
const LONG = 'example.com/company/platform/services/orders/internal/cache'.repeat(3);
const WIDTHS = [1, 20, 60, 80, 160];

const ESCAPE = String.fromCharCode(27);
const COLOURS = new RegExp(`${ESCAPE}\\[\\d*m`, 'g');
/** Colours take no place; any other escape sequence would stay and be found. */
const visible = (line: string) => line.replace(COLOURS, '');

describe('the live view', () => {
  it.each(WIDTHS)('is never wider than %i columns, whatever stands in it', (columns) => {
    for (const name of ['orders', HOSTILE, LONG]) {
      for (const glyphs of [UNICODE, ASCII]) {
        const lines = screen(liveState(findings(name)), { columns, rows: 50 }, glyphs, COLOURED);
        for (const line of lines) {
          expect(widthOf(visible(line))).toBeLessThanOrEqual(columns);
          expect(harmless(visible(line))).toBe(visible(line));
        }
      }
    }
  });

  it('tells state, parts, slope, collections, what it waits for', () => {
    const text = screen(liveState(findings()), { columns: 100, rows: 50 }, UNICODE, PLAIN).join('\n');
    expect(text).toContain('orders  pid 4711  go1.26.4  example.com/orders');
    expect(text).toMatch(/0:30 \/ 3:00$/m);
    expect(text).toContain('LEAK        the live heap of orders grows by 1 MiB/s');
    expect(text).toContain('reaches orders (640 MiB) in 8 min 20 s');
    expect(text).toMatch(/^ {2}live heap +100 MiB {2}█+ +\+60 MiB$/m);
    expect(text).toContain('Live heap      100 MiB  +1 MiB/s (+973 KiB/s to +1.05 MiB/s)');
    expect(text).toContain('GC            59 collections (5 forced), 118/min, 1.2 % CPU, last pause 120 µs');
    expect(text).toMatch(/^Goroutines +300 {2}\+4\.8\/s/m);
    expect(text).toMatch(/^Waiting +█+░+ 11 more garbage collections until the heap can be judged$/m);
  });

  it('keeps state and verdict on a terminal that is low', () => {
    for (const rows of [1, 3, 8, 15, 20]) {
      const lines = screen(liveState(findings()), { columns: 80, rows }, UNICODE, PLAIN);
      expect(lines[0]).toContain('orders');
      if (rows >= 5) expect(lines.join('\n')).toContain('LEAK');
      if (rows >= 8) expect(lines.length).toBeLessThanOrEqual(rows);
    }
  });

  it('shows what is known from outside alone', () => {
    const outside = findings('orders', {
      first: undefined,
      last: undefined,
      problem: { code: 'no_pprof', message: 'orders serves no pprof', sinceMs: START_MS },
      verdict: { ...findings().verdict, state: 'learning', slopes: {}, timeToLimit: null },
    });
    outside.target.lastSample = { atMs: START_MS, signals: { commit: 50 * MIB } };
    const text = screen(
      liveState(outside, { collections: undefined }),
      { columns: 80, rows: 24 },
      UNICODE,
      PLAIN,
    ).join('\n');
    expect(text).toContain('LEARNING    too early to tell');
    expect(text).toContain('Note        orders serves no pprof');
    expect(text).toMatch(/^Memory +50 MiB/m);
    expect(text).not.toContain('GC ');
  });
});

describe('the summary', () => {
  it.each(WIDTHS.filter((width) => width >= 20))('is never wider than %i columns', (width) => {
    for (const name of ['orders', HOSTILE, LONG]) {
      for (const line of summary(findings(name), { width, glyphs: UNICODE, colors: COLOURED })) {
        expect(widthOf(visible(line))).toBeLessThanOrEqual(width);
        expect(harmless(visible(line))).toBe(visible(line));
      }
    }
  });

  it('begins with the answer and ends with what to do', () => {
    const lines = summary(findings(), { width: 100, glyphs: UNICODE, colors: PLAIN });
    const text = lines.join('\n');
    expect(lines[0]).toBe('orders leaks 1 MiB/s: main.(*orders).Put (cache.go:77)');
    expect(text).toMatch(/^ {2}live heap +40 MiB +100 MiB +\+60 MiB$/m);
    expect(text).toMatch(/^ +60 MiB +1 MiB\/s +97 % {2}main\.\(\*orders\)\.Put {2}cache\.go:77$/m);
    expect(text).toMatch(/^> 77 {6}c\.sessions\[c\.next\] = make\(\[\]byte, size\) {2}\+60 MiB$/m);
    expect(text).toContain('created by main.serveorders orders.go:12');
    expect(text).toContain('chan receive in main.waitorders orders.go:30, 300 now');
    expect(text).toContain('  1. Go objects are held: main.(*orders).Put');
  });
});

describe('titles, exit codes and machines', () => {
  const { verdict } = findings();
  it.each([
    [{}, 'orders leaks 1 MiB/s: main.(*orders).Put (cache.go:77)', 1],
    [
      { verdict: { ...verdict, channel: 'goroutines', leaking: ['goroutines'] } },
      'orders leaks goroutines, 4.8/s: main.serveorders (orders.go:12)',
      1,
    ],
    [
      {
        verdict: {
          ...verdict,
          channel: 'non_go',
          leaking: ['non_go', 'live_heap'],
          slopes: { non_go: { perSecond: MIB, lowerPerSecond: MIB, upperPerSecond: MIB } },
        },
      },
      'orders leaks 1 MiB/s outside of the Go heap',
      1,
    ],
    [
      { verdict: { ...verdict, state: 'growing' } },
      'orders grows, which may be a leak: watch longer than 1 min',
      0,
    ],
    [{ verdict: { ...verdict, state: 'healthy' } }, 'orders: no leak seen in 1 min', 0],
    [{ verdict: { ...verdict, state: 'learning' } }, 'orders: too little was seen in 1 min to tell', 0],
    [
      {
        verdict: { ...verdict, state: 'healthy' },
        problem: { code: 'gone', message: 'orders has ended', sinceMs: 0 },
      },
      'orders: no leak seen in 1 min',
      3,
    ],
    [
      { problem: { code: 'gone', message: 'orders has ended', sinceMs: 0 } },
      'orders leaks 1 MiB/s: main.(*orders).Put (cache.go:77)',
      1,
    ],
  ] as const)('%#', (change, title, exitCode) => {
    const told = findings('orders', change as Parameters<typeof findings>[1]);
    expect(titleOf(told)).toBe(title);
    expect(exitCodeOf(told)).toBe(exitCode);
    expect(jsonOf(told)).toMatchObject({ title, exitCode, verdict: { state: told.verdict.state } });
  });

  it('writes a line for logs', () => {
    expect(lineOf(liveState(findings()))).toBe(
      '127 MiB; live heap 100 MiB +1 MiB/s; 300 goroutines; leak: the live heap of orders grows by 1 MiB/s',
    );
    const learning = { ...verdict, state: 'learning' as const, slopes: {} };
    expect(lineOf(liveState(findings(), { verdict: learning }))).toBe(
      '127 MiB; live heap 100 MiB; 300 goroutines; learning: 11 more garbage collections until the heap can be judged',
    );
  });

  it('becomes a report', async () => {
    const model = await reportModelOf(findings());
    expect(model).toMatchObject({
      title: 'orders leaks 1 MiB/s: main.(*orders).Put (cache.go:77)',
      summary: 'The live heap of orders grows by 1 MiB/s. Go objects are held: main.(*orders).Put.',
      trend: { fit: { signal: 'live_heap' }, marks: [{ kind: 'capture' }, { kind: 'capture' }] },
      missing: ['no source of orders'],
    });
    expect(model.trend!.series.map(({ signal }) => signal)).toEqual(['live_heap', 'commit', 'goroutines']);
    const { fromValue, toValue } = model.trend!.fit!;
    expect(toValue - fromValue).toBeCloseTo(59 * MIB, -3);
    expect(model.reproduce[0]!.command).toBe(
      "leakline diagnose orders --load 'hey -z 30s http://127.0.0.1/orders'",
    );
  });
});
