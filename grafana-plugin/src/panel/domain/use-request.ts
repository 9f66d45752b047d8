// One request at a time for a key: what came back, what went wrong, whether it is under way. An answer that a newer
// key has overtaken is dropped; the old answer stays on view while the new one loads.

import { useCallback, useEffect, useState } from 'react';
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

  useEffect(() => {
    if (key === null) return undefined;
    const controller = new AbortController();
    ask(controller.signal).then(
      (data) => {
        if (controller.signal.aborted) return;
        setAnswer({ key, data });
        setProblem(null);
      },
      (error: unknown) => {
        if (!controller.signal.aborted) setProblem({ key, problem: toProblem(error) });
      },
    );
    return () => controller.abort();
    // `ask` is a new closure at every rendering; the key names what it asks.
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
