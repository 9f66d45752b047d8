// Asks again and again while the page is looked at. The last good answer stays when a later one fails.
import { useEffect, useRef, useState } from 'react';
import { type ApiProblem, toProblem } from '../src/api/problem';

export interface Live<T> {
  data: T | null;
  problem: ApiProblem | null;
  /** Counts the answers. */
  count: number;
}

/** `key` null: nothing to ask. A new key drops the old answer. */
export function useLive<T>(
  key: string | null,
  everyMs: number,
  ask: (signal: AbortSignal) => Promise<T>,
): Live<T> {
  const [live, setLive] = useState<Live<T> & { key: string | null }>({
    key: null,
    data: null,
    problem: null,
    count: 0,
  });
  const latest = useRef(ask);
  latest.current = ask;
  useEffect(() => {
    if (key === null) return undefined;
    const controller = new AbortController();
    let timer: ReturnType<typeof setTimeout> | undefined;
    const again = async (): Promise<void> => {
      if (!document.hidden) {
        try {
          const data = await latest.current(controller.signal);
          if (controller.signal.aborted) return;
          setLive((old) => ({ key, data, problem: null, count: old.count + 1 }));
        } catch (error) {
          if (controller.signal.aborted) return;
          const problem = toProblem(error);
          setLive((old) => ({ key, data: old.key === key ? old.data : null, problem, count: old.count + 1 }));
        }
      }
      timer = setTimeout(() => void again(), everyMs);
    };
    void again();
    return () => {
      controller.abort();
      clearTimeout(timer);
    };
  }, [key, everyMs]);
  return live.key === key ? live : { data: null, problem: null, count: 0 };
}
