// What an exporter on Windows tells of its processes and host: the exposition of the exporter over readings laid out
// by hand, with every column of Task Manager. Served for a Prometheus to scrape.

import { createServer } from 'node:http';
import { Exposition } from '../../exporter/src/metrics/families.js';
import { processMetrics } from '../../exporter/src/metrics/process.js';
import type { HostMemory, ProcessReading } from '../../exporter/src/process-memory/types.js';

const MiB = 2 ** 20;

/** Sizes of a process of about `sizeBytes`, with counters that go up with `tick`. */
function reading(name: string, pid: number, sizeBytes: number, tick: number): ProcessReading {
  return {
    pid,
    startedAtMs: 1_700_000_000_000 + pid,
    name,
    privateWorkingSetBytes: sizeBytes,
    workingSetBytes: sizeBytes + 40 * MiB,
    peakWorkingSetBytes: sizeBytes + 60 * MiB,
    commitBytes: sizeBytes + 20 * MiB,
    peakCommitBytes: sizeBytes + 30 * MiB,
    pagedPoolBytes: 300_000,
    nonpagedPoolBytes: 40_000,
    pageFaults: 10_000 + 50 * tick,
    hardFaults: 10 + tick,
    handles: 400,
    threads: 20,
    gdiObjects: 30,
    userObjects: 12,
    virtualBytes: 5000 * MiB,
    cpuSeconds: 10 + 0.1 * tick,
  };
}

function host(tick: number): HostMemory {
  return {
    physicalBytes: 16_384 * MiB,
    availableBytes: 6000 * MiB,
    commitBytes: 12_000 * MiB,
    commitLimitBytes: 20_000 * MiB,
    peakCommitBytes: 13_000 * MiB,
    cachedBytes: 3000 * MiB,
    pagedPoolBytes: 500 * MiB,
    nonpagedPoolBytes: 400 * MiB,
    hardFaults: 1000 + tick,
  };
}

export async function serveWindowsMetrics(): Promise<{ port: number; stop(): Promise<void> }> {
  let tick = 0;
  const exposition = new Exposition([
    processMetrics({
      targets: () => [
        {
          name: 'orders-api',
          origin: 'discovery',
          health: 'up',
          pid: 4120,
          startedAtMs: 1_700_000_004_120,
          executable: 'C:\\srv\\orders-api.exe',
          go: { goVersion: 'go1.22.1', module: 'example.com/orders', moduleVersion: 'v1.4.0' },
          labels: {},
          limits: [],
          lastSample: {
            atMs: 1_700_000_600_000,
            signals: {},
            process: reading('orders-api.exe', 4120, 300 * MiB, tick),
          },
        },
      ],
      processes: () => [
        reading('sqlservr.exe', 3000, 900 * MiB, tick),
        reading('w3wp.exe', 3001, 100 * MiB, tick),
      ],
      host: () => host(tick),
      selection: () => ({ top: 20, include: [], exclude: [] }),
    }),
  ]);
  const server = createServer((_, response) => {
    tick++;
    void exposition.render().then((text) => {
      response.setHeader('content-type', exposition.contentType);
      response.end(text);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return {
    port: address.port,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
