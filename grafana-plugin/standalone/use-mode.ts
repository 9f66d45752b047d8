// Light or dark: as the system has it, until a person says otherwise.
import { useCallback, useEffect, useState } from 'react';

const KEY = 'leakline.theme';
type Mode = 'light' | 'dark';

function remembered(): Mode | null {
  try {
    const value = localStorage.getItem(KEY);
    return value === 'light' || value === 'dark' ? value : null;
  } catch {
    return null;
  }
}

export function useMode(): [Mode, () => void] {
  const [mode, setMode] = useState<Mode>(
    () => remembered() ?? (matchMedia('(prefers-color-scheme: light)').matches ? 'light' : 'dark'),
  );
  // Before the children read the colours.
  document.documentElement.dataset.theme = mode;
  useEffect(() => {
    document.documentElement.dataset.theme = mode;
  }, [mode]);
  const toggle = useCallback(() => {
    setMode((old) => {
      const next = old === 'dark' ? 'light' : 'dark';
      try {
        localStorage.setItem(KEY, next);
      } catch {
        // Storage may be forbidden; the choice then lasts as long as the page.
      }
      return next;
    });
  }, []);
  return [mode, toggle];
}
