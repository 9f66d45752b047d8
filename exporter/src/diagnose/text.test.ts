import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  ASCII,
  bar,
  clip,
  clipMiddle,
  glyphsFor,
  harmless,
  padEnd,
  progress,
  sparkline,
  UNICODE,
  widthOf,
  wrap,
} from './text.js';

describe('text for terminals', () => {
  it.each([
    ['main.Put', 'main.Put'],
    ['\u001b[31mred\u001b[0m', 'red'],
    ['\u001b]0;title\u0007name', 'name'],
    ['two\nlines\r\tand a tab', 'two?lines??and a tab'],
    ['right\u202eto left', 'right?to left'],
    ['订单', '订单'],
  ])('%j is made harmless', (text, shown) => expect(harmless(text)).toBe(shown));

  it.each([
    ['main.Put', 8, 'main.Put'],
    ['main.Putter', 8, 'main.Pu…'],
    ['订单服务', 5, '订单…'],
    ['main', 0, ''],
  ])('%j in %i columns', (text, width, cut) => expect(clip(text, width)).toBe(cut));

  it('cuts in the middle where both ends say something', () => {
    expect(clipMiddle('example.com/shop/orders.(*SessionCache).Put', 24)).toBe('example.…ssionCache).Put');
    expect(clipMiddle('example.com/shop/orders.(*SessionCache).Put', 24, ASCII)).toHaveLength(24);
  });

  it('breaks at spaces, and words that are too long', () => {
    expect(wrap('the live heap grows by 2 MiB/s', 12)).toEqual(['the live', 'heap grows', 'by 2 MiB/s']);
    expect(wrap('abcdefghij kl', 4)).toEqual(['abcd', 'efgh', 'ij', 'kl']);
    expect(wrap('', 4)).toEqual([]);
  });

  it('draws bars and sparklines', () => {
    expect(bar(0.5, 4, UNICODE)).toBe('██');
    expect(bar(0.53, 4, UNICODE)).toBe('██▏');
    expect(bar(2, 3, ASCII)).toBe('###');
    expect(progress(0.25, 8, UNICODE)).toBe('██░░░░░░');
    expect(sparkline([1, 2, null, 4], 10, UNICODE)).toBe('▁▃ █');
    expect(sparkline([100, 101], 10, UNICODE)).toBe('▁▅');
    expect(sparkline([null], 10, UNICODE)).toBe('');
    expect(
      sparkline(
        Array.from({ length: 100 }, (_, i) => i),
        8,
        UNICODE,
      ),
    ).toBe('▁▂▃▄▅▆▇█');
  });

  it.each([
    ['win32', {}, ASCII],
    ['win32', { WT_SESSION: '1' }, UNICODE],
    ['win32', { TERM_PROGRAM: 'vscode' }, UNICODE],
    ['linux', { TERM: 'xterm-256color' }, UNICODE],
    ['linux', { TERM: 'linux' }, ASCII],
  ])('%s %j', (platform, env, glyphs) => expect(glyphsFor(platform, env)).toBe(glyphs));

  it('keeps within the width whatever the text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.integer({ min: 4, max: 60 }), (foreign, width) => {
        const text = harmless(foreign);
        expect(widthOf(clip(text, width))).toBeLessThanOrEqual(width);
        expect(widthOf(clipMiddle(text, width))).toBeLessThanOrEqual(width);
        for (const line of wrap(text, width)) expect(widthOf(line)).toBeLessThanOrEqual(width);
        expect(widthOf(padEnd(text, width))).toBeGreaterThanOrEqual(Math.min(width, widthOf(text)));
      }),
    );
  });
});
