// Requests through Grafana's data-source proxy: credentials stay on Grafana's server. What the proxy does to errors is
// undone in one place, api/problem.ts.
import { lastValueFrom, Subject, takeUntil } from 'rxjs';
import { type BackendSrv, type FetchError, isFetchError } from '@grafana/runtime';
import { type Query, queryString, type Transport } from '../api/client';
import { ApiProblem, problemOf } from '../api/problem';

export class ProxyTransport implements Transport {
  constructor(
    /** "/api/datasources/proxy/uid/…", as Grafana gives it to a data source. */
    private readonly proxyUrl: string,
    private readonly backend: () => Pick<BackendSrv, 'fetch'>,
  ) {}

  json<T>(
    method: 'GET' | 'POST',
    path: string,
    query?: Query,
    body?: unknown,
    signal?: AbortSignal,
  ): Promise<T> {
    return this.send<T>({ method, url: this.href(path, query), data: body, responseType: 'json' }, signal);
  }

  text(path: string, query?: Query, signal?: AbortSignal): Promise<string> {
    return this.send<string>({ method: 'GET', url: this.href(path, query), responseType: 'text' }, signal);
  }

  href(path: string, query?: Query): string {
    return `${this.proxyUrl}/api/v1/${path}${queryString(query)}`;
  }

  /** The proxy wants the browser's session: a tool outside of it opens the saved file. */
  toolHref(): null {
    return null;
  }

  private async send<T>(
    request: { method: string; url: string; data?: unknown; responseType: 'json' | 'text' },
    signal?: AbortSignal,
  ): Promise<T> {
    const ended = new Subject<void>();
    const end = (): void => ended.next();
    signal?.addEventListener('abort', end);
    try {
      const answer = this.backend().fetch<T>({ ...request, showErrorAlert: false });
      const response = await lastValueFrom(answer.pipe(takeUntil(ended)), { defaultValue: null });
      if (response === null) throw new ApiProblem('unreachable', 'The request was given up.');
      return response.data;
    } catch (error) {
      if (isFetchError<unknown>(error)) throw problemOfFetch(error);
      throw error;
    } finally {
      signal?.removeEventListener('abort', end);
    }
  }
}

function problemOfFetch(error: FetchError<unknown>): ApiProblem {
  return problemOf(error.status, error.data, true);
}
