// The address after "#": `#/target/NAME`, `#/target/NAME/incident/ID`, so that a link leads there and the back button
// works.
import { useSyncExternalStore } from 'react';

export interface Route {
  target: string | null;
  incident: string | null;
}

function subscribe(changed: () => void): () => void {
  addEventListener('hashchange', changed);
  return () => removeEventListener('hashchange', changed);
}

export function routeOfHash(hash: string): Route {
  const match = /^#\/target\/([^/]+)(?:\/incident\/([^/]+))?$/.exec(hash);
  if (!match) return { target: null, incident: null };
  try {
    return {
      target: decodeURIComponent(match[1]!),
      incident: match[2] === undefined ? null : decodeURIComponent(match[2]),
    };
  } catch {
    return { target: null, incident: null };
  }
}

export function targetHref(name: string): string {
  return `#/target/${encodeURIComponent(name)}`;
}

export function incidentHref(target: string, id: string): string {
  return `${targetHref(target)}/incident/${encodeURIComponent(id)}`;
}

export function useRoute(): Route {
  return routeOfHash(useSyncExternalStore(subscribe, () => location.hash));
}
