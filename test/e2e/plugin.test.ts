// The built Grafana plugin, loaded as Grafana loads it, in a real browser, against the built exporter watching the
// real Go service through a proxy with the manners of Grafana's. Every state of the panel leaves screenshots of its looks.
// Loading the host takes seconds: the tests of a group share a page, and go on where the one before has stopped.

import { execFileSync } from 'node:child_process';
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { unzipSync } from 'fflate';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { catalogueFindings } from '../../grafana-plugin/package-rules.mjs';
import { launchBrowser, openPage, screenshot, type PageOptions } from '../lib/browser.js';
import { DiagnosisPage } from '../lib/diagnosis-page.js';
import { everyLook } from '../lib/looks.js';
import { CREDENTIALS, firingAlert, PLUGIN, startPluginStack, type PluginStack } from '../lib/plugin-host.js';

const PATIENCE_MS = 120_000;
/** Building the plugin and bundling the host twice, on a machine that is busy. */
const START_MS = 480_000;
/** The panel is loaded by everyone who opens a dashboard that holds it. */
const MOST_PANEL_BYTES = 280 * 1024;

let stack: PluginStack;
let browser: Browser;

beforeAll(async () => {
  stack = await startPluginStack();
  browser = await launchBrowser();
  // It is tried again after seconds, and has failed for good by the time that it is looked at.
  await post('captures', { target: 'gone' });
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

interface Opened {
  page: Page;
  panel: DiagnosisPage;
  offences: string[];
}

async function openHost(query: string, options?: PageOptions): Promise<Opened> {
  const { page, offences } = await openPage(browser, options);
  await page.goto(`${stack.host.url}?${query}`);
  return { page, panel: new DiagnosisPage(page), offences };
}

/** Another target in the same dashboard, as its variable would bring it. */
async function show(page: Page, query: string): Promise<void> {
  await page.evaluate(`history.replaceState(null, '', '?${query}')`);
}

function looks(page: Page, name: string): Promise<string[]> {
  const setMode = async (mode: string): Promise<void> => {
    await page.evaluate(`leaklineTheme('${mode}')`);
  };
  return everyLook(page, `plugin-${name}`, { within: 'main', setMode });
}

async function post(path: string, body: object): Promise<void> {
  const answer = await fetch(`${stack.exporter.url}/api/v1/${path}`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify(body),
  });
  expect(answer.status).toBe(202);
}

async function leakingFunction(): Promise<string> {
  const name = (await stack.leaky.modes()).find((mode) => mode.mode === 'map-cache')?.function ?? '';
  expect(name).not.toBe('');
  return name.slice(name.lastIndexOf('/') + 1);
}

describe('a state of the panel', () => {
  let opened: Opened;

  beforeAll(async () => {
    opened = await openHost('', { width: 1000 });
  });

  afterAll(async () => {
    expect(opened.offences).toEqual([]);
    await opened.page.context().close();
  });

  it('which target: several answer and none is chosen', async () => {
    const { page, panel } = opened;
    await panel.message('Which target?').waitFor({ timeout: PATIENCE_MS });
    expect(await looks(page, 'choose')).toEqual([]);
    await panel.targets.getByRole('button', { name: /users-api/ }).click();
    await panel.message('This target serves no profiles').waitFor({ timeout: PATIENCE_MS });
    expect(await looks(page, 'no-pprof')).toEqual([]);
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
    [
      'silent until the proxy gives up',
      'does not answer',
      () => ({ url: stack.silentUrl, timeoutMs: 500 }),
      'timeout',
    ],
    ['not reachable', 'does not answer', () => ({ url: 'http://127.0.0.1:9' }), 'unreachable'],
  ] as const)('%s', async (_, title, upstream, name) => {
    const { page, panel } = opened;
    // From a good state to a bad one, as it happens.
    await panel.verdict.or(panel.targets).first().waitFor({ timeout: PATIENCE_MS });
    Object.assign(stack.host.upstream, upstream());
    await panel.message(title).waitFor({ timeout: PATIENCE_MS });
    expect(await looks(page, name)).toEqual([]);
  });

  it('unknown target', async () => {
    const { page, panel } = opened;
    await show(page, 'target=nobody');
    await panel.message('Not there any more').waitFor({ timeout: PATIENCE_MS });
    expect(await looks(page, 'unknown')).toEqual([]);
  });

  it('capture failed, and why', async () => {
    const { page, panel } = opened;
    await show(page, 'target=gone');
    await panel.message(/The capture of .* failed/).waitFor({ timeout: PATIENCE_MS });
    await panel.message(/connection refused|does not answer|nothing listens/i).waitFor();
    expect(await looks(page, 'capture-failed')).toEqual([]);
  });

  it('no capture: offers to take one, and shows how it goes until it is there', async () => {
    const { page, panel } = opened;
    stack.host.upstream.url = stack.byHand.url;
    await show(page, 'target=orders-api');
    await panel.message('No capture yet').waitFor({ timeout: PATIENCE_MS });
    expect(await looks(page, 'no-capture')).toEqual([]);
    await panel.captureButton.click();
    await panel.message('A capture is under way').waitFor({ timeout: PATIENCE_MS });
    await page.getByText('One capture only').waitFor({ timeout: PATIENCE_MS });
    expect(await panel.chosen('Capture').innerText()).toMatch(/by hand$/);
    expect(await looks(page, 'one-capture')).toEqual([]);
    // The target has just collected: the next one waits, and says so.
    await panel.captureButton.click();
    await panel.captureProgress.getByText('Capture under way: by hand').waitFor({ timeout: PATIENCE_MS });
    await screenshot(page, 'plugin-capture-progress');
    await panel.chosen('against').waitFor({ state: 'attached', timeout: PATIENCE_MS });
    await panel.captureProgress.waitFor({ state: 'detached', timeout: PATIENCE_MS });
  });

  it('calm, with normal against now beside the verdict', async () => {
    const { page, panel } = opened;
    // On a busy machine the service itself trembles.
    await panel.verdict.getByText(/orders-api is (healthy|growing)/).waitFor({ timeout: PATIENCE_MS });
    const row = (name: string) => panel.baseline.getByRole('row', { name }).locator('td');
    await row('Heap after GC')
      .nth(1)
      .filter({ hasText: /^[\d.]+ [KM]iB$/ })
      .waitFor({ timeout: PATIENCE_MS });
    expect(await row('Heap after GC').first().innerText()).toMatch(/^1\.\d+ MiB$/);
    expect(await row('Objects').first().innerText()).toMatch(/^\d+,\d{3}$/);
    expect(await row('GC rate').first().innerText()).toMatch(/^[\d.]+\/(s|min)$/);
    await panel
      .chosen('Capture')
      .filter({ hasText: 'baseline' })
      .waitFor({ state: 'attached', timeout: PATIENCE_MS });
    expect(await looks(page, 'baseline')).toEqual([]);
  });
});

it('the panel loads: nothing has answered', async () => {
  const { page } = await openPage(browser, { width: 1000 });
  let release = (): void => undefined;
  const held = new Promise<void>((resolve) => (release = resolve));
  await page.route('**/api/datasources/**', async (route) => {
    await held;
    await route.continue().catch(() => undefined);
  });
  await page.goto(`${stack.host.url}?target=orders-api`);
  await page.locator('[aria-busy=true]').first().waitFor({ timeout: PATIENCE_MS });
  expect(await looks(page, 'loading')).toEqual([]);
  release();
  await new DiagnosisPage(page).verdict.waitFor({ timeout: PATIENCE_MS });
  await page.context().close();
});

describe('the panel on React 19', () => {
  let opened: Opened;

  beforeAll(async () => {
    await stack.leaky.setMode('map-cache', '4MiB');
    opened = await openHost('target=orders-api&bundle=react-19');
  });

  afterAll(async () => {
    expect(opened.offences).toEqual([]);
    await opened.page.context().close();
    // What comes is about what was captured: the service need not grow as fast.
    await stack.leaky.setMode('map-cache', '256KiB');
  });

  it('on a firing alert picks its capture and the baseline by itself', async () => {
    const { page, panel } = opened;
    await panel.trend.getByText('Live heap').waitFor({ timeout: PATIENCE_MS });
    expect(await page.evaluate('leaklineReact')).toMatch(/^19\./);
    await panel.verdict
      .getByText(/orders-api is (leaking|growing) [\d.]+ [KM]iB\/s \([\d.]+–[\d.]+\)/)
      .waitFor({ timeout: PATIENCE_MS });
    // What a person looked at before must not hide what the alert is about.
    const list = panel.captureBar.getByRole('combobox', { name: 'Capture', exact: true });
    await list.selectOption({ label: await list.locator('option').last().innerText() });
    const chosen = { state: 'attached', timeout: PATIENCE_MS } as const;
    await panel.chosen('Capture').filter({ hasText: 'baseline' }).waitFor(chosen);
    await post('alerts', firingAlert('orders-api', new Date()));
    await panel.chosen('Capture').filter({ hasText: 'alert' }).waitFor(chosen);
    await panel.chosen('against').filter({ hasText: 'baseline' }).waitFor(chosen);
  });

  it('leads from the verdict to the line that leaks', async () => {
    const { page, panel } = opened;
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
    // A chart that loses a series is made anew, and must not be fed what it cannot hold.
    const legend = panel.trend.getByRole('button', { name: /Private working set/ });
    await legend.click();
    await panel.trend.getByRole('button', { name: /Private working set/, pressed: false }).waitFor();
    await legend.click();
    expect(await looks(page, 'leak')).toEqual([]);
  });

  it('tells the incident, and gives its report', async () => {
    const { page, panel } = opened;
    await panel.openTab('Incident');
    await panel.incident.getByText('LeaklineLeakSuspected fires').waitFor({ timeout: PATIENCE_MS });
    await panel.incident.getByText('orders-api leaks memory').waitFor();
    const here = await panel.incident.getByRole('link', { name: 'Link', exact: true }).getAttribute('href');
    expect(here).toMatch(/\?target=orders-api&bundle=react-19&from=\d+&to=now$/);
    const [download] = await Promise.all([
      page.waitForEvent('download', { timeout: PATIENCE_MS }),
      panel.incident.getByRole('link', { name: 'Save as PDF' }).click(),
    ]);
    expect(download.suggestedFilename()).toMatch(/^leakline-orders-api-[0-9a-f]+\.pdf$/);
    expect(
      readFileSync(await download.path())
        .subarray(0, 5)
        .toString(),
    ).toBe('%PDF-');
    expect(await looks(page, 'incident')).toEqual([]);
  });
});

describe('the panel on React 18', () => {
  let opened: Opened;

  beforeAll(async () => {
    opened = await openHost('target=orders-api&bundle=react-18&theme=light');
  });

  afterAll(async () => {
    expect(opened.offences).toEqual([]);
    await opened.page.context().close();
  });

  it('shows every view of a capture, by keyboard', async () => {
    const { page, panel } = opened;
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
    expect(await looks(page, 'goroutines')).toEqual([]);
    await panel.openTab('Flame graph');
    await panel.flameGraph.waitFor({ timeout: PATIENCE_MS });
    expect(await looks(page, 'flame')).toEqual([]);
    await panel.openTab('Call graph');
    await page.waitForFunction("document.querySelector('[data-testid=callgraph] img')?.naturalWidth > 0");
    expect(await looks(page, 'callgraph')).toEqual([]);
  });

  it('gives the profile and the command for go tool pprof', async () => {
    const { page, panel } = opened;
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

  it('is for viewers too, without the button that needs an editor, in Simplified Chinese', async () => {
    const { page, panel, offences } = await openHost('target=orders-api&role=Viewer&language=zh-Hans');
    await panel.accounting.getByText('内存归属').waitFor({ timeout: PATIENCE_MS });
    await panel.topRow(/./, PATIENCE_MS);
    expect(await panel.captureButton.or(page.getByRole('button', { name: '立即采集' })).count()).toBe(0);
    const status = await page.evaluate<number>(
      "fetch('/api/datasources/proxy/uid/leakline/api/v1/captures', {method: 'POST', body: '{}'}).then((r) => r.status)",
    );
    expect(status).toBe(403);
    // The verdict's reason is told in the reader's language, too.
    await panel.verdict
      .getByText(/存活堆|提交大小/)
      .first()
      .waitFor({ timeout: PATIENCE_MS });
    expect(await looks(page, 'zh')).toEqual([]);
    expect(offences).toEqual([]);
    await page.context().close();
  });
});

describe('the data source', () => {
  let opened: Opened;

  beforeAll(async () => {
    opened = await openHost('target=orders-api');
    await opened.panel.verdict.waitFor({ timeout: PATIENCE_MS });
  });

  afterAll(async () => {
    await opened.page.context().close();
  });

  it('answers every kind of query with frames that other panels draw', async () => {
    const { page } = opened;
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
    expect(one('captures').rows).toBeGreaterThanOrEqual(2);
    expect(one('allocators').fields).toContain('growth per second');
    const overTime = one('growth_over_time');
    expect(overTime.fields.join()).toContain(await leakingFunction());
    expect(overTime.rows).toBeGreaterThanOrEqual(2);
    expect(one('flamegraph')).toMatchObject({
      fields: ['level', 'value', 'self', 'label'],
      view: 'flamegraph',
    });
    expect(one('goroutines').fields).toEqual(expect.arrayContaining(['waits for', 'goroutines', 'growth']));
    expect(one('incidents').fields.slice(0, 2)).toEqual(['time', 'timeEnd']);
    expect(one('alerts').fields).toEqual(expect.arrayContaining(['time', 'timeEnd', 'title', 'text']));
  });

  it('gives targets and captures as values of variables', async () => {
    const { page } = opened;
    const values = await page.evaluate<{ targets: string[]; captures: string[] }>(
      `(async () => {
        const at = (ms) => ({ valueOf: () => ms });
        const range = { from: at(0), to: at(Date.now() + 1000) };
        const ask = (query) => new Promise((resolve, reject) => leaklineDataSource.variables.query({ range, scopedVars: {}, targets: [query] }).subscribe({ next: ({ data }) => resolve(data.map(({ text, value }) => String(value ?? text))), error: reject }));
        return { targets: await ask({ refId: 'A', kind: 'targets' }), captures: await ask({ refId: 'A', kind: 'captures', target: '$target' }) };
      })()`,
    );
    expect(values.targets.sort()).toEqual(['gone', 'orders-api', 'users-api']);
    expect(values.captures.length).toBeGreaterThanOrEqual(2);
    for (const id of values.captures) expect(id).toMatch(/^[0-9a-f]{16}$/);
  });

  it.each([
    ['all is well', () => ({}), 'success', /^Leakline \d+\.\d+\.\d+ watches 3 targets, \d of them up\.$/],
    ['no exporter', () => ({ url: 'http://127.0.0.1:9' }), 'error', /No exporter answers/],
    ['wrong credentials', () => ({ url: stack.locked.url }), 'error', /refuses the credentials/],
    ['another server', () => ({ url: `${stack.exporter.url}/old` }), 'error', /older than this plugin/],
  ] as const)('is tested: %s', async (_, upstream, status, message) => {
    Object.assign(stack.host.upstream, upstream());
    const { page } = opened;
    const health = await page.evaluate('leaklineDataSource.testDatasource()');
    expect(health).toMatchObject({ status, message: expect.stringMatching(message) });
  });

  it('sends nothing of the browser’s session upstream, and Grafana’s credentials', async () => {
    const { page, panel } = opened;
    await page.context().addCookies([{ name: 'grafana_session', value: 'x', url: stack.host.url }]);
    Object.assign(stack.host.upstream, { url: stack.locked.url, authorization: CREDENTIALS });
    await panel.message('Not there any more').waitFor({ timeout: PATIENCE_MS });
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
    await page.context().close();
  });

  it('ask for what the chosen kind of query needs', async () => {
    const { page } = await openHost('view=query', { width: 900 });
    await page.getByLabel('Sample type').waitFor({ timeout: PATIENCE_MS });
    await page.getByRole('radio', { name: 'In use' }).check({ force: true });
    await page.getByLabel('Base').waitFor();
    const saved: unknown = JSON.parse((await page.getByTestId('state').textContent()) ?? '');
    expect(saved).toMatchObject({ queryType: 'allocators', mode: 'top' });
    await screenshot(page, 'plugin-query');
    await page.context().close();
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
