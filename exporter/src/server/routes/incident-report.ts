// GET incidents/:id/report: an incident written up as Markdown, HTML or PDF. Analyses and writing run in worker threads,
// whose queue is bounded; finished reports are kept, bounded, as long as nothing of the incident changed.

import { isIPv6 } from 'node:net';
import { Router, type Request } from 'express';
import { ByteLru } from '../../capture/lru.js';
import type { CaptureService } from '../../capture/service.js';
import { LeaklineError } from '../../errors.js';
import type { RunAnalysis } from '../../profile/analyses.js';
import { captureIds } from '../../report/incident-captures.js';
import { incidentReport } from '../../report/incident.js';
import { REPORT_FORMATS, type ReportFormat } from '../../report/model.js';
import type { Watch } from '../../watch/types.js';
import type { ApiCapture, ApiIncident } from '../api.js';
import { presentTarget } from '../present.js';
import { choiceParameter } from './parameters.js';
import type { Enrich } from './targets.js';

export interface IncidentReportOptions {
  watch: Watch;
  /** Runs an analysis off the event loop. */
  run: RunAnalysis;
  enrich?: Enrich | undefined;
  /** Where sources are looked for; asked at every report, since the configuration may change. */
  sources: () => { roots: readonly string[]; trimPath: string };
}

const CACHE_BYTES = 32 * 1024 * 1024;
/** An open incident goes on: its report is made anew after this time. */
const FRESH_MS = 10_000;
/** Samples shown before the onset. */
const BEFORE_MS = 30 * 60_000;
const AFTER_MS = 10 * 60_000;

const CONTENT_TYPES: Record<ReportFormat, string> = {
  md: 'text/markdown; charset=utf-8',
  html: 'text/html; charset=utf-8',
  pdf: 'application/pdf',
};

/** The report is foreign text in a page: it may do nothing but look as it does. */
const REPORT_POLICY =
  "sandbox; default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

export function incidentReportRouter(captures: CaptureService, options: IncidentReportOptions): Router {
  const router = Router();
  const cache = new ByteLru<Buffer>(CACHE_BYTES, (body) => body.length);
  router.get('/incidents/:id/report', async (request, response) => {
    const format = choiceParameter(request, 'format', REPORT_FORMATS) ?? 'html';
    const incident = captures.incident(request.params.id);
    const exporterUrl = askedThrough(request);
    const age = incident.state === 'open' ? Math.floor(Date.now() / FRESH_MS) : '';
    const key = [format, exporterUrl, age, JSON.stringify(incident)].join('\0');
    const body = await cache.get(key, () => written(captures, options, incident, format, exporterUrl));
    const name = `leakline-${incident.target.replace(/[^\w.-]+/g, '_').slice(0, 60)}-${incident.id}.${format}`;
    response.set({
      'Content-Type': CONTENT_TYPES[format],
      'Content-Disposition': `inline; filename="${name}"`,
      'Content-Security-Policy': REPORT_POLICY,
    });
    response.send(body);
  });
  return router;
}

/**
 * The address of this exporter as the asker reached it. It ends up in commands to paste: a Host header that is more than
 * a name and a port is passed over.
 */
function askedThrough({ secure, headers: { host = '' }, socket }: Request): string {
  const scheme = secure ? 'https' : 'http';
  if (/^(?:[a-z\d](?:[a-z\d.-]{0,251})|\[[\da-f:.]{2,45}\])(?::\d{1,5})?$/i.test(host))
    return `${scheme}://${host}`;
  const address = socket.localAddress ?? '127.0.0.1';
  return `${scheme}://${isIPv6(address) ? `[${address}]` : address}:${socket.localPort}`;
}

async function written(
  captures: CaptureService,
  { watch, run, enrich, sources }: IncidentReportOptions,
  incident: ApiIncident,
  format: ReportFormat,
  exporterUrl: string,
): Promise<Buffer> {
  const status = watch.target(incident.target);
  const target = status && presentTarget(status);
  const { roots, trimPath } = sources();
  const known = capturesOf(captures, incident);
  const starts = [incident.openedAt, ...known.map(({ takenAt }) => takenAt)].map((at) => Date.parse(at));
  const fromMs = Math.min(...starts) - BEFORE_MS;
  const toMs = incident.closedAt === null ? Date.now() : Date.parse(incident.closedAt) + AFTER_MS;
  const model = await incidentReport({
    incident,
    captures: known,
    target: target && (enrich?.(target) ?? target),
    samples: { target: incident.target, ...watch.samples(incident.target, fromMs, toMs) },
    profile: (id, kind) => captures.input(id, kind),
    run,
    place: { exporterUrl },
    sourceRoots: roots,
    trimPath,
    nowMs: Date.now(),
  });
  return Buffer.from(await run('writtenReport', [], { model, format }));
}

/** What retention has taken is left out. */
function capturesOf(captures: CaptureService, incident: ApiIncident): ApiCapture[] {
  return [...captureIds(incident)].flatMap((id) => {
    try {
      const capture = captures.capture(id);
      return capture.state === 'pending' ? [] : [capture];
    } catch (error) {
      if (error instanceof LeaklineError && error.code === 'capture_unknown') return [];
      throw error;
    }
  });
}
