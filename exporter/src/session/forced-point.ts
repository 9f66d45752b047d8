// MemStats right after a forced garbage collection: what is reachable, without the noise of garbage. net/http/pprof
// collects before it writes a heap profile when asked with gc=1.

import { LeaklineError } from '../errors.js';
import { FOOTER_MAX_BYTES, parseHeapText, Tail } from '../go-runtime/heap-text.js';
import type { GoRuntimeReader, GoRuntimeReading } from '../go-runtime/types.js';
import type { TargetHttp, TargetHttpLimits } from '../target-http/types.js';
import type { ForcedPoint } from './types.js';

export interface ForceOptions {
  http: TargetHttp;
  runtime: GoRuntimeReader;
  limits: TargetHttpLimits;
  now: () => number;
  collections: number;
  signal: AbortSignal;
}

/** Rejects with a LeaklineError: those of the client, `gc_refused`, `runtime_unreadable`. */
export async function forcePoint(options: ForceOptions): Promise<ForcedPoint> {
  for (let i = 1; i < options.collections; i++) await collect(options);
  const runtime = await readAfterCollection(options);
  return {
    atMs: options.now(),
    liveHeapBytes: runtime.heapAllocBytes,
    heapObjects: runtime.heapObjects,
    stackInuseBytes: runtime.stackInuseBytes,
    goroutines: runtime.goroutines,
    totalAllocBytes: runtime.totalAllocBytes,
    gcCount: runtime.gcCount,
    runtime,
  };
}

async function readAfterCollection(options: ForceOptions): Promise<GoRuntimeReading> {
  // Where only pprof is there its text form does both at once: MemStats are read right behind the collection.
  if (options.runtime.source === 'heap_text' || options.runtime.source === undefined) {
    const tail = new Tail(FOOTER_MAX_BYTES);
    await ask(options, 'heap?gc=1&debug=1', (chunk) => tail.push(chunk));
    return parseHeapText(tail.text());
  }
  await collect(options);
  return options.runtime.read(options.signal);
}

function collect(options: ForceOptions): Promise<void> {
  return ask(options, 'heap?gc=1', () => {});
}

async function ask(
  { http, limits, signal }: ForceOptions,
  path: string,
  onChunk: (chunk: Buffer) => void,
): Promise<void> {
  const { status } = await http.stream(path, limits, onChunk, signal);
  if (status !== 200) {
    throw new LeaklineError(
      'gc_refused',
      `GET ${path}: the target answers HTTP ${status}, not a heap profile`,
    );
  }
}
