// The orders in which pprof lists nodes, calls and tags. Each is total, so that a report is the same every time.

import type { GraphEdge, GraphNode, Tag } from './graph.js';
import { compareInfos } from './nodes.js';
import { compareText, sortByText } from './text-order.js';

type Order<T> = (a: T, b: T) => number;

/** By |flat| or |cum|, largest first, then by name. */
export function sortNodes(nodes: GraphNode[], by: 'flat' | 'cum'): void {
  const other = by === 'flat' ? 'cum' : 'flat';
  const ties: Order<GraphNode> = (a, b) =>
    Math.abs(b[other]) - Math.abs(a[other]) || compareInfos(a.info, b.info) || a.id - b.id;
  nodes.sort((a, b) => Math.abs(b[by]) - Math.abs(a[by]));
  // Most nodes of a list are of the same size: they call, but allocate nothing.
  for (let from = 0, to = 0; from < nodes.length; from = to) {
    const size = Math.abs(nodes[from]![by]);
    while (to < nodes.length && Math.abs(nodes[to]![by]) === size) to++;
    if (to - from > 1) sortByText(nodes, from, to, (node) => node.label, ties);
  }
}

const afterScore: Order<GraphNode> = (a, b) =>
  compareText(a.label, b.label) ||
  Math.abs(b.flat) - Math.abs(a.flat) ||
  compareInfos(a.info, b.info) ||
  a.id - b.id;

export const byName: Order<GraphNode> = (a, b) =>
  compareText(a.info.name, b.info.name) || compareInfos(a.info, b.info);

export const byFile: Order<GraphNode> = (a, b) =>
  compareText(a.info.file, b.info.file) ||
  a.info.startLine - b.info.startLine ||
  compareInfos(a.info, b.info);

/** Heaviest calls first. */
export const byWeight: Order<GraphEdge> = (a, b) =>
  Math.abs(b.weight) - Math.abs(a.weight) ||
  compareText(a.source.label, b.source.label) ||
  compareText(a.target.label, b.target.label) ||
  compareInfos(a.source.info, b.source.info) ||
  compareInfos(a.target.info, b.target.info);

export function byTag(flat: boolean): Order<Tag> {
  return (a, b) =>
    (flat ? 0 : Math.abs(b.cum) - Math.abs(a.cum)) ||
    Math.abs(b.flat) - Math.abs(a.flat) ||
    compareText(a.name, b.name);
}

export function sortedEdges(edges: ReadonlyMap<GraphNode, GraphEdge>): GraphEdge[] {
  return [...edges.values()].sort(byWeight);
}

/**
 * Sorts by how much a node tells in a picture: nodes that merely pass their weight on from one caller to one
 * callee rank low. Where Go's score is not a number (a call of weight 0 in a diff), its conversion to a whole
 * number gives the most negative one, and adding flat to it decides the place; followed here on a scale of ranks.
 */
export function sortByEntropy(nodes: GraphNode[]): void {
  const scores = new Map<GraphNode, number>();
  const ranks = new Map<GraphNode, number>();
  for (const node of nodes) {
    const score = entropyScore(node);
    if (!Number.isNaN(score)) {
      ranks.set(node, 1);
      scores.set(node, Math.abs(Math.trunc(score * node.cum) + node.flat));
    } else {
      ranks.set(node, node.flat === 0 ? 0 : 2);
      scores.set(node, -Math.abs(node.flat));
    }
  }
  nodes.sort((a, b) => ranks.get(b)! - ranks.get(a)! || scores.get(b)! - scores.get(a)! || afterScore(a, b));
}

function entropyScore(node: GraphNode): number {
  const incoming = node.in.size === 0 ? 1 : edgeEntropy(node.in, 0);
  const outgoing = node.out.size === 0 ? 1 : edgeEntropy(node.out, node.flat);
  return incoming + outgoing;
}

function edgeEntropy(edges: ReadonlyMap<GraphNode, GraphEdge>, self: number): number {
  let total = self;
  for (const edge of edges.values()) if (edge.weight > 0) total += edge.weight;
  if (total === 0) return 0;
  let score = 0;
  const add = (part: number) => {
    const share = Math.abs(part) / total;
    score += -share * Math.log2(share);
  };
  for (const edge of edges.values()) add(edge.weight);
  if (self > 0) add(self);
  return score;
}
