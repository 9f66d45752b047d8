// The exporter's own page in a real browser, against the built exporter watching the real leaking Go service.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { launchBrowser, openPage, screenshot, seriousFindings } from '../lib/browser.js';
import { DiagnosisPage } from '../lib/diagnosis-page.js';
import { writeHealthyPast } from '../lib/healthy-past.js';
import { startLeaky, type Leaky } from '../lib/leaky.js';
import { everyLook } from '../lib/looks.js';
import { firingAlert } from '../lib/plugin-host.js';
import { startExporter, type Served } from '../lib/stack.js';

const PATIENCE_MS = 120_000;
/** On an idle machine it takes some 300 ms; the machine of the tests is shared. */
const FIRST_PAINT_MS = 1500;

let directory: string;
let leaky: Leaky;
let exporter: Served;
/** Watches thirty targets. */
let crowd: Served;
let browser: Browser;

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'leakline-page-'));
  leaky = await startLeaky({ mode: 'map-cache', rate: '4MiB', churn: '16MiB' });
  await writeHealthyPast(join(directory, 'state'), 'orders-api');
  crowd = await startExporter({
    directory: join(directory, 'crowd'),
    config: {
      discovery: { enabled: false },
      capture: { enabled: false },
      targets: Array.from({ length: 30 }, (_, i) => ({
        name: i === 0 ? 'a-service-with-a-rather-long-name-in-the-canary-pool' : `service-${i}`,
        expvar: i % 7 === 6 ? 'http://127.0.0.1:9/debug/vars' : `${leaky.url}/debug/vars`,
      })),
    },
  });
  exporter = await startExporter({
    directory,
    config: {
      profile: { sourceLink: 'https://git.example.com/{module}/blob/{revision}/{path}#L{line}' },
      sampleInterval: '1s',
      leak: { mode: 'session' },
      discovery: { enabled: false },
      capture: { minGcInterval: '1s', cooldown: '0s' },
      targets: [
        { name: 'orders-api', pprof: `${leaky.url}/debug/pprof/`, expvar: `${leaky.url}/debug/vars` },
        { name: 'gone', pprof: 'http://127.0.0.1:9/debug/pprof/' },
      ],
    },
  });
  browser = await launchBrowser();
});

afterAll(async () => {
  await browser?.close();
  await Promise.all([exporter?.stop(), crowd?.stop()]);
  await leaky?.stop();
  rmSync(directory, { recursive: true, force: true });
});

function looks(page: Page, name: string): Promise<string[]> {
  const setMode = async (mode: 'dark' | 'light'): Promise<void> => {
    const button = page.getByRole('button', { name: mode === 'dark' ? 'Dark' : 'Light', exact: true });
    if (await button.isVisible()) await button.click();
  };
  return everyLook(page, `page-${name}`, { within: 'body', setMode });
}

describe('the page', () => {
  it('leads from the list of targets to the function that leaks', async () => {
    const { page, offences } = await openPage(browser, { colorScheme: 'dark' });
    await page.goto(exporter.url);
    const link = page.getByTestId('target-list').getByRole('link', { name: /orders-api/ });
    await link.click({ timeout: PATIENCE_MS });
    expect(page.url()).toMatch(/#\/target\/orders-api$/);

    const diagnosis = new DiagnosisPage(page);
    await diagnosis.trend.getByText('Live heap').waitFor({ timeout: PATIENCE_MS });
    await diagnosis.capture(PATIENCE_MS);
    await diagnosis.verdict.getByText(/orders-api is (leaking|growing)/).waitFor({ timeout: PATIENCE_MS });
    await diagnosis.capture(PATIENCE_MS);
    await diagnosis.chosen('against').waitFor({ state: 'attached', timeout: PATIENCE_MS });

    const leaking = (await leaky.modes()).find((mode) => mode.mode === 'map-cache')?.function ?? '';
    const name = leaking.slice(leaking.lastIndexOf('/') + 1);
    expect(name).not.toBe('');
    const cells = await diagnosis.topRow(/./, PATIENCE_MS);
    expect(cells[0]).toContain(name);
    expect(cells[2]).toMatch(/^\+[\d.]+ [KM]iB$/);
    await diagnosis.verdict.getByRole('button', { name }).click();
    const line = diagnosis.functionDetail.getByRole('link', { name: /leaks\.go:\d+/ }).first();
    await line.waitFor({ timeout: PATIENCE_MS });
    expect(await line.getAttribute('href')).toMatch(
      /^https:\/\/git\.example\.com\/leakline\.test\/leaky\/blob\/\w+\/leaks\.go#L\d+$/,
    );
    const heap = diagnosis.baseline.getByRole('row', { name: 'Heap after GC' });
    await heap.getByText(/▲ \d+/).waitFor({ timeout: PATIENCE_MS });
    expect(await looks(page, 'target')).toEqual([]);
    expect(offences).toEqual([]);
    await page.context().close();
  });

  it('links an incident and its report', async () => {
    const answer = await fetch(`${exporter.url}/api/v1/alerts`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify(firingAlert('orders-api', new Date())),
    });
    expect(answer.status).toBe(202);
    const { page, offences } = await openPage(browser);
    await page.goto(`${exporter.url}/#/target/orders-api`);
    const diagnosis = new DiagnosisPage(page);
    await page.getByRole('tab', { name: 'Incident' }).click({ timeout: PATIENCE_MS });
    const here = await diagnosis.incident
      .getByRole('link', { name: 'Link', exact: true })
      .getAttribute('href');
    expect(here).toMatch(/^#\/target\/orders-api\/incident\/\w+$/);
    await page.goto(`${exporter.url}/${here}`);
    await diagnosis.incident.getByText('LeaklineLeakSuspected fires').waitFor({ timeout: PATIENCE_MS });
    expect(await looks(page, 'incident')).toEqual([]);
    const report = page.context().waitForEvent('page');
    await diagnosis.incident.getByRole('link', { name: 'Report' }).click();
    await (await report).getByText('orders-api').first().waitFor({ timeout: PATIENCE_MS });
    await page.goto(exporter.url);
    await page.getByRole('link', { name: /Open/ }).waitFor({ timeout: PATIENCE_MS });
    expect(await looks(page, 'overview')).toEqual([]);
    expect(offences).toEqual([]);
    await page.context().close();
  });

  it('lists thirty targets, beside one of them, too', async () => {
    const { page, offences } = await openPage(browser);
    await page.goto(crowd.url);
    const rows = page.getByTestId('target-list').locator('tbody tr');
    await rows.nth(29).waitFor({ timeout: PATIENCE_MS });
    await rows
      .getByText(/connection refused/)
      .first()
      .waitFor({ timeout: PATIENCE_MS });
    expect(await rows.count()).toBe(30);
    expect(await looks(page, 'thirty')).toEqual([]);
    await page.getByRole('link', { name: 'service-1', exact: true }).click();
    await new DiagnosisPage(page).message('This target serves no profiles').waitFor({ timeout: PATIENCE_MS });
    expect(await looks(page, 'one-of-thirty')).toEqual([]);
    expect(offences).toEqual([]);
    await page.context().close();
  });

  it('is as legible narrow and light, in Simplified Chinese', async () => {
    const { page, offences } = await openPage(browser, { width: 600, colorScheme: 'light', locale: 'zh-CN' });
    await page.goto(`${exporter.url}/#/target/orders-api`);
    await page.getByTestId('allocators').getByText('增长').first().waitFor({ timeout: PATIENCE_MS });
    const wide = await page.evaluate('document.documentElement.scrollWidth');
    expect(wide).toBeLessThanOrEqual(600);
    await screenshot(page, 'page-600-light-zh');
    expect(await seriousFindings(page, 'body')).toEqual([]);
    expect(offences).toEqual([]);
    await page.context().close();
  });

  it('tells a target that does not answer and a name that is unknown', async () => {
    const { page } = await openPage(browser);
    await page.goto(`${exporter.url}/#/target/gone`);
    await page
      .getByTestId('verdict')
      .getByText(/gone is not watched now|gone has no verdict yet/)
      .waitFor({ timeout: PATIENCE_MS });
    await page.goto(`${exporter.url}/#/target/nobody`);
    await page.getByRole('alert').getByText('No target is named nobody').waitFor({ timeout: PATIENCE_MS });
    await page.context().close();
  });

  it('keeps to a strict policy for scripts and paints at once', async () => {
    const answer = await fetch(exporter.url);
    expect(answer.headers.get('content-security-policy')).toMatch(/script-src 'self'(;|$)/);
    const paints: number[] = [];
    for (let i = 0; i < 3; i++) {
      const { page } = await openPage(browser);
      await page.goto(exporter.url);
      await page.getByTestId('target-list').waitFor();
      const paint = await page.evaluate<number>(
        "performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? Infinity",
      );
      paints.push(paint);
      await page.context().close();
    }
    console.log(`first paint: ${paints.map((paint) => Math.round(paint)).join(', ')} ms`);
    expect(Math.min(...paints)).toBeLessThan(FIRST_PAINT_MS);
  });

  it('says that the connection is lost, and lives again', async () => {
    const { page } = await openPage(browser);
    await page.goto(exporter.url);
    await page.getByText('Live', { exact: true }).waitFor({ timeout: PATIENCE_MS });
    await page.context().setOffline(true);
    await page.getByText('Connection lost, trying again').waitFor({ timeout: PATIENCE_MS });
    await page.context().setOffline(false);
    await page.getByText('Live', { exact: true }).waitFor({ timeout: PATIENCE_MS });
    await page.context().close();
  });
});
