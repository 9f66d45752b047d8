// The answers of GET captures/:id/{top,peek,list,flamegraph} and the goroutine groups, as the exporter's profile
// reports write them in JSON. Values are in the unit of the sample type.

export interface TopRow {
  function: string;
  file: string;
  line: number;
  flat: number;
  cum: number;
  own?: boolean;
}

export interface TopReport {
  sampleType: string;
  unit: string;
  total: number;
  rows: TopRow[];
}

export interface PeekEdge {
  function: string;
  file?: string;
  line?: number;
  value: number;
}

export interface PeekReport {
  unit: string;
  functions: { function: string; flat: number; cum: number; callers: PeekEdge[]; callees: PeekEdge[] }[];
}

export interface ListLine {
  line: number;
  flat: number;
  cum: number;
  source?: string;
}

export interface ListReport {
  unit: string;
  functions: {
    function: string;
    file: string;
    flat: number;
    cum: number;
    lines: ListLine[];
    sourceFound?: boolean;
  }[];
}

/** Depth first, one root at level 0. With a base, values are differences and may be negative. */
export interface FlameReport {
  sampleType: string;
  unit: string;
  level: number[];
  value: number[];
  self: number[];
  label: string[];
}
