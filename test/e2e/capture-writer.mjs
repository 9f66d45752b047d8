// Takes alerts over and captures them until it is killed; says on standard output what it has promised. Run by
// capture-kill.test.ts on the built exporter: node capture-writer.mjs STATE_DIR PPROF_URL FIRST [drain]

import { setTimeout } from 'node:timers/promises';
import { createCaptureService } from '../../exporter/dist/capture/create.js';
import { profileEngine } from '../../exporter/dist/capture/engine.js';
import { configSchema } from '../../exporter/dist/config/schema.js';
import { silentLogger } from '../../exporter/dist/log.js';
import { createTargetHttp } from '../../exporter/dist/target-http/client.js';
import { runHere } from '../../exporter/dist/profile/analyses.js';

const [stateDir, pprofUrl, first, drain] = process.argv.slice(2);
const http = createTargetHttp(pprofUrl, {});
// Every firing is for a target of its own, so that each is worth a capture.
const statusOf = (name) => ({
  name,
  origin: 'config',
  health: 'up',
  go: {},
  pprofUrl,
  labels: {},
  limits: [],
});
const names = Array.from({ length: Number(first) + 1000 }, (_, i) => `target-${i}`);
process.stdout.write('begun\n');
const service = await createCaptureService({
  watch: {
    targets: () => names.map(statusOf),
    target: statusOf,
    samples: () => ({ atMs: [], signals: {}, parts: {}, gcCount: [] }),
    endpoint: () => http,
    subscribe: () => () => undefined,
  },
  config: {
    ...configSchema.parse({}).capture,
    followUp: 86_400_000,
    baseline: { after: 86_400_000, every: 86_400_000, keep: 3 },
    retention: { maxAge: 1e12, maxPerTarget: 1e6, maxBytesPerTarget: 1e12, maxBytes: 1e12 },
    store: { type: 'local', minFree: 1 },
  },
  stateDir,
  engine: profileEngine(runHere),
  log: silentLogger(),
  host: 'host-1',
});
process.stdout.write('ready\n');

if (drain === 'drain') {
  const waiting = () =>
    service.captures({ trigger: 'alert' }).items.filter(({ state }) => state === 'pending').length;
  await service.workedIn();
  while (waiting() > 0) await setTimeout(20);
  await service.close();
  process.exit(0);
}
// No more than it can capture in a life or two: a queue that only grows would test nothing else.
for (let i = Number(first); i < Number(first) + 8; i++) {
  const target = names[i];
  const startsAt = '2026-06-01T00:00:00.000Z';
  const alert = {
    fingerprint: `fp-${i}`,
    name: 'Leak',
    status: 'firing',
    startsAt,
    endsAt: null,
    labels: { target },
    annotations: {},
  };
  await service.handleAlerts({ alerts: [alert], unusable: 0, truncated: 0 });
  process.stdout.write(`promised ${i}\n`);
}
await setTimeout(60_000);
