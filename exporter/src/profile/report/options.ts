// What a report can be asked for: the options of `go tool pprof` under their own meaning, typed, with its
// defaults (google/pprof internal/driver/config.go).

import { UsageError } from '../../errors.js';

export const GRANULARITIES = ['functions', 'filefunctions', 'files', 'lines', 'addresses'] as const;
export type Granularity = (typeof GRANULARITIES)[number];

/**
 * Whose wording a text has where two versions of pprof differ: Go 1.19 (Debian 12) or Go 1.26. The figures,
 * rows and their order are the same; the way of writing times, tags, columns and package names is not.
 */
export type Dialect = 'go1.19' | 'go1.26';

export interface ReportOptions {
  /** Name of the sample type or its index; empty: the profile's default, else its last. */
  sampleIndex: string;
  granularity: Granularity;
  /** Sort by cum instead of flat. */
  cum: boolean;
  /** Most nodes shown; 0: all; -1: what suits the report (all for top, 80 for graphs). */
  nodeCount: number;
  /** Nodes with less than this share of the total are left out. */
  nodeFraction: number;
  edgeFraction: number;
  /** Whether nodeCount and the fractions count at all. */
  trim: boolean;
  focus: string;
  ignore: string;
  hide: string;
  show: string;
  showFrom: string;
  pruneFrom: string;
  tagFocus: string;
  tagIgnore: string;
  tagShow: string;
  tagHide: string;
  /** Comma-separated label keys that become frames at the root or at the leaf. */
  tagRoot: string;
  tagLeaf: string;
  /** Leaves inlined calls out: their cost goes to the function that they were inlined into. */
  noInlines: boolean;
  showColumns: boolean;
  /** One node a call path instead of one a function; for graphs only. */
  callTree: boolean;
  dropNegative: boolean;
  /** Percentages of what the filters leave instead of the whole profile. */
  relativePercentages: boolean;
  /** "minimum": one unit that suits all; "auto": each value its own; or a unit. */
  unit: string;
  divideBy: number;
  /** Average over the first value of each sample (bytes an object). */
  mean: boolean;
  compactLabels: boolean;
  /** Directories, separated as in PATH, in which sources are looked for. */
  sourcePath: string;
  /** Prefixes, separated as in PATH, taken off the file names of the profile. */
  trimPath: string;
  /** IANA name of the zone in which times are written. Undefined: the process's own. */
  timeZone: string | undefined;
  dialect: Dialect;
}

export const DEFAULT_OPTIONS: Readonly<ReportOptions> = {
  sampleIndex: '',
  granularity: 'functions',
  cum: false,
  nodeCount: -1,
  nodeFraction: 0.005,
  edgeFraction: 0.001,
  trim: true,
  focus: '',
  ignore: '',
  hide: '',
  show: '',
  showFrom: '',
  pruneFrom: '',
  tagFocus: '',
  tagIgnore: '',
  tagShow: '',
  tagHide: '',
  tagRoot: '',
  tagLeaf: '',
  noInlines: false,
  showColumns: false,
  callTree: false,
  dropNegative: false,
  relativePercentages: false,
  unit: 'minimum',
  divideBy: 1,
  mean: false,
  compactLabels: false,
  sourcePath: '',
  trimPath: '',
  timeZone: undefined,
  dialect: 'go1.19',
};

/** The form of a report decides which of the options it honours. */
export type ReportForm =
  | 'top'
  | 'peek'
  | 'list'
  | 'tree'
  | 'traces'
  | 'raw'
  | 'tags'
  | 'comments'
  | 'dot'
  | 'callgrind'
  | 'proto'
  | 'flame';

/** Graphs of more nodes than this cannot be read. */
export const GRAPH_NODE_COUNT = 80;

/** The options as the form of report takes them, with the defaults filled in. */
export function optionsFor(form: ReportForm, given: Partial<ReportOptions>): ReportOptions {
  const options: ReportOptions = { ...DEFAULT_OPTIONS, ...given };
  if (options.divideBy === 0) throw new UsageError('zero_divisor', 'divide_by: zero divisor specified');
  let trim = options.trim;
  switch (form) {
    case 'list':
      trim = false;
      options.granularity = 'lines';
      break;
    case 'peek':
    case 'flame':
      trim = false;
      break;
    case 'raw':
    case 'proto':
    case 'callgrind':
      trim = false;
      options.granularity = 'addresses';
      if (options.dialect === 'go1.19') options.noInlines = false;
      break;
    case 'top':
      if (options.nodeCount === -1) options.nodeCount = 0;
      break;
    default:
      if (options.nodeCount === -1) options.nodeCount = GRAPH_NODE_COUNT;
  }
  if (!trim) {
    options.nodeCount = 0;
    options.nodeFraction = 0;
    options.edgeFraction = 0;
  }
  return options;
}
