// An incident told as what happened, oldest first.

import type { ApiCapture, ApiIncident, CaptureTrigger } from 'leakline/api';
import type { LeakState } from 'leakline/leak-types';
import { whyWords } from './reasons';

export type IncidentEvent = { atMs: number; key: string } & (
  | { kind: 'opened'; by: ApiIncident['openedBy'] }
  | { kind: 'firing' | 'resolved'; alert: string; text: string }
  | { kind: 'verdict'; state: LeakState; slopePerSecond: number | null; why: string }
  | { kind: 'capture'; id: string; trigger: CaptureTrigger; state: ApiCapture['state']; failure: string }
  | { kind: 'closed'; exited: boolean }
);

/** Captures of the incident that are not in `captures` (any more) are left out. */
export function incidentEvents(incident: ApiIncident, captures: readonly ApiCapture[]): IncidentEvent[] {
  const events: IncidentEvent[] = [];
  const add = (event: IncidentEvent): void => {
    if (!Number.isNaN(event.atMs)) events.push(event);
  };
  add({ atMs: Date.parse(incident.openedAt), key: 'opened', kind: 'opened', by: incident.openedBy });
  for (const alert of incident.alerts) {
    const { name, annotations, fingerprint, startsAt, endsAt } = alert;
    const key = `${fingerprint} ${startsAt}`;
    const text = annotations.summary ?? annotations.description ?? '';
    add({ atMs: Date.parse(startsAt), key: `firing ${key}`, kind: 'firing', alert: name, text });
    if (endsAt !== null && alert.status === 'resolved') {
      add({ atMs: Date.parse(endsAt), key: `resolved ${key}`, kind: 'resolved', alert: name, text: '' });
    }
  }
  for (const verdict of incident.verdicts) {
    const { at, state, slopePerSecond } = verdict;
    const why = whyWords(verdict);
    add({ atMs: Date.parse(at), key: `verdict ${at}`, kind: 'verdict', state, slopePerSecond, why });
  }
  for (const id of incident.captures) {
    const capture = captures.find((one) => one.id === id);
    if (!capture) continue;
    const failure = capture.failures.map(({ kind, message }) => `${kind}: ${message}`).join('; ');
    const { takenAt, trigger, state } = capture;
    add({ atMs: Date.parse(takenAt), key: `capture ${id}`, kind: 'capture', id, trigger, state, failure });
  }
  if (incident.closedAt !== null) {
    const exited = incident.state === 'ended_by_exit';
    add({ atMs: Date.parse(incident.closedAt), key: 'closed', kind: 'closed', exited });
  }
  // What happens at the same moment stays in the order of cause and effect in which it was added.
  return events.sort((a, b) => a.atMs - b.atMs);
}
