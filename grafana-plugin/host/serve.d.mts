export interface HostRequest {
  method: string;
  path: string;
  role: string;
}

export interface Host {
  /** With a slash at the end. */
  url: string;
  /** Where the proxy leads; may be changed while it runs. */
  upstream: { url: string; authorization?: string };
  requests: HostRequest[];
  close: () => Promise<void>;
}

export function bundleHost(): Promise<Buffer>;
export function serveHost(options: {
  bundle: Buffer;
  upstream: { url: string; authorization?: string };
  proxyTimeoutMs?: number;
}): Promise<Host>;
