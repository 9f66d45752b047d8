// The statistics of the verdict: medians, robust and ordinary slopes, the Mann-Kendall trend test with a
// correction for autocorrelation. Pure; arrays are read from 0 to n.
// Sources: Mann 1945, Kendall 1975, Sen 1968 (slope and its interval from order statistics); the correction of
// the variance by an effective sample size is Yue & Wang 2004 cut off after lag 1.

export type Numbers = ArrayLike<number>;

/** Median of the first n values, none of them NaN; NaN when there is none. */
export function median(values: Numbers, n = values.length): number {
  if (n === 0) return NaN;
  const copy = n <= scratch.length ? scratch : new Float64Array(n);
  for (let i = 0; i < n; i++) copy[i] = values[i]!;
  const middle = n >> 1;
  const upper = select(copy, 0, n - 1, middle);
  if (n % 2 === 1) return upper;
  let lower = -Infinity;
  for (let i = 0; i < middle; i++) if (copy[i]! > lower) lower = copy[i]!;
  return (lower + upper) / 2;
}

/** Where a median of few values is sought: of bins, of the minutes of an hour. */
const scratch = new Float64Array(512);

/** Running median of three; the ends keep their own value. */
export function runningMedian3(values: Numbers, n: number, out: Float64Array): void {
  for (let i = 0; i < n; i++) {
    if (i === 0 || i === n - 1) {
      out[i] = values[i]!;
      continue;
    }
    const a = values[i - 1]!;
    const b = values[i]!;
    const c = values[i + 1]!;
    out[i] = a > b ? (b > c ? b : a > c ? c : a) : a > c ? a : b > c ? c : b;
  }
}

/** Suffix minimum: what was never undercut afterwards. */
export function ratchet(values: Numbers, n: number, out: Float64Array): void {
  let low = Infinity;
  for (let i = n - 1; i >= 0; i--) {
    if (values[i]! < low) low = values[i]!;
    out[i] = low;
  }
}

export interface Line {
  intercept: number;
  slope: number;
  /** Standard error of the slope under independent errors. */
  slopeError: number;
  /** Standard deviation of the residuals. */
  residual: number;
}

/** Ordinary least squares y = intercept + slope t. */
export function fitLine(t: Numbers, y: Numbers, from: number, to: number): Line {
  const n = to - from;
  let st = 0;
  let sy = 0;
  for (let i = from; i < to; i++) {
    st += t[i]!;
    sy += y[i]!;
  }
  const mt = st / n;
  const my = sy / n;
  let stt = 0;
  let sty = 0;
  let syy = 0;
  for (let i = from; i < to; i++) {
    const dt = t[i]! - mt;
    const dy = y[i]! - my;
    stt += dt * dt;
    sty += dt * dy;
    syy += dy * dy;
  }
  const slope = stt > 0 ? sty / stt : 0;
  const rss = Math.max(0, syy - slope * sty);
  const residual = n > 2 ? Math.sqrt(rss / (n - 2)) : 0;
  return { intercept: my - slope * mt, slope, slopeError: stt > 0 ? residual / Math.sqrt(stt) : 0, residual };
}

/** y = a + b t + k load by least squares: k with its t-value (0 when the load does not vary). */
export function fitLoad(t: Numbers, load: Numbers, y: Numbers, n: number): { k: number; tValue: number } {
  let mt = 0;
  let ml = 0;
  let my = 0;
  for (let i = 0; i < n; i++) {
    mt += t[i]!;
    ml += load[i]!;
    my += y[i]!;
  }
  mt /= n;
  ml /= n;
  my /= n;
  let tt = 0;
  let ll = 0;
  let tl = 0;
  let ty = 0;
  let ly = 0;
  let yy = 0;
  for (let i = 0; i < n; i++) {
    const a = t[i]! - mt;
    const b = load[i]! - ml;
    const c = y[i]! - my;
    tt += a * a;
    ll += b * b;
    tl += a * b;
    ty += a * c;
    ly += b * c;
    yy += c * c;
  }
  const det = tt * ll - tl * tl;
  // Load and time run together: what belongs to which cannot be told.
  if (!(det > 1e-9 * tt * ll) || n < 5) return { k: 0, tValue: 0 };
  const slope = (ty * ll - ly * tl) / det;
  const k = (ly * tt - ty * tl) / det;
  const rss = Math.max(0, yy - slope * ty - k * ly);
  const se = Math.sqrt((rss / (n - 3)) * (tt / det));
  return { k, tValue: se > 0 ? k / se : k > 0 ? Infinity : 0 };
}

/** y = level + b (x - m1) + c (x^2 - m2) with x from -1 at the first time to 1 at the last; m1, m2 are means. */
interface Parabola {
  mid: number;
  half: number;
  m1: number;
  m2: number;
  level: number;
  b: number;
  c: number;
}

function fitParabola(t: Numbers, y: Numbers, from: number, to: number): Parabola {
  const n = to - from;
  const mid = (t[from]! + t[to - 1]!) / 2;
  const half = Math.max((t[to - 1]! - t[from]!) / 2, 1e-9);
  let m1 = 0;
  let m2 = 0;
  let level = 0;
  for (let i = from; i < to; i++) {
    const x = (t[i]! - mid) / half;
    m1 += x;
    m2 += x * x;
    level += y[i]!;
  }
  m1 /= n;
  m2 /= n;
  level /= n;
  let xx = 0;
  let xq = 0;
  let qq = 0;
  let xy = 0;
  let qy = 0;
  for (let i = from; i < to; i++) {
    const raw = (t[i]! - mid) / half;
    const x = raw - m1;
    const q = raw * raw - m2;
    const dy = y[i]! - level;
    xx += x * x;
    xq += x * q;
    qq += q * q;
    xy += x * dy;
    qy += q * dy;
  }
  const det = xx * qq - xq * xq;
  const b = det > 0 ? (xy * qq - qy * xq) / det : 0;
  const c = det > 0 ? (qy * xx - xy * xq) / det : 0;
  return { mid, half, m1, m2, level, b, c };
}

/** Pace at the end over the mean pace, by a parabola: 1 for a straight line, less where growth slows down. */
export function endPace(t: Numbers, y: Numbers, from: number, to: number): number {
  const { b, c } = fitParabola(t, y, from, to);
  return (b + 2 * c) / b;
}

/**
 * Lag-1 autocorrelation of what a parabola leaves over, corrected for the bias of short series ((1 + 3r)/n),
 * within [0, 0.95].
 */
export function lag1(t: Numbers, y: Numbers, from: number, to: number): number {
  const n = to - from;
  if (n < 6) return 0;
  const { mid, half, m1, m2, level, b, c } = fitParabola(t, y, from, to);
  let previous = 0;
  let product = 0;
  let square = 0;
  for (let i = from; i < to; i++) {
    const raw = (t[i]! - mid) / half;
    const r = y[i]! - level - b * (raw - m1) - c * (raw * raw - m2);
    if (i > from) product += r * previous;
    square += r * r;
    previous = r;
  }
  if (square <= 0) return 0;
  const r = product / square;
  return Math.min(0.95, Math.max(0, r + (1 + 3 * r) / n));
}

export interface Trend {
  /** Mann-Kendall's Z with the corrected variance. */
  z: number;
  slope: number;
  lower: number;
  upper: number;
}

/** Reused for the pairwise slopes; grown on demand, at most n(n-1)/2 of the longest window. */
let pairs = new Float64Array(2048);

/** Mann-Kendall test and Sen slope over [from, to), interval at the given z. Times ascend strictly. */
export function trend(t: Numbers, y: Numbers, from: number, to: number, intervalZ: number): Trend {
  const n = to - from;
  const count = (n * (n - 1)) / 2;
  if (n < 3) return { z: 0, slope: 0, lower: -Infinity, upper: Infinity };
  if (pairs.length < count) pairs = new Float64Array(count);
  let s = 0;
  let k = 0;
  for (let i = from; i < to - 1; i++) {
    const ti = t[i]!;
    const yi = y[i]!;
    for (let j = i + 1; j < to; j++) {
      const d = y[j]! - yi;
      s += d > 0 ? 1 : d < 0 ? -1 : 0;
      pairs[k++] = d / (t[j]! - ti);
    }
  }
  const r = lag1(t, y, from, to);
  const variance = ((n * (n - 1) * (2 * n + 5)) / 18) * ((1 + r) / (1 - r));
  const z = s === 0 ? 0 : (s - Math.sign(s)) / Math.sqrt(variance);
  const reach = intervalZ * Math.sqrt(variance);
  const place = (position: number): number => Math.min(count - 1, Math.max(0, Math.round(position)));
  const middle = count >> 1;
  const slope = select(pairs, 0, count - 1, middle);
  // What lies below the middle has been brought there: the lower bound is sought among it, the upper one above.
  let below = -Infinity;
  if (count % 2 === 0) for (let i = 0; i < middle; i++) if (pairs[i]! > below) below = pairs[i]!;
  const [low, high] = [place((count - reach) / 2 - 1), place((count + reach) / 2)];
  return {
    z,
    slope: count % 2 === 1 ? slope : (below + slope) / 2,
    lower: low < middle ? select(pairs, 0, middle - 1, low) : slope,
    upper: high > middle ? select(pairs, middle + 1, count - 1, high) : slope,
  };
}

/** The k-th smallest of [from, to], which is brought to its place with nothing larger before it (Hoare 1961). */
function select(values: Float64Array, from: number, to: number, k: number): number {
  let left = from;
  let right = to;
  while (left < right) {
    const pivot = values[(left + right) >> 1]!;
    let i = left;
    let j = right;
    while (i <= j) {
      while (values[i]! < pivot) i++;
      while (values[j]! > pivot) j--;
      if (i > j) break;
      const swapped = values[i]!;
      values[i++] = values[j]!;
      values[j--] = swapped;
    }
    if (k <= j) right = j;
    else if (k >= i) left = i;
    else break;
  }
  return values[k]!;
}
