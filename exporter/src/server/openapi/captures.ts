// Captures and their profiles: GET and POST captures, GET captures/:id, captures/:id/profiles/:kind.

import { PROFILE_KINDS } from '../../capture/record.js';
import { answers, body, choice, count, flag, json, list, map, number, object, orNull } from './words.js';
import { pages, path, query, ref, text, time, timeRange, type Description } from './words.js';

const triggers = choice('alert', 'verdict', 'manual', 'baseline', 'diagnose', 'follow_up', 'resolved');
const kinds = choice(...PROFILE_KINDS);
const readings = map({ anyOf: [number, text, list(number)] });

export const captures: Description = {
  paths: {
    '/captures': {
      get: {
        operationId: 'listCaptures',
        summary:
          'Captures, newest first; what is still pending stands on top of the first page. `stopped` says why the store takes none.',
        parameters: [
          query('target', text, 'Name of a target.'),
          query('trigger', triggers, 'Why it was taken.'),
          ...timeRange,
          ...pages,
        ],
        responses: answers(200, 'CapturePage', { 400: 'A parameter is not as described.' }),
      },
      post: {
        operationId: 'takeCapture',
        summary:
          'Takes a capture now. Answers at once; ask the address in Location until it is no longer pending.',
        requestBody: body('CaptureRequest'),
        responses: answers(
          202,
          'Capture',
          {
            400: 'The body is not as described.',
            404: 'No such target.',
            409: 'The target serves no profiles, or captures are turned off.',
            415: 'The body is not application/json.',
            429: 'Captures of this target wait already.',
            503: 'The queue cannot be written.',
          },
          { Location: { schema: text } },
        ),
      },
    },
    '/captures/{id}': {
      get: {
        operationId: 'getCapture',
        summary: 'A capture with the readings of its moment. Never changes once it is no longer pending.',
        parameters: [path('id')],
        responses: answers(200, 'Capture', { 404: 'No such capture.' }),
      },
    },
    '/captures/{id}/profiles/{kind}': {
      get: {
        operationId: 'getProfile',
        summary: 'A profile as the target sent it: `go tool pprof URL` opens it.',
        parameters: [path('id'), { ...path('kind'), schema: kinds }],
        responses: {
          200: {
            description: 'The profile.',
            headers: { ETag: { schema: text } },
            content: {
              'application/octet-stream': { schema: { type: 'string', format: 'binary' } },
              'text/plain': { schema: text },
            },
          },
          304: { description: 'The reader has it.' },
          404: { description: 'No such capture or profile.', content: json(ref('Error')) },
          409: { description: 'The capture is pending.', content: json(ref('Error')) },
          410: { description: 'The profile was damaged on disk.', content: json(ref('Error')) },
        },
      },
    },
  },
  schemas: {
    Capture: object(
      {
        id: text,
        target: text,
        takenAt: time,
        trigger: triggers,
        alert: orNull(object({ fingerprint: text, startsAt: time }, { name: text })),
        incident: orNull(text),
        baseline: flag,
        kinds: list(kinds),
        state: choice('pending', 'complete', 'partial', 'failed'),
        failures: list(object({ kind: kinds, code: text, message: text })),
        gcForced: flag,
        sizeBytes: count,
        signals: map(number),
      },
      {
        host: text,
        waiting: object(
          {
            reason: choice('running', 'others', 'time', 'gc_count', 'gc_interval', 'target', 'store'),
            message: text,
          },
          { until: time },
        ),
        processStartedAt: time,
        goVersion: text,
        module: text,
        moduleVersion: text,
        revision: text,
        accounting: ref('Accounting'),
        process: readings,
        runtime: readings,
      },
    ),
    CapturePage: object(
      { items: list(ref('Capture')), next: orNull(text) },
      { stopped: object({ state: choice('full', 'unreachable'), message: text }) },
    ),
    CaptureRequest: object(
      { target: text },
      {
        kinds: { ...list(kinds), minItems: 1 },
        cpuSeconds: { type: 'integer', minimum: 1, maximum: 60, description: 'Length of the CPU profile.' },
      },
    ),
  },
};
