// The recent past of one target, in columns: every sample of the last hour, and one a minute for a day. Memory is
// bounded and grows only as samples come: about 170 bytes a row.

import { MEMORY_PARTS, SIGNALS } from '../signals.js';
import type { Sample, SampleSeries } from './types.js';

const FINE_ROWS = 720; // an hour at the default interval of 5 s
const COARSE_ROWS = 1440; // a day of minutes
const COARSE_STEP_MS = 60_000;
const FIRST_ROWS = 64;

const COLUMNS = 2 + SIGNALS.length + MEMORY_PARTS.length;
const AT = 0;
const GC_COUNT = 1;
const FIRST_SIGNAL = 2;
const FIRST_PART = FIRST_SIGNAL + SIGNALS.length;

/** A ring of rows that doubles up to its limit before it wraps. */
class Ring {
  #rows: Float64Array;
  #capacity: number;
  #length = 0;
  #start = 0;

  constructor(private readonly limit: number) {
    this.#capacity = Math.min(FIRST_ROWS, limit);
    this.#rows = new Float64Array(this.#capacity * COLUMNS);
  }

  push(row: Float64Array): void {
    if (this.#length === this.#capacity && this.#capacity < this.limit) this.#grow();
    if (this.#length === this.#capacity) this.#start = (this.#start + 1) % this.#capacity;
    else this.#length++;
    this.#rows.set(row, ((this.#start + this.#length - 1) % this.#capacity) * COLUMNS);
  }

  /** Rows with from <= at <= to, oldest first. */
  *between(fromMs: number, toMs: number): Generator<Float64Array> {
    for (let i = 0; i < this.#length; i++) {
      const offset = ((this.#start + i) % this.#capacity) * COLUMNS;
      const atMs = this.#rows[offset + AT]!;
      if (atMs > toMs) return;
      if (atMs >= fromMs) yield this.#rows.subarray(offset, offset + COLUMNS);
    }
  }

  firstMs(): number {
    return this.#length === 0 ? Infinity : this.#rows[this.#start * COLUMNS + AT]!;
  }

  #grow(): void {
    const capacity = Math.min(this.limit, this.#capacity * 2);
    const rows = new Float64Array(capacity * COLUMNS);
    rows.set(this.#rows);
    this.#rows = rows;
    this.#capacity = capacity;
  }
}

export class SampleHistory {
  #fine = new Ring(FINE_ROWS);
  #coarse = new Ring(COARSE_ROWS);
  #lastCoarseMs = -Infinity;
  #row = new Float64Array(COLUMNS);

  push(sample: Sample): void {
    const row = this.#row.fill(NaN);
    row[AT] = sample.atMs;
    if (sample.runtime?.gcCount !== undefined) row[GC_COUNT] = sample.runtime.gcCount;
    SIGNALS.forEach((signal, i) => (row[FIRST_SIGNAL + i] = sample.signals[signal] ?? NaN));
    if (sample.accounting) {
      const { parts } = sample.accounting;
      MEMORY_PARTS.forEach((part, i) => (row[FIRST_PART + i] = parts[part] ?? NaN));
    }
    this.#fine.push(row);
    if (sample.atMs - this.#lastCoarseMs >= COARSE_STEP_MS) {
      this.#coarse.push(row);
      this.#lastCoarseMs = sample.atMs;
    }
  }

  /** Minutes where the fine samples no longer reach, then every sample. */
  series(fromMs: number, toMs: number): SampleSeries {
    const fineFromMs = this.#fine.firstMs();
    const rows = [
      ...this.#coarse.between(fromMs, Math.min(toMs, fineFromMs - 1)),
      ...this.#fine.between(Math.max(fromMs, fineFromMs), toMs),
    ];
    const column = (index: number) => rows.map((row) => (Number.isNaN(row[index]!) ? null : row[index]!));
    const series: SampleSeries = {
      atMs: rows.map((row) => row[AT]!),
      signals: {},
      parts: {},
      gcCount: column(GC_COUNT),
    };
    SIGNALS.forEach((signal, i) => {
      const values = column(FIRST_SIGNAL + i);
      if (values.some((value) => value !== null)) series.signals[signal] = values;
    });
    MEMORY_PARTS.forEach((part, i) => {
      const values = column(FIRST_PART + i);
      if (values.some((value) => value !== null)) series.parts[part] = values;
    });
    return series;
  }
}
