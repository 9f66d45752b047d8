// `leakline report` against an exporter that asks for a user over TLS: it lists and writes an incident of an earlier run,
// whose trend it kept, and says what is wrong where the user, the password or the certificate is.

import { execFile } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { extendTrend } from '../../exporter/src/capture/incident-trend.js';
import { incidentOf } from '../../exporter/src/capture/records.testing.js';
import { freePort, startProgram, waitFor, type Program } from '../lib/programs.js';
import { REPOSITORY } from '../lib/stack.js';

const LEAKLINE = join(REPOSITORY, 'exporter/bin/leakline.js');
const CERTIFICATES = join(REPOSITORY, 'exporter/src/target-http/testdata');
const folder = mkdtempSync(join(tmpdir(), 'leakline-report-'));
const file = (name: string) => join(folder, name);
/** "orders & <co>" as bcrypt with cost 4 hashes it. */
const HASH = '$2b$04$QGNimSKQ/1NoVc8geQR4nOoIWBQNth5jhk0rRwb9CAKZrAm2Io8Tq';
let exporter: Program | undefined;
let url = '';

beforeAll(async () => {
  for (const name of ['server.crt', 'server.key', 'ca.crt'])
    copyFileSync(join(CERTIFICATES, name), file(name));
  writeFileSync(
    file('web.yml'),
    `tls_server_config: { cert_file: server.crt, key_file: server.key }\nbasic_auth_users: { anna: '${HASH}' }\n`,
  );
  writeFileSync(file('password'), 'orders & <co>\n');
  writeFileSync(file('wrong'), 'x\n');
  const port = await freePort();
  url = `https://127.0.0.1:${port}`;
  writeFileSync(
    file('leakline.yml'),
    `listen: 127.0.0.1:${port}\nwebConfigFile: web.yml\nstate: { dir: ./state }\ndiscovery: { enabled: false }\n`,
  );
  const atMs = Array.from({ length: 90 }, (_, i) => Date.parse('2026-06-01T11:30:00Z') + i * 60_000);
  const live_heap = atMs.map((_, i) => 50e6 + Math.max(0, i - 30) * 1e6);
  const incident = incidentOf({
    state: 'resolved',
    closedAt: '2026-06-01T12:50:00.000Z',
    trend: extendTrend(null, { atMs, signals: { live_heap }, parts: {}, gcCount: [] }),
  });
  mkdirSync(file('state/incidents'), { recursive: true });
  writeFileSync(file(`state/incidents/${incident.id}.json`), JSON.stringify(incident));
  exporter = startProgram(process.execPath, [LEAKLINE, 'serve', '--config', file('leakline.yml')]);
  await waitFor('the exporter', async () => (await report()).code === 0 || !exporter!.isRunning());
});
afterAll(async () => {
  await exporter?.stop();
  rmSync(folder, { recursive: true, force: true });
});

const USER = ['--username', 'anna', '--password-file', file('password')];
const TRUST = ['--ca-file', file('ca.crt')];

function report(...args: string[]): Promise<{ code: unknown; stdout: string; stderr: string }> {
  return new Promise((resolve) => {
    const all = args.length > 0 ? args : [...USER, ...TRUST];
    execFile(process.execPath, [LEAKLINE, 'report', '--url', url, ...all], (error, stdout, stderr) =>
      resolve({ code: error === null ? 0 : error.code, stdout, stderr }),
    );
  });
}

it('lists and writes with user, password and the certificate of the signer', async () => {
  expect((await report()).stdout).toMatch(/^incident1 +orders +resolved /m);
  const out = file('orders.md');
  const { code, stderr } = await report('orders', '--report', out, ...USER, ...TRUST);
  expect([code, stderr]).toEqual([0, `${out}: incident incident1 of orders\n`]);
  const text = readFileSync(out, 'utf8');
  expect(text).toMatch(/Live heap/i);
  expect(text).toContain('11:30');
  expect(text).not.toContain('fewer than two readings');
});

it.each([
  ['no user', TRUST, /^leakline: https:\/\/\S+ asks for a user: --username, --password-file\n$/],
  ['a wrong password', ['--username', 'anna', '--password-file', file('wrong'), ...TRUST], /asks for a user/],
  ['a certificate that nobody here knows', USER, /certificate.*\n$/],
])('%s: 3, in one line', async (_, args, message) => {
  const { code, stdout, stderr } = await report(...args);
  expect(stderr).toMatch(message);
  expect(stderr.trimEnd().split('\n')).toHaveLength(1);
  expect([code, stdout]).toEqual([3, '']);
});

it.each([['half a credential', ['--username', 'anna'], /--username and --password-file go together/]])(
  '%s: 2',
  async (_, args, message) => {
    const { code, stderr } = await report(...args);
    expect(stderr).toMatch(message);
    expect(code).toBe(2);
  },
);
