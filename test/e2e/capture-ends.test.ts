// The exporter as built on the real Go service: what a newer Go offers is captured, and the end of the process closes
// its incident as what it is, no recovery.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { ApiCapture, ApiIncident, ApiTarget, Page } from '../../exporter/src/server/api.js';
import { goToolchain, startLeaky, type Leaky } from '../lib/leaky.js';
import { waitFor } from '../lib/programs.js';
import { getJson, startExporter, type Served } from '../lib/stack.js';

/** The profile is there with Go 1.26 as an experiment, and with 1.27 by itself. */
const GO = goToolchain();
const HAS_GOROUTINELEAK = GO.minor >= 26;

let directory: string;
let leaky: Leaky;
let exporter: Served;

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'leakline-ends-'));
  leaky = await startLeaky({
    name: 'ending',
    mode: 'goroutines',
    rate: '1MiB',
    ...(GO.minor === 26 && { build: { experiment: 'goroutineleakprofile' } }),
  });
  exporter = await startExporter({
    directory,
    config: {
      sampleInterval: '1s',
      discovery: { include: ['ending'] },
      capture: { minGcInterval: '1s', onVerdict: false },
    },
  });
  await waitFor('the target', async () => {
    const { items } = await getJson<Page<ApiTarget>>(`${exporter.url}/api/v1/targets`);
    return items.some(({ name, health }) => name === 'ending' && health === 'up');
  });
}, 120_000);

afterAll(async () => {
  await Promise.all([exporter?.stop(), leaky?.stop()]);
  rmSync(directory, { recursive: true, force: true });
});

it('captures an alert, with the goroutineleak profile where the Go has one; the process ends its incident', async () => {
  const answer = await fetch(`${exporter.url}/api/v1/alerts`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      version: '4',
      status: 'firing',
      alerts: [
        {
          status: 'firing',
          labels: { alertname: 'LeaklineLeak', target: 'ending' },
          annotations: {},
          startsAt: new Date().toISOString(),
          endsAt: '0001-01-01T00:00:00Z',
          fingerprint: '5ad3c1b2e9f04d11',
        },
      ],
    }),
  });
  expect(answer.status).toBe(202);
  const capture = await waitFor('the capture', async () => {
    const { items } = await getJson<Page<ApiCapture>>(`${exporter.url}/api/v1/captures?target=ending`);
    return items.find(({ trigger, state }) => trigger === 'alert' && state !== 'pending');
  });
  expect(capture).toMatchObject({ state: 'complete', failures: [] });
  expect(capture.kinds.includes('goroutineleak')).toBe(HAS_GOROUTINELEAK);

  const incidentOf = async () =>
    (await getJson<Page<ApiIncident>>(`${exporter.url}/api/v1/incidents?target=ending`)).items[0];
  expect(await incidentOf()).toMatchObject({ state: 'open', openedBy: 'alert' });
  await leaky.stop();
  const incident = await waitFor('the end of the incident', async () => {
    const incident = await incidentOf();
    return incident?.state === 'open' ? undefined : incident;
  });
  expect(incident.state).toBe('ended_by_exit');
  expect(incident.captures).toContain(capture.id);
}, 180_000);
