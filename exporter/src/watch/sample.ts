// One sample of a target: what the system and the Go runtime said at one time, and the signals derived from both.

import type { GoRuntimeReading } from '../go-runtime/types.js';
import type { BaselineSample } from '../leak/baseline.js';
import type { LeakSample } from '../leak/types.js';
import type { ProcessReading } from '../process-memory/types.js';
import type { Signal } from '../signals.js';
import { accountMemory, estimateLiveHeapBytes } from './accounting.js';
import type { Sample } from './types.js';

/** Keeps, over the samples of one process, what a single reading cannot tell: the lowest heap of this GC cycle. */
export class SampleBuilder {
  #gcCount: number | undefined;
  #lowestHeapAllocBytes: number | undefined;

  build(atMs: number, process: ProcessReading | undefined, runtime: GoRuntimeReading | undefined): Sample {
    const sample: Sample = { atMs, signals: {} };
    const set = (signal: Signal, value: number | undefined) => {
      if (value !== undefined) sample.signals[signal] = value;
    };
    if (process) {
      sample.process = process;
      set('commit', process.commitBytes);
      set('private_working_set', process.privateWorkingSetBytes);
      set('working_set', process.workingSetBytes);
      set('handles', process.handles);
      set('gdi_objects', process.gdiObjects);
      set('user_objects', process.userObjects);
    }
    if (runtime) {
      sample.runtime = runtime;
      const liveHeapBytes = estimateLiveHeapBytes(runtime, this.#lowestOfCycle(runtime));
      set('live_heap', liveHeapBytes);
      set('heap_inuse', runtime.heapInuseBytes);
      set('stacks', runtime.stackInuseBytes ?? runtime.stackSysBytes);
      set('goroutines', runtime.goroutines);
      // A local process whose commit is not known now has no total to account for.
      if (!process || process.commitBytes !== undefined) {
        const accounting = accountMemory(runtime, liveHeapBytes, process?.commitBytes);
        if (accounting) {
          sample.accounting = accounting;
          if (accounting.clampedBytes === 0) set('non_go', accounting.parts.non_go);
        }
      }
    }
    return sample;
  }

  #lowestOfCycle(runtime: GoRuntimeReading): number {
    const sameCycle = this.#gcCount !== undefined && runtime.gcCount === this.#gcCount;
    this.#gcCount = runtime.gcCount;
    this.#lowestHeapAllocBytes = sameCycle
      ? Math.min(this.#lowestHeapAllocBytes ?? Infinity, runtime.heapAllocBytes)
      : runtime.heapAllocBytes;
    return this.#lowestHeapAllocBytes;
  }
}

/** A sample in the form in which the detector takes it. `startedAtMs` stands in where no process is seen. */
export function toLeakSample(sample: Sample, startedAtMs: number): LeakSample {
  const { process, runtime, signals } = sample;
  return {
    atSeconds: sample.atMs / 1000,
    startedAtSeconds: startedAtMs / 1000,
    commitBytes: signals.commit ?? null,
    workingSetBytes: signals.working_set ?? null,
    heapAllocBytes: runtime?.heapAllocBytes ?? null,
    heapInuseBytes: runtime?.heapInuseBytes ?? null,
    nextGcBytes: runtime?.nextGcBytes ?? null,
    totalAllocBytes: runtime?.totalAllocBytes ?? null,
    stacksBytes: signals.stacks ?? null,
    nonGoBytes: signals.non_go ?? null,
    gcCount: runtime?.gcCount ?? null,
    gcCpuFraction: runtime?.gcCpuFraction ?? null,
    goroutines: signals.goroutines ?? null,
    handles: signals.handles ?? null,
    gdiObjects: signals.gdi_objects ?? null,
    userObjects: signals.user_objects ?? null,
    cpuSeconds: process?.cpuSeconds ?? null,
  };
}

/** What the baseline takes of a sample. */
export function toBaselineSample({ runtime, signals }: Sample, leakSample: LeakSample): BaselineSample {
  const { mallocs, frees } = runtime ?? {};
  const objects = mallocs === undefined || frees === undefined ? undefined : mallocs - frees;
  return {
    atSeconds: leakSample.atSeconds,
    startedAtSeconds: leakSample.startedAtSeconds,
    liveHeapBytes: signals.live_heap ?? null,
    heapObjects: runtime?.heapObjects ?? objects ?? null,
    goroutines: signals.goroutines ?? null,
    gcCount: runtime?.gcCount ?? null,
  };
}
