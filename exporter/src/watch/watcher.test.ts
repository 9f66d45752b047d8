import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { GoRuntimeReading } from '../go-runtime/types.js';
import { Baseline } from '../leak/baseline.js';
import type { Detector, LeakSample, Verdict } from '../leak/types.js';
import { silentLogger } from '../log.js';
import type { ProcessReading } from '../process-memory/types.js';
import type { DiscoveredProcess } from './resolve.js';
import type { WatchEvent } from './types.js';
import { Watcher, type WatcherOptions } from './watcher.js';
import type { TargetSpec } from './watched-target.js';

const MiB = 2 ** 20;
const orders: ProcessReading = {
  pid: 7,
  startedAtMs: 1_000,
  name: 'orders-api',
  commitBytes: 100 * MiB,
  handles: 9,
};

/** Remembers what it was given: the watch is under test, not the verdict. */
class RecordingDetector implements Detector {
  readonly samples: LeakSample[] = [];
  state: Verdict['state'] = 'learning';
  readonly leaking = false;
  push(sample: LeakSample) {
    this.samples.push(sample);
  }
  setLimits() {
    return;
  }
  snapshot() {
    return {};
  }
  verdict(): Verdict {
    return {
      state: this.state,
      sinceSeconds: null,
      channel: null,
      pattern: null,
      slopes: {},
      leaking: [],
      timeToLimit: null,
      reasons: [],
      why: '',
    };
  }
}

function memStats(heapAllocBytes: number): GoRuntimeReading {
  return { source: 'expvar', heapAllocBytes, gcCount: 1, nextGcBytes: heapAllocBytes * 2, goroutines: 5 };
}

function world() {
  const detectors = new Map<string, RecordingDetector>();
  const events: WatchEvent[] = [];
  const state = {
    processes: [orders] as ProcessReading[],
    discovered: [
      { name: 'orders-api', pid: 7, startedAtMs: 1_000, go: {}, pprofUrl: 'http://127.0.0.1:1/' },
    ] as DiscoveredProcess[],
    read: new Map<string, () => Promise<GoRuntimeReading>>(),
    detectors,
    events,
  };
  const toSpec = (process: DiscoveredProcess): TargetSpec => ({
    ...process,
    origin: 'discovery',
    labels: {},
  });
  const options: WatcherOptions = {
    reader: {
      platform: 'windows',
      readProcesses: () => state.processes,
      readHost: () => ({ commitBytes: 600 * MiB, commitLimitBytes: 1000 * MiB }),
      executablePath: () => undefined,
    },
    discover: () => Promise.resolve(state.discovered),
    resolve: (discovered) => discovered.map(toSpec),
    connect: (spec) => ({
      runtime: {
        read: () => (state.read.get(spec.name) ?? (() => Promise.resolve(memStats(MiB))))(),
        source: 'expvar',
        minIntervalMs: 0,
        close: () => undefined,
      },
    }),
    recall: (spec) => {
      const detector = new RecordingDetector();
      detectors.set(spec.name, detector);
      return { detector, baseline: new Baseline() };
    },
    sampleIntervalMs: 5_000,
    discoveryIntervalMs: 30_000,
    log: silentLogger(),
    clock: { wallMs: () => Date.now(), monotonicMs: () => Date.now() },
  };
  const watcher = new Watcher(options);
  watcher.subscribe((event) => events.push(event));
  return { ...state, state, watcher, options };
}

beforeEach(() => {
  vi.useFakeTimers({ now: 1_700_000_000_000 });
});
afterEach(() => {
  vi.useRealTimers();
});

describe('the watch', () => {
  test('asks a target that answers no more where it answers now', async () => {
    const { watcher, options, state } = world();
    const asked: number[] = [];
    options.reprobe = (pid) => {
      asked.push(pid);
      state.discovered = [{ ...state.discovered[0]!, pprofUrl: 'http://127.0.0.1:2/' }];
    };
    options.discover = () => Promise.resolve(state.discovered);
    await watcher.start();
    state.read.set('orders-api', () =>
      watcher.target('orders-api')?.pprofUrl === 'http://127.0.0.1:2/'
        ? Promise.resolve(memStats(MiB))
        : Promise.reject(new Error('connection refused')),
    );
    await vi.advanceTimersByTimeAsync(5_000);
    expect(asked).toEqual([]);
    await vi.advanceTimersByTimeAsync(5_000);
    expect(watcher.target('orders-api')?.health).toBe('down');
    await vi.advanceTimersByTimeAsync(10_000);
    expect(new Set(asked)).toEqual(new Set([7]));
    expect(watcher.target('orders-api')).toMatchObject({ health: 'up', pprofUrl: 'http://127.0.0.1:2/' });
  });

  test('follows a rolling restart: the new process goes on under the name of the old one', async () => {
    const { watcher, options, state, events } = world();
    options.discover = () => Promise.resolve(state.discovered);
    const next: ProcessReading = { ...orders, pid: 8, startedAtMs: 2_000 };
    await watcher.start();
    options.reader.readProcesses = () => state.processes;
    state.processes = [orders, next];
    state.discovered = [
      state.discovered[0]!,
      { ...state.discovered[0]!, name: 'orders-api-2', pid: 8, startedAtMs: 2_000 },
    ];
    await vi.advanceTimersByTimeAsync(5_000);
    expect(watcher.targets().map(({ name, pid }) => [name, pid])).toEqual([
      ['orders-api', 7],
      ['orders-api-2', 8],
    ]);
    state.processes = [next];
    state.discovered = [{ ...state.discovered[1]!, name: 'orders-api' }];
    await vi.advanceTimersByTimeAsync(40_000);
    expect(watcher.targets().map(({ name, pid, health }) => [name, pid, health])).toEqual([
      ['orders-api', 8, 'up'],
    ]);
    const told = events.filter(({ type }) => type === 'exited' || type === 'started');
    expect(told.map(({ type, target }) => [type, target.name])).toEqual([
      ['started', 'orders-api'],
      ['started', 'orders-api-2'],
      ['exited', 'orders-api'],
      ['exited', 'orders-api-2'],
      ['started', 'orders-api'],
    ]);
  });

  test('joins what the system and the runtime say into samples at each tick', async () => {
    const { watcher, detectors } = world();
    await watcher.start();
    await vi.advanceTimersByTimeAsync(10_000);
    const samples = detectors.get('orders-api')!.samples;
    expect(samples).toHaveLength(3);
    expect(samples[2]).toMatchObject({
      atSeconds: 1_700_000_010,
      startedAtSeconds: 1,
      commitBytes: 100 * MiB,
      heapAllocBytes: MiB,
      goroutines: 5,
      handles: 9,
      workingSetBytes: null,
    });
    expect(watcher.target('orders-api')).toMatchObject({ health: 'up', pid: 7 });
    expect(watcher.target('orders-api')!.limits).toEqual([{ name: 'host_commit', bytes: 500 * MiB }]);
    expect(watcher.samples('orders-api', 0, Infinity).signals.goroutines).toEqual([5, 5, 5]);
    await watcher.close();
  });

  test('a target that hangs delays no other and keeps its process view', async () => {
    const { watcher, state, detectors } = world();
    state.processes = [orders, { ...orders, pid: 8, name: 'stuck' }];
    state.discovered = [...state.discovered, { name: 'stuck', pid: 8, startedAtMs: 1_000, go: {} }];
    const started = watcher.start();
    await vi.advanceTimersByTimeAsync(0);
    await started;
    state.read.set('stuck', () => new Promise(() => undefined));
    await vi.advanceTimersByTimeAsync(20_000);
    expect(detectors.get('orders-api')!.samples).toHaveLength(5);
    const stuck = detectors.get('stuck')!.samples.slice(1);
    expect(stuck.length).toBeGreaterThanOrEqual(3);
    expect(
      stuck.every(({ heapAllocBytes, commitBytes }) => heapAllocBytes === null && commitBytes === 100 * MiB),
    ).toBe(true);
    await watcher.close();
  });

  test('an answer that comes after later ticks takes no process view of before', async () => {
    const { watcher, state, detectors } = world();
    await watcher.start();
    state.read.set(
      'orders-api',
      () => new Promise((resolve) => setTimeout(() => resolve(memStats(MiB)), 12_000)),
    );
    for (let tick = 1; tick <= 8; tick++) {
      state.processes = [{ ...orders, cpuSeconds: 10 * tick }];
      await vi.advanceTimersByTimeAsync(5_000);
    }
    const cpu = detectors.get('orders-api')!.samples.flatMap(({ cpuSeconds }) => cpuSeconds ?? []);
    expect(cpu.length).toBeGreaterThanOrEqual(6);
    expect(cpu).toEqual([...cpu].sort((x, y) => x - y));
    await watcher.close();
  });

  test('two failures in a row are a target that is down, one is not; it comes back', async () => {
    const { watcher, state } = world();
    await watcher.start();
    state.read.set('orders-api', () => Promise.reject(new Error('connection refused')));
    await vi.advanceTimersByTimeAsync(5_000);
    expect(watcher.target('orders-api')).toMatchObject({ health: 'up', problem: 'connection refused' });
    await vi.advanceTimersByTimeAsync(5_000);
    expect(watcher.target('orders-api')).toMatchObject({ health: 'down' });
    state.read.delete('orders-api');
    await vi.advanceTimersByTimeAsync(5_000);
    expect(watcher.target('orders-api')).toMatchObject({ health: 'up', problem: undefined });
    await watcher.close();
  });

  test('a process that ends is said once; the same name with a new process is the same target', async () => {
    const { watcher, state, events, detectors } = world();
    await watcher.start();
    state.processes = [];
    state.discovered = [];
    await vi.advanceTimersByTimeAsync(60_000);
    expect(watcher.target('orders-api')).toMatchObject({ health: 'exited', pid: undefined });
    expect(events.filter(({ type }) => type === 'exited')).toHaveLength(1);

    const again = { ...orders, pid: 9, startedAtMs: 1_700_000_060_000 };
    state.processes = [again];
    state.discovered = [{ name: 'orders-api', pid: 9, startedAtMs: again.startedAtMs, go: {} }];
    await vi.advanceTimersByTimeAsync(10_000);
    expect(watcher.targets()).toHaveLength(1);
    expect(watcher.target('orders-api')).toMatchObject({ health: 'up', pid: 9 });
    expect(detectors.get('orders-api')!.samples.at(-1)).toMatchObject({ startedAtSeconds: 1_700_000_060 });
    await watcher.close();
  });

  test('a pid that is used again by another process is no spike of the old one', async () => {
    const { watcher, state, detectors } = world();
    await watcher.start();
    const before = detectors.get('orders-api')!.samples.length;
    state.processes = [{ ...orders, startedAtMs: 5_000, name: 'other', commitBytes: 900 * MiB }];
    state.discovered = [];
    await vi.advanceTimersByTimeAsync(10_000);
    expect(watcher.target('orders-api')!.health).toBe('exited');
    expect(detectors.get('orders-api')!.samples).toHaveLength(before);
    await watcher.close();
  });

  test('a host that cannot be read makes no target exit', async () => {
    const { watcher, options } = world();
    await watcher.start();
    options.reader.readProcesses = () => {
      throw new Error('access denied');
    };
    await vi.advanceTimersByTimeAsync(5_000);
    expect(watcher.readError).toBe('access denied');
    expect(watcher.target('orders-api')!.health).toBe('up');
    await watcher.close();
  });

  test('values that are read less often are carried for the eye and are no new evidence', async () => {
    const { watcher, state, detectors } = world();
    await watcher.start();
    state.processes = [{ ...orders, commitBytes: undefined, handles: undefined }];
    await vi.advanceTimersByTimeAsync(5_000);
    expect(detectors.get('orders-api')!.samples.at(-1)).toMatchObject({ commitBytes: null, handles: null });
    expect(watcher.target('orders-api')!.lastSample!.signals).toMatchObject({
      commit: 100 * MiB,
      handles: 9,
    });
    await watcher.close();
  });

  test('a carried commit moves along with the working set', async () => {
    const { watcher, state, detectors } = world();
    state.processes = [{ ...orders, workingSetBytes: 150 * MiB }];
    await watcher.start();
    state.processes = [{ ...orders, commitBytes: undefined, workingSetBytes: 170 * MiB }];
    await vi.advanceTimersByTimeAsync(5_000);
    expect(detectors.get('orders-api')!.samples.at(-1)).toMatchObject({ commitBytes: null });
    expect(watcher.target('orders-api')!.lastSample!.signals).toMatchObject({ commit: 120 * MiB });
    await watcher.close();
  });

  test('a change of the verdict is an event', async () => {
    const { watcher, detectors, events } = world();
    await watcher.start();
    detectors.get('orders-api')!.state = 'leaking';
    await vi.advanceTimersByTimeAsync(10_000);
    const verdicts = events.filter((event) => event.type === 'verdict').map((event) => event.verdict.state);
    expect(verdicts).toEqual(['learning', 'leaking']);
    await watcher.close();
  });
});
