// Families beside the public ones: other shapes of healthy growth and of leaks, to hold the detector against what it
// was not built on. The same contract as families.mjs: {name, leak, make(random) -> parameters of the simulator}.
import { base, liveRate } from './families.mjs';

const HOUR = 3600;
const DAY = 86400;

const healthy = {
  // A cache that fills quickly first and slowly later, as requests hit what is already there.
  fill_sqrt: (r) => {
    const p = base(r);
    const size = p.live0 * r.range(0.3, 1.2);
    const time = r.range(1, 5) * HOUR;
    p.extraLive = (t, age) => size * Math.sqrt(Math.min(1, age / time));
    p.limit += size * 2.6;
    return { ...p, patterns: ['warmup', 'flat', 'sawtooth', 'step_once'] };
  },
  // Two caches, one after the other.
  fill_twice: (r) => {
    const p = base(r);
    const size = p.live0 * r.range(0.2, 0.6);
    const second = r.range(4, 9) * HOUR;
    const tau = r.range(5, 40) * 60;
    p.extraLive = (t, age) =>
      size * (1 - Math.exp(-age / tau)) + (age > second ? size * (1 - Math.exp(-(age - second) / tau)) : 0);
    p.limit += size * 6;
    return { ...p, patterns: ['warmup', 'flat', 'sawtooth', 'step_once', 'periodic'] };
  },
  // Load that doubles at once and stays.
  load_step: (r) => {
    const p = base(r, { inflight: r.range(0.1, 0.4) });
    const at = r.range(2, 18) * HOUR;
    const factor = r.range(1.4, 2.5);
    p.loadFn = (t) => (t < at ? 1 : factor);
    p.limit *= 1.5;
    return { ...p, patterns: ['flat', 'sawtooth', 'step_once', 'warmup', 'periodic'] };
  },
  // An index that is built anew beside the old one and then replaces it.
  index_reload: (r) => {
    const p = base(r, { duration: 36 * HOUR });
    const every = r.range(2, 8) * HOUR;
    const build = r.range(5, 40) * 60;
    const size = p.live0 * r.range(0.3, 0.9);
    p.extraLive = (t) => size * Math.max(0, ((t % every) - (every - build)) / build);
    p.limit += size * 3;
    return { ...p, patterns: ['periodic', 'flat', 'sawtooth'] };
  },
  // A nightly job on three nights.
  nightly_batch: (r) => {
    const p = base(r, { duration: 3 * DAY });
    const at = r.range(0, 20) * HOUR;
    const long = r.range(0.5, 3) * HOUR;
    const size = p.live0 * r.range(0.3, 1.5);
    p.extraLive = (t) => {
      const x = ((t - at + DAY) % DAY) / long;
      return x < 1 ? size * Math.min(1, 3 * x) : 0;
    };
    p.limit += size * 3;
    return { ...p, patterns: ['periodic', 'flat', 'sawtooth', 'warmup', 'step_once'] };
  },
  // Growth of the data that levels off within half a day after a deploy in the middle.
  deploy_fill: (r) => {
    const p = base(r, { duration: 36 * HOUR });
    p.restarts = [r.range(8, 20) * HOUR];
    const size = p.live0 * r.range(0.3, 1);
    const time = r.range(0.5, 3) * HOUR;
    p.extraLive = (t, age) => size * Math.min(1, age / time);
    p.limit += size * 2.6;
    return { ...p, patterns: ['warmup', 'flat', 'sawtooth', 'step_once', 'periodic'] };
  },
  // Jobs of some minutes that take several times the memory of the service, growing and going in straight lines. The
  // first of them cannot be told from a leak that leaves minutes: listed, not counted.
  big_jobs: (r) => {
    const p = base(r, { interval: 5, duration: 12 * HOUR });
    const every = r.range(1, 4) * HOUR;
    const first = r.range(0.1, 1) * HOUR;
    const long = r.range(3, 14) * 60;
    const size = p.live0 * r.range(0.5, 3);
    p.transient = (t) => {
      const x = t < first ? 1 : ((t - first) % every) / long;
      return x < 1 ? size * (1 - Math.abs(2 * x - 1)) : 0;
    };
    p.limit += size * 3;
    return { ...p, patterns: ['periodic', 'flat', 'sawtooth'] };
  },
  // The clock is set by minutes to hours, forth or back.
  clock_set: (r) => {
    const p = base(r);
    p.clockJump = [r.range(3, 20) * HOUR, r.pick([-1, 1]) * r.range(0.1, 3) * HOUR];
    return { ...p, patterns: ['flat', 'sawtooth'] };
  },
};

const leaks = {
  // Hits its limit within the hour, again and again.
  leak_within_the_hour: (r) => {
    const p = base(r, { interval: 5, duration: 3 * HOUR });
    const seconds = r.logu(600, 3500);
    const k = (liveRate(p, 1) * HOUR * (p.limit - p.priv0)) / p.priv0 / seconds;
    p.leak = { t0: r.pick([0, 1800, 5400]), heap: () => k, kind: 'crash' };
    return { ...p, patterns: ['linear'] };
  },
  // Leaks in business hours only.
  leak_office_hours: (r) => {
    const p = base(r, { duration: 4 * DAY });
    const k = liveRate(p, r.logu(0.01, 0.04));
    const from = r.range(0, 12) * HOUR;
    p.leak = { t0: from, heap: (t) => ((t - from) % DAY < 10 * HOUR ? k : 0) };
    return { ...p, patterns: ['linear', 'step'] };
  },
  // Half of it outside of the Go heap.
  leak_half_native: (r) => {
    const p = base(r);
    const share = r.logu(0.01, 0.06);
    const heap = liveRate(p, share) / 2;
    const native = (share * p.priv0) / HOUR / 2;
    p.leak = { t0: r.bool() ? 0 : r.range(1, 8) * HOUR, heap: () => heap, native: () => native };
    return { ...p, patterns: ['linear'] };
  },
  // Per session: bursts of a few minutes.
  leak_bursts: (r) => {
    const p = base(r);
    const k = liveRate(p, r.logu(0.015, 0.06));
    const every = r.range(5, 30) * 60;
    p.leak = { t0: 0, heap: (t) => (t % every < 0.2 * every ? 5 * k : 0) };
    return { ...p, patterns: ['linear', 'step'] };
  },
  // Behind a warm-up of its own.
  leak_behind_fill: (r) => {
    const p = base(r, { duration: 36 * HOUR });
    const size = p.live0 * r.range(0.2, 0.8);
    const time = r.range(0.5, 2.5) * HOUR;
    p.extraLive = (t, age) => size * Math.min(1, age / time);
    p.limit += size * 3;
    const k = liveRate(p, r.logu(0.015, 0.06));
    p.leak = { t0: r.range(4, 10) * HOUR, heap: () => k };
    return { ...p, patterns: ['linear'] };
  },
  // Grows with the square root of time, never stopping.
  leak_slowing: (r) => {
    const p = base(r, { duration: 2 * DAY });
    const k = liveRate(p, r.logu(0.02, 0.08));
    p.leak = { t0: 0, heap: (t) => k / Math.sqrt(1 + t / (6 * HOUR)) };
    return { ...p, patterns: ['linear'] };
  },
  // Goroutines, few at a time, in a service of few.
  leak_few_goroutines: (r) => {
    const p = base(r, { gor0: Math.round(r.logu(15, 100)), live0: r.logu(8e6, 100e6) });
    const rate = r.range(30, 200) / HOUR;
    p.leak = { t0: 0, gor: () => rate, heapPerGor: r.logu(1e3, 20e3) };
    return { ...p, patterns: ['goroutine', 'linear'] };
  },
  // While the clock is set.
  leak_clock_set: (r) => {
    const p = base(r);
    const k = liveRate(p, r.logu(0.015, 0.06));
    p.leak = { t0: 0, heap: () => k };
    p.clockJump = [r.range(8, 20) * HOUR, r.range(0.05, 0.5) * HOUR];
    return { ...p, patterns: ['linear'] };
  },
};

export const FAMILIES = [
  ...Object.entries(healthy).map(([name, make]) => ({
    name,
    leak: false,
    ambiguous: name === 'big_jobs',
    make,
  })),
  ...Object.entries(leaks).map(([name, make]) => ({ name, leak: true, make })),
];
