// What can go wrong between a panel and an exporter, sorted by what a person does about it.

export type ProblemKind =
  /** No answer, or the proxy gave up: start the exporter, mend the URL. */
  | 'unreachable'
  /** The exporter wants other credentials, or the person may not do this. */
  | 'unauthorised'
  /** The thing asked for is not there (any more). */
  | 'not_found'
  /** The exporter does not know the route: it is older than the plugin. */
  | 'old_version'
  /** The exporter refused, and says why. */
  | 'refused';

export class ApiProblem extends Error {
  constructor(
    readonly kind: ProblemKind,
    message: string,
    readonly status = 0,
    readonly code = '',
  ) {
    super(message);
    this.name = 'ApiProblem';
  }
}

function errorOf(body: unknown): { code: string; message: string } | null {
  if (typeof body !== 'object' || body === null || !('error' in body)) return null;
  const error = body.error;
  if (typeof error !== 'object' || error === null) return null;
  if (!('code' in error) || !('message' in error)) return null;
  return { code: String(error.code), message: String(error.message) };
}

/**
 * Sorts an answer that is not a success. `viaProxy`: Grafana's data-source proxy passes an upstream 401 on as 400
 * and answers 502 or 504 itself when the exporter does not.
 */
export function problemOf(status: number, body: unknown, viaProxy: boolean): ApiProblem {
  const error = errorOf(body);
  const said = error?.message ?? '';
  const code = error?.code ?? '';
  if (status === 0 || status === 502 || status === 503 || status === 504) {
    return new ApiProblem('unreachable', said || 'The exporter does not answer.', status, code);
  }
  const hidden401 = viaProxy && status === 400 && (error === null || /^unauthori[sz]ed$/.test(code));
  if (status === 401 || status === 403 || hidden401) {
    return new ApiProblem('unauthorised', said || 'The exporter asks for credentials.', status, code);
  }
  if (status === 404) {
    return error !== null && code !== 'unknown_route'
      ? new ApiProblem('not_found', said, status, code)
      : new ApiProblem('old_version', said || 'The exporter does not know this route.', status, code);
  }
  return new ApiProblem('refused', said || `The exporter answered ${status}.`, status, code);
}

/** Anything thrown, as a problem. */
export function toProblem(error: unknown): ApiProblem {
  if (error instanceof ApiProblem) return error;
  return new ApiProblem('unreachable', error instanceof Error ? error.message : String(error));
}
