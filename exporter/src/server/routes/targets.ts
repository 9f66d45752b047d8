// GET targets, targets/:target, targets/:target/samples.

import { Router, type Request } from 'express';
import { UsageError } from '../../errors.js';
import type { TargetStatus, Watch } from '../../watch/types.js';
import type { ApiSamples, ApiTarget, Page } from '../api.js';
import { notFound } from '../http-errors.js';
import { presentTarget } from '../present.js';

/** Adds to a target what other parts know of it (baseline, open incident). */
export type Enrich = (target: ApiTarget) => ApiTarget;

export function targetsRouter(watch: Watch, enrich: Enrich = (target) => target): Router {
  const router = Router();
  const find = (name: string): TargetStatus => {
    const status = watch.target(name);
    if (!status) throw notFound(`no target is named "${name}"; GET /api/v1/targets lists them`);
    return status;
  };

  router.get('/targets', (_request, response) => {
    const items = watch.targets().map((status) => enrich(presentTarget(status)));
    response.json({ items, next: null } satisfies Page<ApiTarget>);
  });
  router.get('/targets/:target', (request, response) => {
    response.json(enrich(presentTarget(find(request.params.target))));
  });
  router.get('/targets/:target/samples', (request, response) => {
    const { name } = find(request.params.target);
    const series = watch.samples(
      name,
      timeParameter(request, 'from', -Infinity),
      timeParameter(request, 'to', Infinity),
    );
    response.json({ target: name, ...series } satisfies ApiSamples);
  });
  return router;
}

/** A time in a query: RFC 3339 or Unix ms. */
export function timeParameter(request: Request, name: string, absent: number): number {
  const text = request.query[name];
  if (text === undefined || text === '') return absent;
  const ms = typeof text === 'string' ? (/^\d+$/.test(text) ? Number(text) : Date.parse(text)) : NaN;
  if (Number.isNaN(ms)) {
    throw new UsageError(
      'bad_parameter',
      `${name} must be a time: RFC 3339 ("2024-05-01T12:00:00Z") or Unix milliseconds`,
    );
  }
  return ms;
}
