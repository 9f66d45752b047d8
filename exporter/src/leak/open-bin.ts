// From samples to the values of a bin: minima of the signals, the live heap, the load.

import { COLUMN, COLUMN_COUNT } from './channels.js';
import { damaged, numbersOf, plain, setNumbers, type DetectorSnapshot } from './snapshot.js';
import type { LeakSample } from './types.js';

/** NextGC from here on means that no collection is due (GOGC=off). */
export const NO_NEXT_GC = 2 ** 62;
/** Pairs of samples further apart than this say nothing of the load between them. */
const LONGEST_PAIR_SECONDS = 120;
/** Share of the time that pairs without a GC must cover to be trusted alone for the allocation rate. */
const DIRECT_SHARE = 0.25;

/** The load of less than this says little. */
const LEAST_LOAD_SECONDS = 20;

export class OpenBin {
  bin = -1;
  /** By column; nothing is held of what is no minimum. */
  private readonly low: number[] = new Array<number>(COLUMN_COUNT).fill(Infinity);
  private lowNextGc = Infinity;
  private collections = 0;
  private lastGcCount = NaN;
  // Sums for the load of the bin.
  private directBytes = 0;
  private directSeconds = 0;
  private estimatedBytes = 0;
  private estimatedSeconds = 0;
  private totalAllocBytes = 0;
  private totalAllocSeconds = 0;
  private cpuSeconds = 0;
  private cpuOverSeconds = 0;
  // The sample before.
  private previousAt = NaN;
  private previousHeap = NaN;
  private previousNextGc = NaN;
  private previousGcCount = NaN;
  private previousCpu = NaN;
  private previousTotalAlloc = NaN;
  private closedBins = 0;

  /** Puts a sample into the open bin. `at` is in seconds of the detector's clock; `growth` is GOGC/100, NaN when off or not known. */
  add(at: number, sample: LeakSample, growth: number): void {
    const low = this.low;
    const { commitBytes, goroutines, heapAllocBytes, nextGcBytes, gcCount } = sample;
    if (commitBytes !== null && commitBytes < low[COLUMN.commit]!) low[COLUMN.commit] = commitBytes;
    if (goroutines !== null && goroutines < low[COLUMN.goroutines]!) low[COLUMN.goroutines] = goroutines;
    if (sample.nonGoBytes !== null && sample.nonGoBytes < low[COLUMN.nonGo]!)
      low[COLUMN.nonGo] = sample.nonGoBytes;
    if (sample.stacksBytes !== null && sample.stacksBytes < low[COLUMN.stacks]!)
      low[COLUMN.stacks] = sample.stacksBytes;
    if (sample.handles !== null && sample.handles < low[COLUMN.handles]!)
      low[COLUMN.handles] = sample.handles;
    if (sample.gdiObjects !== null && sample.gdiObjects < low[COLUMN.gdi]!)
      low[COLUMN.gdi] = sample.gdiObjects;
    if (sample.userObjects !== null && sample.userObjects < low[COLUMN.user]!)
      low[COLUMN.user] = sample.userObjects;
    const seconds = at - this.previousAt;
    const isPair = seconds > 0 && seconds < LONGEST_PAIR_SECONDS;
    if (heapAllocBytes !== null) {
      if (heapAllocBytes < low[COLUMN.heap]!) low[COLUMN.heap] = heapAllocBytes;
      if (nextGcBytes !== null && nextGcBytes < NO_NEXT_GC && nextGcBytes < this.lowNextGc) {
        this.lowNextGc = nextGcBytes;
      }
      if (gcCount !== null) {
        const cycles = gcCount - this.previousGcCount;
        if (cycles > 0) this.collections += cycles;
        if (isPair && cycles === 0) {
          const grown = heapAllocBytes - this.previousHeap;
          if (grown > 0) this.directBytes += grown;
          this.directSeconds += seconds;
        } else if (isPair && cycles > 0 && nextGcBytes !== null && nextGcBytes < NO_NEXT_GC) {
          const marked = nextGcBytes / (1 + (growth > 0 ? growth : 1));
          this.estimatedBytes +=
            Math.max(0, this.previousNextGc - this.previousHeap) +
            (cycles - 1) * (nextGcBytes - marked) +
            Math.max(0, heapAllocBytes - marked);
          this.estimatedSeconds += seconds;
        }
        this.lastGcCount = gcCount;
        this.previousGcCount = gcCount;
      }
      this.previousHeap = heapAllocBytes;
      this.previousNextGc = nextGcBytes ?? NaN;
    }
    if (sample.totalAllocBytes !== null) {
      const allocated = sample.totalAllocBytes - this.previousTotalAlloc;
      if (isPair && allocated >= 0) {
        this.totalAllocBytes += allocated;
        this.totalAllocSeconds += seconds;
      }
      this.previousTotalAlloc = sample.totalAllocBytes;
    }
    if (sample.cpuSeconds !== null) {
      const used = sample.cpuSeconds - this.previousCpu;
      if (isPair && used >= 0) {
        this.cpuSeconds += used;
        this.cpuOverSeconds += seconds;
      }
      this.previousCpu = sample.cpuSeconds;
    }
    this.previousAt = at;
  }

  /** Writes the values of the bin and empties it; NaN where there is none. */
  close(growth: number, out: Float64Array): void {
    const low = this.low;
    for (let c = 0; c < COLUMN_COUNT; c++) out[c] = low[c] === Infinity ? NaN : low[c]!;
    out[COLUMN.live] = this.liveHeap(growth);
    out[COLUMN.collections] = Number.isNaN(this.lastGcCount) ? NaN : this.collections;
    out[COLUMN.load] = this.load();
    low.fill(Infinity);
    this.lowNextGc = Infinity;
    this.collections = 0;
    this.lastGcCount = NaN;
    this.directBytes = this.directSeconds = this.estimatedBytes = this.estimatedSeconds = 0;
    this.totalAllocBytes = this.totalAllocSeconds = this.cpuSeconds = this.cpuOverSeconds = 0;
    this.closedBins++;
  }

  /**
   * What survived the last collection: its exact size stands in NextGC, unless a limit caps that. The first bin
   * of a process is taken without a collection.
   */
  private liveHeap(growth: number): number {
    const heap = this.low[COLUMN.heap]!;
    if (heap === Infinity || (this.collections === 0 && this.closedBins > 0)) return NaN;
    if (growth > 0 && this.lowNextGc < Infinity) return Math.min(heap, this.lowNextGc / (1 + growth));
    return heap;
  }

  /** Load of the open bin; NaN while it covers too little. */
  get loadSoFar(): number {
    const seconds = this.directSeconds + this.estimatedSeconds;
    return Math.max(seconds, this.totalAllocSeconds, this.cpuOverSeconds) < LEAST_LOAD_SECONDS
      ? NaN
      : this.load();
  }

  private load(): number {
    if (this.totalAllocSeconds > 0) return this.totalAllocBytes / this.totalAllocSeconds;
    const seconds = this.directSeconds + this.estimatedSeconds;
    if (seconds > 0) {
      return this.directSeconds >= DIRECT_SHARE * seconds
        ? this.directBytes / this.directSeconds
        : this.estimatedBytes / this.estimatedSeconds;
    }
    return this.cpuOverSeconds > 0 ? this.cpuSeconds / this.cpuOverSeconds : NaN;
  }

  save(): DetectorSnapshot['openBin'] {
    return { numbers: numbersOf(this), low: this.low.map(plain) };
  }

  static restore(saved: DetectorSnapshot['openBin']): OpenBin {
    const bin = setNumbers(new OpenBin(), saved.numbers);
    if (saved.low.length !== COLUMN_COUNT) throw damaged(`expected ${COLUMN_COUNT} columns`);
    saved.low.forEach((value, c) => (bin.low[c] = Number(value)));
    return bin;
  }
}
