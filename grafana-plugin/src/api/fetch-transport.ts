// Requests from a page that the exporter itself served: same origin, the browser's own credentials.

import { ApiProblem, problemOf } from './problem';
import { queryString, type Query, type Transport } from './client';

/** Longer than the exporter's own limit for one analysis; a lost connection must not look like slow work for ever. */
const REQUEST_TIMEOUT_MS = 30_000;

export class FetchTransport implements Transport {
  constructor(
    private readonly base: string,
    private readonly fetchFn: typeof fetch = (input, init) => fetch(input, init),
  ) {}

  async json<T>(
    method: 'GET' | 'POST',
    path: string,
    query?: Query,
    body?: unknown,
    signal?: AbortSignal,
  ): Promise<T> {
    const response = await this.send(method, path, query, body, signal);
    const answer: T = await response.json();
    return answer;
  }

  async text(path: string, query?: Query, signal?: AbortSignal): Promise<string> {
    return (await this.send('GET', path, query, undefined, signal)).text();
  }

  href(path: string, query?: Query): string {
    return `${this.base}${path}${queryString(query)}`;
  }

  toolHref(path: string): string {
    return new URL(this.href(path), location.href).href;
  }

  private async send(
    method: string,
    path: string,
    query?: Query,
    body?: unknown,
    signal?: AbortSignal,
  ): Promise<Response> {
    const timeout = AbortSignal.timeout(REQUEST_TIMEOUT_MS);
    let response: Response;
    try {
      response = await this.fetchFn(this.href(path, query), {
        method,
        signal: signal ? AbortSignal.any([signal, timeout]) : timeout,
        headers: body === undefined ? {} : { 'Content-Type': 'application/json' },
        body: body === undefined ? undefined : JSON.stringify(body),
      });
    } catch (error) {
      if (signal?.aborted) throw error;
      throw new ApiProblem('unreachable', 'The exporter does not answer.');
    }
    if (!response.ok) {
      const answer: unknown = await response.json().catch(() => null);
      throw problemOf(response.status, answer, false);
    }
    return response;
  }
}
