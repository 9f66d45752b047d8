// The call tree: a node for every path on which a function is reached, for -call_tree (google/pprof
// internal/graph newTree).

import type { Frames } from './frames.js';
import type { GraphNode, SampleValues, TagOptions } from './graph.js';
import { connect, isShown, newNode, TagTable } from './graph.js';
import type { NodeTable } from './nodes.js';

export function buildCallTree(
  frames: Frames,
  table: NodeTable,
  values: SampleValues,
  options: { dropNegative: boolean; tags: TagOptions | undefined },
): GraphNode[] {
  const tree: GraphNode[] = [];
  const children = new Map<GraphNode | undefined, Map<number, GraphNode>>();
  const tags = options.tags && new TagTable(options.tags);
  const childOf = (parent: GraphNode | undefined, id: number): GraphNode => {
    let below = children.get(parent);
    if (!below) children.set(parent, (below = new Map<number, GraphNode>()));
    let node = below.get(id);
    if (!node) {
      node = newNode(tree.length, table.infos[id]!);
      below.set(id, node);
      tree.push(node);
    }
    return node;
  };
  for (let i = 0; i < frames.samples.length; i++) {
    const sample = frames.samples[i]!;
    const w = values.value[sample]!;
    const d = values.divisor?.[sample] ?? 0;
    if (w === 0 && d === 0) continue;
    const sampleTags = tags?.of(i);
    let parent: GraphNode | undefined;
    for (let k = frames.stackEnd[i]! - 1; k >= frames.stackStart[i]!; k--) {
      const location = frames.stack[k]!;
      const first = table.start[location]!;
      const last = table.start[location + 1]! - 1;
      for (let n = last; n >= first; n--) {
        const node = childOf(parent, table.nodes[n]!);
        node.cum += w;
        node.cumDivisor += d;
        if (sampleTags) tags!.add(node.id, sampleTags, w, d, false);
        if (parent) addCall(parent, node, w, d, n !== last);
        parent = node;
      }
    }
    if (!parent) continue;
    parent.flat += w;
    parent.flatDivisor += d;
    if (sampleTags) tags!.add(parent.id, sampleTags, w, d, true);
  }
  for (const [i, node] of tree.entries()) {
    node.textTags = tags?.text.get(i) ?? node.textTags;
    node.numberTags = tags?.numbers.get(i) ?? node.numberTags;
  }
  return tree.filter((node) => isShown(node.flat, node.cum, options.dropNegative));
}

function addCall(source: GraphNode, target: GraphNode, w: number, d: number, inline: boolean): void {
  const edge = source.out.get(target);
  if (!edge) {
    connect({ source, target, weight: w, weightDivisor: d, residual: false, inline });
    return;
  }
  edge.weight += w;
  edge.weightDivisor += d;
  edge.inline &&= inline;
}
