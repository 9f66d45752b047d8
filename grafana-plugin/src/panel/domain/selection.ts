// Which capture is looked at, and against which base.

import type { ApiCapture, ApiIncident } from 'leakline/api';

export interface Selection {
  capture: ApiCapture;
  base: ApiCapture | null;
}

const byTime = (a: ApiCapture, b: ApiCapture): number => Date.parse(a.takenAt) - Date.parse(b.takenAt);

function usable(capture: ApiCapture): boolean {
  return (capture.state === 'complete' || capture.state === 'partial') && capture.kinds.includes('heap');
}

/**
 * What a person would pick: with an open incident the newest capture of it against the incident's baseline; else the
 * newest capture against the newest baseline before it; else against the oldest. A person's own pick goes first.
 */
export function selectCaptures(
  captures: readonly ApiCapture[],
  incident: ApiIncident | null,
  picked: { capture: string | null; base: string | null },
): Selection | null {
  const ready = captures.filter(usable).sort(byTime);
  const find = (id: string | null): ApiCapture | undefined => ready.find((capture) => capture.id === id);
  const ofIncident = incident ? ready.filter((capture) => incident.captures.includes(capture.id)) : [];
  const capture = find(picked.capture) ?? ofIncident.at(-1) ?? ready.at(-1);
  if (!capture) return null;
  const before = ready.filter((other) => other.id !== capture.id && byTime(other, capture) < 0);
  const base =
    find(picked.base) ??
    find(incident?.baselineCapture ?? null) ??
    before.findLast((other) => other.baseline) ??
    before[0] ??
    null;
  return { capture, base: base?.id === capture.id ? null : base };
}
