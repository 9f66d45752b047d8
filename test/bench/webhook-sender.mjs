// Sends webhook bodies of 500 alerts, all at once, from a process of its own: what it does takes nothing of the
// exporter's event loop, nor of the one that scrapes meanwhile. node webhook-sender.mjs URL ALERTS FIRST_WAVE WAVES
// Prints {"status": count, …, "milliseconds": [of each answer]} as JSON.

import { Agent, request } from 'node:http';
import { performance } from 'node:perf_hooks';

const [url, alerts, firstWave, waves] = process.argv.slice(2);
const agent = new Agent({ keepAlive: true });

function bodyOf(wave) {
  return Buffer.from(
    JSON.stringify({
      version: '4',
      status: 'firing',
      alerts: Array.from({ length: Number(alerts) }, (_, i) => ({
        status: 'firing',
        labels: {
          alertname: 'LeakSuspected',
          target: `target-${i}`,
          severity: 'critical',
          instance: '127.0.0.1:9464',
        },
        annotations: { summary: `target-${i} is leaking`, description: 'x'.repeat(500) },
        startsAt: '2026-06-01T12:00:00Z',
        endsAt: '0001-01-01T00:00:00Z',
        generatorURL: 'http://prometheus.example/graph?g0.expr=leakline_leak_suspected',
        fingerprint: `${wave}-${i}`,
      })),
    }),
  );
}

function send(body) {
  return new Promise((resolve, reject) => {
    const since = performance.now();
    const headers = { 'Content-Type': 'application/json', 'Content-Length': body.length };
    request(url, { method: 'POST', agent, headers }, (response) => {
      response.resume();
      response.once('end', () =>
        resolve({ status: response.statusCode, milliseconds: performance.now() - since }),
      );
    })
      .once('error', reject)
      .end(body);
  });
}

// The first requests pay for what is compiled and loaded lazily, here and there.
for (let i = 0; i < 5; i++) await send(Buffer.from('{"alerts":[]}'));
const bodies = Array.from({ length: Number(waves) }, (_, i) => bodyOf(Number(firstWave) + i));
const answers = await Promise.all(bodies.map(send));
agent.destroy();
process.stdout.write(JSON.stringify(answers));
