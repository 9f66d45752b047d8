// Cuts a graph down to what a report shows: nodes and calls below the cut-off, the number of nodes, calls that a
// picture can do without (google/pprof internal/report newTrimmedGraph, internal/graph).

import type { GraphEdge, GraphNode, Tag } from './graph.js';
import { connect, disconnect } from './graph.js';
import { sortByEntropy, sortedEdges, sortNodes } from './order.js';

export interface TrimOptions {
  nodeCount: number;
  nodeFraction: number;
  edgeFraction: number;
  cum: boolean;
  /** Choose, sort and thin out for a picture. */
  picture: boolean;
}

/** Where the graphs come from: each cut is made on the samples again, for the graph alone cannot tell. */
export interface GraphSource {
  /** Nodes of the table, shown or not. */
  nodeCount: number;
  /** Flat and cum of all nodes, without the calls. */
  readonly sums: {
    readonly shown: readonly number[];
    readonly flat: Float64Array;
    readonly cum: Float64Array;
  };
  /** The graph of the kept nodes (undefined: of all). */
  graph(kept: Uint8Array | undefined): GraphNode[];
}

export interface TrimmedGraph {
  nodes: GraphNode[];
  /** Nodes before nodeCount was applied. */
  originalCount: number;
  droppedNodes: number;
  droppedEdges: number;
}

/** Tags drawn at one node, and counted when nodes are chosen for a picture. */
export const MAX_NODELETS = 4;

export function trimGraph(options: TrimOptions, source: GraphSource): TrimmedGraph {
  const { shown, flat, cum } = source.sums;
  let total = 0;
  for (const id of shown) total += flat[id]!;
  const nodeCutoff = Math.abs(Math.trunc(total * options.nodeFraction));
  const edgeCutoff = Math.abs(Math.trunc(total * options.edgeFraction));
  let kept: Uint8Array | undefined;
  let droppedNodes = 0;
  if (nodeCutoff > 0) {
    const ids = shown.filter((id) => Math.abs(cum[id]!) >= nodeCutoff);
    droppedNodes = shown.length - ids.length;
    if (droppedNodes > 0) kept = marks(source.nodeCount, ids);
  }
  const rebuild = (nodes: GraphNode[]) =>
    source.graph(
      marks(
        source.nodeCount,
        nodes.map(({ id }) => id),
      ),
    );
  const cut = limitNodes(source.graph(kept), nodeCutoff, edgeCutoff, options, rebuild);
  return { ...cut, droppedNodes };
}

/** As trimGraph, for a call tree: it is cut as it stands, since one place in the program has many nodes in it. */
export function trimCallTree(options: TrimOptions, tree: GraphNode[]): TrimmedGraph {
  let total = 0;
  for (const node of tree) total += node.flat;
  const nodeCutoff = Math.abs(Math.trunc(total * options.nodeFraction));
  const edgeCutoff = Math.abs(Math.trunc(total * options.edgeFraction));
  const kept = nodeCutoff > 0 ? tree.filter((node) => Math.abs(node.cum) >= nodeCutoff) : tree;
  const droppedNodes = tree.length - kept.length;
  const cutTree = droppedNodes > 0 ? trimTree(tree, new Set(kept)) : tree;
  const cut = limitNodes(cutTree, nodeCutoff, edgeCutoff, options, (chosen, nodes) =>
    trimTree(nodes, new Set(chosen)),
  );
  return { ...cut, droppedNodes };
}

function limitNodes(
  graph: GraphNode[],
  nodeCutoff: number,
  edgeCutoff: number,
  options: TrimOptions,
  rebuild: (chosen: GraphNode[], nodes: GraphNode[]) => GraphNode[],
): Omit<TrimmedGraph, 'droppedNodes'> {
  let nodes = graph;
  const originalCount = nodes.length;
  sort(nodes, options);
  if (options.nodeCount > 0) {
    // Light tags and calls would sway the choice.
    trimTags(nodes, nodeCutoff);
    trimEdges(nodes, edgeCutoff);
    const chosen = nodes.slice(
      0,
      options.picture ? pictureCount(nodes, options.nodeCount) : options.nodeCount,
    );
    if (chosen.length !== nodes.length) {
      nodes = rebuild(chosen, nodes);
      sort(nodes, options);
    }
  }
  trimTags(nodes, nodeCutoff);
  const droppedEdges = trimEdges(nodes, edgeCutoff);
  if (options.picture) removeRedundantEdges(nodes);
  return { nodes, originalCount, droppedEdges };
}

function sort(nodes: GraphNode[], options: TrimOptions): void {
  if (options.picture) sortByEntropy(nodes);
  else sortNodes(nodes, options.cum ? 'cum' : 'flat');
}

function marks(count: number, ids: readonly number[]): Uint8Array {
  const kept = new Uint8Array(count);
  for (const id of ids) kept[id] = 1;
  return kept;
}

/** In a picture the tags of a node take room as nodes do. */
function pictureCount(nodes: readonly GraphNode[], most: number): number {
  let count = 0;
  for (const [i, node] of nodes.entries()) {
    count += Math.min(countTags(node), MAX_NODELETS) + 1;
    if (count >= most) return i + 1;
  }
  return most;
}

function countTags(node: GraphNode): number {
  let count = 0;
  for (const tag of node.textTags.values()) if (tag.flat !== 0) count++;
  for (const group of node.numberTags.values()) for (const tag of group.values()) if (tag.flat !== 0) count++;
  return count;
}

function trimTags(nodes: readonly GraphNode[], cutoff: number): void {
  const trim = (tags: Map<string, Tag>) => {
    for (const [name, tag] of tags) {
      if (Math.abs(tag.flat) < cutoff && Math.abs(tag.cum) < cutoff) tags.delete(name);
    }
  };
  for (const node of nodes) {
    trim(node.textTags);
    for (const group of node.numberTags.values()) trim(group);
  }
}

function trimEdges(nodes: readonly GraphNode[], cutoff: number): number {
  let dropped = 0;
  for (const node of nodes) {
    for (const edge of node.in.values()) {
      if (Math.abs(edge.weight) >= cutoff) continue;
      disconnect(edge);
      dropped++;
    }
  }
  return dropped;
}

/** Takes out calls over hidden nodes whose ends are joined by another path as well, lightest first. */
function removeRedundantEdges(nodes: readonly GraphNode[]): void {
  for (let i = nodes.length - 1; i >= 0; i--) {
    const incoming = sortedEdges(nodes[i]!.in);
    for (let j = incoming.length - 1; j >= 0; j--) {
      const edge = incoming[j]!;
      // A call heavier than a true one stays: without it the picture would mislead.
      if (!edge.residual) break;
      if (hasOtherPath(edge)) disconnect(edge);
    }
  }
}

function hasOtherPath(edge: GraphEdge): boolean {
  const seen = new Set([edge.target]);
  const queue = [edge.target];
  for (let node = queue.pop(); node; node = queue.pop()) {
    for (const incoming of node.in.values()) {
      if (incoming === edge || seen.has(incoming.source)) continue;
      if (incoming.source === edge.source) return true;
      seen.add(incoming.source);
      queue.push(incoming.source);
    }
  }
  return false;
}

/** A call tree without some nodes: their children hang on their parents. */
function trimTree(nodes: readonly GraphNode[], kept: ReadonlySet<GraphNode>): GraphNode[] {
  const left: GraphNode[] = [];
  for (const node of nodes) {
    if (kept.has(node)) {
      left.push(node);
      continue;
    }
    const [above] = node.in.values();
    for (const below of [...node.out.values()]) {
      disconnect(below);
      if (!above) continue;
      below.source = above.source;
      below.residual = true;
      below.inline = above.inline && below.inline;
      connect(below);
    }
    if (above) disconnect(above);
  }
  removeRedundantEdges(left);
  return left;
}
