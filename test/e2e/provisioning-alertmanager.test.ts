// The examples of receivers with their message templates, asked by amtool; grouping, muting and the webhook's credential
// by a real Alertmanager.

import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { waitFor } from '../lib/programs.js';
import { getJson, REPOSITORY, startAlertmanager, startExporter, type Served } from '../lib/stack.js';

const FOLDER = join(REPOSITORY, 'provisioning/alertmanager');
const amtool = (...args: string[]) => execFileSync('amtool', args, { encoding: 'utf8', stdio: 'pipe' });

it('takes the examples of receivers and the templates', () => {
  expect(amtool('check-config', join(FOLDER, 'receivers.example.yml'))).toMatch(
    /5 receivers[\s\S]*1 templates[\s\S]*SUCCESS/,
  );
});

it('writes target, status and the words of the rules into messages', () => {
  const data = join(FOLDER, 'testdata/message.json');
  const text = (name: string) =>
    amtool(
      'template',
      'render',
      `--template.glob=${FOLDER}/templates/*.tmpl`,
      `--template.data=${data}`,
      `--template.text={{ template "${name}" . }}`,
    );
  expect(text('leakline.title').trim()).toBe('[FIRING 1] orders-api');
  expect(text('leakline.text')).toContain('Growing fastest: main.(*cache).put.');
  expect(text('leakline.html')).toContain('<h3>orders-api is leaking memory</h3>');
});

let directory: string;
let started: Served[];
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'leakline-alertmanager-'));
  started = [];
});
afterEach(async () => {
  for (const program of started) await program.stop();
  rmSync(directory, { recursive: true, force: true });
});
function track(program: Served): Served {
  started.push(program);
  return program;
}

/** Alerts as Prometheus sends them. */
async function fire(url: string, alerts: Record<string, string>[]): Promise<void> {
  const response = await fetch(`${url}/api/v2/alerts`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(alerts.map((labels) => ({ labels, startsAt: new Date().toISOString() }))),
  });
  expect(response.status).toBe(200);
}

interface Group {
  labels: Record<string, string>;
  alerts: { labels: { alertname: string }; status: { state: string } }[];
}
const groups = (url: string) => getJson<Group[]>(`${url}/api/v2/alerts/groups`);

it('makes one notification of the alerts of one leak, and mutes what hangs on an exporter that is down', async () => {
  // Nothing listens at the port of the webhook: what is grouped and muted is decided before.
  const { url } = track(await startAlertmanager({ directory, exporterPort: 9 }));
  const leak = { job: 'leakline', instance: 'a:9464', target: 'orders' };
  await fire(url, [
    { alertname: 'LeaklineLeak', severity: 'warning', ...leak },
    { alertname: 'LeaklineTimeToLimitShort', severity: 'warning', ...leak },
    { alertname: 'LeaklineTimeToLimitCritical', severity: 'critical', ...leak },
    { alertname: 'LeaklineGcPressure', severity: 'warning', ...leak },
    { alertname: 'LeaklineExporterDown', severity: 'critical', job: 'leakline', instance: 'b:9464' },
    {
      alertname: 'LeaklineTargetDown',
      severity: 'warning',
      job: 'leakline',
      instance: 'b:9464',
      target: 'billing',
    },
  ]);
  const stateOf = (all: Group[], name: string) =>
    all.flatMap(({ alerts }) => alerts).find(({ labels }) => labels.alertname === name)?.status.state;
  const all = await waitFor('the groups', async () => {
    const now = await groups(url);
    return stateOf(now, 'LeaklineTargetDown') === 'suppressed' && now;
  });
  const ofTheLeak = all.filter(({ labels }) => labels.target === 'orders');
  expect(ofTheLeak.map(({ alerts }) => alerts.length)).toEqual([4]);
  expect(ofTheLeak[0]!.alerts.map(({ status }) => status.state)).toEqual(Array(4).fill('active'));
  expect(stateOf(all, 'LeaklineExporterDown')).toBe('active');
});

it('signs in at an exporter that asks for it', async () => {
  mkdirSync(join(directory, 'exporter'), { recursive: true });
  // The password is "s3cret", hashed at the least cost.
  writeFileSync(
    join(directory, 'exporter/web.yml'),
    "basic_auth_users: { alertmanager: '$2b$04$5e1vSseLhutkcKhQbWJHh.G/CwV5dIr2Yy5RkIGzLpgpy6ENltv8G' }\n",
  );
  writeFileSync(join(directory, 'password'), 's3cret');
  const exporter = track(
    await startExporter({
      directory: join(directory, 'exporter'),
      config: { webConfigFile: 'web.yml', discovery: { enabled: false } },
    }),
  );
  const received = async () => {
    const response = await fetch(`${exporter.url}/metrics`, {
      headers: { authorization: `Basic ${Buffer.from('alertmanager:s3cret').toString('base64')}` },
    });
    expect(response.status).toBe(200);
    return /leakline_alerts_received_total\{status="firing"\} (\d+)/.exec(await response.text())?.[1];
  };
  const { url } = track(
    await startAlertmanager({
      directory: join(directory, 'alertmanager'),
      exporterPort: exporter.port,
      hurried: true,
      credential: { username: 'alertmanager', password_file: join(directory, 'password') },
    }),
  );
  await fire(url, [{ alertname: 'LeaklineLeak', job: 'leakline', instance: 'a:9464', target: 'orders' }]);
  await waitFor('the alert at the exporter', async () => (await received()) === '1');
});
