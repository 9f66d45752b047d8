export interface HostRequest {
  method: string;
  path: string;
  role: string;
  /** As they went upstream. */
  headers: Record<string, string | undefined>;
}

export interface Upstream {
  url: string;
  authorization?: string;
  /** Time after which the proxy gives up; 30 s as in Grafana where it is not given. */
  timeoutMs?: number;
}

export interface Host {
  /** With a slash at the end. */
  url: string;
  /** Where the proxy leads; may be changed while it runs. */
  upstream: Upstream;
  requests: HostRequest[];
  close: () => Promise<void>;
}

export function bundleHost(react?: 18 | 19): Promise<Buffer>;
export function serveHost(options: { bundles: Record<string, Buffer>; upstream: Upstream }): Promise<Host>;
