// POST alerts: the webhook of Alertmanager (version 4) and of Grafana. Answered as soon as the work is on disk.

import { setImmediate } from 'node:timers/promises';
import { Router } from 'express';
import { parseWebhook, type Webhook } from '../../alert/webhook.js';
import type { CaptureService } from '../../capture/service.js';
import { UsageError } from '../../errors.js';
import { jsonBytes } from './parameters.js';

/** 500 alerts with long annotations are about 2 MB. */
const MAX_BODY_BYTES = 8 * 1024 * 1024;

export function alertsRouter(captures: CaptureService): Router {
  const router = Router();
  let turn: Promise<unknown> = Promise.resolve();
  router.post('/alerts', ...jsonBytes(MAX_BODY_BYTES), async (request, response) => {
    const body: unknown = request.body;
    // Bodies that come together would be parsed in one go, and nobody else be answered meanwhile.
    const webhook = turn.then(async () => {
      await setImmediate();
      return readWebhook(body);
    });
    turn = webhook.catch(() => undefined);
    response.status(202).json(await captures.handleAlerts(await webhook));
  });
  return router;
}

function readWebhook(bytes: unknown): Webhook {
  let body: unknown;
  try {
    body = JSON.parse(Buffer.isBuffer(bytes) ? bytes.toString('utf8') : '');
  } catch {
    throw new UsageError('alerts_unusable', 'the body is not JSON');
  }
  return parseWebhook(body);
}
