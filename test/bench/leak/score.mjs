// Scores answers against the truth: recall, false alarms a process-day, time to detect against an oracle, slope,
// interval, pattern. The exact definitions stand in docs/verdict.md.

const H = 3600,
  D = 86400;
const med = (a) => {
  if (!a.length) return null;
  const s = [...a].sort((x, y) => x - y);
  const m = s.length >> 1;
  return s.length % 2 ? s[m] : (s[m - 1] + s[m]) / 2;
};
const pct = (a, q) => {
  if (!a.length) return null;
  const s = [...a].sort((x, y) => x - y);
  return s[Math.min(s.length - 1, Math.floor(q * s.length))];
};
const wilson = (k, n) => {
  if (!n) return [null, null];
  const z = 1.96,
    p = k / n,
    d = 1 + (z * z) / n,
    c = p + (z * z) / (2 * n),
    e = z * Math.sqrt((p * (1 - p)) / n + (z * z) / (4 * n * n));
  return [(c - e) / d, (c + e) / d];
};

export const CLEAR_GRACE = 6 * H; // after a leak stops an alert may stay on this long

export function scoreOne(t, a, view = 'full') {
  const oracle = view === 'process' ? t.t_oracle_process : t.t_oracle;
  const alerts = (a?.alerts ?? []).map((x) => [x[0], x[1] ?? t.t_end]).filter((x) => x[0] != null);
  const r = {
    id: t.id,
    family: t.family,
    leak: t.leak,
    ambiguous: !!t.ambiguous,
    fa: 0,
    healthyDays: 0,
    faTime: 0,
    detected: null,
    delay: null,
    ratio: null,
    lead: null,
    scored: view === 'process' ? t.scored_process : t.scored,
  };
  const hs = []; // healthy intervals
  if (!t.leak) hs.push([t.t_begin, t.t_end]);
  else {
    if (t.t0 > t.t_begin) hs.push([t.t_begin, t.t0]);
    if (t.t1) hs.push([t.t1 + CLEAR_GRACE, t.t_end]);
  }
  for (const [b, e] of hs) {
    if (e <= b) continue;
    r.healthyDays += (e - b) / D;
    for (const [on, off] of alerts) {
      if (on >= b && on < e) r.fa++;
      else if (t.t1 && b > t.t1 && on < b && off > b) r.fa++; // never cleared
      r.faTime += Math.max(0, Math.min(off, e) - Math.max(on, b));
    }
  }
  r.falseSeries = r.fa > 0;
  if (t.leak) {
    const e = t.t1 ? t.t1 + CLEAR_GRACE : t.t_end;
    const hit = alerts.filter((x) => x[1] >= t.t0 && x[0] <= e).sort((x, y) => x[0] - y[0])[0];
    r.detected = !!hit;
    if (hit) {
      const td = Math.max(hit[0], t.t0);
      if (oracle) {
        r.delay = (td - oracle) / H;
        r.ratio = (td - t.t0) / Math.max(600, oracle - t.t0);
      }
      if (t.t_exhaust) r.lead = Math.max(0, (t.t_exhaust - td) / (t.t_exhaust - t.t0));
    }
    if (hit) {
      // how steady is the alert once raised
      const from = Math.max(hit[0], t.t0),
        to = t.t1 ?? t.t_end;
      let on = 0,
        n = 0;
      for (const x of alerts) {
        const d = Math.min(x[1], to) - Math.max(x[0], from);
        if (d > 0) {
          on += d;
          n++;
        }
      }
      if (to > from) {
        r.episodes = n;
        r.onShare = on / (to - from);
      }
    }
    r.leakingAtEnd = !!a?.leaking;
    if (!t.t1 && a?.leaking && t.slope > 0 && Number.isFinite(a.slope)) {
      const memLeak = t.slope * H > 0.005 * t.base_private; // goroutine-only leaks carry no useful byte slope
      if (memLeak) {
        r.slopeErr = Math.abs(a.slope / t.slope - 1);
        if (Number.isFinite(a.slope_lo) && Number.isFinite(a.slope_hi))
          r.covered = a.slope_lo <= t.slope && t.slope <= a.slope_hi;
        if (t.eta > 0 && Number.isFinite(a.eta)) r.etaErr = Math.abs(a.eta / t.eta - 1);
      }
    }
    if (hit && Number.isFinite(a.since))
      r.sinceErr = Math.abs(a.since - (t.restarts.filter((x) => x > t.t0).pop() ?? t.t0)) / H;
    r.patternOk = hit && a.pattern && t.patterns ? okPattern(t, a, view) : null;
  } else r.patternOk = a?.pattern && t.patterns ? okPattern(t, a, view) : null;
  return r;
}
// in the process view goroutines and the GC sawtooth cannot be seen, and commit grows in lumps anyway
const okPattern = (t, a, view) =>
  t.patterns.includes(a.pattern) ||
  (view === 'process' &&
    ((t.leak && ['linear', 'step'].includes(a.pattern)) ||
      (t.patterns.includes('sawtooth') && a.pattern === 'flat')));
export function aggregate(all, keepAmbiguous = false) {
  const rs = keepAmbiguous ? all : all.filter((r) => !r.ambiguous);
  const leak = rs.filter((r) => r.leak && r.scored),
    healthy = rs.filter((r) => !r.leak);
  const tp = leak.filter((r) => r.detected).length;
  const fpSeries = rs.filter((r) => r.falseSeries).length;
  const days = rs.reduce((s, r) => s + r.healthyDays, 0),
    fa = rs.reduce((s, r) => s + r.fa, 0);
  const f = (k) => rs.map((r) => r[k]).filter((v) => v !== null && v !== undefined && Number.isFinite(v));
  const det = leak.filter((r) => r.detected);
  const cov = rs.filter((r) => r.covered !== undefined);
  const po = rs.filter((r) => r.patternOk !== null && r.patternOk !== undefined);
  return {
    leakSeries: leak.length,
    unscoredLeaks: rs.filter((r) => r.leak && !r.scored).length,
    healthySeries: healthy.length,
    recall: leak.length ? tp / leak.length : null,
    recallCI: wilson(tp, leak.length),
    precision: tp + fpSeries ? tp / (tp + fpSeries) : null,
    faPerDay: days ? fa / days : null,
    falseAlarms: fa,
    healthyDays: days,
    falseSeriesShare: rs.length ? fpSeries / rs.filter((r) => r.healthyDays > 0).length : null,
    faTimeShare: days ? rs.reduce((s, r) => s + r.faTime, 0) / (days * D) : null,
    ttdRatioMedian: med(det.map((r) => r.ratio)),
    ttdRatioP90: pct(
      det.map((r) => r.ratio),
      0.9,
    ),
    delayMedianH: med(det.map((r) => r.delay)),
    delayP90H: pct(
      det.map((r) => r.delay),
      0.9,
    ),
    leadMedian: med(det.map((r) => r.lead).filter((v) => v !== null)),
    leadP10: pct(
      det.map((r) => r.lead).filter((v) => v !== null),
      0.1,
    ),
    leakingAtEnd: leak.length ? leak.filter((r) => r.leakingAtEnd).length / leak.length : null,
    episodesMean: f('episodes').length
      ? f('episodes').reduce((x, v) => x + v, 0) / f('episodes').length
      : null,
    onShareMean: f('onShare').length ? f('onShare').reduce((x, v) => x + v, 0) / f('onShare').length : null,
    slopeErrMedian: med(f('slopeErr')),
    slopeErrP90: pct(f('slopeErr'), 0.9),
    ciCoverage: cov.length ? cov.filter((r) => r.covered).length / cov.length : null,
    etaErrMedian: med(f('etaErr')),
    sinceErrMedianH: med(f('sinceErr')),
    patternAcc: po.length ? po.filter((r) => r.patternOk).length / po.length : null,
  };
}
export function byFamily(rs) {
  const m = new Map();
  for (const r of rs) {
    if (!m.has(r.family)) m.set(r.family, []);
    m.get(r.family).push(r);
  }
  return [...m.entries()].map(([k, v]) => [k, aggregate(v, true)]);
}
