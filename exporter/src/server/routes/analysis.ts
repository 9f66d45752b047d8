// GET captures/:id/{top,peek,list,flamegraph,callgraph}: the reports of `go tool pprof` on a captured profile, against
// another capture where `base` names one. Captures never change: answers are cached by request, bounded.

import { createHash } from 'node:crypto';
import { Router, type Request } from 'express';
import { ByteLru } from '../../capture/lru.js';
import type { CaptureService } from '../../capture/service.js';
import { UsageError } from '../../errors.js';
import {
  PICTURE_FORMATS,
  REPORT_KINDS,
  type PictureFormat,
  type ReportKind,
  type ReportRequest,
} from '../../profile/report-analysis.js';
import { GRANULARITIES, type ReportOptions } from '../../profile/report/index.js';
import { VERSION } from '../../version.js';
import { choiceParameter, IMMUTABLE, kindParameter, textParameter } from './parameters.js';
import type { ProfileInput } from '../../profile/kept-profile.js';

/** Body of a report over profiles, the base's at the end; rejects with a LeaklineError. */
export type RunReport = (profiles: readonly ProfileInput[], request: ReportRequest) => Promise<Uint8Array>;

const CACHE_BYTES = 32 * 1024 * 1024;
/** Longer than any pattern that a person writes. */
const MAX_TEXT_LENGTH = 4096;
const MAX_NODES = 10_000;

const TEXT_OPTIONS = [
  ['sample', 'sampleIndex'],
  ['focus', 'focus'],
  ['ignore', 'ignore'],
  ['hide', 'hide'],
  ['show', 'show'],
  ['showFrom', 'showFrom'],
  ['tagfocus', 'tagFocus'],
  ['tagignore', 'tagIgnore'],
  ['trimPath', 'trimPath'],
  ['unit', 'unit'],
] as const;

const CONTENT_TYPES: Record<PictureFormat, string> = {
  svg: 'image/svg+xml; charset=utf-8',
  dot: 'text/vnd.graphviz; charset=utf-8',
  pdf: 'application/pdf',
  json: 'application/json; charset=utf-8',
};

export function analysisRouter(captures: CaptureService, run: RunReport): Router {
  const router = Router();
  const cache = new ByteLru<Uint8Array>(CACHE_BYTES, (body) => body.length);

  for (const kind of REPORT_KINDS) {
    router.get(`/captures/:id/${kind}`, async (request: Request<{ id: string }>, response) => {
      const { id } = request.params;
      const profileKind = kindParameter(textParameter(request, 'profile') ?? 'heap');
      const base = textParameter(request, 'base');
      const report = reportRequest(request, kind, base === undefined ? 0 : 1);
      const digests = [id, base].map((each) =>
        each === undefined ? '' : captures.digest(each, profileKind),
      );
      const isSettled = digests.every((digest) => digest !== undefined);
      const key = JSON.stringify([digests, profileKind, report]);
      const make = () =>
        captures.withProfiles(base === undefined ? [id] : [id, base], profileKind, (profiles) =>
          run(profiles, report),
        );
      const body = await (isSettled ? cache.get(key, make) : make());
      // A source file that `list` shows may change; what a profile says does not.
      const isImmutable = isSettled && kind !== 'list';
      response.set('Cache-Control', isImmutable ? IMMUTABLE : 'no-store');
      // By what was asked, since to hash a body of megabytes would hold up all others.
      if (isImmutable)
        response.set(
          'ETag',
          `"${createHash('sha256')
            .update(key + VERSION)
            .digest('hex')}"`,
        );
      response
        .set('Content-Type', CONTENT_TYPES[report.format ?? 'json'])
        .send(Buffer.from(body.buffer, body.byteOffset, body.byteLength));
    });
  }
  return router;
}

function reportRequest(request: Request, kind: ReportKind, baseCount: number): ReportRequest {
  const report: ReportRequest = {
    kind,
    baseCount,
    keepBase: flag(request, 'diffBase'),
    normalize: flag(request, 'normalize'),
    options: reportOptions(request),
  };
  if (kind === 'peek' || kind === 'list') {
    report.function = boundedText(request, 'function');
    if (report.function === undefined) {
      throw new UsageError(
        'bad_parameter',
        'function is needed: a pattern of function names, for example "cache.*Put"',
      );
    }
  }
  if (kind === 'callgraph') {
    report.format = choiceParameter(request, 'format', PICTURE_FORMATS) ?? 'svg';
    report.theme = choiceParameter(request, 'theme', ['light', 'dark', 'auto']) ?? 'auto';
  }
  return report;
}

function reportOptions(request: Request): Partial<ReportOptions> {
  const options: Partial<ReportOptions> = {
    cum: flag(request, 'cum'),
    noInlines: flag(request, 'noinlines'),
  };
  for (const [parameter, option] of TEXT_OPTIONS) {
    const text = boundedText(request, parameter);
    if (text !== undefined) options[option] = text;
  }
  const granularity = choiceParameter(request, 'granularity', GRANULARITIES);
  if (granularity) options.granularity = granularity;
  const nodeCount = numberParameter(request, 'nodecount', MAX_NODES);
  if (nodeCount !== undefined) options.nodeCount = Math.floor(nodeCount);
  const nodeFraction = numberParameter(request, 'nodefraction', 1);
  if (nodeFraction !== undefined) options.nodeFraction = nodeFraction;
  const edgeFraction = numberParameter(request, 'edgefraction', 1);
  if (edgeFraction !== undefined) options.edgeFraction = edgeFraction;
  return options;
}

function boundedText(request: Request, name: string): string | undefined {
  const text = textParameter(request, name);
  if (text !== undefined && text.length > MAX_TEXT_LENGTH) {
    throw new UsageError('bad_parameter', `${name} may have ${MAX_TEXT_LENGTH} characters`);
  }
  return text;
}

function flag(request: Request, name: string): boolean {
  return choiceParameter(request, name, ['true', 'false', '1', '0']) === undefined
    ? false
    : ['true', '1'].includes(textParameter(request, name)!);
}

function numberParameter(request: Request, name: string, most: number): number | undefined {
  const text = textParameter(request, name);
  if (text === undefined) return undefined;
  const value = Number(text);
  if (!(value >= 0 && value <= most)) {
    throw new UsageError('bad_parameter', `${name} must be a number from 0 to ${most}`);
  }
  return value;
}
