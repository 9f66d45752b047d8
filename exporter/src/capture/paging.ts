// Pages of lists that are sorted newest first. A cursor names the last item seen, so that what is added or deleted
// meanwhile neither repeats nor skips an item.

import { UsageError } from '../errors.js';
import type { Page } from '../server/api.js';

export interface PageQuery {
  /** At most MAX_LIMIT; default DEFAULT_LIMIT. */
  limit?: number | undefined;
  cursor?: string | undefined;
}

export const DEFAULT_LIMIT = 100;
export const MAX_LIMIT = 1000;

/** Time and id: the place of an item in its list. */
type Place = [at: string, id: string];

/** Rejects with cursor_invalid. */
export function pageOf<T>(
  newestFirst: readonly T[],
  placeOf: (item: T) => Place,
  matches: (item: T) => boolean,
  { limit = DEFAULT_LIMIT, cursor }: PageQuery,
): Page<T> {
  const after = cursor === undefined ? undefined : readCursor(cursor);
  const items: T[] = [];
  for (const item of newestFirst) {
    if (after && !isAfter(placeOf(item), after)) continue;
    if (!matches(item)) continue;
    if (items.length === limit) return { items, next: writeCursor(placeOf(items.at(-1)!)) };
    items.push(item);
  }
  return { items, next: null };
}

function isAfter([at, id]: Place, [lastAt, lastId]: Place): boolean {
  return at === lastAt ? id < lastId : at < lastAt;
}

function writeCursor(place: Place): string {
  return Buffer.from(place.join(' ')).toString('base64url');
}

function readCursor(cursor: string): Place {
  const [at, id, ...rest] = Buffer.from(cursor, 'base64url').toString('utf8').split(' ');
  if (at === undefined || id === undefined || rest.length > 0 || Number.isNaN(Date.parse(at))) {
    throw new UsageError('cursor_invalid', 'cursor must be the "next" of an earlier answer');
  }
  return [at, id];
}
