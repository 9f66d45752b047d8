// What somebody may have meant who named a target that is not there.

import { distance } from 'fastest-levenshtein';

const MOST = 3;

/** Names near to the wanted one, nearest first; names that contain it, or that it contains, count as near. */
export function nearNames(wanted: string, names: readonly string[]): string[] {
  const word = wanted.toLowerCase();
  return names
    .map((name) => ({ name, far: distanceOf(word, name.toLowerCase()) }))
    .filter(({ name, far }) => far <= Math.max(1, Math.floor(Math.max(word.length, name.length) / 3)))
    .sort((a, b) => a.far - b.far || a.name.localeCompare(b.name))
    .slice(0, MOST)
    .map(({ name }) => name);
}

function distanceOf(word: string, name: string): number {
  if (word.length >= 3 && (name.includes(word) || word.includes(name))) return 0.5;
  return distance(word, name);
}
