// Simulator of one Go process on Windows, sampled by an exporter.
//
// Model (per step of one sample interval, GC cycles resolved analytically inside the step):
//   live      reachable bytes = live0*(1+drift) + caches + in-flight(load) + transient jobs + leaked heap
//   GC        heap grows at the allocation rate from `marked` to
//             nextGC = max(4 MiB*g, marked*(1+g) + 1 MiB*g)   (g = GOGC/100), then drops to the live bytes;
//             a GC is forced every 120 s when GOGC is on; GOMEMLIMIT caps the goal; GOGC=off leaves only the cap
//   HeapInuse HeapAlloc*(1+frag) + leaked fragmentation
//   commit    heap committed follows the peak of HeapInuse; the scavenger hands back what is above
//             1.1 x goal at scavRate bytes/s  (private bytes therefore lag behind a spike)
//   private   native + commit*1.02 + stacks + leaked native bytes
//   cpu       cumulative CPU seconds: idle part plus a part proportional to the load
//   ws        resident part; an OS trim empties it, GC marks fault the live heap back at once,
//             the cold native part comes back only in part and slowly
// A process whose private bytes pass `limit` is killed and restarted.
//
// A series is simulated twice with the same random numbers: once as specified and once with the leak
// switched off (the "twin"). Truth about slope and about when a leak became visible comes from the difference.
import { Rng } from './rng.mjs';

export const FIELDS = [
  't',
  'start',
  'private',
  'ws',
  'heap_alloc',
  'heap_inuse',
  'next_gc',
  'goroutines',
  'gc_count',
  'cpu',
];
const MiB = 1048576;

export function simulate(p, seedStr, leakScale = 1) {
  const R = {};
  for (const k of [
    'cpu',
    'load',
    'drift',
    'infl',
    'float',
    'tail',
    'jit',
    'drop',
    'gor',
    'ws',
    'misc',
    'kill',
  ])
    R[k] = new Rng(seedStr + '|' + k);
  const out = [];
  const truth = { leakedHeap: [], leakedNative: [], leakedGor: [] };
  const dt0 = p.interval;
  let t = 0,
    tPrev = -dt0;
  let logLoad = 0,
    drift = 0,
    start = 0;
  let leakHeap = 0,
    leakNative = 0,
    leakFrag = 0,
    leakGor = 0;
  let marked = 0,
    heap = 0,
    nextGC = 0,
    gcCount = 0,
    lastGC = 0,
    committed = 0;
  let resHeap = 0,
    resNative = 0,
    cpu = 0;
  const cpu0 = p.cpu0 ?? 0.02,
    cpu1 = p.cpu1 ?? 0.05;
  const restarts = [...(p.restarts ?? [])];
  const trims = [...(p.trims ?? [])];
  const jumps = [...(p.leak?.jumps ?? [])];
  const restartLog = [];
  let gogc = p.gogc;
  const gch = [...(p.gogcChanges ?? [])];
  const goal = (m) => {
    const g = gogc / 100;
    let v = gogc < 0 ? Infinity : Math.max(4 * MiB * g, m * (1 + g) + 1 * MiB * g);
    if (p.memLimit) {
      const lim = Math.max(p.memLimit - p.native * 0.3 - 8 * MiB, m * 1.02 + 0.5 * MiB);
      if (lim < v) v = lim;
    }
    return v;
  };
  const boot = (at) => {
    start = at;
    leakHeap = leakNative = leakFrag = leakGor = 0;
    cpu = 0;
    marked = p.live0 * 0.6;
    heap = marked;
    nextGC = goal(marked);
    gcCount = 1;
    lastGC = at;
    committed = marked * 1.1;
    resHeap = committed;
    resNative = p.native * 0.6;
    drift = 0; // a fresh process starts at its nominal live set
  };
  boot(0);
  let first = true;
  while (t < p.duration) {
    const dt = first ? dt0 : t - tPrev;
    first = false;
    // ---- fixed number of draws per step so that the twin stays aligned
    const nLoad = R.load.n(),
      nDrift = R.drift.n(),
      nInfl = R.infl.n(),
      uFloat = R.float.u();
    const uTail = R.tail.u(),
      uTail2 = R.tail.u(),
      nJit = R.jit.n(),
      uDrop = R.drop.u(),
      uIrr = R.jit.u();
    const nCpu = R.cpu.n(),
      nGor = R.gor.n(),
      nWs = R.ws.n(),
      nMisc = R.misc.n(),
      uKill = R.kill.u();
    // ---- restarts
    if (restarts.length && t >= restarts[0]) {
      const r = restarts.shift();
      boot(t + (p.restartDown ?? 8));
      restartLog.push(r);
    }
    while (gch.length && t >= gch[0][0]) gogc = gch.shift()[1];
    const age = t - start;
    const up = age >= 0;
    // ---- load
    const ln = p.loadNoise ?? { sigma: 0.1, tau: 300 };
    const a = Math.exp(-dt / ln.tau);
    logLoad = a * logLoad + Math.sqrt(1 - a * a) * ln.sigma * nLoad;
    const load = Math.max(
      0.005,
      (p.loadFn ? p.loadFn(t, age) : 1) * Math.exp(logLoad - (ln.sigma * ln.sigma) / 2),
    );
    const dr = p.drift ?? { sigma: 0.01, tau: 5400 };
    const b = Math.exp(-dt / dr.tau);
    drift = b * drift + Math.sqrt(1 - b * b) * dr.sigma * nDrift;
    if (up) {
      // ---- leak integration
      if (p.leak && leakScale > 0 && t >= p.leak.t0 && !(p.leak.t1 && t > p.leak.t1)) {
        const L = p.leak,
          d = dt * leakScale;
        if (L.heap) leakHeap += L.heap(t, load, age) * d;
        if (L.native) leakNative += L.native(t, load, age) * d;
        if (L.frag) leakFrag += L.frag(t, load, age) * d;
        if (L.gor) {
          const g = L.gor(t, load, age) * d;
          leakGor += g;
          leakHeap += g * (L.heapPerGor ?? 0);
        }
        while (jumps.length && t >= jumps[0][0]) {
          const [, bytes, kind] = jumps.shift();
          if (kind === 'native') leakNative += bytes * leakScale;
          else leakHeap += bytes * leakScale;
        }
      } else {
        while (jumps.length && t >= jumps[0][0]) jumps.shift();
      }
      cpu += dt * (cpu0 + cpu1 * load) * Math.max(0.2, 1 + 0.1 * nCpu);
      // ---- live set
      let tail = 0;
      if (p.heavyTail && uTail < p.heavyTail.p)
        tail = Math.min(
          p.heavyTail.scale * Math.pow(uTail2, -1 / p.heavyTail.alpha),
          p.live0 * (p.heavyTail.cap ?? 3),
        );
      const transient = p.transient ? p.transient(t, age) : 0;
      const live = Math.max(
        1.5 * MiB,
        p.live0 * (1 + drift) * Math.min(1, 0.6 + (0.4 * age) / 20) +
          (p.extraLive ? p.extraLive(t, age) : 0) +
          p.inflight0 * load * Math.max(0.3, 1 + 0.1 * nInfl) +
          transient +
          tail +
          leakHeap,
      );
      const A = Math.max(200, p.alloc * load + (transient > 0 ? transient / 30 : 0) + tail / dt);
      // ---- GC cycles inside this step
      let rem = dt,
        now = t - dt,
        peak = heap;
      const forced = gogc >= 0 ? 120 : Infinity;
      if (heap < live * 0.5) heap = live * 0.5;
      let guard = 0;
      while (rem > 0) {
        const toGoal = Math.max(0, (nextGC - heap) / A),
          toForced = Math.max(0, lastGC + forced - now);
        const w = Math.min(toGoal, toForced);
        if (w > rem) {
          heap += A * rem;
          break;
        }
        now += w;
        rem -= w;
        heap += A * w;
        const over = 1 + 0.03 * uFloat;
        if (heap * over > peak) peak = heap * over;
        marked = live * (1 + 0.03 * uFloat * Math.min(1, (A * 0.02) / live + 0.2));
        heap = marked;
        nextGC = goal(marked);
        gcCount++;
        lastGC = now;
        if (++guard > 6) {
          const cyc = Math.max(1e-3, (nextGC - marked) / A);
          const n = Math.floor(rem / cyc);
          if (n > 0) {
            gcCount += n;
            rem -= n * cyc;
            now += n * cyc;
            lastGC = now;
            if (nextGC * over > peak) peak = nextGC * over;
            heap = marked;
          }
          guard = -1e9;
        }
      }
      if (heap > peak) peak = heap;
      const f = p.frag;
      const inuse = heap * (1 + f * 0.5) + marked * f * 0.5 + leakFrag;
      const peakInuse = peak * (1 + f * 0.5) + marked * f * 0.5 + leakFrag;
      if (peakInuse > committed) committed = peakInuse;
      const keep = 1.1 * ((nextGC === Infinity ? peak : nextGC) * (1 + f) + leakFrag);
      if (committed > keep) committed -= Math.min(committed - keep, p.scavRate * dt);
      const gorLoad = p.gorLoadFn ? p.gorLoadFn(t, load) : load;
      const gor = Math.max(
        4,
        p.gor0 * (1 - p.gorCoupling + p.gorCoupling * gorLoad) * (1 + 0.02 * nGor) +
          Math.sqrt(p.gor0) * 0.3 * nGor +
          leakGor,
      );
      const stacks = gor * p.gorStack;
      const priv =
        (p.native + (p.nativeFn ? p.nativeFn(t, age) : 0)) * (1 + 0.002 * nMisc) +
        committed * 1.02 +
        stacks +
        leakNative;
      // ---- working set
      while (trims.length && t >= trims[0][0]) {
        const k = trims.shift()[1];
        resHeap *= k;
        resNative *= k;
      }
      const gcNow = lastGC > t - dt;
      if (gcNow) resHeap = Math.max(resHeap, marked * 1.02);
      resHeap = Math.min(committed, Math.max(resHeap, Math.min(committed, resHeap + A * dt)));
      const natNow = p.native + leakNative;
      const hot = p.native * 0.55;
      if (resNative < hot) resNative += (hot - resNative) * (1 - Math.exp(-dt / 600));
      if (p.wsCreep) resNative += p.wsCreep * dt;
      if (leakNative > 0 && p.leak?.native && t >= p.leak.t0)
        resNative = Math.min(natNow, resNative + p.leak.native(t, load, age) * dt * leakScale);
      const ws =
        resHeap +
        Math.min(resNative, natNow + (p.wsExtra ? 1e12 : 0)) +
        stacks +
        (p.wsExtra ? p.wsExtra(t, age) : 0) +
        14 * MiB +
        0.3 * MiB * nWs;
      // ---- emit
      const gap = p.gaps && p.gaps.some((g) => t >= g[0] && t < g[1]);
      if (!gap && uDrop >= (p.dropP ?? 0.002)) {
        const ts =
          Math.round(
            (t + (p.clockJump && t >= p.clockJump[0] ? p.clockJump[1] : 0) + (p.jitter ?? 0.05) * nJit) *
              1000,
          ) / 1000;
        out.push([
          ts,
          Math.round(start),
          q(priv, 4096),
          q(ws, 4096),
          Math.round(heap),
          q(inuse, 8192),
          Math.round(nextGC === Infinity ? 9.2e18 : nextGC),
          Math.round(gor),
          gcCount,
          Math.round(cpu * 64) / 64,
        ]);
        truth.leakedHeap.push(leakHeap);
        truth.leakedNative.push(leakNative + leakFrag);
        truth.leakedGor.push(leakGor);
      }
      if (p.limit && priv > p.limit) {
        restartLog.push(t);
        boot(t + 5 + 25 * uKill);
      }
    }
    tPrev = t;
    t += p.irregular ? p.irregular[0] + (p.irregular[1] - p.irregular[0]) * uIrr : dt0;
  }
  return { samples: out, ...truth, restartLog };
}
const q = (v, s) => Math.round(v / s) * s;

// ---------------------------------------------------------------------------------------------
// statistics used for the truth (not for detection)
export function median(a) {
  if (!a.length) return NaN;
  const s = [...a].sort((x, y) => x - y),
    m = s.length >> 1;
  return s.length % 2 ? s[m] : (s[m - 1] + s[m]) / 2;
}
function senSlope(ts, ys) {
  const s = [];
  for (let i = 0; i < ts.length; i++)
    for (let j = i + 1; j < ts.length; j++) if (ts[j] > ts[i]) s.push((ys[j] - ys[i]) / (ts[j] - ts[i]));
  return median(s);
}
function binMin(ts, ys, w) {
  const m = new Map();
  for (let i = 0; i < ts.length; i++) {
    const k = Math.floor(ts[i] / w);
    const v = m.get(k);
    if (v === undefined || ys[i] < v) m.set(k, ys[i]);
  }
  return [...m.entries()].sort((x, y) => x[0] - y[0]);
}

export function makeSeries(fam, seed, salt) {
  const seedStr = `${salt}:${fam.name}:${seed}`;
  const r = new Rng(seedStr + '|params');
  const p = fam.make(r);
  const sim = simulate(p, seedStr, 1);
  const S = sim.samples,
    n = S.length;
  const id = `${fam.name}-${seed}`;
  const end = S[n - 1][0];
  const truth = {
    id,
    family: fam.name,
    leak: !!p.leak,
    ambiguous: !!fam.ambiguous,
    kind: p.leak?.kind ?? null,
    patterns: p.patterns ?? null,
    t0: null,
    t1: p.leak?.t1 ?? null,
    t_oracle: null,
    t_oracle_process: null,
    slope: null,
    slope_live: null,
    gor_rate: null,
    eta: null,
    t_begin: S[0][0],
    t_end: end,
    limit: Math.round(p.limit),
    interval: p.interval,
    restarts: sim.restartLog.map((x) => Math.round(x)),
    t_exhaust: null,
    scored: true,
    scored_process: true,
  };
  if (p.leak) {
    const p2 = fam.make(new Rng(seedStr + '|params'));
    const twin = simulate({ ...p2, leak: null }, seedStr, 0).samples;
    truth.t0 = p.leak.t0;
    // twin private by timestamp (same grid; restarts may drop samples)
    const tw = new Map(twin.map((s) => [Math.round(s[0]), s]));
    const envTs = [],
      envYs = [],
      base = [],
      gbase = [];
    for (const s of twin) {
      envTs.push(s[0]);
      envYs.push(s[2]);
      if (s[0] < Math.max(3600, p.leak.t0)) {
        base.push(s[2]);
        gbase.push(s[7]);
      }
    }
    const env = binMin(envTs, envYs, 600).map((e) => e[1]);
    // short-term noise of the 10-min envelope around its 3 h moving median
    const res = [];
    for (let i = 0; i < env.length; i++) {
      const a = env.slice(Math.max(0, i - 9), i + 10);
      res.push(Math.abs(env[i] - median(a)));
    }
    const sigma = 1.4826 * median(res);
    const basePriv = median(base),
      baseGor = median(gbase);
    const D = Math.max(4 * MiB, 0.05 * basePriv, 3 * sigma),
      DG = Math.max(100, 0.3 * baseGor);
    const gfac = (1 + p.gogc / 100) * (1 + p.frag) * 1.02;
    const lt = [];
    const lastRestart = sim.restartLog.length ? sim.restartLog[sim.restartLog.length - 1] : 0;
    const leakEnd = p.leak.t1 ?? end;
    let from = Math.max(p.leak.t0, leakEnd - 86400);
    if (p.leak.kind !== 'crash' && lastRestart > from && leakEnd - lastRestart > 1800) from = lastRestart;
    for (let i = 0; i < n; i++) {
      const inPriv = p.memLimit
        ? sim.leakedHeap[i] + sim.leakedNative[i]
        : sim.leakedHeap[i] * gfac + sim.leakedNative[i];
      if (truth.t_oracle === null && (inPriv >= D || (p.leak.gor && sim.leakedGor[i] >= DG)))
        truth.t_oracle = S[i][0];
      if (truth.t_oracle_process === null && inPriv >= D) truth.t_oracle_process = S[i][0];
      if (S[i][0] >= from && S[i][0] <= leakEnd) {
        lt.push(i);
      }
    }
    truth.oracle_bytes = Math.round(D);
    truth.base_private = Math.round(basePriv);
    // true slopes: OLS of the known leaked bytes over the window of one process life
    let seg = lt;
    if (p.leak.kind === 'crash' || lastRestart > from) {
      const lastStart = S[lt[lt.length - 1]][1];
      const s2 = lt.filter((i) => S[i][1] === lastStart);
      if (s2.length > 20) seg = s2;
    }
    const ols = (ys) => {
      let sx = 0,
        sy = 0,
        sxx = 0,
        sxy = 0,
        m = seg.length;
      const o = S[seg[0]][0];
      for (const i of seg) {
        const x = S[i][0] - o;
        sx += x;
        sy += ys[i];
        sxx += x * x;
        sxy += x * ys[i];
      }
      return (m * sxy - sx * sy) / (m * sxx - sx * sx);
    };
    truth.slope_live = ols(sim.leakedHeap);
    truth.gor_rate = p.leak.gor ? ols(sim.leakedGor) : 0;
    // private slope: twin difference, binned medians, Theil-Sen
    const bins = new Map();
    const span = S[seg[seg.length - 1]][0] - S[seg[0]][0],
      bw = Math.max(span / 40, 1);
    for (const i of seg) {
      const w = tw.get(Math.round(S[i][0]));
      if (!w) continue;
      const k = Math.floor((S[i][0] - S[seg[0]][0]) / bw);
      if (!bins.has(k)) bins.set(k, []);
      bins.get(k).push(S[i][2] - w[2]);
    }
    const bx = [],
      by = [];
    for (const [k, v] of [...bins.entries()].sort((x, y) => x[0] - y[0])) {
      bx.push(k * bw);
      by.push(median(v));
    }
    truth.slope = bx.length >= 5 ? senSlope(bx, by) : truth.slope_live * gfac;
    truth.slope_from = Math.round(S[seg[0]][0]);
    const tailPriv = [];
    for (let i = Math.max(0, n - 40); i < n; i++) tailPriv.push(S[i][2]);
    truth.eta = truth.slope > 0 ? Math.round((p.limit - median(tailPriv)) / truth.slope) : null;
    // when would / did this leak exhaust the limit, counted from onset
    const firstKill = sim.restartLog.find((x) => x > p.leak.t0 && !(p.restarts ?? []).includes(x));
    truth.t_exhaust = firstKill ? Math.round(firstKill) : truth.eta ? end + truth.eta : null;
    // scored for recall only if there was time to see it
    const ok = (to) => to !== null && end - to >= Math.max(to - truth.t0, 1800);
    truth.scored = ok(truth.t_oracle);
    truth.scored_process = ok(truth.t_oracle_process);
  }
  const rec = {
    id,
    interval: p.interval,
    gogc: p.gogc < 0 ? -1 : p.gogc,
    limit: Math.round(p.limit),
    fields: FIELDS,
    samples: S,
  };
  return { rec, truth };
}
