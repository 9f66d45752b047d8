// Query parameters and bodies of the capture routes, checked: each message names the parameter and what is allowed.

import type { Request, RequestHandler } from 'express';
import express from 'express';
import { UsageError, LeaklineError } from '../../errors.js';
import { MAX_LIMIT, type PageQuery } from '../../capture/paging.js';
import { PROFILE_KINDS } from '../../capture/record.js';
import type { ProfileKind } from '../api.js';

/** A text in the query; undefined where it is absent or empty. Given twice it is refused. */
export function textParameter(request: Request, name: string): string | undefined {
  const value = request.query[name];
  if (value === undefined || value === '') return undefined;
  if (typeof value === 'string') return value;
  throw new UsageError('bad_parameter', `${name} must be given once`);
}

export function choiceParameter<T extends string>(
  request: Request,
  name: string,
  allowed: readonly T[],
): T | undefined {
  const value = textParameter(request, name);
  if (value === undefined) return undefined;
  const choice = allowed.find((each) => each === value);
  if (choice !== undefined) return choice;
  throw new UsageError('bad_parameter', `${name} must be one of ${allowed.join(', ')}`);
}

export function pageParameters(request: Request): PageQuery {
  const text = textParameter(request, 'limit');
  const limit = text === undefined ? undefined : Number(text);
  if (limit !== undefined && !(Number.isInteger(limit) && limit >= 1 && limit <= MAX_LIMIT)) {
    throw new UsageError('bad_parameter', `limit must be a whole number from 1 to ${MAX_LIMIT}`);
  }
  return { limit, cursor: textParameter(request, 'cursor') };
}

/** A profile kind in the path: an unknown one is not there. */
export function kindParameter(text: string): ProfileKind {
  const kind = PROFILE_KINDS.find((each) => each === text);
  if (kind) return kind;
  throw new LeaklineError(
    'profile_unknown',
    `there is no such profile; kinds are ${PROFILE_KINDS.join(', ')}`,
    {
      status: 404,
    },
  );
}

/** Reads a JSON body. */
export function jsonBody(maxBytes: number): RequestHandler[] {
  return [onlyJson, express.json({ limit: maxBytes, type: 'application/json' })];
}

/** Reads the bytes of a JSON body, for a route that chooses when to parse them. */
export function jsonBytes(maxBytes: number): RequestHandler[] {
  return [onlyJson, express.raw({ limit: maxBytes, type: 'application/json' })];
}

/**
 * Refuses any other content type: a page of another site can make a browser post a form or plain text here, but not
 * JSON.
 */
const onlyJson: RequestHandler = (request, _response, next) => {
  if (request.is('application/json') === 'application/json') next();
  else {
    const message = 'the body must be of Content-Type application/json';
    next(new UsageError('content_type', message, { status: 415 }));
  }
};

/** What was captured never changes: a reader may keep it for good. */
export const IMMUTABLE = 'private, max-age=31536000, immutable';
