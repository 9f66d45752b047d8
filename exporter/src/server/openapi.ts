// The description of the API of captures, alerts and incidents in OpenAPI 3.1, served at /api/v1/openapi.json. The
// tests ask every route and hold the answers against the schemas here.

import { Router } from 'express';
import { MAX_LIMIT } from '../capture/paging.js';
import { PROFILE_KINDS } from '../capture/record.js';
import { VERSION } from '../version.js';

type Schema = Record<string, unknown>;

const text = { type: 'string' };
const count = { type: 'integer', minimum: 0 };
const number = { type: 'number' };
const flag = { type: 'boolean' };
const time = { type: 'string', format: 'date-time' };
const list = (items: Schema): Schema => ({ type: 'array', items });
const map = (values: Schema): Schema => ({ type: 'object', additionalProperties: values });
const ref = (name: string): Schema => ({ $ref: `#/components/schemas/${name}` });
const orNull = (schema: Schema): Schema => ({ anyOf: [schema, { type: 'null' }] });
const choice = (...values: readonly string[]): Schema => ({ type: 'string', enum: values });

/** An object with the required fields first and the optional ones second; no others. */
function object(required: Record<string, Schema>, optional: Record<string, Schema> = {}): Schema {
  return {
    type: 'object',
    required: Object.keys(required),
    properties: { ...required, ...optional },
    additionalProperties: false,
  };
}

const triggers = choice('alert', 'verdict', 'manual', 'baseline', 'diagnose', 'follow_up', 'resolved');
const kinds = choice(...PROFILE_KINDS);
const readings = map({ anyOf: [number, text, list(number)] });

const schemas: Record<string, Schema> = {
  Error: object({ error: object({ code: text, message: text }) }),
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
      processStartedAt: time,
      goVersion: text,
      module: text,
      moduleVersion: text,
      revision: text,
      accounting: object({ totalBytes: number, parts: map(number), clampedBytes: number }, { note: text }),
      process: readings,
      runtime: readings,
    },
  ),
  FunctionGrowth: object(
    {
      function: text,
      file: text,
      line: count,
      firstBytes: number,
      lastBytes: number,
      growthBytes: number,
      growthBytesPerSecond: number,
      share: number,
    },
    {
      lowerBytesPerSecond: number,
      upperBytesPerSecond: number,
      growthObjects: number,
      averageObjectBytes: number,
      history: list(number),
      own: flag,
    },
  ),
  Blamed: object({
    function: text,
    file: text,
    line: count,
    growthBytes: number,
    growthBytesPerSecond: number,
    share: number,
    stack: list(text),
  }),
  Growth: object(
    { functions: list(ref('FunctionGrowth')), blamed: list(ref('Blamed')) },
    {
      lines: list(ref('FunctionGrowth')),
      sampleType: text,
      unit: text,
      captures: list(object({ id: text, takenAt: time, totalBytes: number })),
      notes: list(text),
    },
  ),
  Incident: object(
    {
      id: text,
      target: text,
      state: choice('open', 'resolved', 'ended_by_exit'),
      openedAt: time,
      closedAt: orNull(time),
      openedBy: choice('alert', 'verdict'),
      alerts: list(
        object({
          fingerprint: text,
          name: text,
          status: choice('firing', 'resolved'),
          startsAt: time,
          endsAt: orNull(time),
          labels: map(text),
          annotations: map(text),
        }),
      ),
      captures: list(text),
      baselineCapture: orNull(text),
      verdicts: list(
        object({
          at: time,
          state: choice('learning', 'healthy', 'growing', 'leaking'),
          slopePerSecond: orNull(number),
          why: text,
        }),
      ),
      growth: orNull(ref('Growth')),
      blamed: orNull(ref('Blamed')),
    },
    { host: text },
  ),
  CapturePage: object({ items: list(ref('Capture')), next: orNull(text) }),
  IncidentPage: object({ items: list(ref('Incident')), next: orNull(text) }),
  CaptureRequest: object(
    { target: text },
    {
      kinds: { ...list(kinds), minItems: 1 },
      cpuSeconds: { type: 'integer', minimum: 1, maximum: 60, description: 'Length of the CPU profile.' },
    },
  ),
  Webhook: {
    type: 'object',
    description:
      'As Alertmanager (version 4) or Grafana send it; fields that are not named here are passed over.',
    required: ['alerts'],
    properties: {
      truncatedAlerts: count,
      alerts: list({
        type: 'object',
        required: ['status', 'startsAt'],
        properties: {
          status: choice('firing', 'resolved'),
          labels: map(text),
          annotations: map(text),
          startsAt: time,
          endsAt: time,
          fingerprint: text,
        },
      }),
    },
  },
  AlertsAnswer: object({ accepted: count, unknownTargets: count, unusable: count }),
};

const query = (name: string, schema: Schema, description: string): Schema => ({
  name,
  in: 'query',
  required: false,
  schema,
  description,
});
const path = (name: string): Schema => ({ name, in: 'path', required: true, schema: text });
const at = (name: 'from' | 'to'): Schema =>
  query(name, text, 'A time: RFC 3339 or Unix milliseconds. Both ends belong to the range.');
const pages = [
  query('limit', { type: 'integer', minimum: 1, maximum: MAX_LIMIT, default: 100 }, 'Items of a page.'),
  query('cursor', text, 'The `next` of the page before.'),
];

const json = (schema: Schema): Schema => ({ 'application/json': { schema } });
const body = (name: string): Schema => ({ required: true, content: json(ref(name)) });

function answers(ok: number, name: string, failures: Record<number, string> = {}, headers?: Schema): Schema {
  const described = Object.entries(failures).map(([status, description]) => [
    status,
    { description, content: json(ref('Error')) },
  ]);
  return {
    [ok]: { description: name, content: json(ref(name)), ...(headers && { headers }) },
    ...Object.fromEntries(described),
  };
}

export const OPENAPI = {
  openapi: '3.1.0',
  info: {
    title: 'Leakline: captures, alerts and incidents',
    version: VERSION,
    license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
  },
  servers: [{ url: '/api/v1' }],
  paths: {
    '/captures': {
      get: {
        operationId: 'listCaptures',
        summary: 'Captures, newest first; what is still pending stands on top of the first page.',
        parameters: [
          query('target', text, 'Name of a target.'),
          query('trigger', triggers, 'Why it was taken.'),
          at('from'),
          at('to'),
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
    '/targets/{target}/growth': {
      get: {
        operationId: 'getGrowth',
        summary: 'Growth by allocator over the captures of a target.',
        parameters: [
          path('target'),
          query('sample', text, 'Sample type. Default: inuse_space.'),
          at('from'),
          at('to'),
        ],
        responses: answers(200, 'Growth', {
          400: 'A parameter is not as described.',
          404: 'No such target.',
          409: 'Fewer than two captures.',
        }),
      },
    },
    '/incidents': {
      get: {
        operationId: 'listIncidents',
        summary: 'Incidents, newest first.',
        parameters: [
          query('target', text, 'Name of a target.'),
          query('state', choice('open', 'resolved', 'ended_by_exit'), 'State.'),
          ...pages,
        ],
        responses: answers(200, 'IncidentPage', { 400: 'A parameter is not as described.' }),
      },
    },
    '/incidents/{id}': {
      get: {
        operationId: 'getIncident',
        summary: 'An incident with its alerts, captures, verdicts and growth.',
        parameters: [path('id')],
        responses: answers(200, 'Incident', { 404: 'No such incident.' }),
      },
    },
    '/alerts': {
      post: {
        operationId: 'receiveAlerts',
        summary: 'Webhook of Alertmanager and Grafana. Answers as soon as the work is on disk.',
        requestBody: body('Webhook'),
        responses: answers(202, 'AlertsAnswer', {
          400: 'Nothing in the body is an alert.',
          413: 'The body is too large.',
          415: 'The body is not application/json.',
          503: 'The queue cannot be written; send it again.',
        }),
      },
    },
  },
  components: { schemas },
};

export function openapiRouter(): Router {
  const router = Router();
  router.get('/openapi.json', (_request, response) => {
    response.json(OPENAPI);
  });
  return router;
}
