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

/** The list of captures may be newer than that of incidents. */
export function belongsTo(capture: ApiCapture, incident: ApiIncident): boolean {
  return capture.incident === incident.id || incident.captures.includes(capture.id);
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
  const ofIncident = incident ? ready.filter((capture) => belongsTo(capture, incident)) : [];
  const capture = find(picked.capture) ?? ofIncident.at(-1) ?? ready.at(-1);
  if (!capture) return null;
  const before = ready.filter((other) => other.id !== capture.id && byTime(other, capture) < 0);
  const base =
    find(picked.base) ??
    before.find((other) => other.id === incident?.baselineCapture) ??
    before.findLast((other) => other.baseline) ??
    before[0] ??
    null;
  return { capture, base: base?.id === capture.id ? null : base };
}

/**
 * What the open incident has come to: changes with every alert that begins to fire. Null while none is open. What a
 * person picked before that must not hide what the alert is about.
 */
export function occasionOf(incident: ApiIncident | null): string | null {
  if (incident?.state !== 'open') return null;
  const firings = incident.alerts
    .filter(({ status }) => status === 'firing')
    .map(({ startsAt, fingerprint }) => `${startsAt} ${fingerprint}`)
    .sort();
  return `${incident.id} ${firings.at(-1) ?? ''}`;
}

/** Captures under way, the next to be taken first. A follow-up that waits for its time comes last. */
export function pendingCaptures(captures: readonly ApiCapture[]): ApiCapture[] {
  const isLater = (capture: ApiCapture): number => (waitsForTime(capture) ? 1 : 0);
  return captures
    .filter(({ state }) => state === 'pending')
    .sort((a, b) => isLater(a) - isLater(b) || byTime(a, b));
}

export function waitsForTime({ waiting }: ApiCapture): boolean {
  return waiting?.reason === 'time' || waiting?.reason === 'gc_count';
}
