// The exporter put together: readers, discovery, the watch, metrics and the server, from one configuration.

import { createCaptureService } from './capture/create.js';
import { profileEngine } from './capture/engine.js';
import type { CaptureService } from './capture/service.js';
import { defaultStateDir, type Config } from './config/index.js';
import { createDiscoverer } from './discovery/index.js';
import { messageOf } from './errors.js';
import type { DetectorOptions } from './leak/detector.js';
import type { Logger } from './log.js';
import { captureMetrics } from './metrics/capture.js';
import { Exposition } from './metrics/families.js';
import { goRuntimeMetrics } from './metrics/go-runtime.js';
import { leakMetrics } from './metrics/leak.js';
import { processMetrics } from './metrics/process.js';
import { selfMetrics } from './metrics/self.js';
import { createProcessMemoryReader } from './process-memory/index.js';
import { createApp } from './server/app.js';
import { listen, parseListenAddress, type Listener } from './server/listen.js';
import { ProfileWorkers } from './profile/workers.js';
import { captureRouters } from './server/routes/capture-routers.js';
import { isLoopbackHost } from './server/security.js';
import { openWebGate } from './server/web-gate.js';
import { PrometheusHistory } from './state/prometheus-history.js';
import { newMemory, restoreMemory, saveMemory } from './state/target-memory.js';
import { TargetStates } from './state/target-states.js';
import { connect, readPidFile } from './watch/connect.js';
import { isWanted, resolveTargets } from './watch/resolve.js';
import type { TargetSpec } from './watch/watched-target.js';
import { Watcher, type WatcherOptions } from './watch/watcher.js';

export interface RunningExporter {
  watcher: Watcher;
  listener: Listener;
  /** "http://127.0.0.1:9464". */
  url: string;
  /** Takes a new configuration into use; the address and the folders need a restart. */
  reload(config: Config): Promise<void>;
  /** Ends within `graceMs`. */
  close(graceMs: number): Promise<void>;
}

/** Rejects with a LeaklineError when the address cannot be had or the platform cannot be read. */
export async function startExporter(initial: Config, log: Logger): Promise<RunningExporter> {
  let config = initial;
  const reader = await createProcessMemoryReader();
  let discoverer = await createDiscoverer({ reader, probe: config.discovery.probe, isWanted: isAsked });
  // Read at start only: what a reload brings is learned as it comes.
  const past = config.prometheus && new PrometheusHistory(config.prometheus, log);
  const detectorOptions = (spec: TargetSpec): DetectorOptions => ({
    mode: config.leak.mode,
    gogcPercent: spec.gogcPercent ?? null,
    seed: spec.name,
  });
  const watchOptions = (): Omit<WatcherOptions, 'reader' | 'clock'> => ({
    discover: (processes) =>
      config.discovery.enabled || config.targets.length > 0
        ? discoverer.discover(processes)
        : Promise.resolve([]),
    reprobe: (pid) => discoverer.reprobe(pid),
    resolve: (discovered) =>
      resolveTargets({
        configured: config.targets,
        discovered,
        include: config.discovery.include,
        exclude: config.discovery.enabled ? config.discovery.exclude : ['*'],
        readPidFile,
      }),
    connect,
    recall: (spec) => {
      const options = detectorOptions(spec);
      return states.load(spec.name, (saved) => restoreMemory(options, saved)) ?? newMemory(options);
    },
    lookBack: past && ((spec, nowMs) => past.read(spec.name, detectorOptions(spec), nowMs)),
    sampleIntervalMs: config.sampleInterval,
    discoveryIntervalMs: config.discovery.interval,
    log,
  });
  const stateDir = config.state.dir ?? defaultStateDir();
  const states = await TargetStates.open({
    stateDir,
    log,
    intervalMs: () => config.state.saveInterval,
    sources: () =>
      [...watcher.watched.values()].map((target) => ({
        name: target.spec.name,
        changedAtMs: target.sampledAtMs,
        snapshot: () => saveMemory(target.memory),
      })),
  });
  const watcher = new Watcher({ ...watchOptions(), reader });
  const targets = () => watcher.targets();
  const web = config.webConfigFile === undefined ? undefined : await openWebGate(config.webConfigFile, log);
  const workers = new ProfileWorkers();
  const captures: CaptureService | undefined = config.capture.enabled
    ? await createCaptureService({
        watch: watcher,
        config: config.capture,
        stateDir,
        engine: profileEngine((...analysis) => workers.run(...analysis)),
        log,
      })
    : undefined;
  const exposition = new Exposition([
    processMetrics({
      targets,
      processes: () => watcher.processes,
      host: () => watcher.host,
      selection: () => config.processes,
    }),
    goRuntimeMetrics(targets),
    leakMetrics(targets),
    captureMetrics(
      () => captures?.metrics(),
      () => config.capture.retention.maxBytes,
    ),
    selfMetrics(watcher),
  ]);

  const address = parseListenAddress(config.listen);
  const app = createApp({
    watch: watcher,
    exposition,
    isReady: () => watcher.isReady,
    apiRouters: captures
      ? captureRouters(
          captures,
          (profiles, request) =>
            workers.run('reportBody', profiles, {
              ...request,
              sourceRoots: config.profile.sourceRoots,
              options: { trimPath: config.profile.trimPath ?? '', ...request.options },
            }),
          {
            watch: watcher,
            run: (...analysis) => workers.run(...analysis),
            sources: () => ({ roots: config.profile.sourceRoots, trimPath: config.profile.trimPath ?? '' }),
          },
        )
      : [],
    enrich: (target) => ({
      ...target,
      sourceLink: config.profile.sourceLink,
      openIncident: captures?.openIncidentOf(target.name),
    }),
    gate: web?.gate,
    listensOnLoopback: isLoopbackHost(address.host),
    log,
  });
  const listener = await listen(address, app, web?.tls);
  const stopFollowingTls = web?.onTlsChange((tls) => listener.setTls(tls));
  const { host, port } = listener.address;
  const url = `${web?.tls ? 'https' : 'http'}://${urlHost(host)}:${port}`;
  // The address is answered from the start; /-/ready says when the host has been read.
  void watcher.start();
  states.start();
  void logHostFacts(log);
  return {
    watcher,
    listener,
    url,
    reload: async (next) => {
      if (next.listen !== config.listen)
        log.warn({ listen: next.listen }, 'a new listen address needs a restart');
      if (next.discovery.probe !== config.discovery.probe) {
        discoverer = await createDiscoverer({ reader, probe: next.discovery.probe, isWanted: isAsked });
      }
      config = next;
      await watcher.reconfigure(watchOptions());
    },
    close: async (graceMs) => {
      past?.close();
      stopFollowingTls?.();
      await Promise.all([listener.close(graceMs), watcher.close(), captures?.close()]);
      await states.close();
      await workers.close();
    },
  };

  /** Only processes that may become targets are asked what they serve. */
  function isAsked(name: string): boolean {
    return config.targets.length > 0 || isWanted(name, config.discovery);
  }
}

/** What this host is. Slow on Windows, where the facts come of a PowerShell: nothing waits for it. */
async function logHostFacts(log: Logger): Promise<void> {
  try {
    const { readHostFacts } = await import('./process-memory/systeminformation.js');
    log.info(await readHostFacts(), 'this host');
  } catch (error) {
    log.debug({ err: messageOf(error) }, 'this host tells nothing of itself');
  }
}

/** An address that listens everywhere is reached by loopback. */
function urlHost(host: string): string {
  if (host === '::' || host === '0.0.0.0') return 'localhost';
  return host.includes(':') ? `[${host}]` : host;
}
