// A profile made ready for a report: sample type chosen, filters and granularity applied, total taken, the graph
// within reach. The order of the steps is pprof's and decides the figures: the total is taken before the filters.

import { UsageError } from '../../errors.js';
import type { Profile } from '../profile.js';
import { buildCallTree } from './call-tree.js';
import { applyDropFrames, applyGranularity, applyNameFilters, applyPruneFrom } from './filters.js';
import { framesOf, labelsOf, labelUnits, type Frames, type ReportInput } from './frames.js';
import { cleanPath } from './go-format.js';
import {
  addUp,
  addUpNodes,
  callsOfInlined,
  cumOf,
  flatOf,
  graphOf,
  type GraphNode,
  type SampleValues,
  type TagOptions,
} from './graph.js';
import { BASE_LABEL, inputOf } from './input.js';
import { nodesOf, type NodeTable } from './nodes.js';
import { optionsFor, type ReportForm, type ReportOptions } from './options.js';
import { compile, compilePattern } from './pattern.js';
import { addTagFrames, applyTagFilters } from './tag-filters.js';
import { trimCallTree, trimGraph, type TrimmedGraph } from './trim.js';
import { scale, scaledLabel } from './units.js';
import { trimPath } from './source-path.js';

/** A report in the making. Values are in the unit of the profile. */
export interface Report {
  readonly form: ReportForm;
  readonly input: ReportInput;
  readonly frames: Frames;
  readonly options: ReportOptions;
  readonly values: SampleValues;
  /** Name of the sample type ("mean_" before it where means are shown) and the unit of its values. */
  readonly sampleType: string;
  readonly sampleUnit: string;
  /** Σ |value| of the whole profile, or of the base alone in a diff. */
  readonly total: number;
  readonly labelUnits: ReadonlyMap<string, string>;
  /** What met nothing, in pprof's words; for standard error. */
  readonly warnings: readonly string[];
  /** The unit in which values are written, set once the graph is known. */
  outputUnit: string;
}

/** Prepares a report. @throws UsageError for an unknown sample type or a pattern that does not compile. */
export function prepare(profile: Profile, form: ReportForm, given: Partial<ReportOptions> = {}): Report {
  const options = optionsFor(form, given);
  const input = inputOf(profile);
  const warnings: string[] = [];
  const unmatched = (option: string) => warnings.push(`${option} expression matched no samples`);
  // Reading all labels costs as much as the report itself, which rarely needs them.
  const { units, ignored } = needsLabels(form, options) ? labelUnits(input) : NO_UNITS;
  for (const [key, others] of ignored) {
    warnings.push(
      `For tag ${key} used unit ${units.get(key)}, also encountered unit(s) ${others.join(', ')}`,
    );
  }
  const type = sampleTypeOf(input, options.sampleIndex);
  const { type: name, unit } = input.sampleTypes[type]!;
  const values: SampleValues = {
    value: input.values(type),
    divisor: options.mean ? input.values(0) : undefined,
  };
  const frames = framesOf(input);
  if (profile.dropFrames !== '') {
    const keep = profile.keepFrames === '' ? undefined : compile('keep_frames', `^(${profile.keepFrames})$`);
    applyDropFrames(frames, compile('drop_frames', `^(${profile.dropFrames})$`), keep);
  }
  addTagFrames(frames, options, unmatched);
  const filter = () => {
    applyNameFilters(frames, options, unmatched);
    applyTagFilters(frames, options, units, unmatched);
    const pruneFrom = compilePattern('prune_from', options.pruneFrom);
    if (pruneFrom) applyPruneFrom(frames, pruneFrom);
  };
  if (options.relativePercentages) filter();
  const total = totalOf(frames, values);
  if (!options.relativePercentages) filter();
  applyGranularity(frames, options.granularity, options.noInlines, options.showColumns);
  return {
    form,
    input,
    frames,
    options,
    values,
    sampleType: options.mean ? `mean_${name}` : name,
    sampleUnit: unit,
    total,
    labelUnits: units,
    warnings,
    outputUnit: options.unit,
  };
}

const NO_UNITS: ReturnType<typeof labelUnits> = { units: new Map(), ignored: new Map() };

function needsLabels(form: ReportForm, options: ReportOptions): boolean {
  const shown = form === 'tags' || form === 'traces' || form === 'raw' || form === 'dot';
  return shown || options.tagFocus !== '' || options.tagIgnore !== '';
}

/** Row of the sample type that is asked for by name, index or legacy name; else the profile's own choice. */
export function sampleTypeOf(
  profile: { sampleTypes: readonly { type: string }[]; defaultSampleType: string },
  wanted: string,
): number {
  const types = profile.sampleTypes.map(({ type }) => type);
  if (types.length === 0) throw new UsageError('no_samples', 'profile has no samples');
  if (wanted === '') {
    const own = types.indexOf(profile.defaultSampleType);
    return own >= 0 && profile.defaultSampleType !== '' ? own : types.length - 1;
  }
  if (/^[+-]?\d+$/.test(wanted)) {
    const index = Number(wanted);
    if (index < 0 || index >= types.length) {
      throw new UsageError(
        'bad_sample_index',
        `sample_index ${wanted} is outside the range [0..${types.length - 1}]`,
      );
    }
    return index;
  }
  const plain = wanted.startsWith('inuse_') ? wanted.slice('inuse_'.length) : wanted;
  const found = types.findIndex((type) => type === wanted || type === plain);
  if (found >= 0) return found;
  throw new UsageError('bad_sample_index', `sample_index "${wanted}" must be one of: [${types.join(' ')}]`);
}

function totalOf(frames: Frames, values: SampleValues): number {
  const { isBase } = frames.input;
  let [total, divisor, baseTotal, baseDivisor] = [0, 0, 0, 0];
  const { samples } = frames;
  for (let i = 0; i < samples.length; i++) {
    const sample = samples[i]!;
    const v = Math.abs(values.value[sample]!);
    const d = values.divisor?.[sample] ?? 0;
    total += v;
    divisor += d;
    if (isBase?.[sample]) {
      baseTotal += v;
      baseDivisor += d;
    }
  }
  if (baseTotal > 0) [total, divisor] = [baseTotal, baseDivisor];
  return divisor === 0 ? total : Math.trunc(total / divisor);
}

/** Forms that keep binaries apart. */
const WITH_OBJECTS: readonly ReportForm[] = ['list', 'callgrind', 'raw'];

export function nodeTable(report: Report): NodeTable {
  const { options } = report;
  const trim = (file: string) => trimPath(file, options.trimPath, options.sourcePath);
  const addresses = options.granularity === 'addresses';
  return nodesOf(report.frames, trim, WITH_OBJECTS.includes(report.form), addresses);
}

/** The whole graph, not cut. */
export function wholeGraph(report: Report): GraphNode[] {
  const table = nodeTable(report);
  const { dropNegative } = report.options;
  return graphOf(table, addUp(report.frames, table, report.values, { dropNegative }));
}

/** The graph as the options cut it. Sets the unit of the report. */
export function trimmedGraph(report: Report): TrimmedGraph {
  const { frames, values, options, form } = report;
  const picture = form === 'dot';
  const { dropNegative, nodeCount, nodeFraction, edgeFraction, cum } = options;
  const cut = { nodeCount, nodeFraction, edgeFraction, cum, picture };
  const table = nodeTable(report);
  const tags = picture ? tagOptions(report) : undefined;
  let graph: TrimmedGraph;
  if (options.callTree && (picture || form === 'callgrind')) {
    graph = trimCallTree(cut, buildCallTree(frames, table, values, { dropNegative, tags }));
  } else {
    const sums = addUpNodes(frames, table, values, dropNegative);
    graph = trimGraph(cut, {
      nodeCount: table.infos.length,
      sums,
      // A list shows no calls: it only tells whether a node was inlined into all of its callers.
      graph: (kept) =>
        form === 'top'
          ? graphOf(table, {
              ...sums,
              shown: kept ? sums.shown.filter((id) => kept[id] === 1) : sums.shown,
              edges: callsOfInlined(frames, table, values, kept),
            })
          : graphOf(table, addUp(frames, table, values, { kept, dropNegative, tags })),
    });
  }
  chooseUnit(report, graph.nodes);
  return graph;
}

function tagOptions(report: Report): TagOptions {
  return {
    // The mark of a diff's base is no label of the program's.
    labels: (i) => labelsOf(report.frames, i).filter(({ key }) => key !== BASE_LABEL),
    unit: (key) => report.labelUnits.get(key) ?? '',
    format: (value, unit) => scaledLabel(value, unit, report.options.unit),
  };
}

/** One unit in which the smallest value can still be told from nothing, chosen from it and the total. */
export function chooseUnit(report: Report, nodes: readonly GraphNode[]): void {
  if (report.options.unit !== 'minimum' || nodes.length === 0) return;
  let smallest = 0;
  for (const node of nodes) {
    const size = Math.abs(flatOf(node)) || Math.abs(cumOf(node));
    if (size > 0 && (smallest === 0 || size < smallest)) smallest = size;
  }
  let largest = report.total;
  if (smallest === 0) smallest = largest;
  const ratio = 1 / report.options.divideBy;
  if (ratio > 0 && ratio !== 1) {
    smallest = Math.trunc(smallest * ratio);
    largest = Math.trunc(largest * ratio);
  }
  const least = scale(smallest, report.sampleUnit, 'minimum').unit;
  const most = scale(largest, report.sampleUnit, 'minimum').unit;
  let unit = least;
  // Callgrind holds whole numbers only, so that it cannot show a hundredth of the larger unit.
  if (least !== most && smallest * 100 < largest && report.form !== 'callgrind') {
    unit = scale(100 * smallest, report.sampleUnit, 'minimum').unit;
  }
  report.outputUnit = unit === '' ? report.sampleUnit : unit;
}

/** A value of the profile, divided and in the report's unit. */
export function formatValue(report: Report, value: number): string {
  const ratio = 1 / report.options.divideBy;
  const divided = ratio > 0 && ratio !== 1 ? Math.trunc(value * ratio) : value;
  return scaledLabel(divided, report.sampleUnit, report.outputUnit);
}

/** The file of a function as the reports name it. */
export function shownFile(report: Report, file: string): string {
  return file === '' ? '' : cleanPath(trimPath(file, report.options.trimPath, report.options.sourcePath));
}
