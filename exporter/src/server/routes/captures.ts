// GET captures, captures/:id, captures/:id/profiles/:kind; POST captures.

import { Router, type Request } from 'express';
import { z } from 'zod';
import { PROFILE_FILES, PROFILE_KINDS } from '../../capture/record.js';
import type { CaptureService } from '../../capture/service.js';
import { UsageError } from '../../errors.js';
import type { ProfileKind } from '../api.js';
import {
  choiceParameter,
  IMMUTABLE,
  jsonBody,
  kindParameter,
  pageParameters,
  textParameter,
} from './parameters.js';
import { timeParameter } from './targets.js';
import { sendFile } from '../send-file.js';

const MAX_BODY_BYTES = 16 * 1024;
/** Longer than this, a CPU profile tells no more and holds the target's other captures up. */
const MAX_CPU_SECONDS = 60;

const requestSchema = z.strictObject({
  target: z.string().min(1).max(256),
  kinds: z.array(z.enum(PROFILE_KINDS)).min(1).max(PROFILE_KINDS.length).optional(),
  cpuSeconds: z.number().int().min(1).max(MAX_CPU_SECONDS).optional(),
});

export function capturesRouter(captures: CaptureService): Router {
  const router = Router();

  router.get('/captures', (request, response) => {
    response.json(
      captures.captures({
        target: textParameter(request, 'target'),
        fromMs: timeParameter(request, 'from', -Infinity),
        toMs: timeParameter(request, 'to', Infinity),
        trigger: choiceParameter(request, 'trigger', TRIGGERS),
        ...pageParameters(request),
      }),
    );
  });

  router.post('/captures', ...jsonBody(MAX_BODY_BYTES), async (request, response) => {
    const capture = await captures.captureNow(captureRequest(request));
    response.status(202).location(`${request.baseUrl}/captures/${capture.id}`).json(capture);
  });

  router.get('/captures/:id', (request, response) => {
    const capture = captures.capture(request.params.id);
    if (capture.state !== 'pending') response.set('Cache-Control', IMMUTABLE);
    response.json(capture);
  });

  router.get('/captures/:id/profiles/:kind', async (request, response) => {
    const { id } = request.params;
    const kind = kindParameter(request.params.kind);
    const digest = captures.digest(id, kind);
    if (digest !== undefined) response.set({ ETag: `"${digest}"`, 'Cache-Control': IMMUTABLE });
    if (digest !== undefined && request.fresh) {
      response.status(304).end();
      return;
    }
    // An error is not for ever, as the profile is.
    const refuse = (error: unknown): never => {
      response.removeHeader('ETag');
      response.set('Cache-Control', 'no-store');
      throw error;
    };
    const content = await captures.content(id, kind).catch(refuse);
    // As a download, never as a page: the bytes are the target's.
    response
      .attachment(`${captures.capture(id).target}-${id}-${PROFILE_FILES[kind]}`)
      .set('Content-Type', contentTypeOf(kind));
    if (content instanceof Uint8Array) response.send(content);
    else await sendFile(response, content.path, content.bytes).catch(refuse);
  });
  return router;
}

const TRIGGERS = ['alert', 'verdict', 'manual', 'baseline', 'diagnose', 'follow_up', 'resolved'] as const;

function captureRequest(request: Request): z.infer<typeof requestSchema> {
  const result = requestSchema.safeParse(request.body);
  if (result.success) return result.data;
  const issue = result.error.issues[0];
  const field = issue?.path.join('.') ?? '';
  throw new UsageError(
    'bad_body',
    `${field === '' ? 'the body' : field}: ${issue?.message ?? 'cannot be read'}`,
  );
}

function contentTypeOf(kind: ProfileKind): string {
  return kind === 'goroutine_debug2' ? 'text/plain; charset=utf-8' : 'application/octet-stream';
}
