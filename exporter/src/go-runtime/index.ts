// What the Go runtime says: MemStats and the goroutine count of one target.

export { createGoRuntimeReader, type GoRuntimeReaderOptions } from './reader.js';
export type { GoRuntimeReader, GoRuntimeReading, GoRuntimeSource } from './types.js';
