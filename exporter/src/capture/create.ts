// The capture service of a configuration: its store, its outlet, its engine.

import type { Config } from '../config/schema.js';
import type { Logger } from '../log.js';
import type { Watch } from '../watch/types.js';
import type { ProfileEngine } from './engine.js';
import { CaptureService } from './service.js';
import { PyroscopeOutlet } from './pyroscope.js';
import { LocalStore } from './store/local.js';
import type { CaptureStore } from './store/store.js';

export interface CreateOptions {
  watch: Watch;
  config: Config['capture'];
  /** Holds the queue, and the captures where the configuration names no other place. */
  stateDir: string;
  engine: ProfileEngine;
  log: Logger;
  now?: () => number;
  host?: string;
}

/** Opens the store and the queue. Rejects with a LeaklineError where either cannot be used. */
export async function createCaptureService(options: CreateOptions): Promise<CaptureService> {
  const { config, stateDir, log } = options;
  const service = new CaptureService({
    ...options,
    store: await createStore(config.store, stateDir, log),
    ...(config.pyroscope && { outlet: new PyroscopeOutlet(config.pyroscope, log) }),
  });
  await service.start();
  return service;
}

async function createStore(
  store: Config['capture']['store'],
  stateDir: string,
  log: Logger,
): Promise<CaptureStore> {
  if (store.type === 'local') {
    return new LocalStore({ dir: store.dir ?? stateDir, minFreeBytes: store.minFree, log });
  }
  // The AWS client takes a while to load and most exporters never need it.
  const { createS3Store } = await import('./store/s3.js');
  return createS3Store(store, log);
}
