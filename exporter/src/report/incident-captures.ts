// Which captures an incident is told from.

import type { ApiIncident } from '../server/api.js';

/** Its own, and the picture of the healthy state that they are held against. */
export function captureIds({ baselineCapture, captures }: ApiIncident): Set<string> {
  return new Set([...(baselineCapture === null ? [] : [baselineCapture]), ...captures]);
}
