// GET targets/:target/growth: growth by allocator over the captures of a target.

import { Router } from 'express';
import type { CaptureService } from '../../capture/service.js';
import { textParameter } from './parameters.js';
import { timeParameter } from './targets.js';

export function growthRouter(captures: CaptureService): Router {
  const router = Router();
  router.get('/targets/:target/growth', async (request, response) => {
    response.json(
      await captures.growth(request.params.target, {
        sample: textParameter(request, 'sample'),
        fromMs: timeParameter(request, 'from', -Infinity),
        toMs: timeParameter(request, 'to', Infinity),
      }),
    );
  });
  return router;
}
