// POST alerts: the webhook of Alertmanager (version 4) and of Grafana. Answered as soon as the work is on disk.

import { setImmediate } from 'node:timers/promises';
import { Router, type RequestHandler } from 'express';
import { parseWebhook } from '../../alert/webhook.js';
import type { CaptureService } from '../../capture/service.js';
import { LeaklineError, UsageError } from '../../errors.js';
import { jsonBytes } from './parameters.js';

/** 500 alerts with long annotations are about 2 MB. */
const MAX_BODY_BYTES = 8 * 1024 * 1024;
/** Bodies held at once, in bytes: a flood must not take the memory of the host that is watched for leaks. */
const MAX_BYTES_AT_ONCE = 64 * 1024 * 1024;

export function alertsRouter(captures: CaptureService): Router {
  const router = Router();
  let turn: Promise<unknown> = Promise.resolve();
  router.post('/alerts', admit(), ...jsonBytes(MAX_BODY_BYTES), async (request, response) => {
    const body: unknown = request.body;
    // Bodies that come together would be parsed in one go, and nobody else be answered meanwhile.
    const answer = turn.then(async () => {
      await setImmediate();
      const json = readJson(body);
      await setImmediate();
      return parseWebhook(json);
    });
    turn = answer.catch(() => undefined);
    response.status(202).json(await captures.handleAlerts(await answer));
  });
  return router;
}

/** Lets in as many bytes as may be held at once; the sender of more tries again (Alertmanager does so after a 5xx). */
function admit(): RequestHandler {
  let heldBytes = 0;
  return (request, response, next) => {
    // What is compressed, or sent in pieces, may turn out as large as is allowed.
    const isTold = request.headers['content-encoding'] === undefined;
    const told = isTold ? Number(request.headers['content-length'] ?? MAX_BODY_BYTES) : MAX_BODY_BYTES;
    const bytes = Math.min(told, MAX_BODY_BYTES);
    if (heldBytes + bytes > MAX_BYTES_AT_ONCE) {
      response.set('Retry-After', '1');
      next(new LeaklineError('busy', 'too many alerts at once: send this again', { status: 503 }));
      return;
    }
    heldBytes += bytes;
    response.once('close', () => (heldBytes -= bytes));
    next();
  };
}

function readJson(bytes: unknown): unknown {
  try {
    return JSON.parse(Buffer.isBuffer(bytes) ? bytes.toString('utf8') : '');
  } catch {
    throw new UsageError('alerts_unusable', 'the body is not JSON');
  }
}
