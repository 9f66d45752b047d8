import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Webhook, WebhookAlert } from '../alert/webhook.js';
import { configSchema, type Config } from '../config/schema.js';
import { LeaklineError } from '../errors.js';
import { silentLogger } from '../log.js';
import type { ApiCapture } from '../server/api.js';
import { createCaptureService } from './create.js';
import { profileEngine } from './engine.js';
import { queueEntrySchema, type QueueEntry } from './jobs/job.js';
import { Journal } from './jobs/journal.js';
import type { CaptureService } from './service.js';
import type { Sample } from '../watch/types.js';
import { FakeWatch, verdictOf } from './watch.testing.js';
import { eventually } from './eventually.testing.js';
import { runHere } from '../profile/analyses.js';

const START_MS = Date.parse('2026-06-02T12:00:00Z');
const MINUTE_MS = 60_000;
const DEFAULTS = configSchema.parse({}).capture;

let dir: string;
let nowMs: number;
let watch: FakeWatch;
let service: CaptureService | undefined;

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'leakline-captures-'));
  nowMs = START_MS;
  watch = new FakeWatch();
});
afterEach(async () => {
  await service?.close();
  service = undefined;
  rmSync(dir, { recursive: true, force: true });
});

async function start(changes: Partial<Config['capture']> = {}): Promise<CaptureService> {
  service = await createCaptureService({
    watch,
    config: { ...DEFAULTS, store: { type: 'local', minFree: 1 }, ...changes },
    stateDir: dir,
    engine: profileEngine(runHere),
    log: silentLogger(),
    now: () => nowMs,
    host: 'host-1',
  });
  return service;
}

function firing(target: string, minute = 0, changes: Partial<WebhookAlert> = {}): WebhookAlert {
  return {
    fingerprint: `fp-${target}`,
    name: 'LeakSuspected',
    status: 'firing',
    startsAt: new Date(START_MS + minute * MINUTE_MS).toISOString(),
    endsAt: null,
    labels: { alertname: 'LeakSuspected', target },
    annotations: {},
    ...changes,
  };
}

function webhook(...alerts: WebhookAlert[]): Webhook {
  return { alerts, unusable: 0, truncated: 0 };
}

/** Time passes; what is due is worked off. */
async function pass(ms: number): Promise<void> {
  nowMs += ms;
  service!.tick();
  await settled();
}

async function settled(): Promise<void> {
  await eventually(async () => {
    service!.tick();
    await service!.workedIn();
    const due = service!
      .captures({})
      .items.filter(
        (c) => c.state === 'pending' && Date.parse(c.takenAt) <= nowMs && c.trigger !== 'follow_up',
      );
    expect(due).toEqual([]);
  });
  await new Promise((resolve) => setTimeout(resolve, 30));
}

function taken(): ApiCapture[] {
  return service!.captures({}).items.filter(({ state }) => state !== 'pending');
}

function triggers(): string[] {
  return taken().map(({ trigger }) => trigger);
}

describe('a firing', () => {
  it('is captured at once, again after two collections, and when it resolves; the incident tells the growth', async () => {
    const endpoint = watch.add('orders', { verdict: verdictOf('leaking', START_MS / 1000 - 600) });
    watch.gcCount('orders', 10, nowMs);
    await start({ onVerdict: false, baseline: { ...DEFAULTS.baseline, after: 7 * 86_400_000 } });
    expect(await service!.handleAlerts(webhook(firing('orders')))).toEqual({
      accepted: 1,
      unknownTargets: 0,
      unusable: 0,
    });
    await settled();
    expect(triggers()).toEqual(['alert']);
    expect(endpoint.asked).toEqual(['', 'heap?gc=1', 'goroutine']);
    expect(taken()[0]).toMatchObject({
      target: 'orders',
      state: 'complete',
      kinds: ['heap', 'goroutine'],
      gcForced: true,
      alert: { fingerprint: 'fp-orders', name: 'LeakSuspected' },
      moduleVersion: 'v1.0.0',
      signals: { live_heap: 1e6 },
    });
    const incident = () => service!.incidents({}).items[0]!;
    expect(incident()).toMatchObject({
      state: 'open',
      openedBy: 'alert',
      captures: [taken()[0]!.id],
      growth: null,
    });
    expect(service!.openIncidentOf('orders')).toBe(incident().id);

    await pass(6 * MINUTE_MS);
    expect(triggers()).toEqual(['alert']);
    watch.gcCount('orders', 13, nowMs);
    await pass(1000);
    await eventually(() => expect(triggers()).toEqual(['follow_up', 'alert']));
    await eventually(() => expect(incident().growth?.captures).toHaveLength(2));
    expect(incident().growth?.functions[0]?.growthBytes).toBeGreaterThan(0);
    expect(incident().blamed?.growthBytesPerSecond).toBeGreaterThan(0);
    expect(service!.metrics().allocatorGrowth.length).toBeGreaterThan(0);
    expect(service!.metrics().allocatorGrowth.length).toBeLessThanOrEqual(5);

    const end = new Date(nowMs).toISOString();
    await service!.handleAlerts(webhook(firing('orders', 0, { status: 'resolved', endsAt: end })));
    await pass(2 * MINUTE_MS);
    expect(triggers()).toEqual(['resolved', 'follow_up', 'alert']);
    // Resolved, but the target still leaks: not over.
    expect(incident()).toMatchObject({ state: 'open', alerts: [{ status: 'resolved', endsAt: end }] });
    watch.change('orders', { verdict: verdictOf('healthy') });
    await pass(1000);
    expect(incident()).toMatchObject({ state: 'resolved' });
    expect(incident().verdicts.map(({ state }) => state)).toEqual(['leaking', 'healthy']);
    expect(service!.metrics()).toMatchObject({ openIncidents: 0, allocatorGrowth: [], queueLength: 0 });
    expect(service!.openIncidentOf('orders')).toBeNull();
  });

  it('is captured once, however often it is sent, also over a restart', async () => {
    watch.add('orders');
    await start();
    await Promise.all(Array.from({ length: 5 }, () => service!.handleAlerts(webhook(firing('orders')))));
    await settled();
    await service!.close();
    nowMs += DEFAULTS.cooldown + 1;
    await start();
    await service!.handleAlerts(webhook(firing('orders')));
    await settled();
    expect(triggers().filter((trigger) => trigger === 'alert')).toHaveLength(1);
    expect(service!.incidents({}).items).toHaveLength(1);
  });

  it('that comes again and again is one incident and no storm', async () => {
    const endpoint = watch.add('orders');
    await start();
    for (let minute = 0; minute < 9; minute++) {
      await service!.handleAlerts(webhook(firing('orders', minute)));
      await settled();
      await service!.handleAlerts(webhook(firing('orders', minute, { status: 'resolved', endsAt: null })));
      await pass(MINUTE_MS);
    }
    expect(service!.incidents({}).items).toHaveLength(1);
    expect(service!.incidents({}).items[0]?.alerts).toHaveLength(9);
    expect(triggers().sort()).toEqual(['alert', 'follow_up', 'resolved']);
    expect(endpoint.asked.filter((path) => path.startsWith('heap'))).toHaveLength(3);
    expect(endpoint.maxAtOnce).toBe(1);
  });

  it('that has to wait for its capture has its follow-up after that one, not after the alert', async () => {
    watch.add('orders');
    watch.gcCount('orders', 10, nowMs);
    await start({ minGcInterval: 10 * MINUTE_MS });
    await service!.whenTaken((await service!.captureNow({ target: 'orders' })).id);
    await service!.handleAlerts(webhook(firing('orders')));
    await service!.workedIn();
    watch.gcCount('orders', 20, nowMs);
    await pass(10 * MINUTE_MS);
    expect(triggers()).toEqual(['alert', 'manual']);
    const followUp = service!.captures({ trigger: 'follow_up' }).items[0]!;
    expect(Date.parse(followUp.takenAt)).toBe(nowMs + DEFAULTS.followUp);
    await pass(10 * MINUTE_MS);
    expect(triggers()).toEqual(['alert', 'manual']);
    expect(service!.capture(followUp.id).waiting?.reason).toBe('gc_count');
    watch.gcCount('orders', 23, nowMs);
    await pass(1000);
    await eventually(() => expect(triggers()).toEqual(['follow_up', 'alert', 'manual']));
  });

  it('for no known target is counted and answered, and nothing is fetched', async () => {
    const endpoint = watch.add('orders');
    await start();
    const stray = firing('orders', 0, {
      labels: { instance: '127.0.0.1:6060', target: 'http://127.0.0.1:1/' },
    });
    expect(await service!.handleAlerts(webhook(stray))).toMatchObject({ accepted: 0, unknownTargets: 1 });
    expect(service!.metrics().alertsForUnknownTargets).toBe(1);
    expect(service!.incidents({}).items).toEqual([]);
    expect(endpoint.asked).toEqual([]);
  });

  it('ends with its process: told apart from recovery, and no after-picture of another process', async () => {
    watch.add('orders');
    await start();
    await service!.handleAlerts(webhook(firing('orders')));
    await settled();
    watch.change('orders', { startedAtMs: nowMs + 1000 });
    await pass(MINUTE_MS);
    expect(service!.incidents({}).items[0]).toMatchObject({ state: 'ended_by_exit' });
    await service!.handleAlerts(webhook(firing('orders', 0, { status: 'resolved' })));
    await pass(20 * MINUTE_MS);
    expect(triggers()).toEqual(['alert']);
    expect(service!.metrics().captures).toContainEqual({
      target: 'orders',
      trigger: 'follow_up',
      result: 'skipped',
      count: 1,
    });
  });
});

describe('a verdict', () => {
  it('opens an incident and is compared with the baseline from before the growth', async () => {
    watch.add('orders', { verdict: verdictOf('healthy') });
    await start();
    await settled();
    expect(triggers()).toEqual(['baseline']);
    await pass(30 * MINUTE_MS);
    watch.change('orders', { verdict: verdictOf('leaking', nowMs / 1000 - 300) });
    await pass(1000);
    await eventually(() => expect(triggers()).toEqual(['verdict', 'baseline']));
    await eventually(() => expect(service!.incidents({}).items[0]?.growth).not.toBeNull());
    const [verdict, baseline] = taken();
    expect(service!.incidents({}).items[0]).toMatchObject({
      openedBy: 'verdict',
      baselineCapture: baseline?.id,
      captures: [verdict?.id],
      growth: { captures: [{ id: baseline?.id }, { id: verdict?.id }] },
    });
    watch.change('orders', { verdict: verdictOf('healthy') });
    await pass(2 * MINUTE_MS);
    await eventually(() => expect(triggers()[0]).toBe('resolved'));
    expect(service!.incidents({}).items[0]?.state).toBe('resolved');
  });

  it('takes no capture where that is turned off', async () => {
    watch.add('orders', { verdict: verdictOf('leaking', 1) });
    await start({ onVerdict: false });
    await pass(MINUTE_MS);
    expect(taken()).toEqual([]);
    expect(service!.incidents({}).items).toEqual([]);
  });
});

describe('a baseline', () => {
  it('is taken warm and healthy, renewed, kept to the last few, and begun anew for a new build', async () => {
    watch.add('orders', { startedAtMs: START_MS });
    await start({ baseline: { ...DEFAULTS.baseline, keep: 2 } });
    await pass(20 * MINUTE_MS);
    expect(triggers()).toEqual([]);
    watch.change('orders', { verdict: verdictOf('healthy') });
    await pass(1000);
    await pass(60 * MINUTE_MS);
    expect(triggers()).toEqual(['baseline']);
    await pass(DEFAULTS.baseline.every);
    await pass(DEFAULTS.baseline.every);
    await pass(MINUTE_MS);
    expect(triggers()).toEqual(['baseline', 'baseline']);
    watch.change('orders', { startedAtMs: nowMs, go: { moduleVersion: 'v2.0.0' } });
    await pass(MINUTE_MS);
    expect(triggers()).toHaveLength(2);
    await pass(DEFAULTS.baseline.after);
    await eventually(() => expect(taken()[0]?.moduleVersion).toBe('v2.0.0'));
    expect(taken().every(({ baseline }) => baseline)).toBe(true);
  });
});

describe('a capture by hand', () => {
  it('is pending, then there; asked for twice it is one', async () => {
    watch.add('orders');
    await start();
    const pending = await service!.captureNow({ target: 'orders', kinds: ['heap'] });
    const again = await service!.captureNow({ target: 'orders', kinds: ['heap'] });
    expect(pending).toMatchObject({ state: 'pending', trigger: 'manual', target: 'orders' });
    expect(again.id).toBe(pending.id);
    expect(await service!.whenTaken(pending.id)).toMatchObject({
      id: pending.id,
      state: 'complete',
      kinds: ['heap'],
    });
    expect((await service!.profile(pending.id, 'heap')).length).toBeGreaterThan(1000);
  });

  it('waits until a collection may be forced again', async () => {
    const endpoint = watch.add('orders');
    await start();
    await service!.whenTaken((await service!.captureNow({ target: 'orders' })).id);
    const second = await service!.captureNow({ target: 'orders' });
    nowMs += DEFAULTS.minGcInterval - 1;
    service!.tick();
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(endpoint.asked.filter((path) => path === 'heap?gc=1')).toHaveLength(1);
    nowMs += 1;
    service!.tick();
    expect((await service!.whenTaken(second.id)).state).toBe('complete');
  });

  it('is refused with the reason', async () => {
    watch.add('orders');
    watch.endpoints.delete('orders');
    await start();
    await expect(service!.captureNow({ target: 'none' })).rejects.toMatchObject({ code: 'target_unknown' });
    await expect(service!.captureNow({ target: 'orders' })).rejects.toMatchObject({ code: 'no_pprof' });
    await expect(service!.growth('none', {})).rejects.toMatchObject({ code: 'target_unknown' });
    await expect(service!.growth('orders', {})).rejects.toMatchObject({ code: 'too_few_captures' });
  });

  it.each([
    ['a page of HTML', { status: 200, contentType: 'text/html', body: Buffer.from('<html>secret</html>') }],
    ['an error', { status: 500, contentType: 'text/plain', body: Buffer.from('secret panic') }],
    ['nothing', { status: 200, contentType: undefined, body: Buffer.alloc(0) }],
  ])('records %s instead of a profile as the failure', async (_, answer) => {
    const endpoint = watch.add('orders');
    endpoint.answers.set('heap', answer);
    await start();
    const { id } = await service!.captureNow({ target: 'orders' });
    const capture = await service!.whenTaken(id);
    expect(capture).toMatchObject({ state: 'partial', kinds: ['goroutine'] });
    expect(capture.failures).toHaveLength(1);
    expect(capture.failures[0]).toMatchObject({ kind: 'heap', code: 'not_a_profile' });
    expect(JSON.stringify(capture)).not.toContain('secret');
    await expect(service!.profile(id, 'heap')).rejects.toMatchObject({ code: 'profile_unknown' });
  });

  it('records half a profile as the failure', async () => {
    const endpoint = watch.add('orders');
    const whole = (await endpoint.get('heap')).body;
    endpoint.answers.set('heap', {
      status: 200,
      contentType: undefined,
      body: whole.subarray(0, whole.length / 2),
    });
    await start();
    const capture = await service!.whenTaken(
      (await service!.captureNow({ target: 'orders', kinds: ['heap'] })).id,
    );
    expect(capture).toMatchObject({
      state: 'failed',
      kinds: [],
      failures: [{ kind: 'heap', code: 'not_a_profile' }],
    });
  });

  it('tries a target again that is out of reach for a moment', async () => {
    const endpoint = watch.add('orders');
    endpoint.answers.set('heap', new LeaklineError('target_unreachable', 'connection refused'));
    await start();
    const { id } = await service!.captureNow({ target: 'orders', kinds: ['heap'] });
    await eventually(() => expect(endpoint.asked).toHaveLength(1));
    await new Promise((resolve) => setTimeout(resolve, 50));
    endpoint.answers.clear();
    nowMs += 2000;
    service!.tick();
    expect((await service!.whenTaken(id)).state).toBe('complete');
  });

  it('asks for goroutineleak where the target lists it', async () => {
    const endpoint = watch.add('orders');
    endpoint.answers.set('', {
      status: 200,
      contentType: 'text/html',
      body: Buffer.from('goroutineleak?debug=1'),
    });
    endpoint.answers.set('goroutineleak', { ...(await endpoint.get('goroutine')) });
    await start();
    const capture = await service!.whenTaken((await service!.captureNow({ target: 'orders' })).id);
    expect(capture.kinds).toEqual(['heap', 'goroutine', 'goroutineleak']);
  });
});

describe('what is taken', () => {
  it('is a CPU profile of the length asked for, on request', async () => {
    const endpoint = watch.add('orders');
    endpoint.answers.set('profile', await endpoint.get('goroutine'));
    await start();
    const { id } = await service!.captureNow({ target: 'orders', kinds: ['cpu'], cpuSeconds: 2 });
    expect(await service!.whenTaken(id)).toMatchObject({ kinds: ['cpu'], gcForced: false });
    expect(endpoint.asked.at(-1)).toBe('profile?seconds=2');
  });

  it('is every stack in words where that is configured, cut where it is too long', async () => {
    const endpoint = watch.add('orders');
    const body = Buffer.from(`goroutine 1 [running]:\n${'main.main()\n'.repeat(1000)}`);
    endpoint.answers.set('goroutine', { status: 200, contentType: 'text/plain', body });
    await start({ goroutineDebug2: true, maxProfileBytes: 4096, gc: false });
    const { id } = await service!.captureNow({ target: 'orders', kinds: ['heap', 'goroutine_debug2'] });
    await service!.whenTaken(id);
    expect(endpoint.asked.filter((path) => path !== '')).toEqual(['heap', 'goroutine?debug=2']);
    expect(await service!.profile(id, 'goroutine_debug2')).toEqual(body.subarray(0, 4096));
  });

  it('has the readings of its moment beside it, told of one capture and not in lists', async () => {
    watch.add('orders');
    const process = { pid: 4711, commitBytes: 5e6 };
    const runtime = { source: 'expvar' as const, heapAllocBytes: 1e6, gcCount: 7 };
    const accounting = { totalBytes: 5e6, parts: { live_heap: 1e6 }, clampedBytes: 0 };
    const signals = { live_heap: 1e6, commit: 5e6 };
    const lastSample = { atMs: nowMs, process, runtime, accounting, signals } as unknown as Sample;
    watch.change('orders', { lastSample });
    await start();
    const { id } = await service!.captureNow({ target: 'orders' });
    expect(await service!.whenTaken(id)).toMatchObject({ process, runtime, accounting, signals });
    expect(service!.captures({}).items[0]).not.toHaveProperty('runtime');
  });
});

it('finds the target of an alert by the labels of the configuration', async () => {
  watch.add('orders', { labels: { service: 'shop-orders' } });
  watch.add('billing', { labels: { service: 'shop-billing' } });
  await start({ alertLabels: ['service'] });
  const alert = firing('orders', 0, { labels: { alertname: 'Leak', service: 'shop-billing' } });
  expect(await service!.handleAlerts(webhook(alert))).toMatchObject({ accepted: 1 });
  await settled();
  expect(service!.incidents({}).items).toMatchObject([{ target: 'billing' }]);
});

it('takes what a person waits for before a storm of alerts', async () => {
  const names = Array.from({ length: 12 }, (_, i) => `target-${i}`);
  let open = (): void => undefined;
  const gate = new Promise<void>((resolve) => (open = resolve));
  for (const name of names) watch.add(name).gate = gate;
  const asked = watch.add('orders');
  await start();
  await service!.handleAlerts(webhook(...names.map((name) => firing(name))));
  await service!.workedIn();
  const { id, waiting } = await service!.captureNow({ target: 'orders', kinds: ['heap'] });
  expect(waiting?.reason).toBe('others');
  expect(asked.asked).toEqual([]);
  open();
  const before = service!.whenTaken(id).then(() => service!.captures({ trigger: 'alert' }).items);
  expect((await before).filter(({ state }) => state === 'pending').length).toBeGreaterThan(0);
  await settled();
  expect(triggers().filter((trigger) => trigger === 'alert')).toHaveLength(names.length);
});

it('keeps every alert of a burst, over a restart before it is worked in', async () => {
  const names = Array.from({ length: 40 }, (_, i) => `target-${i}`);
  for (const name of names) watch.add(name);
  await start({ enabled: false });
  const wave = (minute: number) => webhook(...names.map((name) => firing(name, minute)));
  await Promise.all([0, 1, 2, 3, 4].map((minute) => service!.handleAlerts(wave(minute))));
  await service!.close();
  await start({ enabled: false });
  await service!.workedIn();
  const { items } = service!.incidents({ limit: 1000 });
  expect(items).toHaveLength(names.length);
  expect(items.every(({ alerts }) => alerts.length === 5)).toBe(true);
});

describe('lists', () => {
  it('come in pages that neither repeat nor skip', async () => {
    watch.add('orders');
    watch.add('billing');
    await start({ minGcInterval: 0 });
    for (let i = 0; i < 7; i++) {
      const target = i % 2 === 0 ? 'orders' : 'billing';
      await service!.whenTaken((await service!.captureNow({ target, kinds: ['goroutine'] })).id);
      nowMs += 1000;
    }
    const ids: string[] = [];
    let cursor: string | undefined;
    do {
      const page = service!.captures({ limit: 3, cursor });
      ids.push(...page.items.map(({ id }) => id));
      cursor = page.next ?? undefined;
    } while (cursor !== undefined);
    expect(ids).toHaveLength(7);
    expect(new Set(ids).size).toBe(7);
    expect(service!.captures({ target: 'billing' }).items).toHaveLength(3);
    expect(service!.captures({ fromMs: START_MS + 5000 }).items).toHaveLength(2);
    expect(() => service!.captures({ cursor: 'nonsense' })).toThrow('cursor must be');
  });
});

it('keeps a promise over a restart before it could be kept', async () => {
  watch.add('orders');
  await start({ minGcInterval: 3_600_000 });
  await service!.whenTaken((await service!.captureNow({ target: 'orders' })).id);
  const { id } = await service!.captureNow({ target: 'orders' });
  await service!.close();
  await start();
  expect(service!.capture(id).state).toBe('pending');
  nowMs += 3_600_000;
  service!.tick();
  expect((await service!.whenTaken(id)).state).toBe('complete');
});

it('gives a capture to its incident where a kill came between the two', async () => {
  watch.add('orders');
  const noBaseline = { baseline: { ...DEFAULTS.baseline, after: 7 * 86_400_000 } };
  await start(noBaseline);
  await service!.handleAlerts(webhook(firing('orders')));
  await settled();
  const { id, incident } = taken()[0]!;
  await service!.close();

  // What a kill leaves right after the capture: the incident is not on disk, the queue has both entries still.
  rmSync(join(dir, 'incidents'), { recursive: true });
  const queue = new Journal({
    path: join(dir, 'capture-queue.ndjson'),
    entry: queueEntrySchema,
    log: silentLogger(),
  });
  await queue.open();
  const alert = { ...firing('orders'), target: 'orders' };
  const job = {
    id,
    target: 'orders',
    trigger: 'alert' as const,
    kinds: ['heap' as const],
    alert: { fingerprint: alert.fingerprint, startsAt: alert.startsAt },
    incident: incident!,
    queuedAtMs: START_MS,
    notBeforeMs: START_MS,
  };
  await queue.add(
    new Map<string, QueueEntry>([
      ['notification', { type: 'alerts', receivedAtMs: START_MS, alerts: [alert] }],
      [id, { type: 'capture', job }],
    ]),
  );
  await queue.close();

  await start(noBaseline);
  await settled();
  expect(service!.incident(incident!).captures).toContain(id);
  expect(triggers().filter((trigger) => trigger === 'alert')).toHaveLength(1);
});

it('stops captures while the disk is full, says so, and goes on by itself', async () => {
  const endpoint = watch.add('orders');
  const store = { type: 'local' as const, minFree: Number.MAX_SAFE_INTEGER };
  await start({ store });
  const { id } = await service!.captureNow({ target: 'orders' });
  await eventually(() => expect(service!.metrics().storeState).toBe('full'));
  expect(service!.captures({}).stopped?.message).toContain('minFree');
  // The target is not asked to collect for pictures that cannot be kept.
  expect(endpoint.asked).toEqual([]);
  store.minFree = 1;
  await service!.close();
  await start({ store });
  expect((await service!.whenTaken(id)).state).toBe('complete');
  expect(service!.metrics().storeState).toBe('ok');
});

describe('the trend of an incident', () => {
  const rising = (fromMinute: number, minutes: number) => {
    const atMs = Array.from({ length: minutes }, (_, i) => START_MS + (fromMinute + i) * MINUTE_MS);
    const live_heap = atMs.map((at) => 1e6 + (at - START_MS) / 1000);
    return { atMs, signals: { live_heap }, parts: {}, gcCount: [] };
  };
  const trend = () => service!.incident(service!.incidents({}).items[0]!.id).trend;

  it('begins before the opening, goes on, and is there after a restart that remembers nothing', async () => {
    watch.add('orders', { verdict: verdictOf('leaking', START_MS / 1000 - 600) });
    watch.history = rising(-120, 121);
    await start({ onVerdict: false });
    await service!.handleAlerts(webhook(firing('orders')));
    await settled();
    await pass(5000);
    // Half an hour before the onset, which was ten minutes ago.
    expect(trend()!.atMs[0]).toBe(START_MS - 40 * MINUTE_MS);
    expect(trend()!.signals.live_heap).toHaveLength(41);
    expect(service!.incidents({}).items[0]).not.toHaveProperty('trend');

    watch.history = rising(-120, 131);
    await pass(10 * MINUTE_MS);
    expect(trend()!.atMs.at(-1)).toBe(START_MS + 10 * MINUTE_MS);
    await service!.close();
    watch.history = rising(0, 0);
    await start({ onVerdict: false });
    expect(trend()!.atMs).toHaveLength(51);
    // What comes now is told behind what was kept.
    watch.history = rising(15, 1);
    await pass(5 * MINUTE_MS + 5000);
    expect(trend()!.atMs.slice(-2)).toEqual([START_MS + 10 * MINUTE_MS, START_MS + 15 * MINUTE_MS]);
  });

  it('ends after the close, with the picture of the mended service', async () => {
    watch.add('orders', { verdict: verdictOf('growing') });
    watch.history = rising(-5, 6);
    await start({ onVerdict: false });
    await service!.handleAlerts(webhook(firing('orders')));
    await settled();
    watch.change('orders', { verdict: verdictOf('healthy') });
    nowMs += 2 * MINUTE_MS;
    const endsAt = new Date(nowMs).toISOString();
    await service!.handleAlerts(webhook(firing('orders', 0, { status: 'resolved', endsAt })));
    await settled();
    expect(service!.incidents({}).items[0]!.state).toBe('resolved');
    watch.history = rising(-5, 60);
    for (let i = 0; i < 5; i++) await pass(4 * MINUTE_MS);
    const lastMs = trend()!.atMs.at(-1)! - START_MS;
    expect(lastMs).toBeGreaterThan(7 * MINUTE_MS);
    expect(lastMs).toBeLessThanOrEqual(12 * MINUTE_MS);
  });
});
