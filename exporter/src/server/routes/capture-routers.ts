// Every router that the capture service answers, to mount under /api/v1. A new one goes here and into ../openapi/.

import type { Router } from 'express';
import type { CaptureService } from '../../capture/service.js';
import { alertsRouter } from './alerts.js';
import { analysisRouter, type RunReport } from './analysis.js';
import { capturesRouter } from './captures.js';
import { growthRouter } from './growth.js';
import { incidentReportRouter, type IncidentReportOptions } from './incident-report.js';
import { incidentsRouter } from './incidents.js';

export function captureRouters(
  captures: CaptureService,
  runReport: RunReport,
  writing: IncidentReportOptions,
): Router[] {
  return [
    growthRouter(captures),
    capturesRouter(captures),
    alertsRouter(captures),
    incidentsRouter(captures),
    incidentReportRouter(captures, writing),
    analysisRouter(captures, runReport),
  ];
}
