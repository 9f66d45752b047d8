// GET incidents, incidents/:id.

import { Router } from 'express';
import type { CaptureService } from '../../capture/service.js';
import { choiceParameter, pageParameters, textParameter } from './parameters.js';

export function incidentsRouter(captures: CaptureService): Router {
  const router = Router();
  router.get('/incidents', (request, response) => {
    response.json(
      captures.incidents({
        target: textParameter(request, 'target'),
        state: choiceParameter(request, 'state', ['open', 'resolved', 'ended_by_exit']),
        ...pageParameters(request),
      }),
    );
  });
  router.get('/incidents/:id', (request, response) => {
    response.json(captures.incident(request.params.id));
  });
  return router;
}
