// The commands that show a reader the same as the report: from the exporter that was asked, or from its folder.

import type { ApiCapture, ApiIncident } from '../server/api.js';
import type { ReportStep } from './model.js';

/** Where the reader gets at the incident and its profiles, as the report was asked for. */
export type IncidentPlace =
  { exporterUrl: string } | { stateDir: string; heapFile: (captureId: string) => string | undefined };

/** Where `leakline report` looks without --url. */
const DEFAULT_URL = 'http://127.0.0.1:9464';

/** @param compared the captures whose growth is told, first and last; the same or none where nothing is compared. */
export function reproduceOf(
  incident: ApiIncident,
  captures: readonly ApiCapture[],
  compared: readonly [ApiCapture | undefined, ApiCapture | undefined],
  place: IncidentPlace,
): ReportStep[] {
  const [first, last] = compared;
  const steps =
    first && last && first !== last
      ? growthSteps(first.id, last.id, place)
      : heapSteps(captures.findLast(({ kinds }) => kinds.includes('heap'))?.id, place);
  steps.push({
    text: 'This report again, in another form or with what came since:',
    command: ['leakline report', incident.id, ...placeFlags(place), '--report incident.html'].join(' '),
  });
  return steps;
}

function growthSteps(first: string, last: string, place: IncidentPlace): ReportStep[] {
  const [from, to] = [heapOf(first, place), heapOf(last, place)];
  if (from === undefined || to === undefined) return [];
  const saved = 'exporterUrl' in place;
  return [
    { text: 'With Go’s own tool:', command: `go tool pprof -diff_base ${from} ${to}` },
    saved
      ? {
          text: 'With Leakline, once the profiles are saved:',
          command: `curl -sfo first.pb.gz ${from}\ncurl -sfo last.pb.gz ${to}\nleakline pprof growth first.pb.gz last.pb.gz`,
        }
      : { text: 'With Leakline:', command: `leakline pprof growth ${from} ${to}` },
  ];
}

function heapSteps(id: string | undefined, place: IncidentPlace): ReportStep[] {
  const heap = id === undefined ? undefined : heapOf(id, place);
  return heap === undefined
    ? []
    : [{ text: 'The heap profile in Go’s own tool:', command: `go tool pprof ${heap}` }];
}

/** The heap profile of a capture, as a word of a command. */
function heapOf(id: string, place: IncidentPlace): string | undefined {
  if ('exporterUrl' in place) return word(`${place.exporterUrl}/api/v1/captures/${id}/profiles/heap`);
  const file = place.heapFile(id);
  return file === undefined ? undefined : word(file);
}

function placeFlags(place: IncidentPlace): string[] {
  if ('stateDir' in place) return ['--state-dir', word(place.stateDir)];
  return place.exporterUrl === DEFAULT_URL ? [] : ['--url', word(place.exporterUrl)];
}

/** Quoted where a shell would see more in it; cmd.exe and PowerShell both take double quotes around a path. */
function word(text: string): string {
  if (/^[\w./:@%+-]+$/.test(text)) return text;
  return /^[A-Za-z]:\\[^"`$]*$/.test(text) ? `"${text}"` : `'${text.replaceAll("'", "'\\''")}'`;
}
