// The capture service behind its API on a free port, with a store and a queue of its own: for end-to-end tests.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createCaptureService } from '../../exporter/src/capture/create.js';
import { profileEngine, type ProfileEngine } from '../../exporter/src/capture/engine.js';
import type { CaptureService } from '../../exporter/src/capture/service.js';
import { configSchema, type Config } from '../../exporter/src/config/schema.js';
import { silentLogger } from '../../exporter/src/log.js';
import { Exposition } from '../../exporter/src/metrics/families.js';
import { runHere } from '../../exporter/src/profile/analyses.js';
import { bytesOf } from '../../exporter/src/profile/kept-profile.js';
import { reportBody } from '../../exporter/src/profile/report-analysis.js';
import { createApp } from '../../exporter/src/server/app.js';
import { listen } from '../../exporter/src/server/listen.js';
import { captureRouters } from '../../exporter/src/server/routes/capture-routers.js';
import type { Watch } from '../../exporter/src/watch/types.js';

export interface CaptureServer {
  service: CaptureService;
  /** "http://127.0.0.1:41873". */
  url: string;
  stop(): Promise<void>;
}

export interface CaptureServerOptions {
  watch: Watch;
  config?: Partial<Config['capture']>;
  stateDir: string;
  host?: string;
  /** Default: a free one. */
  port?: number;
  engine?: ProfileEngine;
}

export async function startCaptureServer(options: CaptureServerOptions): Promise<CaptureServer> {
  const service = await createCaptureService({
    watch: options.watch,
    config: {
      ...configSchema.parse({}).capture,
      store: { type: 'local', minFree: 1 },
      ...options.config,
    },
    stateDir: options.stateDir,
    engine: options.engine ?? profileEngine(runHere),
    log: silentLogger(),
    ...(options.host !== undefined && { host: options.host }),
  });
  const app = createApp({
    watch: options.watch,
    exposition: new Exposition([]),
    isReady: () => true,
    apiRouters: captureRouters(
      service,
      (profiles, request) =>
        reportBody(profiles.map(bytesOf), request, () => ({ problem: 'no source on this host' })),
      { watch: options.watch, run: runHere, sources: () => ({ roots: [], trimPath: '' }) },
    ),
    listensOnLoopback: true,
    log: silentLogger(),
  });
  const server = await listen({ host: '127.0.0.1', port: options.port ?? 0 }, app);
  return {
    service,
    url: `http://127.0.0.1:${server.address.port}`,
    stop: async () => {
      await server.close(0);
      await service.close();
    },
  };
}

/** A folder that is gone after the test. */
export function temporaryFolder(parent = tmpdir()): { path: string; remove(): void } {
  const path = mkdtempSync(join(parent, 'leakline-test-'));
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}
