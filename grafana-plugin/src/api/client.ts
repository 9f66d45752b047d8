// The one typed doorway to the exporter's API, /api/v1/. How a request travels (Grafana's data-source proxy, or the
// page's own origin) comes in as a Transport.

import type {
  ApiCapture,
  ApiGrowth,
  ApiIncident,
  ApiSamples,
  ApiTarget,
  Page,
  ProfileKind,
} from 'leakline/api';
import { ApiProblem } from './problem';
import type { FlameReport, ListReport, PeekReport, TopReport } from './reports';

export type Query = Record<string, string | number | undefined>;

export interface Transport {
  /** Rejects with an ApiProblem. */
  json<T>(
    method: 'GET' | 'POST',
    path: string,
    query?: Query,
    body?: unknown,
    signal?: AbortSignal,
  ): Promise<T>;
  text(path: string, query?: Query, signal?: AbortSignal): Promise<string>;
  /** Address of an API path for a link or a download. */
  href(path: string, query?: Query): string;
  /** The same for a tool outside of the browser; null where only the browser's session may pass. */
  toolHref(path: string): string | null;
}

export interface TimeSpan {
  fromMs: number;
  toMs: number;
}

export interface AnalysisOptions {
  /** Id of the capture to take off. */
  base?: string;
  sample?: string;
  granularity?: 'functions' | 'lines' | 'files';
  focus?: string;
  profile?: ProfileKind;
  /** Keeps what the base has too, instead of only what is left when it is taken off. */
  diffBase?: 'true';
}

/** A capture takes as long as the target's garbage collection: the list is asked again, not held open. */
const MOST_PAGES = 20;
const RECENT_INCIDENTS = 20;

export class LeaklineApi {
  constructor(readonly transport: Transport) {}

  async targets(signal?: AbortSignal): Promise<ApiTarget[]> {
    return this.all<ApiTarget>('targets', {}, signal);
  }

  /** Version of the exporter, as its API's description tells it; empty where it tells none. */
  async version(signal?: AbortSignal): Promise<string> {
    try {
      const description: { info: { version: string } } = await this.get('openapi.json', {}, signal);
      return description.info.version;
    } catch (error) {
      // Exporters that do not describe their API do not tell their version either.
      if (error instanceof ApiProblem && error.kind === 'old_version') return '';
      throw error;
    }
  }

  target(name: string, signal?: AbortSignal): Promise<ApiTarget> {
    return this.get(`targets/${encodeURIComponent(name)}`, {}, signal);
  }

  samples(name: string, span: TimeSpan, signal?: AbortSignal): Promise<ApiSamples> {
    return this.get(`targets/${encodeURIComponent(name)}/samples`, spanQuery(span), signal);
  }

  growth(name: string, span: Partial<TimeSpan>, sample?: string, signal?: AbortSignal): Promise<ApiGrowth> {
    return this.get(`targets/${encodeURIComponent(name)}/growth`, { ...spanQuery(span), sample }, signal);
  }

  captures(target: string | undefined, span: Partial<TimeSpan>, signal?: AbortSignal): Promise<ApiCapture[]> {
    return this.all<ApiCapture>('captures', { target, ...spanQuery(span) }, signal);
  }

  capture(id: string, signal?: AbortSignal): Promise<ApiCapture> {
    return this.get(`captures/${encodeURIComponent(id)}`, {}, signal);
  }

  /** Asks for a capture now; it is taken in the background. */
  async takeCapture(target: string, kinds: ProfileKind[] = []): Promise<{ id: string }> {
    const body = kinds.length === 0 ? { target } : { target, kinds };
    return this.transport.json<{ id: string }>('POST', 'captures', {}, body);
  }

  incidents(signal?: AbortSignal): Promise<ApiIncident[]> {
    return this.all<ApiIncident>('incidents', {}, signal);
  }

  /** The newest of a target; enough to look back, and one request. */
  async recentIncidents(target: string, signal?: AbortSignal): Promise<ApiIncident[]> {
    const page: Page<ApiIncident> = await this.get('incidents', { target, limit: RECENT_INCIDENTS }, signal);
    return page.items;
  }

  async newestIncidents(signal?: AbortSignal): Promise<ApiIncident[]> {
    const page: Page<ApiIncident> = await this.get('incidents', { limit: RECENT_INCIDENTS }, signal);
    return page.items;
  }

  incident(id: string, signal?: AbortSignal): Promise<ApiIncident> {
    return this.get(`incidents/${encodeURIComponent(id)}`, {}, signal);
  }

  top(id: string, options: AnalysisOptions, signal?: AbortSignal): Promise<TopReport> {
    return this.get(`captures/${encodeURIComponent(id)}/top`, { ...options }, signal);
  }

  peek(
    id: string,
    functionName: string,
    options: AnalysisOptions,
    signal?: AbortSignal,
  ): Promise<PeekReport> {
    return this.get(
      `captures/${encodeURIComponent(id)}/peek`,
      { ...options, function: exactly(functionName) },
      signal,
    );
  }

  list(
    id: string,
    functionName: string,
    options: AnalysisOptions,
    signal?: AbortSignal,
  ): Promise<ListReport> {
    return this.get(
      `captures/${encodeURIComponent(id)}/list`,
      { ...options, function: exactly(functionName) },
      signal,
    );
  }

  flamegraph(id: string, options: AnalysisOptions, signal?: AbortSignal): Promise<FlameReport> {
    return this.get(`captures/${encodeURIComponent(id)}/flamegraph`, { ...options }, signal);
  }

  /** The call graph as SVG. */
  callgraph(id: string, options: AnalysisOptions, signal?: AbortSignal): Promise<string> {
    return this.transport.text(`captures/${encodeURIComponent(id)}/callgraph`, { ...options }, signal);
  }

  profileHref(id: string, kind: ProfileKind): string {
    return this.transport.href(`captures/${encodeURIComponent(id)}/profiles/${kind}`);
  }

  /** Address that `go tool pprof` opens; null where it cannot. */
  profileUrlForTools(id: string, kind: ProfileKind): string | null {
    return this.transport.toolHref(`captures/${encodeURIComponent(id)}/profiles/${kind}`);
  }

  incidentHref(id: string): string {
    return this.transport.href(`incidents/${encodeURIComponent(id)}`);
  }

  /** The incident written up; the exporter names the file. */
  incidentReportHref(id: string, format: 'html' | 'pdf' | 'md'): string {
    return this.transport.href(`incidents/${encodeURIComponent(id)}/report`, { format });
  }

  private get<T>(path: string, query: Query, signal?: AbortSignal): Promise<T> {
    return this.transport.json<T>('GET', path, query, undefined, signal);
  }

  private async all<T>(path: string, query: Query, signal?: AbortSignal): Promise<T[]> {
    const items: T[] = [];
    let cursor: string | undefined;
    for (let page = 0; page < MOST_PAGES; page++) {
      const answer: Page<T> = await this.get(path, { ...query, cursor }, signal);
      items.push(...answer.items);
      if (answer.next === null) break;
      cursor = answer.next;
    }
    return items;
  }
}

function spanQuery({ fromMs, toMs }: Partial<TimeSpan>): Query {
  return {
    from: fromMs === undefined ? undefined : new Date(fromMs).toISOString(),
    to: toMs === undefined ? undefined : new Date(toMs).toISOString(),
  };
}

/** "?a=1&b=2" without what is undefined or empty; "" when nothing is left. */
export function queryString(query: Query = {}): string {
  const params = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined && value !== '') params.set(name, String(value));
  }
  const text = params.toString();
  return text === '' ? '' : `?${text}`;
}

/** A pattern that matches one function name and nothing else. */
function exactly(name: string): string {
  return `^${name.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&')}$`;
}
