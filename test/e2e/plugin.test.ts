// The built Grafana plugin, loaded as Grafana loads it, in a real browser, against the built exporter watching the
// real leaking Go service through a proxy with the manners of Grafana's. Every state of the panel leaves a screenshot.

import { execFileSync } from 'node:child_process';
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { unzipSync } from 'fflate';
import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { catalogueFindings } from '../../grafana-plugin/package-rules.mjs';
import { launchBrowser, openPage, screenshot, seriousFindings, type PageOptions } from '../lib/browser.js';
import { DiagnosisPage } from '../lib/diagnosis-page.js';
import { CREDENTIALS, firingAlert, PLUGIN, startPluginStack, type PluginStack } from '../lib/plugin-host.js';

const PATIENCE_MS = 120_000;
/** Building the plugin and bundling the host twice, on a machine that is busy. */
const START_MS = 480_000;
/** The panel is loaded by everyone who opens a dashboard that holds it. */
const MOST_PANEL_BYTES = 280 * 1024;

let stack: PluginStack;
let browser: Browser;
let offences: string[];

beforeAll(async () => {
  stack = await startPluginStack();
  browser = await launchBrowser();
}, START_MS);

afterAll(async () => {
  await browser?.close();
  await stack?.stop();
});

beforeEach(() => {
  stack.host.upstream.url = stack.exporter.url;
  delete stack.host.upstream.authorization;
  delete stack.host.upstream.timeoutMs;
});

// A page that stays open goes on asking and drawing.
afterEach(async () => {
  await Promise.all(browser.contexts().map((context) => context.close()));
});

async function openHost(query: string, options?: PageOptions): Promise<{ page: Page; panel: DiagnosisPage }> {
  const opened = await openPage(browser, options);
  offences = opened.offences;
  await opened.page.goto(`${stack.host.url}?${query}`);
  return { page: opened.page, panel: new DiagnosisPage(opened.page) };
}

async function leakingFunction(): Promise<string> {
  const name = (await stack.leaky.modes()).find((mode) => mode.mode === 'map-cache')?.function ?? '';
  expect(name).not.toBe('');
  return name.slice(name.lastIndexOf('/') + 1);
}

describe('the panel on React 19', () => {
  it('leads from the verdict to the line that leaks', async () => {
    const { page, panel } = await openHost('target=orders-api&bundle=react-19');
    await panel.trend.getByText('Live heap').waitFor({ timeout: PATIENCE_MS });
    expect(await page.evaluate('leaklineReact')).toMatch(/^19\./);
    await panel.message('No capture yet').waitFor({ timeout: PATIENCE_MS });
    await screenshot(page, 'plugin-no-capture');
    await panel.capture(PATIENCE_MS);
    await page.getByText('One capture only').waitFor({ timeout: PATIENCE_MS });
    await screenshot(page, 'plugin-one-capture');
    await panel.verdict
      .getByText(/orders-api is (leaking|growing) [\d.]+ [KM]iB\/s \([\d.]+–[\d.]+\)/)
      .waitFor({ timeout: PATIENCE_MS });
    await panel.capture(PATIENCE_MS);

    const name = await leakingFunction();
    const cells = await panel.topRow(/./, PATIENCE_MS);
    expect(cells[0]).toContain(name);
    expect(cells[2]).toMatch(/^\+[\d.]+ [KM]iB$/);
    await panel.verdict.getByRole('button', { name }).click();
    await panel.functionDetail
      .getByText(/leaks\.go:\d+$/)
      .first()
      .waitFor({ timeout: PATIENCE_MS });
    await panel.functionDetail.getByText('Callers').waitFor();
    await screenshot(page, 'plugin-1600-dark');
    expect(await seriousFindings(page, 'main')).toEqual([]);
    expect(offences).toEqual([]);
  });

  it('tells the incident of a firing alert', async () => {
    const answer = await fetch(`${stack.exporter.url}/api/v1/alerts`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify(firingAlert('orders-api', new Date())),
    });
    expect(answer.status).toBe(202);
    const { page, panel } = await openHost('target=orders-api&bundle=react-19');
    await panel.openTab('Incident');
    await panel.incident.getByText('LeaklineLeakSuspected fires').waitFor({ timeout: PATIENCE_MS });
    await panel.incident.getByText('orders-api leaks memory').waitFor();
    await screenshot(page, 'plugin-incident');
    expect(await seriousFindings(page, 'main')).toEqual([]);
  });
});

describe('the panel on React 18', () => {
  it('shows every view of a capture, by keyboard', async () => {
    const { page, panel } = await openHost('target=orders-api&bundle=react-18&theme=light');
    const name = await leakingFunction();
    expect((await panel.topRow(/./, PATIENCE_MS))[0]).toContain(name);
    expect(await page.evaluate('leaklineReact')).toMatch(/^18\./);
    await page.getByRole('tab', { name: 'Allocators' }).focus();
    for (const [view, what] of [
      [panel.flameGraph, name],
      [panel.callGraph, 'Save as SVG'],
      [panel.goroutines, 'main.(*mode).run'],
    ] as const) {
      await page.keyboard.press('ArrowRight');
      await view.getByText(what).first().waitFor({ timeout: PATIENCE_MS });
    }
    expect(await panel.callGraph.count()).toBe(0);
    await panel.openTab('Flame graph');
    await panel.flameGraph.waitFor({ timeout: PATIENCE_MS });
    await screenshot(page, 'plugin-flame-light');
    await panel.openTab('Call graph');
    await page.waitForFunction("document.querySelector('[data-testid=callgraph] img')?.naturalWidth > 0");
    await screenshot(page, 'plugin-callgraph-light');
    expect(await seriousFindings(page, 'main')).toEqual([]);
    expect(offences).toEqual([]);
  });

  it('gives the profile and the command for go tool pprof', async () => {
    const { page, panel } = await openHost('target=orders-api&bundle=react-18');
    await panel.captureBar.waitFor({ timeout: PATIENCE_MS });
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      panel.captureBar.getByLabel('Download the profile').click(),
    ]);
    expect(download.suggestedFilename()).toMatch(/^orders-api-[0-9a-f]+-heap\.pb\.gz$/);
    const bytes = readFileSync(await download.path());
    expect(bytes.subarray(0, 2)).toEqual(Buffer.from([0x1f, 0x8b]));
    await panel.captureBar.getByLabel('Copy the command').click();
    const command = await panel.captureBar.getByLabel('Command').inputValue();
    expect(command).toBe(`go tool pprof ${download.suggestedFilename()}`);
  });

  it('is for viewers too, narrow and light, without the button that needs an editor', async () => {
    const { page, panel } = await openHost('target=orders-api&role=Viewer&theme=light&height=1700', {
      width: 600,
    });
    await panel.captureBar.waitFor({ timeout: PATIENCE_MS });
    await panel.topRow(/./, PATIENCE_MS);
    expect(await panel.captureButton.count()).toBe(0);
    const [status, wide] = await page.evaluate<[number, number]>(
      "fetch('/api/datasources/proxy/uid/leakline/api/v1/captures', {method: 'POST', body: '{}'}).then((r) => [r.status, document.documentElement.scrollWidth])",
    );
    expect(status).toBe(403);
    expect(wide).toBeLessThanOrEqual(600);
    await screenshot(page, 'plugin-600-light');
    expect(await seriousFindings(page, 'main')).toEqual([]);
  });

  it('speaks Simplified Chinese', async () => {
    const { page, panel } = await openHost('target=orders-api&language=zh-Hans');
    await panel.accounting.getByText('内存归属').waitFor({ timeout: PATIENCE_MS });
    await panel.topRow(/./, PATIENCE_MS);
    await screenshot(page, 'plugin-1600-zh');
  });
});

describe('a state of the panel', () => {
  it('which target: several answer and none is chosen', async () => {
    const { page, panel } = await openHost('', { width: 1000 });
    await panel.message('Which target?').waitFor({ timeout: PATIENCE_MS });
    await screenshot(page, 'plugin-state-choose');
    expect(await seriousFindings(page, 'main')).toEqual([]);
    await panel.targets.getByRole('button', { name: /users-api/ }).click();
    await panel.message('This target serves no profiles').waitFor({ timeout: PATIENCE_MS });
    await screenshot(page, 'plugin-state-no-pprof');
    expect(await seriousFindings(page, 'main')).toEqual([]);
  });

  it('loading, before anything has answered', async () => {
    const { page } = await openPage(browser, { width: 1000 });
    let release = (): void => undefined;
    const held = new Promise<void>((resolve) => (release = resolve));
    await page.route('**/api/datasources/**', async (route) => {
      await held;
      await route.continue().catch(() => undefined);
    });
    await page.goto(`${stack.host.url}?target=orders-api`);
    await page.locator('[aria-busy=true]').first().waitFor({ timeout: PATIENCE_MS });
    await screenshot(page, 'plugin-state-loading');
    release();
    await new DiagnosisPage(page).verdict.waitFor({ timeout: PATIENCE_MS });
  });

  it('capture failed, and why', async () => {
    const { page, panel } = await openHost('target=gone', { width: 1000 });
    await panel.captureButton.click({ timeout: PATIENCE_MS });
    await panel.message(/The capture of .* failed/).waitFor({ timeout: PATIENCE_MS });
    await panel.message(/connection refused|does not answer|nothing listens/i).waitFor();
    await screenshot(page, 'plugin-state-capture-failed');
  });

  it.each([
    ['no data', 'No data', () => ({ url: stack.locked.url, authorization: CREDENTIALS }), 'no-data'],
    [
      'unauthorised: the proxy made 400 of 401',
      'Not allowed',
      () => ({ url: stack.locked.url }),
      'unauthorised',
    ],
    ['old exporter', 'older than this panel', () => ({ url: `${stack.exporter.url}/old` }), 'old-version'],
    ['not reachable', 'does not answer', () => ({ url: 'http://127.0.0.1:9' }), 'unreachable'],
    [
      'silent until the proxy gives up',
      'does not answer',
      () => ({ url: stack.silentUrl, timeoutMs: 500 }),
      'timeout',
    ],
  ] as const)('%s', async (_, title, upstream, name) => {
    Object.assign(stack.host.upstream, upstream());
    const { page, panel } = await openHost('', { width: 1000 });
    await panel.message(title).waitFor({ timeout: PATIENCE_MS });
    await screenshot(page, `plugin-state-${name}`);
    expect(await seriousFindings(page, 'main')).toEqual([]);
  });

  it('unknown target', async () => {
    const { page, panel } = await openHost('target=nobody', { width: 1000 });
    await panel.message('Not there any more').waitFor({ timeout: PATIENCE_MS });
    await screenshot(page, 'plugin-state-unknown');
  });
});

describe('the data source', () => {
  it('answers every kind of query with frames that other panels draw', async () => {
    const { page, panel } = await openHost('target=orders-api');
    await panel.verdict.waitFor({ timeout: PATIENCE_MS });
    const answers = await page.evaluate<Record<string, { fields: string[]; rows: number; view?: string }[]>>(
      `(async () => {
        const source = leaklineDataSource;
        const at = (ms) => ({ valueOf: () => ms });
        const range = { from: at(Date.now() - 900000), to: at(Date.now() + 1000) };
        const kinds = ['verdicts', 'samples', 'accounting', 'captures', 'allocators', 'growth_over_time', 'flamegraph', 'goroutines', 'incidents', 'alerts'];
        const answers = {};
        for (const queryType of kinds) {
          const { data, errors } = await source.query({ range, scopedVars: {}, targets: [{ refId: 'A', queryType, target: '$target' }] });
          if (errors.length > 0) throw new Error(queryType + ': ' + errors[0].message);
          answers[queryType] = data.map((frame) => ({ fields: frame.fields.map((f) => f.name), rows: frame.length, view: frame.meta?.preferredVisualisationType }));
        }
        return answers;
      })()`,
    );
    const one = (kind: string): { fields: string[]; rows: number; view?: string } => {
      expect(answers[kind], kind).toHaveLength(1);
      expect(answers[kind]![0]!.rows, kind).toBeGreaterThan(0);
      return answers[kind]![0]!;
    };
    expect(one('verdicts').fields.slice(0, 5)).toEqual(['target', 'state', 'health', 'signal', 'slope']);
    expect(one('samples').fields).toEqual(expect.arrayContaining(['time', 'live_heap', 'commit']));
    expect(one('accounting').fields).toEqual(expect.arrayContaining(['time', 'live_heap', 'heap_idle']));
    expect(one('captures').rows).toBeGreaterThanOrEqual(3);
    expect(one('allocators').fields).toContain('growth per second');
    const overTime = one('growth_over_time');
    expect(overTime.fields.join()).toContain(await leakingFunction());
    expect(overTime.rows).toBeGreaterThanOrEqual(3);
    expect(one('flamegraph')).toMatchObject({
      fields: ['level', 'value', 'self', 'label'],
      view: 'flamegraph',
    });
    expect(one('goroutines').fields).toEqual(expect.arrayContaining(['waits for', 'goroutines', 'growth']));
    expect(one('incidents').fields.slice(0, 2)).toEqual(['time', 'timeEnd']);
    expect(one('alerts').fields).toEqual(expect.arrayContaining(['time', 'timeEnd', 'title', 'text']));
  });

  it('gives targets and captures as values of variables', async () => {
    const { page, panel } = await openHost('target=orders-api');
    await panel.verdict.waitFor({ timeout: PATIENCE_MS });
    const values = await page.evaluate<{ targets: string[]; captures: string[] }>(
      `(async () => {
        const at = (ms) => ({ valueOf: () => ms });
        const range = { from: at(0), to: at(Date.now() + 1000) };
        const ask = (query) => new Promise((resolve, reject) => leaklineDataSource.variables.query({ range, scopedVars: {}, targets: [query] }).subscribe({ next: ({ data }) => resolve(data.map(({ text, value }) => String(value ?? text))), error: reject }));
        return { targets: await ask({ refId: 'A', kind: 'targets' }), captures: await ask({ refId: 'A', kind: 'captures', target: '$target' }) };
      })()`,
    );
    expect(values.targets.sort()).toEqual(['gone', 'orders-api', 'users-api']);
    expect(values.captures.length).toBeGreaterThanOrEqual(3);
    for (const id of values.captures) expect(id).toMatch(/^[0-9a-f]{16}$/);
  });

  it.each([
    ['all is well', () => ({}), 'success', /^Leakline \d+\.\d+\.\d+ watches 3 targets, \d of them up\.$/],
    ['no exporter', () => ({ url: 'http://127.0.0.1:9' }), 'error', /No exporter answers/],
    ['wrong credentials', () => ({ url: stack.locked.url }), 'error', /refuses the credentials/],
    ['another server', () => ({ url: `${stack.exporter.url}/old` }), 'error', /older than this plugin/],
  ] as const)('is tested: %s', async (_, upstream, status, message) => {
    Object.assign(stack.host.upstream, upstream());
    const { page } = await openHost('view=query');
    await page.getByLabel('Sample type').waitFor({ timeout: PATIENCE_MS });
    const health = await page.evaluate('leaklineDataSource.testDatasource()');
    expect(health).toMatchObject({ status, message: expect.stringMatching(message) });
  });

  it('sends nothing of the browser’s session upstream, and Grafana’s credentials', async () => {
    Object.assign(stack.host.upstream, { url: stack.locked.url, authorization: CREDENTIALS });
    const { page } = await openPage(browser);
    await page.context().addCookies([{ name: 'grafana_session', value: 'x', url: stack.host.url }]);
    await page.goto(`${stack.host.url}?target=orders-api`);
    await new DiagnosisPage(page).message('Not there any more').waitFor({ timeout: PATIENCE_MS });
    const { headers, path } = stack.host.requests.at(-1)!;
    expect(path).toMatch(/^api\/v1\/targets/);
    expect(headers).toMatchObject({ authorization: CREDENTIALS, 'user-agent': 'Grafana/13.1.0' });
    for (const name of ['cookie', 'origin', 'referer']) expect(headers[name], name).toBeUndefined();
  });
});

describe('the editors', () => {
  it('keep the address of the exporter in jsonData and a token in the secrets', async () => {
    const { page } = await openHost('view=config', { width: 900 });
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
    const { page } = await openHost('view=query', { width: 900 });
    await page.getByLabel('Sample type').waitFor({ timeout: PATIENCE_MS });
    await page.getByRole('radio', { name: 'In use' }).check({ force: true });
    await page.getByLabel('Base').waitFor();
    const saved: unknown = JSON.parse((await page.getByTestId('state').textContent()) ?? '');
    expect(saved).toMatchObject({ queryType: 'allocators', mode: 'top' });
    await screenshot(page, 'plugin-query');
  });
});

describe('the packed plugin', () => {
  it('keeps the rules of the catalogue, and the panel stays small', () => {
    const zip = join(stack.directory, 'plugin.zip');
    const told = execFileSync(process.execPath, [join(PLUGIN, 'pack.mjs'), zip], { encoding: 'utf8' });
    console.log(told.trim().split(': ').at(-1));
    const files = new Map(Object.entries(unzipSync(readFileSync(zip))));
    expect(catalogueFindings(files)).toEqual([]);
    expect(statSync(join(PLUGIN, 'dist/panel/module.js')).size).toBeLessThan(MOST_PANEL_BYTES);
  });
});
