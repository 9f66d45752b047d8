// The leak detector of one target: samples as they come, a verdict at any time. Pure and bounded: no clock, no
// look-ahead, about 20 KB a process.

import { followAlarm, raiseAlarm, type Alarm } from './alarm.js';
import { CHANNELS, COLUMN, COLUMN_COUNT } from './channels.js';
import { emptyGrowth, type Growth } from './evidence.js';
import { testChannel } from './growth.js';
import { Known, type ChannelState } from './known.js';
import { OpenBin } from './open-bin.js';
import { plausible } from './plausible.js';
import { PEAK_CHANNELS, Peaks } from './peaks.js';
import { Recent } from './recent.js';
import { SERVICE, SESSION } from './settings.js';
import { damaged, numbersOf, parseSnapshot, plain, setNumbers, SNAPSHOT_VERSION } from './snapshot.js';
import type { DetectorSnapshot, SavedGrowth } from './snapshot.js';
import { Timeline } from './timeline.js';
import { growthAlong, urgentGrowth } from './urgent.js';
import type { LeakSample, MemoryLimit, Verdict } from './types.js';
import { composeVerdict } from './verdict.js';

export interface DetectorOptions {
  mode: 'service' | 'session';
  /** GOGC of the process: -1 off, null not known. */
  gogcPercent?: number | null;
  limits?: MemoryLimit[];
  /** Spreads the bin boundaries of many detectors over time. */
  seed?: string;
}

const MOST_CREDIT = 3;
const rowValues = new Float64Array(COLUMN_COUNT);
const binValues = new Float64Array(COLUMN_COUNT);

export class LeakDetector {
  private known: Known;
  private timeline = new Timeline();
  private bin = new OpenBin();
  private leakingCount = 0;
  private cached: Verdict | null = null;

  constructor(options: DetectorOptions) {
    const settings = options.mode === 'session' ? SESSION : SERVICE;
    const coarsest = settings.levels.at(-1)!.binSeconds;
    this.known = new Known(settings, hash(options.seed ?? '') % coarsest);
    this.known.gogcPercent = options.gogcPercent ?? null;
    this.known.limits = options.limits ?? [];
    this.known.wallClock = (age) => this.timeline.wallClock(age);
    this.known.loadNow = () => this.bin.loadSoFar;
  }

  /** Whether any channel is leaking; cheap, for each sample. */
  get leaking(): boolean {
    return this.leakingCount > 0 || this.known.gcPressure.isOn;
  }

  setLimits(limits: MemoryLimit[]): void {
    this.known.limits = limits;
  }

  push(told: LeakSample): void {
    const sample = plausible(told);
    const placed = this.timeline.place(sample);
    if (placed.kind === 'stale') return;
    if (placed.kind === 'restart' && !Number.isNaN(this.known.age)) this.beginLife();
    const { known, bin } = this;
    known.age = placed.age;
    const at = placed.age + known.history.offsetSeconds;
    const number = Math.floor(at / known.settings.levels[0]!.binSeconds);
    if (bin.bin >= 0 && number !== bin.bin) this.closeBin();
    bin.bin = number;
    if (sample.heapAllocBytes !== null) known.hasGo = true;
    if (sample.commitBytes !== null) known.lastCommit = sample.commitBytes;
    bin.add(at, sample, known.growthFactor());
    if (known.gcPressure.push(placed.age, sample, known.growthFactor())) this.cached = null;
    if (known.recent.add(placed.age, sample, known.growthFactor())) {
      // Until the levels of the history have bins enough, the verdict rests on these points.
      if (placed.age < known.settings.birthSeconds) this.cached = null;
      this.testUrgent();
    }
  }

  /** Raises the alarm of a leak that leaves no time for the levels of the history. */
  private testUrgent(): void {
    const { known } = this;
    for (const c of [COLUMN.live, COLUMN.commit]) {
      const state = known.channels[c]!;
      if (state.alarm !== null) continue;
      const growth = urgentGrowth(known, c);
      if (growth === null) continue;
      state.alarm = raiseAlarm(growth, 0, known.age);
      this.cached = null;
      this.leakingCount++;
      this.raiseCauses(growth);
    }
  }

  /** What grows along with an urgent leak says where it is: goroutines, or memory outside of Go. */
  private raiseCauses(urgent: Growth): void {
    const { known } = this;
    for (const c of [COLUMN.goroutines, COLUMN.nonGo]) {
      const state = known.channels[c]!;
      const growth = state.alarm === null ? growthAlong(known, c, urgent) : null;
      if (growth === null) continue;
      state.alarm = raiseAlarm(growth, 0, known.age);
      this.leakingCount++;
    }
  }

  /** What is thought of the process now. Computed once a bin; between them it is remembered. */
  verdict(): Verdict {
    this.cached ??= composeVerdict(this.known);
    return this.cached;
  }

  private beginLife(): void {
    const past = this.known;
    this.settleCredit();
    const next = new Known(past.settings, past.history.offsetSeconds);
    const { limits, gogcPercent, credit, pastLeak, wallClock, loadNow } = past;
    this.known = Object.assign(next, {
      limits,
      gogcPercent,
      credit,
      pastLeak,
      wallClock,
      loadNow,
      life: past.life + 1,
    });
    this.bin = new OpenBin();
    this.leakingCount = 0;
    this.cached = null;
  }

  /** What the life that ended says of the next one. */
  private settleCredit(): void {
    const { known } = this;
    const { creditSeconds, runGapSeconds } = known.settings;
    if (this.leakingCount > 0) {
      known.channels.forEach(({ alarm }, c) => alarm && this.rememberLeak(c, alarm));
      known.credit = MOST_CREDIT;
      return;
    }
    const grew = known.channels.some(
      ({ runFrom, runSeenAt }) =>
        runSeenAt > known.age - runGapSeconds &&
        known.age - runFrom >= Math.max(creditSeconds, 0.6 * known.age),
    );
    known.credit = grew ? Math.min(MOST_CREDIT, known.credit + 1) : Math.max(0, known.credit - 1);
  }

  private rememberLeak(channel: number, { sinceAt, highAt }: Alarm): void {
    const { pattern } = this.verdict();
    if (pattern === null) return;
    const { life, lowestCommit, lastCommit } = this.known;
    // Given back means most of what it had grown by.
    const floor = lowestCommit + 0.3 * (lastCommit - lowestCommit);
    this.known.pastLeak = { pattern, life, floor, channel, sinceAt, highAt };
  }

  /** A leak that goes on after a night, with nothing given back, is the one of the day before; it may pause again. */
  private resume(channel: number, alarm: Alarm): void {
    const { pastLeak: past, life, lastCommit, settings } = this.known;
    if (past === null || past.life !== life || past.channel !== channel || lastCommit < past.floor) return;
    const pauseSeconds = alarm.sinceAt - past.highAt;
    const { mostForStepsSeconds, dailySeconds } = settings.clearing;
    if (pauseSeconds < mostForStepsSeconds || pauseSeconds > dailySeconds) return;
    alarm.sinceAt = past.sinceAt;
    alarm.returned = true;
  }

  private closeBin(): void {
    this.cached = null;
    const { bin, known } = this;
    bin.close(known.growthFactor(), binValues);
    const commit = binValues[COLUMN.commit]!;
    const { binSeconds, skipSeconds } = known.settings.levels[0]!;
    const isPastStart = bin.bin * binSeconds - known.history.offsetSeconds >= skipSeconds;
    if (commit < known.lowestCommit && isPastStart) known.lowestCommit = commit;
    known.history.add(bin.bin, binValues, (level) => this.closed(level));
  }

  private closed(level: number): void {
    const { known } = this;
    const ring = known.history.levels[level]!;
    if (level <= 1) {
      for (let c = 0; c < PEAK_CHANNELS; c++) rowValues[c] = ring.at(c, ring.last);
      rowValues[COLUMN.load] = ring.at(COLUMN.load, ring.last);
      known.peaks.add(ring.last * ring.settings.binSeconds, level === 0 ? 0 : 1, rowValues);
    }
    for (let c = 0; c < CHANNELS.length; c++) {
      if (!ring.has(c)) continue;
      const state = known.channels[c]!;
      if (state.alarm === null) {
        if (!testChannel(known, level, c)) continue;
        this.leakingCount++;
        this.resume(c, state.alarm!);
      } else if (level === 1) this.follow(c, state, state.alarm);
    }
  }

  /** Holds the present envelope, load-adjusted as at the detection, against the alarm. */
  private follow(c: number, state: ChannelState, alarm: Alarm): void {
    const { known } = this;
    const ring = known.history.levels[1]!;
    const { loadFactor, loadMean } = alarm.growth;
    let now = Infinity;
    const { binSeconds } = ring.settings;
    for (let bin = ring.last; bin > ring.last - 3; bin--) {
      // What is urgent is raised within a bin, and well above its minimum.
      if (bin * binSeconds - known.history.offsetSeconds < alarm.raisedAt) break;
      let value = ring.at(c, bin);
      const load = ring.at(COLUMN.load, bin);
      if (loadFactor > 0 && !Number.isNaN(load)) value -= loadFactor * (load - loadMean);
      if (value < now) now = value;
    }
    if (now === Infinity || !followAlarm(alarm, known.age, now, known.settings.clearing)) return;
    this.rememberLeak(c, alarm);
    state.alarm = null;
    state.runFrom = NaN;
    this.leakingCount--;
  }

  /** The whole memory of the detector, for saving. */
  snapshot(): DetectorSnapshot {
    const { known } = this;
    return {
      version: SNAPSHOT_VERSION,
      mode: known.settings.name,
      offsetSeconds: known.history.offsetSeconds,
      gogcPercent: known.gogcPercent,
      hasGo: known.hasGo,
      numbers: numbersOf(known),
      pastLeak: known.pastLeak,
      timeline: numbersOf(this.timeline),
      openBin: this.bin.save(),
      peaks: known.peaks.save(),
      recent: known.recent.save(),
      gcPressure: numbersOf(known.gcPressure),
      ...known.history.save(),
      channels: known.channels.map(({ alarm, runFrom, runSeenAt, waiting, refusal }) => ({
        run: numbersOf({ runFrom, runSeenAt }),
        alarm: alarm && {
          numbers: numbersOf(alarm),
          dipped: alarm.dipped,
          returned: alarm.returned,
          growth: saveGrowth(alarm.growth),
        },
        waiting: waiting && { ...waiting, growth: saveGrowth(waiting.growth) },
        refusal: refusal && { ...refusal, settlesAt: plain(refusal.settlesAt) },
      })),
    };
  }

  /** A detector that goes on where the saved one stood. Throws `state_damaged` when the snapshot is not one. */
  static restore(options: DetectorOptions, saved: unknown): LeakDetector {
    const from = parseSnapshot(saved);
    if (from.mode !== options.mode) throw damaged(`it was saved in ${from.mode} mode`);
    if (from.channels.length !== CHANNELS.length) throw damaged('other channels');
    const detector = new LeakDetector(options);
    const known = new Known(detector.known.settings, from.offsetSeconds);
    known.limits = detector.known.limits;
    known.gogcPercent = options.gogcPercent ?? from.gogcPercent;
    known.wallClock = detector.known.wallClock;
    known.loadNow = detector.known.loadNow;
    known.hasGo = from.hasGo;
    known.pastLeak = from.pastLeak;
    setNumbers(known, from.numbers, ['gogcPercent']);
    known.peaks = Peaks.restore(from.peaks);
    known.recent = Recent.restore(from.recent);
    setNumbers(known.gcPressure, from.gcPressure);
    known.history.restore(from);
    detector.known = known;
    detector.timeline = setNumbers(new Timeline(), from.timeline);
    detector.bin = OpenBin.restore(from.openBin);
    from.channels.forEach(({ run, alarm, waiting, refusal }, c) => {
      const state = known.channels[c]!;
      Object.assign(state, setNumbers({ runFrom: 0, runSeenAt: 0 }, run));
      if (waiting !== null && waiting.level < known.history.levels.length)
        state.waiting = { ...waiting, growth: restoreGrowth(waiting.growth) };
      state.refusal = refusal && { ...refusal, settlesAt: Number(refusal.settlesAt) };
      if (alarm === null) return;
      const growth = restoreGrowth(alarm.growth);
      const { dipped, returned } = alarm;
      state.alarm = { ...setNumbers(raiseAlarm(growth, 0, 0), alarm.numbers), growth, dipped, returned };
      detector.leakingCount++;
    });
    return detector;
  }
}

function saveGrowth(growth: Growth): SavedGrowth {
  return { numbers: numbersOf(growth), thirds: growth.thirds };
}

function restoreGrowth({ numbers, thirds }: SavedGrowth): Growth {
  return { ...setNumbers(emptyGrowth(), numbers), thirds };
}

/** FNV-1a, 32 bit. */
function hash(text: string): number {
  let h = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) h = Math.imul(h ^ text.charCodeAt(i), 0x01000193);
  return h >>> 0;
}
