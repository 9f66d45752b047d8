// POST alerts: the webhook of Alertmanager (version 4) and of Grafana. Answered as soon as the work is on disk.

import { Router } from 'express';
import { parseWebhook } from '../../alert/webhook.js';
import type { CaptureService } from '../../capture/service.js';
import { jsonBody } from './parameters.js';

/** 500 alerts with long annotations are about 2 MB. */
const MAX_BODY_BYTES = 8 * 1024 * 1024;

export function alertsRouter(captures: CaptureService): Router {
  const router = Router();
  router.post('/alerts', ...jsonBody(MAX_BODY_BYTES), async (request, response) => {
    const body: unknown = request.body;
    response.status(202).json(await captures.handleAlerts(parseWebhook(body)));
  });
  return router;
}
