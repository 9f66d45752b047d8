import { describe, expect, test } from 'vitest';
import { LeakDetector } from './detector.js';
import { emptySample } from './series.js';
import type { LeakSample } from './types.js';

const MIB = 1024 * 1024;
const START = 1_700_000_000;

/** A service at 100 MiB that leaks `bytesPerSecond` from `fromSeconds` on; a little noise that repeats. */
function sampleAt(seconds: number, bytesPerSecond: number, fromSeconds = 0): LeakSample {
  const noise = ((Math.sin(seconds * 12.9898) * 43758.5453) % 1) * 0.2 * MIB;
  return {
    ...emptySample(),
    atSeconds: START + seconds,
    startedAtSeconds: START,
    commitBytes: 100 * MIB + noise + bytesPerSecond * Math.max(0, seconds - fromSeconds),
    cpuSeconds: 0.1 * seconds,
  };
}

function run(detector: LeakDetector, hours: number, bytesPerSecond: number, from = 0): number | null {
  for (let s = from; s < hours * 3600; s += 15) {
    detector.push(sampleAt(s, bytesPerSecond));
    if (detector.leaking) return s;
  }
  return null;
}

describe('LeakDetector', () => {
  test('stays healthy on a flat process and says so', () => {
    const detector = new LeakDetector({ mode: 'service', limits: [{ name: 'config', bytes: 400 * MIB }] });
    expect(run(detector, 24, 0)).toBeNull();
    expect(detector.verdict()).toMatchObject({
      state: 'healthy',
      leaking: [],
      sinceSeconds: null,
      channel: null,
    });
  });

  test('calls steady growth a leak with its slope, its onset and the time that is left', () => {
    const detector = new LeakDetector({ mode: 'service', limits: [{ name: 'config', bytes: 400 * MIB }] });
    const rate = (10 * MIB) / 3600;
    const at = run(detector, 24, rate);
    expect(at).not.toBeNull();
    expect(at! / 3600).toBeLessThan(8);
    const verdict = detector.verdict();
    expect(verdict.state).toBe('leaking');
    expect(verdict.channel).toBe('commit');
    expect(verdict.slopes.commit!.perSecond / rate).toBeCloseTo(1, 1);
    expect(verdict.timeToLimit?.limit).toBe('config');
    expect(verdict.why).toMatch(/the commit rose \d+/i);
  });

  test('judges a process that will soon hit its limit within minutes', () => {
    const detector = new LeakDetector({ mode: 'service', limits: [{ name: 'config', bytes: 200 * MIB }] });
    const calmSeconds = 3600;
    let at = null;
    for (let s = 0; s < 2 * 3600 && at === null; s += 15) {
      detector.push(sampleAt(s, (100 * MIB) / 3600, calmSeconds));
      if (detector.leaking) at = s - calmSeconds;
    }
    expect(at).not.toBeNull();
    expect(at!).toBeLessThan(45 * 60);
  });

  test('takes what goes on after a night for the leak of the day before', () => {
    const detector = new LeakDetector({ mode: 'service' });
    const [day, office] = [24 * 3600, 10 * 3600];
    const rate = (8 * MIB) / 3600;
    const raised: number[] = [];
    for (let s = 0; s < 3.4 * day; s += 60) {
      const leaked = rate * (office * Math.floor(s / day) + Math.min(office, s % day));
      const before = detector.leaking;
      detector.push({ ...sampleAt(s, 0), commitBytes: sampleAt(s, 0).commitBytes! + leaked });
      if (detector.leaking && !before) raised.push(Math.floor(s / day));
    }
    // Over at the first night, when nothing of a second day is known; from the second day on it is one.
    expect(raised).toEqual([0, 1]);
    const { sinceSeconds, slopes } = detector.verdict();
    expect((sinceSeconds! - START) / 3600).toBeLessThan(2);
    // The pace of the whole day, not that of the office hours.
    expect(slopes.commit!.perSecond / ((rate * office) / day)).toBeCloseTo(1, 0);
  });

  test('goes on after a restart of the exporter as if nothing had been', () => {
    const rate = (8 * MIB) / 3600;
    const whole = new LeakDetector({ mode: 'service', seed: 'a' });
    let split = new LeakDetector({ mode: 'service', seed: 'a' });
    for (let s = 0; s < 12 * 3600; s += 15) {
      if (s % 7215 === 0)
        split = LeakDetector.restore({ mode: 'service' }, JSON.parse(JSON.stringify(split.snapshot())));
      whole.push(sampleAt(s, rate));
      split.push(sampleAt(s, rate));
      expect(split.leaking).toBe(whole.leaking);
    }
    expect(whole.leaking).toBe(true);
    expect(split.verdict()).toEqual(whole.verdict());
  });

  test('refuses a damaged snapshot with a code', () => {
    const saved = new LeakDetector({ mode: 'service' }).snapshot();
    expect(() => LeakDetector.restore({ mode: 'service' }, { ...saved, version: 99 })).toThrow(/version/);
    expect(() => LeakDetector.restore({ mode: 'service' }, { ...saved, timeline: {} })).toThrow(/missing/);
    expect(() => LeakDetector.restore({ mode: 'session' }, saved)).toThrow(/service mode/);
  });
});
