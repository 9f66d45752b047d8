// Numeric tags of a node, gathered into a few ranges ("48B..112B") for the picture.

import { flatOf, cumOf, type Tag } from './graph.js';
import { byTag } from './order.js';
import { autoLabel, scale } from './units.js';

/** At most `most` tags: the heaviest, each with those of the others whose values are nearest to it. */
export function numberTags(tags: Tag[], most: number, byFlat: boolean): Tag[] {
  const sorted = [...tags].sort(byTag(byFlat));
  if (sorted.length <= most) return sorted;
  const groups = sorted.slice(0, most).map((tag) => [tag]);
  for (const tag of sorted.slice(most)) {
    let nearest = groups[0]!;
    for (const group of groups) if (distance(tag, group[0]!) < distance(tag, nearest[0]!)) nearest = group;
    nearest.push(tag);
  }
  return groups.map(merged).sort(byTag(byFlat));
}

function distance(tag: Tag, other: Tag): number {
  return Math.abs(scale(other.value, other.unit, tag.unit).value - tag.value);
}

function merged(group: Tag[]): Tag {
  const first = group[0]!;
  let [least, most] = [first, first];
  const sum = { flat: 0, flatDivisor: 0, cum: 0, cumDivisor: 0 };
  for (const tag of group) {
    if (Math.trunc(scale(tag.value, tag.unit, least.unit).value) < least.value) least = tag;
    if (Math.trunc(scale(tag.value, tag.unit, most.unit).value) > most.value) most = tag;
    sum.flat += tag.flat;
    sum.flatDivisor += tag.flatDivisor;
    sum.cum += tag.cum;
    sum.cumDivisor += tag.cumDivisor;
  }
  // In their own units: tags are much smaller than the values of the report.
  const label = (tag: Tag) => autoLabel(tag.value, tag.unit);
  const name = group.length === 1 ? label(first) : `${label(least)}..${label(most)}`;
  return { name, unit: '', value: 0, flat: flatOf(sum), flatDivisor: 0, cum: cumOf(sum), cumDivisor: 0 };
}
