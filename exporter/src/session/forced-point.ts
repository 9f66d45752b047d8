// MemStats right after a forced garbage collection: what is reachable, without the noise of garbage. net/http/pprof
// collects before it writes a heap profile when asked with gc=1. In its text form it reads MemStats between the two
// (runtime/pprof writeHeapInternal); whoever asks for them afterwards finds the garbage of that writing, too: a
// compressor and a table of all stacks, 0.5 to 1.5 MiB in a small service.

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
  /** Bytes of the text form when it was last asked for; undefined: never. */
  textBytes: number | undefined;
}

export interface ForcedReading extends ForcedPoint {
  /** Bytes of the text form, where it was read. */
  textBytes: number | undefined;
}

/**
 * About 4,000 allocation stacks, which take 0.1 s to write. Beyond it MemStats come from the cheaper source: so many
 * stacks belong to heaps that dwarf the garbage.
 */
const MOST_TEXT_BYTES = 8 * 2 ** 20;

/** Rejects with a LeaklineError: those of the client, `gc_refused`, `runtime_unreadable`. */
export async function forcePoint(options: ForceOptions): Promise<ForcedReading> {
  for (let i = 1; i < options.collections; i++) await collect(options);
  const { runtime, textBytes } = await readAfterCollection(options);
  return {
    textBytes,
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

async function readAfterCollection(
  options: ForceOptions,
): Promise<{ runtime: GoRuntimeReading; textBytes: number | undefined }> {
  const { source } = options.runtime;
  const isOnlyText = source === 'heap_text' || source === undefined;
  if (isOnlyText || (options.textBytes ?? 0) <= MOST_TEXT_BYTES) {
    const tail = new Tail(FOOTER_MAX_BYTES);
    let textBytes = 0;
    await ask(options, 'heap?gc=1&debug=1', (chunk) => {
      textBytes += chunk.length;
      tail.push(chunk);
    });
    return { runtime: parseHeapText(tail.text()), textBytes };
  }
  await collect(options);
  return { runtime: await options.runtime.read(options.signal), textBytes: options.textBytes };
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
