// Records an incident of the leaking Go service as `leakline serve` sees it: what the API tells of it, and the profiles
// of its captures. Makes the fixture of exporter/src/report/incident.test.ts, which then writes its golden files:
//   npm run build && npx tsx test/lib/record-incident.ts exporter/src/report/testdata/incident
//   UPDATE_GOLDEN=1 npx vitest run --project unit exporter/src/report/incident.test.ts
// Formats after the folder (md, html, pdf) keep the reports of the exporter as well.

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { startLeaky } from './leaky.js';
import { waitFor } from './programs.js';
import { startExporter } from './stack.js';

interface Incident {
  id: string;
  captures: string[];
  growth: { captures?: unknown[] } | null;
}

const folder = process.argv[2];
if (folder === undefined) throw new Error('name the folder to write to');
const state = mkdtempSync(join(tmpdir(), 'leakline-incident-'));
const leaky = await startLeaky({
  modes: { 'map-cache': '2MiB', goroutines: '32KiB' },
  churn: '8MiB',
  name: 'orders',
  // No path of the machine that records.
  build: { flags: ['-trimpath'] },
});
const exporter = await startExporter({
  directory: state,
  config: {
    sampleInterval: '1s',
    discovery: { enabled: false },
    targets: [
      {
        name: 'orders',
        executable: leaky.executable,
        pprof: `${leaky.url}/debug/pprof/`,
        memoryLimit: '1GiB',
      },
    ],
    capture: { followUp: '20s', minGcInterval: '1s', goroutineDebug2: true },
  },
});
const api = async <T>(path: string): Promise<T> => {
  const response = await fetch(`${exporter.url}/api/v1/${path}`);
  if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
  return (await response.json()) as T;
};
try {
  await waitFor(
    'samples',
    async () => (await api<{ atMs: number[] }>('targets/orders/samples')).atMs.length > 20,
    60_000,
  );
  const alert = {
    status: 'firing',
    labels: { alertname: 'LeaklineLeakSuspected', target: 'orders' },
    annotations: { summary: 'orders leaks' },
    startsAt: new Date().toISOString(),
    endsAt: '0001-01-01T00:00:00Z',
    fingerprint: 'fd0e96da72590db2',
  };
  await fetch(`${exporter.url}/api/v1/alerts`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ version: '4', alerts: [alert] }),
  });
  const growing = async () => {
    const { items } = await api<{ items: Incident[] }>('incidents?target=orders');
    return items.find(({ growth }) => (growth?.captures?.length ?? 0) >= 2);
  };
  await waitFor('growth', async () => (await growing()) !== undefined, 120_000);
  const incident = (await growing())!;
  const captures = await Promise.all(
    incident.captures.map((id) => api<{ id: string; kinds: string[] }>(`captures/${id}`)),
  );
  mkdirSync(folder, { recursive: true });
  const record = {
    incident,
    captures,
    target: await api('targets/orders'),
    samples: await api('targets/orders/samples'),
  };
  const json = JSON.stringify(record)
    .replaceAll(JSON.stringify(hostname()), '"shop-7"')
    .replaceAll(dirname(leaky.executable), '/opt/orders');
  writeFileSync(join(folder, 'incident.json'), `${json}\n`);
  for (const { id, kinds } of captures) {
    for (const kind of kinds) {
      const profile = await fetch(`${exporter.url}/api/v1/captures/${id}/profiles/${kind}`);
      const bytes = Buffer.from(await profile.arrayBuffer());
      // Dumps of stacks are text, the others are compressed as they come.
      writeFileSync(join(folder, `${id}-${kind}.gz`), bytes[0] === 0x1f ? bytes : gzipSync(bytes));
    }
  }
  for (const format of process.argv.slice(3)) {
    const report = await fetch(`${exporter.url}/api/v1/incidents/${incident.id}/report?format=${format}`);
    process.stdout.write(`${format}: ${report.status} ${report.headers.get('content-disposition')}\n`);
    writeFileSync(join(folder, `report.${format}`), Buffer.from(await report.arrayBuffer()));
  }
} finally {
  await exporter.stop();
  await leaky.stop();
  rmSync(state, { recursive: true, force: true });
}
