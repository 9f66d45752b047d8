// The description of the API in OpenAPI 3.1, served at /api/v1/openapi.json. A route is described in the file of its
// concern; the tests hold the routes that express knows against the paths here, and the answers against the schemas.

import { Router } from 'express';
import { VERSION } from '../../version.js';
import { captures } from './captures.js';
import { growth } from './growth.js';
import { incidents } from './incidents.js';
import { reports } from './reports.js';
import { targets } from './targets.js';
import { object, text, type Description } from './words.js';

const itself: Description = {
  paths: {
    '/openapi.json': {
      get: {
        operationId: 'getDescription',
        summary: 'This description.',
        responses: { 200: { description: 'OpenAPI 3.1', content: { 'application/json': { schema: {} } } } },
      },
    },
  },
  schemas: { Error: object({ error: object({ code: text, message: text }) }) },
};

const CONCERNS: readonly Description[] = [targets, growth, captures, reports, incidents, itself];

export const OPENAPI = {
  openapi: '3.1.0',
  info: {
    title: 'Leakline',
    summary: 'Targets and their verdicts, captures and their reports, alerts and incidents.',
    version: VERSION,
    license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
  },
  servers: [{ url: '/api/v1' }],
  paths: Object.assign({}, ...CONCERNS.map(({ paths }) => paths)) as Description['paths'],
  components: {
    schemas: Object.assign({}, ...CONCERNS.map(({ schemas }) => schemas)) as Description['schemas'],
  },
};

export function openapiRouter(): Router {
  const router = Router();
  router.get('/openapi.json', (_request, response) => {
    response.json(OPENAPI);
  });
  return router;
}
