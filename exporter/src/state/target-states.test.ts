import { mkdtempSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { emptySample } from '../leak/series.js';
import { silentLogger } from '../log.js';
import type { TargetMemory } from '../watch/watched-target.js';
import { newMemory, restoreMemory, saveMemory } from './target-memory.js';
import { TargetStates, type StateSource } from './target-states.js';

const MIB = 2 ** 20;
const HOUR = 3600;
const STEP = 30;
const OPTIONS = { mode: 'service' as const, seed: 'orders' };

let dir: string;
beforeEach(() => (dir = mkdtempSync(join(tmpdir(), 'leakline-state-'))));
afterEach(() => rmSync(dir, { recursive: true, force: true }));

/** Hours of a service that leaks, made once: enough for a verdict other than `learning`. */
let saved: unknown;
function learned(): TargetMemory {
  if (saved === undefined) {
    const memory = newMemory(OPTIONS);
    for (let s = 0; s < 4 * HOUR; s += STEP) feed(memory, s);
    memory.remote = { startedAtMs: 1_700_000_000_000, gcCount: 7 };
    saved = JSON.parse(JSON.stringify(saveMemory(memory)));
  }
  return restoreMemory(OPTIONS, saved);
}

function feed({ detector, baseline }: TargetMemory, s: number): void {
  const atSeconds = 1_700_000_000 + s;
  const startedAtSeconds = 1_700_000_000;
  const heap = (100 + s / 60) * MIB;
  detector.push({
    ...emptySample(),
    atSeconds,
    startedAtSeconds,
    commitBytes: 2 * heap,
    heapAllocBytes: heap,
    nextGcBytes: 2 * heap,
    gcCount: Math.floor(s / 30),
  });
  baseline.push(
    {
      atSeconds,
      startedAtSeconds,
      liveHeapBytes: heap,
      heapObjects: 1000,
      goroutines: 9,
      gcCount: Math.floor(s / 30),
    },
    null,
  );
}

async function open(sources: StateSource[] = []) {
  const log = silentLogger();
  const warn = vi.spyOn(log, 'warn');
  const states = await TargetStates.open({
    stateDir: dir,
    log,
    sources: () => sources,
    intervalMs: () => 60_000,
  });
  return { states, warn };
}

const load = (states: TargetStates, name = 'orders') =>
  states.load(name, (saved) => restoreMemory(OPTIONS, saved));

async function save(memory: TargetMemory, name = 'orders'): Promise<void> {
  const source = { name, changedAtMs: 1, snapshot: () => saveMemory(memory) };
  const { states } = await open([source]);
  await states.close();
}

const files = () => readdirSync(join(dir, 'verdicts')).sort();
const pathOf = (file: string) => join(dir, 'verdicts', file);

describe('the state of a target', () => {
  test('comes back as it was, and goes on the same', async () => {
    const memory = learned();
    await save(memory);
    const { states, warn } = await open();
    const restored = load(states)!;
    expect(warn).not.toHaveBeenCalled();
    expect(restored.remote).toEqual(memory.remote);
    for (let s = 4 * HOUR; s < 7 * HOUR; s += STEP) {
      feed(memory, s);
      feed(restored, s);
    }
    expect(restored.detector.verdict()).toEqual(memory.detector.verdict());
    expect(restored.detector.verdict().state).toBe('growing');
    expect(restored.baseline.deviations(null)).toEqual(memory.baseline.deviations(null));
    expect(restored.baseline.deviations(null)).toHaveLength(5);
  });

  test('is nothing for a target that is new', async () => {
    const { states, warn } = await open();
    expect(load(states)).toBeUndefined();
    expect(warn).not.toHaveBeenCalled();
  });

  test('of every target stands in a file of its own, whatever its name', async () => {
    await save(learned(), '../CON/ü*');
    expect(files()).toEqual(['%2E.%2FCON%2F%C3%BC%2A.json']);
    const { states } = await open();
    expect(load(states, '../CON/ü*')).toBeDefined();
  });

  test('stays small', async () => {
    await save(learned());
    expect(readFileSync(pathOf('orders.json')).length).toBeLessThan(80_000);
  });

  test.each<[string, (text: string) => string, RegExp]>([
    ['cut off', (text) => text.slice(0, text.length / 2), /checksum/],
    ['empty', () => '', /no header/],
    ['a changed byte', (text) => text.replace(/"life":1/, '"life":2'), /checksum/],
    ['of a later version', (text) => text.replace('"version":1', '"version":2'), /another version/],
    ['something else', () => '{"a":1}\n{}\n', /another format/],
    ['far too large', (text) => text + ' '.repeat(600_000), /more than Leakline writes/],
  ])('is set aside with a message when it is %s', async (_, damage, message) => {
    await save(learned());
    writeFileSync(pathOf('orders.json'), damage(readFileSync(pathOf('orders.json'), 'utf8')));
    const { states, warn } = await open();
    expect(load(states)).toBeUndefined();
    expect(files()).toEqual(['orders.json.damaged']);
    const [facts] = warn.mock.calls[0] as unknown as [{ target: string; err: string }];
    expect(facts.target).toBe('orders');
    expect(facts.err).toMatch(message);
  });

  test('of the other mode is set aside', async () => {
    await save(learned());
    const { states, warn } = await open();
    expect(states.load('orders', (saved) => restoreMemory({ mode: 'session' }, saved))).toBeUndefined();
    expect(warn).toHaveBeenCalledOnce();
  });

  test('is written again only when it has changed', async () => {
    const snapshot = vi.fn(() => ({}));
    const { states } = await open([{ name: 'orders', changedAtMs: 5, snapshot }]);
    await states.close();
    await states.close();
    expect(snapshot).toHaveBeenCalledOnce();
  });

  test('goes when the target was not seen for two weeks', async () => {
    await save(learned(), 'old');
    await save(learned(), 'new');
    const longAgo = Date.now() / 1000 - 15 * 86_400;
    utimesSync(pathOf('old.json'), longAgo, longAgo);
    await open();
    expect(files()).toEqual(['new.json']);
  });

  test('that cannot be saved is told once, and the exporter goes on', async () => {
    writeFileSync(join(dir, 'verdicts'), 'a file where the folder should be');
    const sources = ['a', 'b'].map((name) => ({ name, changedAtMs: 1, snapshot: () => ({}) }));
    const { states, warn } = await open(sources);
    await states.close();
    expect(warn).not.toHaveBeenCalledTimes(3);
    expect(load(states)).toBeUndefined();
  });
});
