// The panel's state: which target, its captures and incident, the pair of captures that is compared, and the growth
// between them. Data and actions for the components; no markup.

import { useCallback, useEffect, useMemo, useRef, useState } from 'react';
import type { ApiCapture, ApiIncident, ApiTarget } from 'leakline/api';
import type { LeaklineApi } from '../../api/client';
import { type ApiProblem, toProblem } from '../../api/problem';
import { type AllocatorTable, fromGrowth, fromTop } from './allocators';
import { chooseTarget, type DiagnosisData } from './model';
import { occasionOf, pendingCaptures, type Selection, selectCaptures, waitsForTime } from './selection';
import { useRequest } from './use-request';

/** How often a capture under way is asked for. It takes as long as the target's garbage collection. */
const CAPTURE_POLL_MS = 1000;
/** The same of the list, which is longer, and of a capture whose time has not come. */
const LIST_POLL_MS = 2000;
const LATER_POLL_MS = 10_000;
/** Sample types of a Go heap profile, the leak's first. */
export const SAMPLE_TYPES = ['inuse_space', 'inuse_objects', 'alloc_space', 'alloc_objects'] as const;
export type SampleType = (typeof SAMPLE_TYPES)[number];

export interface Blame {
  function: string;
  file: string;
  line: number;
  share: number;
  growthBytesPerSecond: number;
  stack: string[];
}

export interface CaptureAction {
  /** Null: nothing under way. */
  pendingId: string | null;
  problem: ApiProblem | null;
  take: () => void;
}

export interface Diagnosis {
  target: ApiTarget | null;
  choose: (name: string | null) => void;
  /** Oldest first. */
  captures: ApiCapture[];
  /** Those under way, the next first. */
  pending: ApiCapture[];
  capturesLoading: boolean;
  capturesProblem: ApiProblem | null;
  /** The one that is open or picked. */
  incident: ApiIncident | null;
  /** Of the target, newest first. */
  incidents: ApiIncident[];
  pickIncident: (id: string) => void;
  selection: Selection | null;
  pick: (id: string, asBase: boolean) => void;
  clearBase: () => void;
  sample: SampleType;
  setSample: (sample: SampleType) => void;
  allocators: AllocatorTable | null;
  allocatorsLoading: boolean;
  allocatorsProblem: ApiProblem | null;
  blame: Blame | null;
  taking: CaptureAction;
}

export interface DiagnosisInput {
  data: DiagnosisData;
  api: LeaklineApi | null;
  /** Changes whenever the queries have answered again. */
  refresh: number;
  initialTarget: string | null;
  /** Id of the incident to begin with; null for the open one. */
  initialIncident: string | null;
}

export function useDiagnosis(input: DiagnosisInput): Diagnosis {
  const { data, api, refresh, initialTarget, initialIncident } = input;
  const [chosen, choose] = useState<string | null>(null);
  useEffect(() => choose(null), [initialTarget]);
  const target = chooseTarget(data.targets, initialTarget, chosen);
  const name = target?.name ?? null;
  const [picked, setPicked] = useState<{ capture: string | null; base: string | null }>(NOTHING_PICKED);
  const [sample, setSample] = useState<SampleType>('inuse_space');
  useEffect(() => setPicked(NOTHING_PICKED), [name]);

  const askCaptures = api !== null && name !== null && target?.hasPprof !== false;
  const listed = useRequest(
    askCaptures ? `captures ${name}` : null,
    (signal) => api!.captures(name!, {}, signal),
    refresh,
  );
  const captures = useMemo(() => {
    const all = listed.data ?? data.captures.filter((capture) => capture.target === name);
    return all.toSorted((a, b) => Date.parse(a.takenAt) - Date.parse(b.takenAt));
  }, [listed.data, data.captures, name]);
  const pending = useMemo(() => pendingCaptures(captures), [captures]);
  const next = pending[0];
  usePoll(!api || !next ? null : waitsForTime(next) ? LATER_POLL_MS : LIST_POLL_MS, listed.reload);

  const [pickedIncident, pickIncident] = useState<string | null>(initialIncident);
  useEffect(() => pickIncident(initialIncident), [name, initialIncident]);
  const told = useRequest(
    api && name ? `incidents ${name}` : null,
    (signal) => api!.recentIncidents(name!, signal),
    refresh,
  );
  const incidents = useMemo(
    () => told.data ?? data.incidents.filter((other) => other.target === name),
    [told.data, data.incidents, name],
  );
  const occasion = occasionOf(incidents.find((other) => other.id === target?.openIncident) ?? null);
  const known = useRef<{ name: string | null; occasion: string | null } | null>(null);
  useEffect(() => {
    if (told.loading) return;
    const isNews = known.current?.name === name && known.current.occasion !== occasion && occasion !== null;
    known.current = { name, occasion };
    if (!isNews) return;
    setPicked(NOTHING_PICKED);
    pickIncident(null);
  }, [name, occasion, told.loading]);
  // The open one decides by itself which captures are looked at; one that is over only when a person picks it.
  const wanted = pickedIncident ?? target?.openIncident ?? null;
  const incident = incidents.find((other) => other.id === wanted) ?? null;

  const selection = useMemo(() => selectCaptures(captures, incident, picked), [captures, incident, picked]);
  const captureId = selection?.capture.id ?? null;
  const baseId = selection?.base?.id ?? null;
  const table = useRequest(
    api && name && captureId ? `allocators ${name} ${captureId} ${baseId ?? ''} ${sample}` : null,
    async (signal) => {
      if (!selection?.base)
        return { table: fromTop(await api!.top(captureId!, { sample }, signal)), blamed: null };
      const [from, to] = [selection.base.takenAt, selection.capture.takenAt].map((at) => Date.parse(at));
      const span = { fromMs: Math.min(from!, to!), toMs: Math.max(from!, to!) };
      const growth = await api!.growth(name!, span, sample, signal);
      return { table: fromGrowth(growth), blamed: growth.blamed[0] ?? null };
    },
  );
  const given = data.growth.find((other) => other.target === name)?.growth;
  const allocators = table.data?.table ?? (api || !given ? null : fromGrowth(given));

  const taking = useTaking(api, name, listed.reload);
  const pick = useCallback((id: string, asBase: boolean) => {
    setPicked((before) => (asBase ? { ...before, base: id } : { ...before, capture: id }));
  }, []);
  const chooseIncident = useCallback((id: string) => {
    pickIncident(id);
    setPicked(NOTHING_PICKED);
  }, []);
  const clearBase = useCallback(() => setPicked((before) => ({ ...before, base: null })), []);
  const worst = table.data?.blamed ?? incident?.blamed ?? given?.blamed[0] ?? null;
  return {
    target,
    choose,
    captures,
    pending,
    capturesLoading: listed.loading,
    capturesProblem: listed.problem,
    incident,
    incidents,
    pickIncident: chooseIncident,
    selection,
    pick,
    clearBase,
    sample,
    setSample,
    allocators,
    allocatorsLoading: table.loading,
    allocatorsProblem: table.problem,
    blame: worst,
    taking,
  };
}

const NOTHING_PICKED = { capture: null, base: null };

/** Takes a capture and follows it until it is there. */
function useTaking(api: LeaklineApi | null, target: string | null, done: () => void): CaptureAction {
  const [pendingId, setPendingId] = useState<string | null>(null);
  const [problem, setProblem] = useState<ApiProblem | null>(null);

  useEffect(() => {
    setPendingId(null);
    setProblem(null);
  }, [target]);

  const look = useCallback(
    async (signal: AbortSignal) => {
      if (api === null || pendingId === null) return;
      try {
        const capture = await api.capture(pendingId, signal);
        if (capture.state === 'pending') return;
        setPendingId(null);
        done();
      } catch (error) {
        // A queued capture may not be listed yet; only what cannot mend itself ends the wait.
        const what = toProblem(error);
        if (signal.aborted || what.kind === 'not_found') return;
        setProblem(what);
        setPendingId(null);
      }
    },
    [api, pendingId, done],
  );
  usePoll(api === null || pendingId === null ? null : CAPTURE_POLL_MS, look);

  const take = useCallback(() => {
    if (api === null || target === null) return;
    setProblem(null);
    api.takeCapture(target).then(
      (capture) => {
        setPendingId(capture.id);
        done();
      },
      (error: unknown) => setProblem(toProblem(error)),
    );
  }, [api, target, done]);
  return { pendingId, problem, take };
}

/** Calls again and again, each time when the call before is over and the time has passed. Null: not now. */
function usePoll(everyMs: number | null, call: (signal: AbortSignal) => Promise<void> | void): void {
  useEffect(() => {
    if (everyMs === null) return undefined;
    const controller = new AbortController();
    let timer: ReturnType<typeof setTimeout> | undefined;
    const wait = (): void => {
      timer = setTimeout(() => {
        void Promise.resolve(call(controller.signal)).then(() => {
          if (!controller.signal.aborted) wait();
        });
      }, everyMs);
    };
    wait();
    return () => {
      controller.abort();
      clearTimeout(timer);
    };
  }, [everyMs, call]);
}
