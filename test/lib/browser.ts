// Debian's Chromium for tests, with what a page must not do counted as a failure: errors, refused content, requests
// to anywhere but this machine.

import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { chromium, type Browser, type Page } from 'playwright-core';
import { REPOSITORY } from './stack.js';

const CANDIDATES = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];
/** Where screenshots of the tests are kept. */
export const SCREENSHOTS = join(REPOSITORY, 'test/output/screenshots');
const require = createRequire(import.meta.url);

export function launchBrowser(): Promise<Browser> {
  const executablePath = process.env.CHROMIUM ?? CANDIDATES.find((path) => existsSync(path));
  if (executablePath === undefined) throw new Error('no Chromium is installed (apt install chromium)');
  return chromium.launch({ executablePath, args: ['--no-sandbox'] });
}

export interface Watched {
  page: Page;
  /** Uncaught errors, refused content, requests that left the machine. */
  offences: string[];
}

export interface PageOptions {
  width?: number;
  height?: number;
  colorScheme?: 'light' | 'dark';
  locale?: string;
  httpCredentials?: { username: string; password: string };
}

export async function openPage(browser: Browser, options: PageOptions = {}): Promise<Watched> {
  const { width = 1600, height = 1000, ...rest } = options;
  const context = await browser.newContext({ viewport: { width, height }, ...rest });
  const page = await context.newPage();
  const offences: string[] = [];
  page.on('pageerror', (error) => offences.push(`error: ${error.message}`));
  page.on('console', (message) => {
    if (/Content Security Policy|Refused to/.test(message.text())) offences.push(message.text());
  });
  page.on('request', (request) => {
    const url = new URL(request.url());
    if (/^https?:$/.test(url.protocol) && url.hostname !== '127.0.0.1') offences.push(`request: ${url.href}`);
  });
  return { page, offences };
}

export async function screenshot(page: Page, name: string): Promise<void> {
  mkdirSync(SCREENSHOTS, { recursive: true });
  await page.screenshot({ path: join(SCREENSHOTS, `${name}.png`), fullPage: true });
}

interface AxeResult {
  violations: { id: string; impact: string | null; nodes: { html: string }[] }[];
}

/** What axe-core finds that is serious or critical, one line a finding. */
export async function seriousFindings(page: Page, within: string): Promise<string[]> {
  // Evaluated from outside: a page's Content-Security-Policy forbids adding a script to it.
  await page.evaluate(readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8'));
  const result = await page.evaluate<AxeResult, string>(
    (selector) =>
      (globalThis as typeof globalThis & { axe: { run(scope: string): Promise<AxeResult> } }).axe.run(
        selector,
      ),
    within,
  );
  return result.violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html.slice(0, 200)}`));
}
