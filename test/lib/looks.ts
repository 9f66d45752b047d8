// One state of a page in every look it can have: light and dark, wide and narrow, each with a screenshot.

import type { Page } from 'playwright-core';
import { screenshot, seriousFindings } from './browser.js';

export type Mode = 'light' | 'dark';
export const WIDE = { width: 1600, height: 900 };
export const NARROW = { width: 600, height: 1500 };

export interface LooksOptions {
  /** Changes the theme of the page as a person would. */
  setMode: (mode: Mode) => Promise<void>;
  /** Selector of what is ours in the page. */
  within: string;
}

/** Answers what is wrong: content wider than the page, and what axe-core finds serious. */
export async function everyLook(page: Page, name: string, options: LooksOptions): Promise<string[]> {
  const wrong: string[] = [];
  for (const [word, size] of [
    ['1600', WIDE],
    ['600', NARROW],
  ] as const) {
    await page.setViewportSize(size);
    for (const mode of ['dark', 'light'] as const) {
      await options.setMode(mode);
      // Drawn twice: once for the size, once for what measures itself by it.
      await page.evaluate('new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))');
      await screenshot(page, `${name}-${word}-${mode}`);
      // Contrast differs by theme, what overlaps by width: two of the four see both.
      if ((mode === 'dark') === (size === WIDE)) wrong.push(...(await seriousFindings(page, options.within)));
    }
    const wide = await page.evaluate<number>('document.documentElement.scrollWidth');
    if (wide > size.width) wrong.push(`${name}: ${wide} px wide in ${size.width}`);
  }
  return wrong;
}
