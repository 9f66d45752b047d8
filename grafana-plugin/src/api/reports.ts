// The answers of GET captures/:id/{top,peek,list,flamegraph}: what the exporter's profile reports write as JSON
// (exporter/src/profile/report). Only the fields that are used here. Values are in the unit of the sample type.

export interface TopRow {
  function: string;
  /** Empty, and line 0, where the granularity does not tell them. */
  file: string;
  line: number;
  flat: number;
  cum: number;
}

export interface TopReport {
  sampleType: string;
  unit: string;
  total: number;
  rows: TopRow[];
}

export interface PeekCall {
  function: string;
  weight: number;
}

export interface PeekReport {
  unit: string;
  /** Callers and callees are heaviest first. */
  entries: { function: string; flat: number; cum: number; callers: PeekCall[]; callees: PeekCall[] }[];
}

export interface ListWeight {
  line: number;
  flat: number;
  cum: number;
}

export interface ListRoutine {
  function: string;
  file: string;
  flat: number;
  cum: number;
  /** Empty where the source is not found; then `problem` says why and `weights` holds what is known. */
  lines: (ListWeight & { source: string })[];
  problem?: string;
  weights: ListWeight[];
}

export interface ListReport {
  unit: string;
  routines: ListRoutine[];
}

/** Depth first, one root at level 0. */
export interface FlameReport {
  sampleType: string;
  unit: string;
  level: number[];
  value: number[];
  self: number[];
  label: string[];
  /** Empty where the granularity does not tell it. */
  file?: string[];
  /** With a base: signed growth of each path with all that it calls, and its own. */
  diff?: { growth: number[]; growthSelf: number[] };
}
