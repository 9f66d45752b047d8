// The leak detector of one target: samples as they come, a verdict at any time. Pure and bounded: no clock, no
// look-ahead, about 20 KB a process.

import { followAlarm, raiseAlarm, type Alarm } from './alarm.js';
import { CHANNELS, COLUMN, COLUMN_COUNT, COUNT_RISE } from './channels.js';
import { examine, gate, type Growth, type Window } from './evidence.js';
import { fillWindow, History } from './history.js';
import { OpenBin } from './open-bin.js';
import { Peaks, PEAK_CHANNELS } from './peaks.js';
import { levelForSpan, LEAST_SLOPE_BINS, quickSlope, robustSlope } from './gauges.js';
import { healthyShape, leakShape } from './pattern.js';
import { SERVICE, SESSION, type Settings } from './settings.js';
import {
  damaged,
  numbersOf,
  parseSnapshot,
  setNumbers,
  SNAPSHOT_VERSION,
  type DetectorSnapshot,
} from './snapshot.js';
import { Timeline } from './timeline.js';
import type { LeakPattern, LeakSample, LeakState, MemoryLimit, Slope, Verdict } from './types.js';
import { describeGrowth, describeRefusal, type WhyNot } from './words.js';
import type { Signal } from '../signals.js';
import { formatDuration } from '../format.js';

const HOUR = 3600;

export interface DetectorOptions {
  mode: 'service' | 'session';
  /** GOGC of the process: -1 off, null not known. */
  gogcPercent?: number | null;
  limits?: MemoryLimit[];
  /** Spreads the bin boundaries of many detectors over time. */
  seed?: string;
}

interface ChannelState {
  alarm: Alarm | null;
  /** The growth that is going on, with or without a break, and when it was last seen. */
  runFrom: number;
  runSeenAt: number;
  waiting: { growth: Growth; level: number; patienceSeconds: number; at: number } | null;
  refusal: { reason: WhyNot; at: number; settlesAt: number } | null;
}

/** Of several leaking channels the one that says most is named. */
const PRECEDENCE: Partial<Record<Signal, number>> & Record<(typeof CHANNELS)[number], number> = {
  goroutines: 0,
  live_heap: 1,
  non_go: 2,
  stacks: 3,
  handles: 4,
  gdi_objects: 5,
  user_objects: 6,
  commit: 7,
};

export class LeakDetector {
  private readonly settings: Settings;
  private offsetSeconds: number;
  private gogcPercent: number | null;
  private limits: MemoryLimit[];
  private timeline = new Timeline();
  private history: History;
  private peaks = new Peaks();
  private bin = new OpenBin();
  private readonly values = new Float64Array(COLUMN_COUNT);
  private channels: ChannelState[] = [];
  private age = NaN;
  private hasGo = false;
  private lowestCommit = Infinity;
  private lastCommit = NaN;
  /** Leaks of the lives before count: the same program leaks again. */
  private credit = 0;
  private leakingCount = 0;
  private cached: Verdict | null = null;

  constructor(options: DetectorOptions) {
    this.settings = options.mode === 'session' ? SESSION : SERVICE;
    this.gogcPercent = options.gogcPercent ?? null;
    this.limits = options.limits ?? [];
    this.offsetSeconds = hash(options.seed ?? '') % (3 * HOUR);
    this.history = new History(this.settings.levels, this.offsetSeconds);
    this.begin();
  }

  /** Whether any channel is leaking; cheap, for each sample. */
  get leaking(): boolean {
    return this.leakingCount > 0;
  }

  setLimits(limits: MemoryLimit[]): void {
    this.limits = limits;
  }

  push(sample: LeakSample): void {
    const placed = this.timeline.place(sample);
    if (placed.kind === 'stale') return;
    if (placed.kind === 'restart') {
      if (!Number.isNaN(this.age)) this.settleCredit();
      this.begin();
    }
    this.age = placed.age;
    const at = placed.age + this.offsetSeconds;
    const bin = Math.floor(at / this.settings.levels[0]!.binSeconds);
    const open = this.bin;
    if (open.bin >= 0 && bin !== open.bin) this.closeBin();
    open.bin = bin;
    if (sample.heapAllocBytes !== null) this.hasGo = true;
    if (sample.commitBytes !== null) this.lastCommit = sample.commitBytes;
    open.add(at, sample, this.growthFactor());
  }

  /** What is thought of the process now. Computed once a bin; between them it is remembered. */
  verdict(): Verdict {
    this.cached ??= this.judge();
    return this.cached;
  }

  private judge(): Verdict {
    const slopes: Partial<Record<Signal, Slope>> = {};
    const leaking: Signal[] = [];
    let since = Infinity;
    let growing: { c: number; sinceAge: number; why: string } | null = null;
    const reasons: string[] = [];
    let primary = -1;
    for (let c = 0; c < CHANNELS.length; c++) {
      const signal = CHANNELS[c]!;
      const state = this.channels[c]!;
      if (this.history.levels[0]!.columns[c] === null) continue;
      const waiting =
        state.waiting !== null &&
        this.age - state.waiting.at <= 2.5 * this.settings.levels[state.waiting.level]!.binSeconds
          ? state.waiting
          : null;
      if (state.alarm !== null) {
        leaking.push(signal);
        since = Math.min(since, state.alarm.sinceAt);
        if (primary < 0 || PRECEDENCE[signal] < PRECEDENCE[CHANNELS[primary]!]) primary = c;
        reasons.push(describeGrowth(signal, state.alarm.growth, this.age));
      } else if (waiting !== null) {
        const left = waiting.patienceSeconds - waiting.growth.durationSeconds;
        growing ??= {
          c,
          sinceAge: waiting.growth.onsetAt,
          why: `${describeGrowth(signal, waiting.growth, this.age)}; called a leak when it goes on for ${formatDuration(left)} more`,
        };
      }
    }
    const sinceAge = primary >= 0 ? since : (growing?.sinceAge ?? NaN);
    for (let c = 0; c < CHANNELS.length; c++) {
      const slope = this.slopeOf(c, sinceAge);
      if (slope !== null) slopes[CHANNELS[c]!] = slope;
    }
    let state: LeakState;
    if (primary >= 0) state = 'leaking';
    else if (growing !== null) state = 'growing';
    else if (Object.keys(slopes).length === 0) state = 'learning';
    else {
      growing = this.risingNow(slopes);
      state = growing === null ? 'healthy' : 'growing';
    }
    const channel = primary >= 0 ? primary : growing === null ? -1 : growing.c;
    let pattern: LeakPattern | null;
    if (leaking.includes('goroutines')) pattern = 'goroutine';
    else if (primary >= 0) pattern = leakShape(this.history, primary, since, this.age);
    else pattern = healthyShape(this.history, this.hasGo);
    return {
      state,
      sinceSeconds:
        primary >= 0 || growing !== null
          ? this.timeline.wallClock(primary >= 0 ? since : growing!.sinceAge)
          : null,
      channel: channel < 0 ? null : CHANNELS[channel]!,
      pattern,
      slopes,
      leaking,
      timeToLimit: this.timeToLimit(slopes.commit),
      why: primary >= 0 ? reasons.join('; ') : (growing?.why ?? this.whyNot()),
    };
  }

  private slopeOf(c: number, sinceAge: number): Slope | null {
    if (this.history.levels[0]!.columns[c] === null) return null;
    if (!Number.isNaN(sinceAge)) {
      const from = Math.max(sinceAge, this.age - 24 * HOUR);
      const level = levelForSpan(this.history, this.age - from);
      const slope = robustSlope(this.history, level, c, from, COUNT_RISE[CHANNELS[c]!] === undefined);
      if (slope !== null) return slope;
    }
    const window = fillWindow(this.history, 0, c);
    return window.n < LEAST_SLOPE_BINS ? null : quickSlope(window.t, window.y, 0, window.n);
  }

  /** Growth that the interval is sure of and that would matter, before any test could be made of it. */
  private risingNow(
    slopes: Partial<Record<Signal, Slope>>,
  ): { c: number; sinceAge: number; why: string } | null {
    const ring = this.history.levels[0]!;
    const span = ring.size * ring.settings.binSeconds;
    for (let c = 0; c < CHANNELS.length; c++) {
      const slope = slopes[CHANNELS[c]!];
      if (slope === undefined || slope.lowerPerSecond <= 0) continue;
      const window = fillWindow(this.history, 0, c);
      if (slope.lowerPerSecond * span < 0.25 * this.leastRise(1, c, window)) continue;
      const sinceAge = window.t[0]!;
      return { c, sinceAge, why: `${CHANNELS[c]!} has grown for ${formatDuration(this.age - sinceAge)}` };
    }
    return null;
  }

  private timeToLimit(slope: Slope | undefined): Verdict['timeToLimit'] {
    if (slope === undefined || slope.perSecond <= 0) return null;
    let nearest: Verdict['timeToLimit'] = null;
    for (const limit of this.limits) {
      const seconds = Math.max(0, limit.bytes - this.lastCommit) / slope.perSecond;
      if (nearest === null || seconds < nearest.seconds)
        nearest = { limit: limit.name, limitBytes: limit.bytes, seconds };
    }
    return nearest;
  }

  private whyNot(): string {
    let newest = -Infinity;
    let text = 'no growth that matters';
    for (let c = 0; c < CHANNELS.length; c++) {
      const { refusal } = this.channels[c]!;
      if (refusal === null || this.age - refusal.at > 2 * HOUR || refusal.at <= newest) continue;
      newest = refusal.at;
      text = describeRefusal(CHANNELS[c]!, refusal.reason, refusal.settlesAt);
    }
    return text;
  }

  private begin(): void {
    this.cached = null;
    this.history = new History(this.settings.levels, this.offsetSeconds);
    this.peaks = new Peaks();
    this.bin = new OpenBin();
    this.lowestCommit = Infinity;
    this.hasGo = false;
    this.leakingCount = 0;
    this.channels = CHANNELS.map(() => ({
      alarm: null,
      runFrom: NaN,
      runSeenAt: NaN,
      waiting: null,
      refusal: null,
    }));
  }

  /** GOGC/100; NaN when it is off or not known. */
  private growthFactor(): number {
    return this.gogcPercent !== null && this.gogcPercent >= 0 ? this.gogcPercent / 100 : NaN;
  }

  private settleCredit(): void {
    const life = this.age;
    if (this.leakingCount > 0) {
      this.credit = 3;
      return;
    }
    const grew = this.channels.some(
      (c) => c.runSeenAt > this.age - 2 * HOUR && this.age - c.runFrom >= Math.max(HOUR, 0.6 * life),
    );
    this.credit = grew ? Math.min(3, this.credit + 1) : Math.max(0, this.credit - 1);
  }

  private closeBin(): void {
    this.cached = null;
    const { bin, values } = this;
    bin.close(this.growthFactor(), values);
    const commit = values[COLUMN.commit]!;
    const number = bin.bin;
    const { binSeconds, skipSeconds } = this.settings.levels[0]!;
    if (commit < this.lowestCommit && number * binSeconds - this.offsetSeconds >= skipSeconds) {
      this.lowestCommit = commit;
    }
    this.history.add(number, values, (level) => this.closed(level));
  }

  private closed(level: number): void {
    const ring = this.history.levels[level]!;
    if (level <= 1) {
      const start = ring.last * ring.settings.binSeconds;
      const row = rowValues;
      for (let c = 0; c < PEAK_CHANNELS; c++) row[c] = ring.at(c, ring.last);
      row[COLUMN.load] = ring.at(COLUMN.load, ring.last);
      this.peaks.add(start, level as 0 | 1, row);
    }
    for (let c = 0; c < CHANNELS.length; c++) {
      if (ring.columns[c] === null) continue;
      const state = this.channels[c]!;
      if (state.alarm !== null) {
        if (level === 1) this.follow(c, state, state.alarm);
      } else this.test(level, c, state);
    }
  }

  private follow(c: number, state: ChannelState, alarm: Alarm): void {
    const ring = this.history.levels[1]!;
    let now = Infinity;
    for (let bin = ring.last; bin > ring.last - 3; bin--) {
      let value = ring.at(c, bin);
      if (Number.isNaN(value)) continue;
      if (alarm.growth.loadFactor > 0) {
        const load = ring.at(COLUMN.load, bin);
        if (!Number.isNaN(load)) value -= alarm.growth.loadFactor * (load - alarm.growth.loadMean);
      }
      if (value < now) now = value;
    }
    if (now < Infinity && followAlarm(alarm, this.age, now)) {
      state.alarm = null;
      state.runFrom = NaN;
      this.leakingCount--;
    }
  }

  private leastRise(level: number, c: number, window: Window): number {
    const channel = CHANNELS[c]!;
    const count = COUNT_RISE[channel];
    if (count !== undefined) {
      let lowest = Infinity;
      for (let i = 0; i < window.n; i++) if (window.y[i]! < lowest) lowest = window.y[i]!;
      return Math.max(count.least, count.share * lowest);
    }
    const floor = Number.isFinite(this.lowestCommit) ? this.lowestCommit : 0;
    const bytes = Math.max(this.settings.leastRiseBytes, this.settings.levels[level]!.riseShare * floor);
    return c === COLUMN.live ? bytes / (1 + this.goalFactor()) : bytes;
  }

  /** Bytes of heap per byte that lives, at the goal of the collector; 1 when it is not known. */
  private goalFactor(): number {
    const g = this.growthFactor();
    return Number.isNaN(g) ? 1 : g;
  }

  private test(level: number, c: number, state: ChannelState): void {
    const ring = this.history.levels[level]!;
    const settings = ring.settings;
    const window = fillWindow(this.history, level, c);
    if (window.n < settings.leastBins) return;
    const leastRise = this.leastRise(level, c, window);
    if (!gate(window.y, window.n, leastRise)) return;
    const isCount = COUNT_RISE[CHANNELS[c]!] !== undefined;
    const growth = examine(window, {
      leastRise,
      leastSteps: settings.leastSteps,
      leastZ: this.settings.leastZ,
      adjustForLoad: !isCount,
    });
    if (typeof growth === 'string') {
      state.refusal = { reason: growth, at: this.age, settlesAt: NaN };
      return;
    }
    const headroom = this.headroom(c, window);
    const [first, , third] = growth.thirds;
    const q = Math.sqrt(third / Math.max(first, 1e-9));
    if (q < 0.8 && (third * growth.rise * q) / (1 - q) < 0.8 * headroom) {
      state.refusal = {
        reason: 'settling',
        at: this.age,
        settlesAt: growth.to + (third * growth.rise * q) / (1 - q),
      };
      return;
    }
    if (growth.to < this.heldBefore(level, c, growth) + 0.2 * growth.rise) {
      state.refusal = { reason: 'known', at: this.age, settlesAt: NaN };
      return;
    }
    if (this.unfinishedCycle(level, isCount, growth)) {
      state.refusal = { reason: 'unfinished', at: this.age, settlesAt: NaN };
      return;
    }
    if (!(state.runSeenAt > this.age - 3 * HOUR) || Number.isNaN(state.runFrom))
      state.runFrom = growth.onsetAt;
    else state.runFrom = Math.min(state.runFrom, growth.onsetAt);
    state.runSeenAt = this.age;
    const patienceSeconds = this.patience(growth, state, headroom);
    if (growth.durationSeconds >= patienceSeconds) {
      state.alarm = raiseAlarm(growth, level, this.age);
      state.waiting = null;
      this.leakingCount++;
    } else state.waiting = { growth, level, patienceSeconds, at: this.age };
  }

  private headroom(c: number, window: Window): number {
    const count = COUNT_RISE[CHANNELS[c]!];
    if (count !== undefined) {
      let lowest = Infinity;
      for (let i = 0; i < window.n; i++) if (window.y[i]! < lowest) lowest = window.y[i]!;
      return Math.max(20 * lowest, count.plenty) - window.y[window.n - 1]!;
    }
    let least = Infinity;
    for (const limit of this.limits) if (limit.name !== 'gomemlimit') least = Math.min(least, limit.bytes);
    const left = Math.max(0, least - this.lastCommit);
    return c === COLUMN.live ? left / ((1 + this.goalFactor()) * 1.1) : left;
  }

  private heldBefore(level: number, c: number, growth: Growth): number {
    if (level <= 1 && c < PEAK_CHANNELS) {
      return this.peaks.before(
        growth.onsetAt + this.offsetSeconds,
        c,
        level as 0 | 1,
        growth.loadFactor,
        growth.loadMean,
      );
    }
    let high = -Infinity;
    for (let l = 2; l < this.history.levels.length; l++) {
      const ring = this.history.levels[l]!;
      for (let bin = ring.last - ring.size + 1; bin <= ring.last; bin++) {
        if ((bin + 1) * ring.settings.binSeconds - this.offsetSeconds > growth.onsetAt) break;
        let value = ring.at(c, bin);
        if (Number.isNaN(value)) continue;
        if (growth.loadFactor > 0) {
          const load = ring.at(COLUMN.load, bin);
          if (!Number.isNaN(load)) value -= growth.loadFactor * (load - growth.loadMean);
        }
        if (value > high) high = value;
      }
    }
    return high;
  }

  /** Fewer than three collections since the onset while the heap swings: the commit follows garbage. */
  private unfinishedCycle(level: number, isCount: boolean, growth: Growth): boolean {
    if (!this.hasGo || isCount) return false;
    const ring = this.history.levels[level]!;
    let firstGc = NaN;
    let lastGc = NaN;
    let low = Infinity;
    let high = -Infinity;
    for (let bin = ring.last - ring.size + 1; bin <= ring.last; bin++) {
      if ((bin + 1) * ring.settings.binSeconds - this.offsetSeconds <= growth.onsetAt) continue;
      const gc = ring.at(COLUMN.gcCount, bin);
      if (!Number.isNaN(gc)) {
        if (Number.isNaN(firstGc)) firstGc = gc;
        lastGc = gc;
      }
      const heap = ring.at(COLUMN.heap, bin);
      if (heap < low) low = heap;
      if (heap > high) high = heap;
    }
    return lastGc - firstGc < 3 && high - low > 0.5 * growth.rise;
  }

  private patience(growth: Growth, state: ChannelState, headroom: number): number {
    const p = this.hasGo ? this.settings.patience.go : this.settings.patience.process;
    const calm = Math.max(0, Math.min(growth.onsetAt, state.runFrom));
    let patience =
      p.freshSeconds - (p.freshSeconds - p.settledSeconds) * Math.min(1, calm / p.settledAfterSeconds);
    patience /= 1 + this.credit;
    const eta = headroom / Math.max(growth.perSecond, 1e-9);
    patience = Math.min(
      patience,
      Math.max(this.settings.leastEvidenceSeconds, this.settings.urgencyShare * eta),
    );
    if (
      growth.loadEarly > 0 &&
      growth.loadLate / growth.loadEarly > 1.2 &&
      growth.factor < growth.loadLate / growth.loadEarly
    ) {
      patience = Math.max(patience, this.settings.loadHoldSeconds);
    }
    return patience;
  }

  /** The whole memory of the detector, for saving. */
  snapshot(): DetectorSnapshot {
    const { age, lowestCommit, lastCommit, credit } = this;
    return {
      version: SNAPSHOT_VERSION,
      mode: this.settings.name,
      offsetSeconds: this.offsetSeconds,
      gogcPercent: this.gogcPercent,
      hasGo: this.hasGo,
      numbers: numbersOf({ age, lowestCommit, lastCommit, credit }),
      timeline: numbersOf(this.timeline),
      openBin: this.bin.save(),
      peaks: this.peaks.save(),
      ...this.history.save(),
      channels: this.channels.map(({ alarm, runFrom, runSeenAt }) => ({
        run: numbersOf({ runFrom, runSeenAt }),
        alarm: alarm && {
          numbers: numbersOf(alarm),
          dipped: alarm.dipped,
          returned: alarm.returned,
          growth: { numbers: numbersOf(alarm.growth), thirds: alarm.growth.thirds },
        },
      })),
    };
  }

  /** A detector that goes on where the saved one stood. Throws `state_damaged` when the snapshot is not one. */
  static restore(options: DetectorOptions, saved: unknown): LeakDetector {
    const from = parseSnapshot(saved);
    if (from.mode !== options.mode) throw damaged(`it was saved in ${from.mode} mode`);
    if (from.channels.length !== CHANNELS.length) throw damaged('other channels');
    const detector = new LeakDetector({ ...options, gogcPercent: options.gogcPercent ?? from.gogcPercent });
    detector.offsetSeconds = from.offsetSeconds;
    detector.hasGo = from.hasGo;
    Object.assign(detector, setNumbers({ age: 0, lowestCommit: 0, lastCommit: 0, credit: 0 }, from.numbers));
    detector.timeline = setNumbers(new Timeline(), from.timeline);
    detector.bin = OpenBin.restore(from.openBin);
    detector.peaks = Peaks.restore(from.peaks);
    detector.history = new History(detector.settings.levels, from.offsetSeconds);
    detector.history.restore(from);
    from.channels.forEach(({ run, alarm }, c) => {
      const state = detector.channels[c]!;
      Object.assign(state, setNumbers({ runFrom: 0, runSeenAt: 0 }, run));
      if (alarm === null) return;
      const growth = { ...setNumbers(emptyGrowth(), alarm.growth.numbers), thirds: alarm.growth.thirds };
      const { dipped, returned } = alarm;
      state.alarm = { ...setNumbers(raiseAlarm(growth, 0, 0), alarm.numbers), growth, dipped, returned };
      detector.leakingCount++;
    });
    return detector;
  }
}

/** A growth before its fields are set, for restoring. */
function emptyGrowth(): Growth {
  return {
    endAt: 0,
    onsetAt: 0,
    durationSeconds: 0,
    rise: 0,
    from: 0,
    to: 0,
    perSecond: 0,
    thirds: [0, 0, 0],
    steps: 0,
    z: 0,
    loadFactor: 0,
    loadMean: 0,
    loadEarly: 0,
    loadLate: 0,
    factor: 0,
  };
}

const rowValues = new Float64Array(COLUMN_COUNT);

/** FNV-1a, 32 bit. */
function hash(text: string): number {
  let h = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) h = Math.imul(h ^ text.charCodeAt(i), 0x01000193);
  return h >>> 0;
}
