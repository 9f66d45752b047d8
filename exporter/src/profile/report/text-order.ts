// The order of texts in Go, by their bytes in UTF-8, which is by code point.

/** Compares as Go compares strings. */
export function compareText(a: string, b: string): number {
  return a === b ? 0 : compareFrom(a, b, 0);
}

/** As compareText, for texts whose first `from` units are the same. */
function compareFrom(a: string, b: string, from: number): number {
  const length = Math.min(a.length, b.length);
  for (let i = from; i < length; i++) {
    const x = a.charCodeAt(i);
    const y = b.charCodeAt(i);
    if (x !== y) return placeOf(x) - placeOf(y);
  }
  return a.length - b.length;
}

/** Surrogates sort after the rest of the basic plane in UTF-8, before it in UTF-16. */
function placeOf(unit: number): number {
  if (unit < 0xd800) return unit;
  return unit < 0xe000 ? unit + 0x2000 : unit - 0x800;
}

/** Fewer than this are sorted by insertion. */
const FEW = 10;

/**
 * Sorts items[from] … items[to - 1] by text, those of the same text by `ties`: multikey quicksort (Bentley and
 * Sedgewick), a unit at a time. Names of functions begin alike, which a comparison reads again each time.
 * The first `known` units are the same.
 */
export function sortByText<T>(
  items: T[],
  from: number,
  to: number,
  textOf: (item: T) => string,
  ties: (a: T, b: T) => number,
  known = 0,
): void {
  while (to - from >= FEW) {
    const pivot = unitAt(textOf(items[(from + to) >>> 1]!), known);
    // Parted into what lies below the pivot, what is the same, what is yet to be looked at, and what lies above.
    let same = from;
    let above = to;
    for (let at = from; at < above;) {
      const item = items[at]!;
      const unit = unitAt(textOf(item), known);
      if (unit < pivot) {
        items[at++] = items[same]!;
        items[same++] = item;
      } else if (unit > pivot) {
        items[at] = items[--above]!;
        items[above] = item;
      } else at++;
    }
    if (pivot === END) {
      // Nothing lies below, and those that end here are one text.
      for (const item of items.slice(from, above).sort(ties)) items[from++] = item;
      continue;
    }
    // The largest part is for the loop, so that calls nest no deeper than the logarithm of the length.
    const [below, equal, over] = [same - from, above - same, to - above];
    if (equal >= below && equal >= over) {
      sortByText(items, from, same, textOf, ties, known);
      sortByText(items, above, to, textOf, ties, known);
      [from, to] = [same, above];
      known++;
    } else if (below >= over) {
      sortByText(items, same, above, textOf, ties, known + 1);
      sortByText(items, above, to, textOf, ties, known);
      to = same;
    } else {
      sortByText(items, from, same, textOf, ties, known);
      sortByText(items, same, above, textOf, ties, known + 1);
      from = above;
    }
  }
  for (let i = from + 1; i < to; i++) {
    const item = items[i]!;
    const text = textOf(item);
    let at = i;
    for (; at > from; at--) {
      const before = items[at - 1]!;
      if ((compareFrom(textOf(before), text, known) || ties(before, item)) <= 0) break;
      items[at] = before;
    }
    items[at] = item;
  }
}

/** Where a text has ended: before any unit. */
const END = -1;

function unitAt(text: string, index: number): number {
  return index < text.length ? placeOf(text.charCodeAt(index)) : END;
}
