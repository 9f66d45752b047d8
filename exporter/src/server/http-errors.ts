// Errors of the API: {"error": {"code", "message"}} with a fitting status. What was not meant for a reader is logged
// and told as an internal error; an upstream's body is never passed on.

import type { ErrorRequestHandler, RequestHandler } from 'express';
import { LeaklineError } from '../errors.js';
import type { Logger } from '../log.js';
import type { ApiError } from './api.js';

export function apiError(code: string, message: string): ApiError {
  return { error: { code, message } };
}

export function notFound(what: string): LeaklineError {
  return new LeaklineError('not_found', what, { status: 404 });
}

export const unknownRoute: RequestHandler = (request, response) => {
  response.status(404).json(apiError('unknown_route', `there is no ${request.method} ${request.path}`));
};

/** Errors of body-parser and express carry a status and a type; their messages hold nothing secret below 500. */
function statusOf(error: unknown): number {
  if (error instanceof LeaklineError) return error.status;
  const status = typeof error === 'object' && error !== null && 'status' in error ? error.status : undefined;
  return typeof status === 'number' && status >= 400 && status < 600 ? status : 500;
}

export function errorHandler(log: Logger): ErrorRequestHandler {
  return (error: unknown, request, response, next) => {
    if (response.headersSent) {
      next(error);
      return;
    }
    const status = statusOf(error);
    if (error instanceof LeaklineError) {
      response.status(status).json(apiError(error.code, error.message));
    } else if (status < 500) {
      const message = status === 413 ? 'the body is too large' : 'the request cannot be read';
      response.status(status).json(apiError(status === 413 ? 'body_too_large' : 'bad_request', message));
    } else {
      log.error({ err: error, method: request.method, path: request.path }, 'a request failed');
      response.status(500).json(apiError('internal', 'an internal error; the log of the exporter says more'));
    }
  };
}
