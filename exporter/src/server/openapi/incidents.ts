// Alerts in, incidents out: POST alerts, GET incidents, incidents/:id.

import { LEAK_STATES } from '../../leak/types.js';
import { REPORT_FORMATS } from '../../report/model.js';
import { answers, body, choice, column, count, list, map, number, object } from './words.js';
import { orNull, pages, path, query, ref, refusals, text, time, type Description } from './words.js';

export const incidents: Description = {
  paths: {
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
    '/incidents/{id}/report': {
      get: {
        operationId: 'getIncidentReport',
        summary:
          'An incident written up: trend, memory by part, growth, call graph, and how to see the same.',
        parameters: [path('id'), query('format', choice(...REPORT_FORMATS), 'Default: html.')],
        responses: {
          200: {
            description: 'The report, with a name to save it under.',
            headers: { 'Content-Disposition': { schema: text } },
            content: {
              'text/html': { schema: text },
              'text/markdown': { schema: text },
              'application/pdf': { schema: { type: 'string', format: 'binary' } },
            },
          },
          ...refusals({
            400: 'A parameter is not as described.',
            404: 'No such incident.',
            503: 'Too many analyses wait; ask again later.',
          }),
        },
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
  schemas: {
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
          object(
            { at: time, state: choice(...LEAK_STATES), slopePerSecond: orNull(number), why: text },
            { reasons: list(ref('VerdictReason')) },
          ),
        ),
        growth: orNull(ref('Growth')),
        blamed: orNull(ref('Blamed')),
      },
      {
        host: text,
        trend: {
          ...orNull(object({ atMs: list(number), signals: map(column), parts: map(column) })),
          description:
            'Of one incident only: the samples around it, thinned to 200 rows. Null: there were none.',
        },
      },
    ),
    IncidentPage: object({ items: list(ref('Incident')), next: orNull(text) }),
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
  },
};
