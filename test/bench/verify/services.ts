// Models of a service under load as `verify` reads it: its live heap right after forced collections, at even times.
// Healthy ones do what services do in their first minutes; a leak comes on top of any of them.

import { Rng } from '../leak/rng.mjs';

const MB = 1e6;

/** Time constants in seconds, sizes in bytes; `at` is seconds since the service was ready. */
interface Model {
  liveBytes: number;
  /** What grows, steps, comes and goes beside the noise. */
  shape: (at: number) => number;
  /** Load over its mean. */
  load: (at: number) => number;
  inflightBytes: number;
  loadNoise: { sigma: number; tau: number };
  drift: { sigma: number; tau: number };
  /** What a collection finds still reachable of what was allocated while it ran, at the most. */
  floatingBytes: number;
  tail: { chance: number; bytes: number };
}

export interface Watched {
  atSeconds: number[];
  values: number[];
  load: number[];
  liveBytes: number;
  /** What profiles say along the way: each function's bytes, as sampled. */
  profiles: { atSeconds: number[]; functions: number[][] };
}

export interface LeakShape {
  /** Share of the live heap a minute. */
  sharePerMinute: number;
  kind: 'linear' | 'per_request' | 'steps';
}

function base(r: Rng): Model {
  const liveBytes = r.logu(12 * MB, 1200 * MB);
  return {
    liveBytes,
    shape: () => 0,
    load: () => 1,
    inflightBytes: liveBytes * r.range(0.005, 0.05),
    // A load generator holds its pace; what varies is how long requests take.
    loadNoise: { sigma: r.range(0.02, 0.15), tau: r.logu(2, 90) },
    drift: { sigma: r.range(0.001, 0.015), tau: r.logu(1800, 10800) },
    floatingBytes: liveBytes * r.logu(0.0005, 0.025),
    tail: { chance: 0, bytes: 0 },
  };
}

const fill = (bytes: number, tau: number) => (at: number) => bytes * (1 - Math.exp(-at / tau));

/** Healthy services by name. Everything is drawn from the generator, so that a seed fixes the series. */
export const HEALTHY: Record<string, (r: Rng) => Model> = {
  steady: base,
  noisy_load: (r) => ({ ...base(r), loadNoise: { sigma: r.range(0.2, 0.5), tau: r.logu(2, 300) } }),
  drifting: (r) => ({ ...base(r), drift: { sigma: r.range(0.015, 0.05), tau: r.logu(600, 7200) } }),
  rare_big_requests: (r) => {
    const m = base(r);
    return { ...m, tail: { chance: r.range(0.02, 0.3), bytes: m.liveBytes * r.range(0.05, 0.5) } };
  },
  batches: (r) => {
    const m = base(r);
    const period = r.logu(8, 100);
    const length = period * r.range(0.1, 0.5);
    const phase = r.range(0, period);
    const bytes = m.liveBytes * r.range(0.05, 0.8);
    return {
      ...m,
      shape: (at) => {
        const x = (at + phase) % period;
        return x < length ? bytes * Math.sin((Math.PI * x) / length) : 0;
      },
    };
  },
  cache_fills_fast: (r) => {
    const m = base(r);
    return { ...m, shape: fill(m.liveBytes * r.range(0.05, 1.5), r.logu(3, 40)) };
  },
  cache_fills_slowly: (r) => {
    const m = base(r);
    return { ...m, shape: fill(m.liveBytes * r.range(0.05, 1), r.logu(40, 150)) };
  },
  cache_reaches_its_cap: (r) => {
    const m = base(r);
    const bytes = m.liveBytes * r.range(0.05, 1);
    const full = r.range(5, 90);
    return { ...m, shape: (at) => bytes * Math.min(1, at / full) };
  },
  cache_is_flushed: (r) => {
    const m = base(r);
    const period = r.range(15, 90);
    const phase = r.range(0, period);
    const bytes = m.liveBytes * r.range(0.05, 0.6);
    return { ...m, shape: (at) => (bytes * ((at + phase) % period)) / period };
  },
  pool_opens: (r) => {
    const m = base(r);
    const bytes = (m.liveBytes * r.range(0.02, 0.3)) / 8;
    const opened = Array.from({ length: 8 }, () => r.range(0, 75));
    return { ...m, shape: (at) => bytes * opened.filter((each) => each <= at).length };
  },
  one_jump: (r) => {
    const m = base(r);
    const bytes = m.liveBytes * r.range(0.02, 0.6);
    const jump = r.range(0, 210);
    return { ...m, shape: (at) => (at < jump ? 0 : bytes) };
  },
  load_ramps_up: (r) => {
    const m = base(r);
    const ends = r.range(20, 120);
    const from = r.range(0.1, 0.6);
    return {
      ...m,
      inflightBytes: m.liveBytes * r.range(0.02, 0.15),
      load: (at) => from + (1 - from) * Math.min(1, at / ends),
    };
  },
  load_waves: (r) => {
    const m = base(r);
    const period = r.logu(20, 400);
    const phase = r.range(0, period);
    const height = r.range(0.1, 0.6);
    return { ...m, load: (at) => 1 + height * Math.sin((2 * Math.PI * (at + phase)) / period) };
  },
};

export interface WatchPlan {
  warmupSeconds: number;
  watchSeconds: number;
  intervalSeconds: number;
  profileSeconds: number;
}

/** The rate of a service that `verify` starts. */
const PROFILE_PERIOD_BYTES = 32 * 1024;

/** The readings of one run. */
export function watchService(
  make: (r: Rng) => Model,
  seed: string,
  plan: WatchPlan,
  leak?: LeakShape,
): Watched {
  const r = new Rng(`${seed}|parameters`);
  const noise = new Rng(`${seed}|noise`);
  const model = make(r);
  const step = plan.intervalSeconds;
  const watched: Watched = {
    atSeconds: [],
    values: [],
    load: [],
    liveBytes: model.liveBytes,
    profiles: { atSeconds: [], functions: [[], [], [], []] },
  };
  const sampling = new Rng(`${seed}|sampling`);
  // What churns is sampled anew in this time.
  const churnDecay = Math.exp(-step / r.logu(5, 300));
  const sampled = [0, 0, 0, 0];
  let leakSampled = 0;
  let leakedBefore = 0;
  let nextProfile = plan.warmupSeconds;
  const loadDecay = Math.exp(-step / model.loadNoise.tau);
  const driftDecay = Math.exp(-step / model.drift.tau);
  let loadNoise = noise.n() * model.loadNoise.sigma;
  let drift = 0;
  let leaked = 0;
  let pending = 0;
  const stepEvery = r.range(4, 25);
  let nextStep = r.range(0, stepEvery);
  for (let at = 0; at <= plan.warmupSeconds + plan.watchSeconds; at += step) {
    loadNoise = loadDecay * loadNoise + Math.sqrt(1 - loadDecay ** 2) * model.loadNoise.sigma * noise.n();
    drift = driftDecay * drift + Math.sqrt(1 - driftDecay ** 2) * model.drift.sigma * noise.n();
    const load = model.load(at) * Math.exp(loadNoise - model.loadNoise.sigma ** 2 / 2);
    if (leak) {
      const grown = (leak.sharePerMinute * model.liveBytes * step) / 60;
      if (leak.kind === 'steps') {
        pending += grown;
        while (nextStep <= at) {
          leaked += pending;
          pending = 0;
          nextStep += stepEvery;
        }
      } else leaked += leak.kind === 'per_request' ? grown * load : grown;
    }
    const tail = noise.u() < model.tail.chance ? model.tail.bytes * noise.u() : 0;
    const inflight = model.inflightBytes * load * Math.max(0.2, 1 + 0.1 * noise.n());
    const value =
      model.liveBytes * (1 + drift) +
      model.shape(at) +
      inflight +
      model.floatingBytes * noise.u() +
      tail +
      leaked;
    const allocated = load * Math.max(0.1, 1 + 0.05 * noise.n());
    const bases = [model.liveBytes * (1 + drift), model.shape(at), inflight];
    const deviation = (bytes: number) => Math.sqrt(PROFILE_PERIOD_BYTES * Math.max(0, bytes));
    bases.forEach((bytes, f) => {
      // Of what a service holds, a part stays for good and is sampled once; the rest comes and goes.
      sampled[f] =
        churnDecay * sampled[f]! + Math.sqrt(1 - churnDecay ** 2) * sampling.n() * deviation(bytes / 2);
    });
    // A leak is sampled as it grows: in whole samples, at random.
    leakSampled += leaked - leakedBefore + sampling.n() * deviation(leaked - leakedBefore);
    leakedBefore = leaked;
    if (at < plan.warmupSeconds) continue;
    if (at >= nextProfile) {
      nextProfile += plan.profileSeconds;
      watched.profiles.atSeconds.push(at);
      [...bases.map((bytes, f) => bytes + sampled[f]!), leakSampled].forEach((bytes, f) =>
        watched.profiles.functions[f]!.push(Math.max(0, bytes)),
      );
    }
    watched.atSeconds.push(at);
    watched.values.push(value);
    watched.load.push(allocated);
  }
  return watched;
}
