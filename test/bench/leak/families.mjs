// Public families. Every family is {name, leak: bool, make(r) -> simulator parameters}.
// All parameters are drawn from the Rng passed in, so (salt, family, seed) fixes the series.
const MB = 1e6,
  H = 3600,
  D = 86400;

export function base(r, o = {}) {
  const live0 = o.live0 ?? r.logu(8 * MB, 1200 * MB);
  const gogc = o.gogc ?? (r.bool(0.85) ? 100 : r.pick([50, 200]));
  const gcPeriod = o.gcPeriod ?? r.logu(0.7, 100);
  const alloc = Math.min(600 * MB, (live0 * (gogc / 100)) / gcPeriod);
  const native = o.native ?? r.logu(12 * MB, 120 * MB);
  const frag = r.range(0.05, 0.18);
  const inflight0 = live0 * (o.inflight ?? r.range(0.01, 0.06));
  const gor0 = o.gor0 ?? Math.round(r.logu(15, 3000));
  const gorStack = r.pick([2048, 4096, 8192]);
  const priv0 = native + (live0 + inflight0) * (1 + gogc / 100) * (1 + frag) * 1.02 + gor0 * gorStack;
  const cpu1 = r.logu(0.01, 1.5);
  const limit = Math.max(priv0 * (o.limitFactor ?? r.range(2.5, 8)), priv0 + 64 * MB);
  return {
    interval: o.interval ?? ((o.duration ?? D) <= 30 * H && r.bool(0.2) ? 5 : 15),
    duration: o.duration ?? D,
    live0,
    gogc,
    alloc,
    native,
    frag,
    inflight0,
    gor0,
    gorCoupling: r.range(0.1, 0.6),
    gorStack,
    limit,
    priv0,
    loadNoise: { sigma: r.range(0.05, 0.25), tau: r.logu(60, 900) },
    drift: { sigma: o.drift ?? r.range(0.004, 0.02), tau: r.logu(1800, 10800) },
    scavRate: r.logu(0.3 * MB, 20 * MB),
    cpu1,
    cpu0: cpu1 * r.range(0.05, 0.6),
  };
}
export const diurnal = (amp, phase) => (t) => 1 + amp * Math.sin((2 * Math.PI * (t - phase)) / D);
const expfill = (A, tau) => (t, age) => A * (1 - Math.exp(-age / tau));
const logistic = (A, mid, w) => {
  const z = 1 / (1 + Math.exp(mid / w));
  return (t, age) => (A * (1 / (1 + Math.exp(-(age - mid) / w)) - z)) / (1 - z);
};
// bytes/s of LIVE heap that make private bytes grow at `frac` of priv0 per hour
export const liveRate = (p, fracPerHour) =>
  (fracPerHour * p.priv0) / H / ((1 + p.gogc / 100) * (1 + p.frag) * 1.02);

const healthy = {
  flat_idle: (r) => ({ ...base(r, { gcPeriod: r.range(150, 2000) }), patterns: ['flat', 'sawtooth'] }),
  flat_busy: (r) => ({ ...base(r, { gcPeriod: r.logu(0.5, 5) }), patterns: ['flat', 'sawtooth'] }),
  flat_busy_5s: (r) => ({
    ...base(r, { gcPeriod: r.logu(0.5, 30), interval: 5, duration: 6 * H }),
    patterns: ['flat', 'sawtooth'],
  }),
  sawtooth_big: (r) => ({
    ...base(r, { gogc: r.pick([200, 300, 400]), gcPeriod: r.range(30, 115) }),
    patterns: ['sawtooth'],
  }),
  diurnal: (r) => {
    const p = base(r, { inflight: r.range(0.15, 0.5), duration: 3 * D });
    p.loadFn = diurnal(r.range(0.3, 0.75), r.range(0, D));
    p.patterns = ['periodic'];
    return p;
  },
  diurnal_first_day: (r) => {
    const p = base(r, { inflight: r.range(0.15, 0.5), duration: 30 * H });
    p.loadFn = diurnal(r.range(0.3, 0.75), 6 * H + r.range(-1, 1) * H);
    p.patterns = ['periodic', 'flat', 'warmup', 'sawtooth'];
    return p;
  },
  weekly: (r) => {
    const p = base(r, { inflight: r.range(0.15, 0.45), duration: 8 * D });
    const d = diurnal(r.range(0.3, 0.6), r.range(0, D)),
      w0 = r.int(0, 6),
      dip = r.range(0.3, 0.7);
    p.loadFn = (t) => {
      const day = (Math.floor(t / D) + w0) % 7;
      return d(t) * (day >= 5 ? dip : 1);
    };
    p.patterns = ['periodic'];
    return p;
  },
  warmup_logistic: (r) => {
    const p = base(r);
    const A = p.live0 * r.range(0.4, 2);
    p.extraLive = logistic(A, r.range(0.4, 2.5) * H, r.range(8, 35) * 60);
    p.limit += A * 2.6;
    p.patterns = ['warmup', 'flat', 'sawtooth'];
    return p;
  },
  lru_fill_exp: (r) => {
    const p = base(r);
    const A = p.live0 * r.range(0.4, 2);
    p.extraLive = expfill(A, r.range(0.25, 3) * H);
    p.limit += A * 2.6;
    p.patterns = ['warmup', 'flat', 'sawtooth'];
    return p;
  },
  lru_fill_linear: (r) => {
    const p = base(r);
    const A = p.live0 * r.range(0.3, 1.3),
      T = r.range(0.5, 4) * H;
    p.extraLive = (t, age) => A * Math.min(1, age / T);
    p.limit += A * 2.6;
    p.patterns = ['warmup', 'flat', 'sawtooth'];
    return p;
  },
  traffic_ramp: (r) => {
    const p = base(r, { inflight: r.range(0.2, 0.6) });
    const s = r.range(0, 6) * H,
      T = r.range(0.7, 4) * H,
      lo = r.range(0.25, 0.5),
      hi = r.range(1, 1.6);
    p.loadFn = (t) => lo + (hi - lo) * Math.min(1, Math.max(0, (t - s) / T));
    p.patterns = ['warmup', 'flat', 'sawtooth', 'step_once'];
    return p;
  },
  deploy_restart: (r) => {
    const p = base(r, { duration: 2 * D });
    const n = r.int(3, 6);
    p.restarts = Array.from({ length: n }, () => r.range(0.03, 0.97) * 2 * D).sort((a, b) => a - b);
    const A = p.live0 * r.range(0.2, 1);
    p.extraLive = expfill(A, r.range(5, 30) * 60);
    p.limit += A * 2.6;
    p.patterns = ['warmup', 'flat', 'sawtooth'];
    return p;
  },
  scavenger_slow: (r) => {
    const p = base(r, { inflight: r.range(0.2, 0.5) });
    p.scavRate = r.logu(15e3, 200e3);
    const per = r.range(2, 6) * H,
      ph = r.range(0, per),
      len = r.range(5, 20) * 60,
      a = r.range(1.5, 5);
    p.loadFn = (t) => ((t + ph) % per < len ? 1 + a : 1);
    p.limit *= 1.8;
    p.patterns = ['periodic', 'flat', 'sawtooth'];
    return p;
  },
  step_once: (r) => {
    const p = base(r);
    const at = r.range(0.1, 0.85) * D,
      A = p.live0 * r.range(0.1, 0.8),
      len = r.logu(20, 1200);
    p.extraLive = (t) => A * Math.min(1, Math.max(0, (t - at) / len));
    p.limit += A * 2.6;
    p.patterns = ['step_once', 'flat', 'sawtooth', 'warmup'];
    return p;
  },
  batch_spikes: (r) => {
    const p = base(r);
    const per = r.range(20, 180) * 60,
      ph = r.range(0, per),
      len = Math.min(per * 0.4, r.range(2, 15) * 60),
      A = p.live0 * r.range(0.3, 2);
    p.transient = (t) => {
      const x = (t + ph) % per;
      return x < len ? A * Math.sin((Math.PI * x) / len) : 0;
    };
    p.limit += A * 3;
    p.patterns = ['periodic', 'flat', 'sawtooth'];
    return p;
  },
  gaps_irregular: (r) => {
    const p = base(r);
    p.irregular = [5, 60];
    p.dropP = r.range(0.03, 0.3);
    p.gaps = Array.from({ length: r.int(1, 4) }, () => {
      const s = r.range(0.05, 0.9) * D;
      return [s, s + r.range(10, 90) * 60];
    });
    p.patterns = ['flat', 'sawtooth'];
    return p;
  },
  heavy_tail: (r) => {
    const p = base(r);
    p.heavyTail = {
      p: r.range(0.01, 0.15),
      scale: p.live0 * r.range(0.01, 0.05),
      alpha: r.range(1.2, 2),
      cap: 2,
    };
    p.loadNoise.sigma = r.range(0.2, 0.5);
    p.limit *= 1.6;
    p.patterns = ['flat', 'sawtooth'];
    return p;
  },
  ws_trim: (r) => {
    const p = base(r);
    p.trims = Array.from({ length: r.int(2, 8) }, () => [r.range(0.02, 0.98) * D, r.range(0.02, 0.3)]).sort(
      (a, b) => a[0] - b[0],
    );
    p.wsCreep = (p.native * r.range(0, 0.5)) / D;
    p.patterns = ['flat', 'sawtooth'];
    return p;
  },
  goroutine_bursty: (r) => {
    const p = base(r, { gor0: Math.round(r.logu(100, 4000)), inflight: r.range(0.05, 0.2) });
    p.gorCoupling = 0.8;
    const per = r.range(1, 8) * H,
      ph = r.range(0, per),
      a = r.range(1, 3);
    p.gorLoadFn = (t, load) => load * (1 + a * Math.max(0, Math.sin((2 * Math.PI * (t + ph)) / per)) ** 2);
    p.limit += 6 * p.gor0 * p.gorStack;
    p.patterns = ['flat', 'sawtooth', 'periodic'];
    return p;
  },
  ou_drift: (r) => {
    const p = base(r);
    p.drift = { sigma: r.range(0.03, 0.09), tau: r.range(0.7, 4) * H };
    p.patterns = ['flat', 'sawtooth', 'periodic'];
    return p;
  },
  cache_flush: (r) => {
    const p = base(r, { duration: 36 * H });
    const per = r.range(1, 5) * H,
      ph = r.range(0, per),
      A = p.live0 * r.range(0.2, 0.7),
      keep = r.range(0, 0.1);
    p.extraLive = (t) => A * (keep + ((1 - keep) * ((t + ph) % per)) / per);
    p.limit += A * 2.6;
    p.patterns = ['periodic', 'sawtooth'];
    return p;
  },
  steps_updown: (r) => {
    const p = base(r, { duration: 36 * H });
    const n = r.int(4, 10);
    const ev = Array.from({ length: n }, () => r.range(0.03, 0.97) * 36 * H).sort((a, b) => a - b);
    let lv = 0;
    const lev = ev.map(() => {
      lv = Math.max(0, Math.min(4, lv + (r.bool(0.5) ? 1 : -1) * r.int(1, 2)));
      return lv;
    });
    const A = p.live0 * r.range(0.04, 0.15);
    p.extraLive = (t) => {
      let v = 0;
      for (let i = 0; i < n; i++) if (t >= ev[i]) v = lev[i];
      return A * v;
    };
    p.limit += A * 12;
    p.patterns = ['flat', 'sawtooth', 'step_once', 'periodic', 'warmup'];
    return p;
  },
  short_lived: (r) => {
    const p = base(r, { interval: 5, duration: 12 * H });
    const rs = [];
    let t = r.range(10, 40) * 60;
    while (t < 12 * H) {
      rs.push(t);
      t += r.range(10, 40) * 60;
    }
    p.restarts = rs;
    const A = p.live0 * r.range(0.2, 1.2);
    p.extraLive = expfill(A, r.range(2, 20) * 60);
    p.limit += A * 2.6;
    p.patterns = ['warmup', 'flat', 'sawtooth'];
    return p;
  },
  gogc_change: (r) => {
    const p = base(r, { gogc: 100 });
    const a = r.range(0.1, 0.5) * D,
      b = a + r.range(0.1, 0.4) * D;
    p.gogcChanges = [
      [a, r.pick([150, 200])],
      [b, 100],
    ];
    p.limit *= 1.6;
    p.patterns = ['flat', 'sawtooth', 'step_once', 'periodic'];
    return p;
  },
  gogc_off: (r) => {
    const p = base(r, { gogc: 100, live0: r.logu(40 * MB, 800 * MB) });
    p.gogc = -1;
    p.memLimit = (p.live0 + p.inflight0) * r.range(2.5, 6) + p.native * 0.3;
    p.alloc = (p.memLimit - p.live0) / (r.logu(10, 120) * 60);
    p.limit = (p.memLimit + p.native) * r.range(1.25, 1.8) * 1.2;
    p.patterns = ['sawtooth', 'flat', 'periodic', 'warmup'];
    return p;
  },
};

const leaks = {
  leak_veryslow: (r) => {
    const p = base(r, { duration: 8 * D, drift: r.range(0.002, 0.008) });
    const k = liveRate(p, r.logu(0.0008, 0.002));
    p.leak = { t0: 0, heap: () => k };
    p.patterns = ['linear'];
    return p;
  },
  leak_slow: (r) => {
    const p = base(r, { duration: 3 * D });
    const k = liveRate(p, r.logu(0.003, 0.01));
    p.leak = { t0: 0, heap: () => k };
    p.patterns = ['linear'];
    return p;
  },
  leak_medium: (r) => {
    const p = base(r);
    const k = liveRate(p, r.logu(0.012, 0.1));
    p.leak = { t0: 0, heap: () => k };
    p.patterns = ['linear'];
    return p;
  },
  leak_fast: (r) => {
    const p = base(r, { interval: 5, duration: 8 * H, limitFactor: r.range(2, 5) });
    const k = liveRate(p, 60 * r.logu(0.002, 0.05));
    p.leak = { t0: r.bool(0.5) ? 0 : r.range(0.2, 1.5) * H, heap: () => k, kind: 'crash' };
    p.patterns = ['linear'];
    return p;
  },
  leak_diurnal: (r) => {
    const p = base(r, { duration: 3 * D, inflight: r.range(0.03, 0.15) });
    p.loadFn = diurnal(r.range(0.3, 0.75), r.range(0, D));
    const k = liveRate(p, r.logu(0.008, 0.03));
    p.leak = { t0: 0, heap: (t, load) => k * load };
    p.patterns = ['linear'];
    return p;
  },
  leak_under_diurnal: (r) => {
    const p = base(r, { duration: 3 * D, inflight: r.range(0.15, 0.4) });
    p.loadFn = diurnal(r.range(0.3, 0.7), r.range(0, D));
    const k = liveRate(p, r.logu(0.006, 0.02));
    p.leak = { t0: 0, heap: () => k };
    p.patterns = ['linear'];
    return p;
  },
  leak_step: (r) => {
    const p = base(r);
    const per = r.range(10, 60) * 60;
    const f = r.logu(0.01, 0.05);
    const A = liveRate(p, f) * H;
    const jumps = [];
    let t = r.range(0, per);
    while (t < D) {
      jumps.push([t, A * r.range(0.6, 1.4)]);
      t += per * r.range(0.7, 1.3);
    }
    p.leak = { t0: jumps[0][0], jumps };
    p.patterns = ['step', 'linear'];
    return p;
  },
  leak_step_sparse: (r) => {
    const p = base(r, { duration: 2 * D });
    const per = r.range(1.5, 4) * H;
    const f = r.range(0.04, 0.12);
    const A = liveRate(p, f) * H;
    const jumps = [];
    let t = r.range(0, per);
    while (t < 2 * D) {
      jumps.push([t, A * r.range(0.6, 1.4)]);
      t += per * r.range(0.7, 1.3);
    }
    p.leak = { t0: jumps[0][0], jumps };
    p.patterns = ['step'];
    return p;
  },
  leak_goroutine: (r) => {
    const p = base(r, { gor0: Math.round(r.logu(30, 1500)), live0: r.logu(8 * MB, 300 * MB) });
    const dbl = r.range(1, 8) * H;
    const g = p.gor0 / dbl + 0.05;
    p.leak = {
      t0: r.bool(0.5) ? 0 : r.range(0.5, 6) * H,
      gor: (t, load) => g * (0.5 + 0.5 * load),
      heapPerGor: r.logu(1e3, 30e3),
    };
    p.patterns = ['goroutine'];
    return p;
  },
  leak_goroutine_light: (r) => {
    const p = base(r, { gor0: Math.round(r.logu(100, 3000)), live0: r.logu(300 * MB, 1200 * MB) });
    const g = p.gor0 / (r.range(1, 6) * H) + 0.03;
    p.leak = { t0: r.range(0, 4) * H, gor: () => g, heapPerGor: r.range(200, 1500) };
    p.patterns = ['goroutine'];
    return p;
  },
  leak_under_sawtooth: (r) => {
    const p = base(r, {
      gogc: r.pick([200, 300, 400]),
      gcPeriod: r.range(30, 115),
      live0: r.logu(50 * MB, 1200 * MB),
    });
    const k = liveRate(p, r.logu(0.01, 0.04));
    p.leak = { t0: 0, heap: () => k };
    p.patterns = ['linear'];
    return p;
  },
  leak_midway: (r) => {
    const p = base(r, { duration: 30 * H });
    const k = liveRate(p, r.logu(0.015, 0.1));
    p.leak = { t0: r.range(6, 15) * H, heap: () => k };
    p.patterns = ['linear'];
    return p;
  },
  leak_restart: (r) => {
    const p = base(r, { duration: 2 * D });
    const n = r.int(1, 3);
    p.restarts = Array.from({ length: n }, (_, i) => (0.18 + 0.2 * i + r.range(0, 0.18)) * 2 * D);
    const k = liveRate(p, r.logu(0.015, 0.06));
    p.leak = { t0: 0, heap: () => k };
    p.patterns = ['linear'];
    return p;
  },
  leak_timer: (r) => {
    const p = base(r);
    const k = liveRate(p, r.logu(0.01, 0.05));
    const per = r.range(30, 300);
    p.leak = { t0: 0, heap: (t, load) => (Math.floor(t / per) % 2 ? 1.7 : 0.3) * k * load };
    p.patterns = ['linear'];
    return p;
  },
  leak_native: (r) => {
    const p = base(r);
    const k = (r.logu(0.01, 0.06) * p.priv0) / H;
    p.leak = { t0: r.bool(0.6) ? 0 : r.range(1, 8) * H, native: (t, load) => k * (0.5 + 0.5 * load) };
    p.patterns = ['linear'];
    return p;
  },
  leak_fragmentation: (r) => {
    const p = base(r);
    const k = (r.logu(0.01, 0.04) * p.priv0) / H;
    p.leak = { t0: 0, frag: () => k };
    p.patterns = ['linear'];
    return p;
  },
  leak_heavy_tail: (r) => {
    const p = base(r);
    p.heavyTail = {
      p: r.range(0.01, 0.15),
      scale: p.live0 * r.range(0.01, 0.05),
      alpha: r.range(1.2, 2),
      cap: 2,
    };
    p.loadNoise.sigma = r.range(0.2, 0.5);
    const k = liveRate(p, r.logu(0.02, 0.08));
    p.leak = { t0: 0, heap: () => k };
    p.patterns = ['linear'];
    return p;
  },
  leak_gaps: (r) => {
    const p = base(r);
    p.irregular = [5, 60];
    p.dropP = r.range(0.03, 0.3);
    p.gaps = Array.from({ length: r.int(1, 4) }, () => {
      const s = r.range(0.05, 0.8) * D;
      return [s, s + r.range(10, 90) * 60];
    });
    const k = liveRate(p, r.logu(0.015, 0.08));
    p.leak = { t0: 0, heap: () => k };
    p.patterns = ['linear'];
    return p;
  },
  leak_ws_trim: (r) => {
    const p = base(r);
    p.trims = Array.from({ length: r.int(2, 8) }, () => [r.range(0.02, 0.98) * D, r.range(0.02, 0.3)]).sort(
      (a, b) => a[0] - b[0],
    );
    const nat = r.bool(0.5);
    const k = r.logu(0.01, 0.06);
    const kn = (k * p.priv0) / H,
      kh = liveRate(p, k);
    p.leak = nat ? { t0: 0, native: () => kn } : { t0: 0, heap: () => kh };
    p.patterns = ['linear'];
    return p;
  },
  leak_batch_residue: (r) => {
    const p = base(r);
    const per = r.range(15, 60) * 60,
      ph = r.range(0, per),
      len = Math.min(per * 0.4, r.range(2, 8) * 60),
      A = p.live0 * r.range(0.2, 1);
    p.transient = (t) => {
      const x = (t + ph) % per;
      return x < len ? A * Math.sin((Math.PI * x) / len) : 0;
    };
    const f = r.logu(0.008, 0.04);
    const J = liveRate(p, f) * H;
    const jumps = [];
    let t = per - ph + len;
    while (t < D) {
      jumps.push([t, J * r.range(0.7, 1.3)]);
      t += per;
    }
    p.leak = { t0: jumps[0][0], jumps };
    p.limit += A * 3;
    p.patterns = ['step', 'linear', 'periodic'];
    return p;
  },
  leak_accelerating: (r) => {
    const p = base(r);
    const k = liveRate(p, r.range(0.004, 0.01)),
      dbl = r.range(3, 8) * H;
    p.leak = { t0: 0, heap: (t) => k * Math.pow(2, t / dbl) };
    p.patterns = ['linear'];
    return p;
  },
  leak_after_warmup: (r) => {
    const p = base(r, { duration: 30 * H });
    const A = p.live0 * r.range(0.3, 1.2);
    p.extraLive = expfill(A, r.range(10, 60) * 60);
    const k = liveRate(p, r.logu(0.015, 0.06));
    p.limit += A * 2.6;
    p.leak = { t0: 0, heap: () => k };
    p.patterns = ['linear'];
    return p;
  },
  leak_stops: (r) => {
    const p = base(r, { duration: 40 * H });
    const k = liveRate(p, r.logu(0.03, 0.1));
    const t0 = r.range(3, 8) * H;
    p.leak = { t0, t1: t0 + r.range(5, 10) * H, heap: () => k };
    p.limit *= 1.5;
    p.patterns = null;
    return p;
  },
  leak_in_drift: (r) => {
    const p = base(r, { duration: 36 * H });
    p.drift = { sigma: r.range(0.03, 0.07), tau: r.range(0.7, 4) * H };
    const k = liveRate(p, r.logu(0.015, 0.05));
    p.leak = { t0: 0, heap: () => k };
    p.patterns = ['linear'];
    return p;
  },
  leak_under_flush: (r) => {
    const p = base(r, { duration: 36 * H });
    const per = r.range(1, 5) * H,
      ph = r.range(0, per),
      A = p.live0 * r.range(0.2, 0.6),
      keep = r.range(0, 0.1);
    p.extraLive = (t) => A * (keep + ((1 - keep) * ((t + ph) % per)) / per);
    p.limit += A * 2.6;
    const k = liveRate(p, r.logu(0.012, 0.05));
    p.leak = { t0: 0, heap: () => k };
    p.patterns = ['linear', 'step', 'periodic'];
    return p;
  },
  leak_under_weekly: (r) => {
    const p = base(r, { inflight: r.range(0.15, 0.4), duration: 8 * D });
    const d = diurnal(r.range(0.3, 0.6), r.range(0, D)),
      w0 = r.int(0, 6),
      dip = r.range(0.3, 0.7);
    p.loadFn = (t) => {
      const day = (Math.floor(t / D) + w0) % 7;
      return d(t) * (day >= 5 ? dip : 1);
    };
    const k = liveRate(p, r.logu(0.003, 0.01));
    p.leak = { t0: 0, heap: () => k };
    p.patterns = ['linear'];
    return p;
  },
  leak_short_restarts: (r) => {
    const p = base(r, { duration: 36 * H });
    const rs = [];
    let t = r.range(3, 8) * H;
    while (t < 36 * H) {
      rs.push(t);
      t += r.range(3, 8) * H;
    }
    p.restarts = rs;
    const k = liveRate(p, r.logu(0.04, 0.15));
    p.leak = { t0: 0, heap: () => k };
    p.patterns = ['linear'];
    return p;
  },
};

export const FAMILIES = [
  ...Object.entries(healthy).map(([name, make]) => ({ name, leak: false, make })),
  ...Object.entries(leaks).map(([name, make]) => ({ name, leak: true, make })),
];
