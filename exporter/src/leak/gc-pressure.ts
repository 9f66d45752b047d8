// Whether a process wears itself out collecting garbage. At GOMEMLIMIT the live heap stands still while the leak goes
// on; what rises is the number of collections and the CPU time that they take, with hardly any room between what lives
// and the goal of the next collection. GCCPUFraction is a mean since the start of the process: times the age it is what
// was spent so far, and the difference of two such sums is what was spent between them.
// Sources: runtime.MemStats (GCCPUFraction, NextGC), "A Guide to the Go Garbage Collector" (memory limit).

import { NO_NEXT_GC } from './open-bin.js';
import type { LeakSample, VerdictReason } from './types.js';

const BIN_SECONDS = 20;
/** A bin in which the process was not heard of for long says nothing. */
const LONGEST_BIN_SECONDS = 120;
/** Share of the room that the collector usually leaves from which on the limit, not GOGC, sets the goal. */
const CAPPED = 0.25;
/** A process that never left this much room per byte that lives has a low GOGC: its room is no sign. */
const LEAST_WIDE = 0.4;
/** Below it (heapMinimum of the runtime) the goal follows neither GOGC nor a limit. */
const LEAST_HEAP_BYTES = 4 * 2 ** 20;
/** Collections a second against normal, and in any case. */
const RATE_FACTOR = 4;
const LEAST_RATE = 0.2;
/** Share of the CPU against normal, and in any case. */
const CPU_FACTOR = 2;
const LEAST_CPU = 0.05;
/** The same while nothing normal is known, or where the CPU time is not told. */
const SURE_CPU = 0.15;
const SURE_RATE_FACTOR = 10;
/** Bins that make a normal, and the weight of a new one in it. */
const LEAST_NORMAL_BINS = 6;
const NORMAL_WEIGHT = 0.05;
/** Raised by so many of the last bins, ended when none of the last bins shows it. */
const RAISE_BINS = 4;
const RAISE_WINDOW = 0b1_1111;
const CLEAR_WINDOW = 0b111_1111_1111_1111;

/** Fields are numbers only: saved and restored as they stand. */
export class GcPressure {
  private startAge = NaN;
  private startGcCount = NaN;
  private startCpuSeconds = NaN;
  private lowestHeap = Infinity;
  /** Widest room per byte that lives: what GOGC leaves. */
  private widest = 0;
  private normalRate = 0;
  private normalCpu = 0;
  private normalBins = 0;
  /** The last bins, newest lowest: 1 where the collector was under pressure. */
  private bins = 0;
  /** Age at which the present pressure began; NaN without. */
  sinceAge = NaN;
  private firstAge = NaN;
  private rate = NaN;
  private cpu = NaN;
  private room = NaN;
  private goal = NaN;

  get isOn(): boolean {
    return !Number.isNaN(this.sinceAge);
  }

  /** Takes a sample; `growth` is GOGC/100, NaN when it is off or not known. True when the pressure began or ended. */
  push(age: number, sample: LeakSample, growth: number): boolean {
    const { gcCount, heapAllocBytes, nextGcBytes, gcCpuFraction } = sample;
    if (gcCount === null || heapAllocBytes === null || nextGcBytes === null) return false;
    const cpuSeconds = gcCpuFraction === null ? NaN : gcCpuFraction * age;
    if (heapAllocBytes < this.lowestHeap) this.lowestHeap = heapAllocBytes;
    const seconds = age - this.startAge;
    if (seconds < BIN_SECONDS) return false;
    const collections = gcCount - this.startGcCount;
    const before = this.isOn;
    if (seconds <= LONGEST_BIN_SECONDS && collections >= 0 && nextGcBytes < NO_NEXT_GC) {
      this.rate = collections / seconds;
      this.cpu = Math.max(0, (cpuSeconds - this.startCpuSeconds) / seconds);
      this.goal = nextGcBytes;
      this.room = Math.max(0, nextGcBytes / Math.max(1, this.lowestHeap) - 1);
      this.note(this.startAge, growth);
    }
    this.startAge = age;
    this.startGcCount = gcCount;
    this.startCpuSeconds = cpuSeconds;
    this.lowestHeap = heapAllocBytes;
    return this.isOn !== before;
  }

  private note(fromAge: number, growth: number): void {
    const isLarge = this.goal >= LEAST_HEAP_BYTES;
    if (isLarge) this.widest = Math.max(this.widest, this.room);
    const usual = growth > 0 ? growth : this.widest;
    const isCapped = isLarge && usual >= LEAST_WIDE && this.room < CAPPED * usual;
    const isPressed = isCapped && this.isAboveNormal();
    if (!isCapped) this.learn();
    this.bins = ((this.bins << 1) | (isPressed ? 1 : 0)) & CLEAR_WINDOW;
    if (isPressed && this.bins === 1) this.firstAge = fromAge;
    if (!this.isOn && popCount(this.bins & RAISE_WINDOW) >= RAISE_BINS) this.sinceAge = this.firstAge;
    else if (this.isOn && this.bins === 0) this.sinceAge = NaN;
  }

  private isAboveNormal(): boolean {
    const { rate, cpu, normalRate, normalCpu } = this;
    if (rate < LEAST_RATE) return false;
    if (this.normalBins < LEAST_NORMAL_BINS) return cpu >= SURE_CPU;
    if (Number.isNaN(cpu)) return rate >= SURE_RATE_FACTOR * normalRate;
    return rate >= RATE_FACTOR * normalRate && cpu >= Math.max(LEAST_CPU, CPU_FACTOR * normalCpu);
  }

  private learn(): void {
    this.normalBins++;
    const weight = Math.max(NORMAL_WEIGHT, 1 / this.normalBins);
    this.normalRate += weight * (this.rate - this.normalRate);
    if (!Number.isNaN(this.cpu)) this.normalCpu += weight * (this.cpu - this.normalCpu);
  }

  /** The evidence. */
  reason(): VerdictReason {
    return {
      kind: 'gc_pressure',
      collectionsPerSecond: this.rate,
      ...(this.normalBins >= LEAST_NORMAL_BINS && { normalPerSecond: this.normalRate }),
      ...(!Number.isNaN(this.cpu) && { cpuShare: this.cpu }),
      goalBytes: this.goal,
      roomShare: this.room,
    };
  }
}

function popCount(bits: number): number {
  let count = 0;
  for (let rest = bits; rest > 0; rest >>= 1) count += rest & 1;
  return count;
}
