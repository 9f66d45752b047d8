// The address after "#": `#/target/NAME`, so that a link leads to a target and the back button works.
import { useSyncExternalStore } from 'react';

function subscribe(changed: () => void): () => void {
  addEventListener('hashchange', changed);
  return () => removeEventListener('hashchange', changed);
}

export function targetOfHash(hash: string): string | null {
  const match = /^#\/target\/([^/]+)$/.exec(hash);
  if (!match) return null;
  try {
    return decodeURIComponent(match[1]!);
  } catch {
    return null;
  }
}

export function targetHref(name: string): string {
  return `#/target/${encodeURIComponent(name)}`;
}

export function useTargetRoute(): string | null {
  return targetOfHash(useSyncExternalStore(subscribe, () => location.hash));
}
