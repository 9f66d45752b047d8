// What every request passes first: headers that keep a browser from doing harm, the Host check against DNS rebinding,
// and authentication by the web configuration.

import { isIP } from 'node:net';
import type { RequestHandler } from 'express';
import { apiError } from './http-errors.js';

/** The page needs its own scripts and styles only. Styles set by scripts (charts) need 'unsafe-inline' for styles. */
const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data:",
  "font-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

export const securityHeaders: RequestHandler = (_request, response, next) => {
  response.set({
    'Content-Security-Policy': CONTENT_SECURITY_POLICY,
    'X-Content-Type-Options': 'nosniff',
    'X-Frame-Options': 'DENY',
    'Referrer-Policy': 'no-referrer',
    'Cross-Origin-Resource-Policy': 'same-origin',
  });
  next();
};

/**
 * A page of the web can make a browser ask a loopback address under a name of its own (DNS rebinding): on a loopback
 * listener only loopback names are answered. Elsewhere the operator's names are not known and authentication guards.
 */
export function loopbackHostCheck(listensOnLoopback: boolean): RequestHandler {
  return (request, response, next) => {
    const host = hostOf(request.headers.host);
    if (!listensOnLoopback || isLoopbackHost(host)) next();
    else response.status(421).json(apiError('wrong_host', 'this listener answers under loopback names only'));
  };
}

function hostOf(header: string | undefined): string {
  if (header === undefined) return '';
  return header.startsWith('[') ? header.slice(1, header.indexOf(']')) : header.replace(/:\d+$/, '');
}

export function isLoopbackHost(host: string): boolean {
  if (/^localhost\.?$/i.test(host) || host === '::1') return true;
  return isIP(host) === 4 && host.startsWith('127.');
}

/** What the web configuration asks of a request: further headers of the answer, and who may ask. */
export interface WebGate {
  headers(): Promise<Record<string, string>>;
  /** Whether the Authorization header opens the door; true where no users are configured. */
  isAllowed(authorization: string | undefined): Promise<boolean>;
}

export function webHeaders(gate: WebGate): RequestHandler {
  return async (_request, response, next) => {
    response.set(await gate.headers());
    next();
  };
}

export function basicAuth(gate: WebGate): RequestHandler {
  return async (request, response, next) => {
    if (await gate.isAllowed(request.headers.authorization)) {
      next();
      return;
    }
    response.set('WWW-Authenticate', 'Basic realm="leakline", charset="UTF-8"');
    response.status(401).json(apiError('unauthorized', 'a user name and a password are needed'));
  };
}
