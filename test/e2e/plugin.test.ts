// The built Grafana plugin, loaded as Grafana loads it, in a real browser, against the built exporter watching the
// real leaking Go service through a proxy with the manners of Grafana's.

import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bundleHost, serveHost, type Host } from '../../grafana-plugin/host/serve.mjs';
import { launchBrowser, openPage, screenshot, seriousFindings } from '../lib/browser.js';
import { DiagnosisPage } from '../lib/diagnosis-page.js';
import { startLeaky, type Leaky } from '../lib/leaky.js';
import { REPOSITORY, startExporter, type Served } from '../lib/stack.js';

const PATIENCE_MS = 120_000;
const PLUGIN = join(REPOSITORY, 'grafana-plugin');
const DIST = join(PLUGIN, 'dist');
/** The panel is loaded by everyone who opens a dashboard that holds it. */
const MOST_PANEL_BYTES = 260 * 1024;

let directory: string;
let leaky: Leaky;
let exporter: Served;
let browser: Browser;
let host: Host;

beforeAll(async () => {
  execFileSync(process.execPath, [join(PLUGIN, 'build.mjs')], { stdio: 'pipe' });
  directory = mkdtempSync(join(tmpdir(), 'leakline-plugin-'));
  leaky = await startLeaky({ mode: 'map-cache', rate: '4MiB', churn: '16MiB' });
  exporter = await startExporter({
    directory,
    config: {
      sampleInterval: '1s',
      leak: { mode: 'session' },
      discovery: { enabled: false },
      capture: { minGcInterval: '1s', cooldown: '0s' },
      targets: [
        { name: 'orders-api', pprof: `${leaky.url}/debug/pprof/`, expvar: `${leaky.url}/debug/vars` },
        { name: 'users-api', expvar: `${leaky.url}/debug/vars` },
      ],
    },
  });
  host = await serveHost({ bundle: await bundleHost(), upstream: { url: exporter.url } });
  browser = await launchBrowser();
});

afterAll(async () => {
  await browser?.close();
  await host?.close();
  await exporter?.stop();
  await leaky?.stop();
  rmSync(directory, { recursive: true, force: true });
});

describe('the panel in Grafana', () => {
  it('leads from the verdict to the function that leaks', async () => {
    const { page, offences } = await openPage(browser);
    await page.goto(`${host.url}?target=orders-api`);
    const diagnosis = new DiagnosisPage(page);
    await diagnosis.trend.getByText('Live heap').waitFor({ timeout: PATIENCE_MS });
    await diagnosis.capture(PATIENCE_MS);
    await diagnosis.verdict
      .getByText(/orders-api is (leaking|growing) [\d.]+ [KM]iB\/s/)
      .waitFor({ timeout: PATIENCE_MS });
    await diagnosis.capture(PATIENCE_MS);

    const leaking = (await leaky.modes()).find((mode) => mode.mode === 'map-cache')?.function ?? '';
    const name = leaking.slice(leaking.lastIndexOf('/') + 1);
    expect(name).not.toBe('');
    expect((await diagnosis.topRow(/./, PATIENCE_MS))[0]).toContain(name);
    await screenshot(page, 'plugin-1600-dark');
    expect(await seriousFindings(page, 'main')).toEqual([]);
    expect(offences).toEqual([]);
    expect(host.requests.some(({ method, path }) => method === 'POST' && path === 'api/v1/captures')).toBe(
      true,
    );
  });

  it('offers captures to editors only, as the routes do', async () => {
    const { page } = await openPage(browser, { width: 600 });
    await page.goto(`${host.url}?target=orders-api&role=Viewer&theme=light&height=1500`);
    await new DiagnosisPage(page).captureBar.waitFor({ timeout: PATIENCE_MS });
    expect(await page.getByRole('button', { name: 'Capture now' }).count()).toBe(0);
    const status = await page.evaluate(
      "fetch('/api/datasources/proxy/uid/leakline/api/v1/captures', {method: 'POST', body: '{}'}).then((r) => r.status)",
    );
    expect(status).toBe(403);
    await screenshot(page, 'plugin-600-light');
    expect(await seriousFindings(page, 'main')).toEqual([]);
  });

  it('speaks Simplified Chinese', async () => {
    const { page } = await openPage(browser);
    await page.goto(`${host.url}?target=orders-api&language=zh-Hans`);
    await new DiagnosisPage(page).accounting.getByText('内存归属').waitFor({ timeout: PATIENCE_MS });
  });

  it('asks which target, when several answer', async () => {
    const { page } = await openPage(browser);
    await page.goto(host.url);
    await page.getByText('Which target?').waitFor({ timeout: PATIENCE_MS });
    await page
      .getByTestId('targets')
      .getByRole('button', { name: /users-api/ })
      .click();
    await page.getByText('This target serves no profiles').waitFor({ timeout: PATIENCE_MS });
  });

  it('tells an unknown target and an exporter that is gone apart', async () => {
    const { page } = await openPage(browser);
    await page.goto(`${host.url}?target=nobody`);
    await page.getByRole('alert').getByText('Not there any more').waitFor({ timeout: PATIENCE_MS });

    const real = host.upstream.url;
    try {
      host.upstream.url = 'http://127.0.0.1:9';
      await page.goto(`${host.url}?target=orders-api`);
      await page
        .getByRole('alert')
        .getByText('The exporter does not answer')
        .waitFor({ timeout: PATIENCE_MS });
      await screenshot(page, 'plugin-unreachable');
    } finally {
      host.upstream.url = real;
    }
  });
});

describe('the editors in Grafana', () => {
  it('keep the address of the exporter in jsonData and a token in the secrets', async () => {
    const { page } = await openPage(browser, { width: 900 });
    await page.goto(`${host.url}?view=config`);
    await page.getByLabel('URL of the exporter').fill('http://127.0.0.1:9464/', { timeout: PATIENCE_MS });
    await page.getByRole('radio', { name: 'Bearer token' }).check({ force: true });
    await page.getByRole('textbox', { name: 'Token' }).fill('abc');
    const saved: unknown = JSON.parse((await page.getByTestId('state').textContent()) ?? '');
    expect(saved).toMatchObject({
      basicAuth: false,
      jsonData: { url: 'http://127.0.0.1:9464', httpHeaderName1: 'Authorization' },
      secureJsonData: { httpHeaderValue1: 'Bearer abc' },
    });
    await screenshot(page, 'plugin-config');
  });

  it('ask for what the chosen kind of query needs', async () => {
    const { page } = await openPage(browser, { width: 900 });
    await page.goto(`${host.url}?view=query`);
    await page.getByLabel('Sample type').waitFor({ timeout: PATIENCE_MS });
    await page.getByRole('radio', { name: 'In use' }).check({ force: true });
    await page.getByLabel('Base').waitFor();
    const saved: unknown = JSON.parse((await page.getByTestId('state').textContent()) ?? '');
    expect(saved).toMatchObject({ queryType: 'allocators', mode: 'top' });
  });

  it('test the data source', async () => {
    const { page } = await openPage(browser);
    await page.goto(`${host.url}?target=orders-api`);
    await new DiagnosisPage(page).verdict.waitFor({ timeout: PATIENCE_MS });
    const health = await page.evaluate('leaklineDataSource.testDatasource()');
    expect(health).toMatchObject({ status: 'success', message: expect.stringMatching(/watches 2 targets/) });
  });
});

describe('the packed plugin keeps the rules of the catalogue', () => {
  const read = (
    path: string,
  ): {
    id: string;
    type: string;
    info: { version: string; logos: { small: string; large: string } };
  } & Record<string, unknown> => JSON.parse(readFileSync(join(DIST, path), 'utf8'));

  it('ids end as their types ask, versions are equal, logos and modules stand beside every plugin.json', () => {
    const version: unknown = JSON.parse(readFileSync(join(PLUGIN, 'package.json'), 'utf8')).version;
    for (const [folder, type, suffix] of [
      ['.', 'app', '-app'],
      ['datasource', 'datasource', '-datasource'],
      ['panel', 'panel', '-panel'],
    ] as const) {
      const plugin = read(join(folder, 'plugin.json'));
      expect(plugin.type).toBe(type);
      expect(plugin.id).toMatch(new RegExp(`^leakline-memory${suffix}$`));
      expect(plugin.info.version).toBe(version);
      expect(existsSync(join(DIST, folder, plugin.info.logos.small))).toBe(true);
      expect(existsSync(join(DIST, folder, plugin.info.logos.large))).toBe(true);
      expect(existsSync(join(DIST, folder, 'module.js.map'))).toBe(true);
    }
  });

  it('every nested plugin is declared', () => {
    const nested = readdirSync(DIST, { recursive: true, encoding: 'utf8' }).filter((file) =>
      /.[\\/]plugin\.json$/.test(file),
    );
    const includes = read('plugin.json').includes as { path: string }[];
    expect(includes.map(({ path }) => path).sort()).toEqual(
      nested.map((path) => path.replaceAll('\\', '/')).sort(),
    );
  });

  it('has a README of its own, a licence, a changelog and screenshots that are pictures', () => {
    const readme = readFileSync(join(DIST, 'README.md'), 'utf8');
    expect(readme).toContain('# Leakline');
    expect(readme).not.toMatch(/create-plugin|starter/i);
    expect(existsSync(join(DIST, 'LICENSE'))).toBe(true);
    expect(existsSync(join(DIST, 'CHANGELOG.md'))).toBe(true);
    const { screenshots } = read('plugin.json').info as { screenshots?: { path: string }[] };
    expect(screenshots?.length).toBeGreaterThan(0);
    for (const { path } of screenshots ?? []) {
      expect(readFileSync(join(DIST, path)).subarray(1, 4).toString('latin1')).toBe('PNG');
    }
  });

  it('the panel stays small', () => {
    const bytes = statSync(join(DIST, 'panel/module.js')).size;
    console.log(`panel: ${Math.round(bytes / 1024)} KiB`);
    expect(bytes).toBeLessThan(MOST_PANEL_BYTES);
  });
});
