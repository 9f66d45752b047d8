// The weighted graph of a report: flat and cum of every node, weights of the calls between them
// (google/pprof internal/graph). Values are whole numbers within 2^53.

import type { Frames, SampleLabel } from './frames.js';
import type { NodeInfo, NodeTable } from './nodes.js';
import { PairIndex } from './pair-index.js';
import { printableName } from './nodes.js';

export interface GraphNode {
  /** Row of the node table (unique in a graph, not in a call tree). */
  readonly id: number;
  readonly info: NodeInfo;
  /** Its printable name, made once: orders compare it again and again. */
  readonly label: string;
  flat: number;
  flatDivisor: number;
  cum: number;
  cumDivisor: number;
  /** Calls to it and from it; changed by `connect` and `disconnect` alone. */
  in: Map<GraphNode, GraphEdge>;
  out: Map<GraphNode, GraphEdge>;
  /** Text labels of the samples through the node; only where asked for. */
  textTags: Map<string, Tag>;
  /** Numeric labels, by the text labels that they come with. */
  numberTags: Map<string, Map<string, Tag>>;
}

export interface GraphEdge {
  source: GraphNode;
  target: GraphNode;
  weight: number;
  weightDivisor: number;
  /** Leads over nodes that are not shown. */
  residual: boolean;
  /** Every call along it was inlined. */
  inline: boolean;
}

export interface Tag {
  name: string;
  unit: string;
  value: number;
  flat: number;
  flatDivisor: number;
  cum: number;
  cumDivisor: number;
}

export interface SampleValues {
  /** One a sample of the profile. */
  value: Float64Array;
  /** Present where means are asked for. */
  divisor: Float64Array | undefined;
}

export interface TagOptions {
  labels(i: number): readonly SampleLabel[];
  /** Unit of a numeric label. */
  unit(key: string): string;
  format(value: number, unit: string): string;
}

export interface GraphOptions {
  /** Nodes that are kept; others are passed over. Undefined: all. */
  kept?: Uint8Array | undefined;
  dropNegative: boolean;
  tags?: TagOptions | undefined;
}

/** The samples added up by node and by call. */
export interface Sums {
  flat: Float64Array;
  cum: Float64Array;
  flatDivisor: Float64Array;
  cumDivisor: Float64Array;
  /** Nodes that a report may show, in the order of the table: those with flat or cum. */
  shown: number[];
  edges: EdgeTable | undefined;
  tags: TagTable | undefined;
}

/** Flat and cum of every node, and which are shown; no calls. What a list of nodes is made from. */
export function addUpNodes(
  frames: Frames,
  table: NodeTable,
  { value, divisor }: SampleValues,
  dropNegative: boolean,
): Sums {
  const sums = emptySums(table.infos.length);
  const { flat, cum, flatDivisor, cumDivisor } = sums;
  const lastSeen = new Int32Array(flat.length).fill(-1);
  const { stack, stackStart, stackEnd, samples } = frames;
  const { start, nodes } = table;
  // Most locations have one node; to know it at once halves the time of this loop.
  const single = new Int32Array(start.length - 1);
  for (let l = 0; l < single.length; l++) {
    single[l] = start[l + 1]! - start[l]! === 1 ? nodes[start[l]!]! : -1;
  }
  for (let i = 0; i < samples.length; i++) {
    const sample = samples[i]!;
    const w = value[sample]!;
    const d = divisor ? divisor[sample]! : 0;
    if (w === 0 && d === 0) continue;
    let leaf = -1;
    for (let k = stackEnd[i]! - 1, first = stackStart[i]!; k >= first; k--) {
      const location = stack[k]!;
      const only = single[location]!;
      if (only >= 0) {
        leaf = only;
        if (lastSeen[leaf] === i) continue;
        lastSeen[leaf] = i;
        cum[leaf]! += w;
        if (d !== 0) cumDivisor[leaf]! += d;
        continue;
      }
      const innermost = start[location]!;
      for (let n = start[location + 1]! - 1; n >= innermost; n--) {
        leaf = nodes[n]!;
        if (lastSeen[leaf] === i) continue;
        lastSeen[leaf] = i;
        cum[leaf]! += w;
        if (d !== 0) cumDivisor[leaf]! += d;
      }
    }
    if (leaf < 0) continue;
    flat[leaf]! += w;
    if (d !== 0) flatDivisor[leaf]! += d;
  }
  sums.shown = shownNodes(sums, dropNegative);
  return sums;
}

/** The calls into nodes that are inlined somewhere, between kept nodes (undefined: all). Undefined where there are none. */
export function callsOfInlined(
  frames: Frames,
  table: NodeTable,
  { value, divisor }: SampleValues,
  kept: Uint8Array | undefined,
): EdgeTable | undefined {
  const { start, nodes } = table;
  const wanted = table.inlined.map((inlined, node) => (kept && kept[node] === 0 ? 0 : inlined));
  if (!wanted.includes(1)) return undefined;
  const wantedLocations = new Uint8Array(start.length - 1);
  for (let l = 0; l < wantedLocations.length; l++) {
    for (let n = start[l]!; n < start[l + 1]!; n++) if (wanted[nodes[n]!] === 1) wantedLocations[l] = 1;
  }
  const edges = new EdgeTable();
  const { stack, stackStart, stackEnd, samples } = frames;
  for (let i = 0; i < samples.length; i++) {
    const sample = samples[i]!;
    const w = value[sample]!;
    const d = divisor ? divisor[sample]! : 0;
    if (w === 0 && d === 0) continue;
    // Frames below the innermost wanted one lead to no call that counts.
    let lowest = stackStart[i]!;
    const end = stackEnd[i]!;
    while (lowest < end && wantedLocations[stack[lowest]!] === 0) lowest++;
    let parent = -1;
    let residual = false;
    for (let k = end - 1; k >= lowest; k--) {
      const location = stack[k]!;
      const innermost = start[location]!;
      const outermost = start[location + 1]! - 1;
      for (let n = outermost; n >= innermost; n--) {
        const node = nodes[n]!;
        if (kept && kept[node] === 0) {
          residual = true;
          continue;
        }
        if (wanted[node] === 1 && parent >= 0 && parent !== node) {
          edges.add(parent, node, i, w, d, residual, n !== outermost);
        }
        parent = node;
        residual = false;
      }
    }
  }
  return edges;
}

function emptySums(count: number): Sums {
  return {
    flat: new Float64Array(count),
    cum: new Float64Array(count),
    flatDivisor: new Float64Array(count),
    cumDivisor: new Float64Array(count),
    shown: [],
    edges: undefined,
    tags: undefined,
  };
}

function shownNodes({ flat, cum }: Sums, dropNegative: boolean): number[] {
  const shown: number[] = [];
  for (let id = 0; id < flat.length; id++) if (isShown(flat[id]!, cum[id]!, dropNegative)) shown.push(id);
  return shown;
}

/** Adds up the samples. A node counts a sample once for its cum, a call once for its weight. */
export function addUp(frames: Frames, table: NodeTable, values: SampleValues, options: GraphOptions): Sums {
  const sums = emptySums(table.infos.length);
  const { flat, cum, flatDivisor, cumDivisor } = sums;
  const lastSeen = new Int32Array(flat.length).fill(-1);
  const edges = new EdgeTable();
  const tags = options.tags && new TagTable(options.tags);
  const { kept } = options;
  const { stack, stackStart, stackEnd, samples } = frames;
  const { start, nodes } = table;

  for (let i = 0; i < samples.length; i++) {
    const sample = samples[i]!;
    const w = values.value[sample]!;
    const d = values.divisor ? values.divisor[sample]! : 0;
    if (w === 0 && d === 0) continue;
    const sampleTags = tags?.of(i);
    let parent = -1;
    let residual = false;
    for (let k = stackEnd[i]! - 1; k >= stackStart[i]!; k--) {
      const location = stack[k]!;
      const first = start[location]!;
      const last = start[location + 1]! - 1;
      for (let n = last; n >= first; n--) {
        const node = nodes[n]!;
        if (kept && kept[node] === 0) {
          residual = true;
          continue;
        }
        if (lastSeen[node] !== i) {
          lastSeen[node] = i;
          cum[node]! += w;
          if (d !== 0) cumDivisor[node]! += d;
          if (sampleTags) tags!.add(node, sampleTags, w, d, false);
        }
        if (parent >= 0 && parent !== node) edges.add(parent, node, i, w, d, residual, n !== last);
        parent = node;
        residual = false;
      }
    }
    if (parent >= 0 && !residual) {
      flat[parent]! += w;
      if (d !== 0) flatDivisor[parent]! += d;
      if (sampleTags) tags!.add(parent, sampleTags, w, d, true);
    }
  }
  return { ...sums, shown: shownNodes(sums, options.dropNegative), edges, tags };
}

/** The nodes that are shown, with the calls between them and to nodes that are not. */
export function graphOf(table: NodeTable, sums: Sums): GraphNode[] {
  const made = new Array<GraphNode | undefined>(table.infos.length);
  const nodeAt = (id: number): GraphNode => {
    let node = made[id];
    if (!node) {
      node = newNode(id, table.infos[id]!, sums.tags?.text.get(id), sums.tags?.numbers.get(id));
      node.flat = sums.flat[id]!;
      node.cum = sums.cum[id]!;
      node.flatDivisor = sums.flatDivisor[id]!;
      node.cumDivisor = sums.cumDivisor[id]!;
      made[id] = node;
    }
    return node;
  };
  const graph = sums.shown.map(nodeAt);
  sums.edges?.forEach((from, to, weight, weightDivisor, residual, inline) => {
    connect({ source: nodeAt(from), target: nodeAt(to), weight, weightDivisor, residual, inline });
  });
  return graph;
}

/** Most nodes of a list have neither calls nor tags: they share these, which stay empty. */
const NO_CALLS: GraphNode['in'] = new Map();
const NO_TAGS: GraphNode['textTags'] = new Map();
const NO_NUMBER_TAGS: GraphNode['numberTags'] = new Map();

export function newNode(
  id: number,
  info: NodeInfo,
  textTags = NO_TAGS,
  numberTags = NO_NUMBER_TAGS,
): GraphNode {
  return {
    id,
    info,
    label: printableName(info),
    flat: 0,
    flatDivisor: 0,
    cum: 0,
    cumDivisor: 0,
    in: NO_CALLS,
    out: NO_CALLS,
    textTags,
    numberTags,
  };
}

export function connect(edge: GraphEdge): void {
  const { source, target } = edge;
  if (source.out === NO_CALLS) source.out = new Map();
  if (target.in === NO_CALLS) target.in = new Map();
  source.out.set(target, edge);
  target.in.set(source, edge);
}

export function disconnect(edge: GraphEdge): void {
  edge.source.out.delete(edge.target);
  edge.target.in.delete(edge.source);
}

export function isShown(flat: number, cum: number, dropNegative: boolean): boolean {
  if (cum === 0 && flat === 0) return false;
  return !(dropNegative && (flat < 0 || (flat === 0 && cum < 0)));
}

/** Values of a node and an edge: means where a divisor was asked for. */
export function flatOf(node: { flat: number; flatDivisor: number }): number {
  return node.flatDivisor === 0 ? node.flat : Math.trunc(node.flat / node.flatDivisor);
}

export function cumOf(node: { cum: number; cumDivisor: number }): number {
  return node.cumDivisor === 0 ? node.cum : Math.trunc(node.cum / node.cumDivisor);
}

export function weightOf(edge: GraphEdge): number {
  return edge.weightDivisor === 0 ? edge.weight : Math.trunc(edge.weight / edge.weightDivisor);
}

/** Calls by caller and callee. */
export class EdgeTable {
  private readonly pairs = new PairIndex();
  private lastSample = new Int32Array(1 << 11);
  private weight = new Float64Array(1 << 11);
  private divisor = new Float64Array(1 << 11);
  /** Bit 0: residual; bit 1: some call along it was not inlined. */
  private flags = new Uint8Array(1 << 11);

  add(
    from: number,
    to: number,
    sample: number,
    w: number,
    d: number,
    residual: boolean,
    inline: boolean,
  ): void {
    const edge = this.pairs.find(from, to);
    if (edge === this.flags.length) this.widen();
    // A sample counts once an edge, however often it recurs.
    if (this.lastSample[edge] === sample + 1) return;
    this.lastSample[edge] = sample + 1;
    this.weight[edge]! += w;
    this.divisor[edge]! += d;
    this.flags[edge]! |= (residual ? 1 : 0) | (inline ? 0 : 2);
  }

  private widen(): void {
    const size = this.flags.length * 2;
    const grow = <T extends Int32Array | Float64Array | Uint8Array>(wide: T, old: T): T => {
      wide.set(old);
      return wide;
    };
    this.lastSample = grow(new Int32Array(size), this.lastSample);
    this.weight = grow(new Float64Array(size), this.weight);
    this.divisor = grow(new Float64Array(size), this.divisor);
    this.flags = grow(new Uint8Array(size), this.flags);
  }

  forEach(
    visit: (from: number, to: number, w: number, d: number, residual: boolean, inline: boolean) => void,
  ): void {
    const { count, first, second } = this.pairs;
    for (let e = 0; e < count; e++) {
      const flags = this.flags[e]!;
      visit(first[e]!, second[e]!, this.weight[e]!, this.divisor[e]!, (flags & 1) !== 0, (flags & 2) === 0);
    }
  }
}

interface SampleTags {
  text: string;
  numbers: { name: string; unit: string; value: number }[];
}

/** Only the label "bytes" is drawn among the numeric ones. */
const DRAWN_NUMBER = 'bytes';

export class TagTable {
  readonly text = new Map<number, Map<string, Tag>>();
  readonly numbers = new Map<number, Map<string, Map<string, Tag>>>();

  constructor(private readonly options: TagOptions) {}

  of(i: number): SampleTags | undefined {
    const labels = this.options.labels(i);
    if (labels.length === 0) return undefined;
    const texts: string[] = [];
    const numbers: SampleTags['numbers'] = [];
    for (const label of labels) {
      if (label.text !== undefined) texts.push(`${label.key}:${label.text}`);
      else if (label.key === DRAWN_NUMBER) {
        const unit = this.options.unit(label.key);
        numbers.push({ name: this.options.format(label.number, unit), unit, value: label.number });
      }
    }
    return { text: texts.sort().join('\\n'), numbers };
  }

  add(node: number, tags: SampleTags, w: number, d: number, flat: boolean): void {
    if (tags.text !== '') addTo(entry(this.text, node), tags.text, '', 0, w, d, flat);
    const byText = entry(this.numbers, node);
    const group = entry(byText, tags.text);
    for (const number of tags.numbers) addTo(group, number.name, number.unit, number.value, w, d, flat);
  }
}

function entry<K, L, V>(map: Map<K, Map<L, V>>, key: K): Map<L, V> {
  let inner = map.get(key);
  if (!inner) map.set(key, (inner = new Map<L, V>()));
  return inner;
}

function addTo(
  map: Map<string, Tag>,
  name: string,
  unit: string,
  value: number,
  w: number,
  d: number,
  flat: boolean,
): void {
  let tag = map.get(name);
  if (!tag) {
    tag = { name, unit, value, flat: 0, flatDivisor: 0, cum: 0, cumDivisor: 0 };
    map.set(name, tag);
  }
  if (flat) {
    tag.flat += w;
    tag.flatDivisor += d;
  } else {
    tag.cum += w;
    tag.cumDivisor += d;
  }
}
