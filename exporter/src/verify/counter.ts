// A counter of operations that the service itself publishes: URL#NAME, of expvar (JSON, dots lead into objects) or of a
// Prometheus endpoint (all label sets of the name together).
// Sources: Prometheus text exposition format 0.0.4; package expvar.

import { LeaklineError } from '../errors.js';
import { createTargetHttp } from '../target-http/client.js';

/** Pages of metrics have some megabytes at the most. */
const LIMITS = { timeoutMs: 10_000, maxBytes: 32 * 2 ** 20 };

export interface Counter {
  readonly name: string;
  /** Rejects with a LeaklineError (`counter_missing`, `target_*`). */
  read(): Promise<number>;
  close(): void;
}

/** `address` is URL#NAME. */
export function openCounter(address: string): Counter {
  const hash = address.indexOf('#');
  const url = new URL(address.slice(0, hash));
  const name = address.slice(hash + 1);
  const http = createTargetHttp(`${url.origin}/`);
  const path = url.pathname + url.search;
  return {
    name,
    async read() {
      const { status, body } = await http.get(path, LIMITS);
      if (status < 200 || status >= 300)
        throw new LeaklineError(
          'counter_missing',
          `${url.href} answers with status ${status}: no counter ${name}`,
        );
      const value = counterIn(body.toString('utf8'), name);
      if (value === undefined)
        throw new LeaklineError('counter_missing', `there is no counter ${name} at ${url.href}`);
      return value;
    },
    close: () => http.close(),
  };
}

/** The value of a counter on a page of expvar or Prometheus; undefined where it is not there. */
export function counterIn(page: string, name: string): number | undefined {
  return page.trimStart().startsWith('{') ? inExpvar(page, name) : inPrometheus(page, name);
}

function inExpvar(page: string, name: string): number | undefined {
  let value: unknown;
  try {
    value = JSON.parse(page);
  } catch {
    return undefined;
  }
  const own = (from: unknown, key: string): unknown =>
    typeof from === 'object' && from !== null && Object.hasOwn(from, key)
      ? (from as Record<string, unknown>)[key]
      : undefined;
  // Names of expvar may hold dots themselves.
  const found = own(value, name) ?? name.split('.').reduce(own, value);
  return typeof found === 'number' && Number.isFinite(found) ? found : undefined;
}

function inPrometheus(page: string, name: string): number | undefined {
  let total: number | undefined;
  for (const line of page.split('\n')) {
    if (!line.startsWith(name)) continue;
    const rest = line.slice(name.length);
    if (rest[0] !== ' ' && rest[0] !== '{' && rest[0] !== '\t') continue;
    // A label value may hold spaces and braces, never an unescaped quote.
    const value = Number(/^(?:\{(?:[^"}]|"(?:[^"\\]|\\.)*")*\})?\s+(\S+)/.exec(rest)?.[1]);
    if (Number.isFinite(value)) total = (total ?? 0) + value;
  }
  return total;
}
