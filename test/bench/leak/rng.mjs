// Small deterministic PRNG (sfc32 seeded by xmur3 over a string). No dependencies.
export function seedInts(str) {
  let h = 1779033703 ^ str.length;
  for (let i = 0; i < str.length; i++) {
    h = Math.imul(h ^ str.charCodeAt(i), 3432918353);
    h = (h << 13) | (h >>> 19);
  }
  return () => {
    h = Math.imul(h ^ (h >>> 16), 2246822507);
    h = Math.imul(h ^ (h >>> 13), 3266489909);
    return (h ^= h >>> 16) >>> 0;
  };
}
export class Rng {
  constructor(str) {
    const s = seedInts(str);
    this.a = s();
    this.b = s();
    this.c = s();
    this.d = s();
    this.spare = null;
    for (let i = 0; i < 12; i++) this.u32();
  }
  u32() {
    let { a, b, c, d } = this;
    const t = (((a + b) | 0) + d) | 0;
    d = (d + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (c << 21) | (c >>> 11);
    c = (c + t) | 0;
    this.a = a;
    this.b = b;
    this.c = c;
    this.d = d;
    return t >>> 0;
  }
  u() {
    return (this.u32() + 0.5) / 4294967296;
  }
  range(a, b) {
    return a + (b - a) * this.u();
  }
  logu(a, b) {
    return Math.exp(this.range(Math.log(a), Math.log(b)));
  }
  int(a, b) {
    return a + Math.floor(this.u() * (b - a + 1));
  }
  bool(p = 0.5) {
    return this.u() < p;
  }
  pick(arr) {
    return arr[Math.floor(this.u() * arr.length)];
  }
  n() {
    // standard normal
    if (this.spare !== null) {
      const v = this.spare;
      this.spare = null;
      return v;
    }
    const r = Math.sqrt(-2 * Math.log(this.u())),
      th = 2 * Math.PI * this.u();
    this.spare = r * Math.sin(th);
    return r * Math.cos(th);
  }
  exp(mean) {
    return -mean * Math.log(this.u());
  }
  pareto(alpha, xm = 1) {
    return xm / Math.pow(this.u(), 1 / alpha);
  }
}
