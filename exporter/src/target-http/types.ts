// Asking a target over HTTP: the one way in which Leakline talks to what it watches. Time, body and redirects
// are bounded; credentials come from the configuration only.

export interface TargetHttpLimits {
  timeoutMs: number;
  maxBytes: number;
}

export interface TargetResponse {
  status: number;
  contentType: string | undefined;
  body: Buffer;
}

export interface TargetHttp {
  /** Base address, ending in "/": "http://127.0.0.1:6060/debug/pprof/". */
  readonly baseUrl: string;
  /**
   * GET of a path relative to the base ("heap?gc=1"; "/debug/vars" from the root). Follows no redirect; rejects with a
   * LeaklineError (target_timeout, target_unreachable, target_too_large, target_redirected, target_tls …). Any status resolves.
   */
  get(path: string, limits: TargetHttpLimits, signal?: AbortSignal): Promise<TargetResponse>;
  /** As get, but hands over the body as it comes; keeps nothing. Resolves with the status and the length read. */
  stream(
    path: string,
    limits: TargetHttpLimits,
    onChunk: (chunk: Buffer) => void,
    signal?: AbortSignal,
  ): Promise<{ status: number; contentType: string | undefined; bytes: number }>;
  close(): void;
}
