// Every router that the capture service answers, to mount under /api/v1.

import type { Router } from 'express';
import type { CaptureService } from '../../capture/service.js';
import { alertsRouter } from './alerts.js';
import { capturesRouter } from './captures.js';
import { growthRouter } from './growth.js';
import { incidentsRouter } from './incidents.js';

export function captureRouters(captures: CaptureService): Router[] {
  return [
    capturesRouter(captures),
    alertsRouter(captures),
    incidentsRouter(captures),
    growthRouter(captures),
  ];
}
