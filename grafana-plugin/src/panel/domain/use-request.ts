// One request at a time for a key: what came back, what went wrong, whether it is under way. An answer that a newer
// key has overtaken is dropped; the old answer stays on view while the same question is asked again.

import { useCallback, useEffect, useRef, useState } from 'react';
import { type ApiProblem, toProblem } from '../../api/problem';

export interface Request<T> {
  data: T | null;
  problem: ApiProblem | null;
  loading: boolean;
  reload: () => void;
}

/** `key` null: nothing to ask. `refresh` changes when the same question should be asked again in the background. */
export function useRequest<T>(
  key: string | null,
  ask: (signal: AbortSignal) => Promise<T>,
  refresh: string | number = 0,
): Request<T> {
  const [answer, setAnswer] = useState<{ key: string; data: T } | null>(null);
  const [problem, setProblem] = useState<{ key: string; problem: ApiProblem } | null>(null);
  const [again, setAgain] = useState(0);
  const reload = useCallback(() => setAgain((count) => count + 1), []);
  const latest = useRef(ask);
  latest.current = ask;
  const running = useRef<{ controller: AbortController; askAgain: boolean } | null>(null);

  useEffect(
    () => () => {
      running.current?.controller.abort();
      running.current = null;
    },
    [key],
  );
  useEffect(() => {
    if (key === null) return;
    // A question that is slower than the refreshes of its dashboard must come to its answer all the same.
    if (running.current) {
      running.current.askAgain = true;
      return;
    }
    const run = async (): Promise<void> => {
      const mine = { controller: new AbortController(), askAgain: false };
      running.current = mine;
      try {
        const data = await latest.current(mine.controller.signal);
        if (running.current !== mine) return;
        setAnswer({ key, data });
        setProblem(null);
      } catch (error) {
        if (running.current !== mine) return;
        setProblem({ key, problem: toProblem(error) });
      }
      running.current = null;
      if (mine.askAgain) void run();
    };
    void run();
  }, [key, refresh, again]);

  const current = answer?.key === key ? answer : null;
  const failed = problem?.key === key ? problem.problem : null;
  return {
    data: key === null ? null : (current?.data ?? null),
    problem: current ? null : failed,
    loading: key !== null && !current && !failed,
    reload,
  };
}
