// Queries and settings of the data source, as dashboards keep them.
import type { DataSourceJsonData } from '@grafana/data';
import type { DataQuery } from '@grafana/schema';

export const QUERY_TYPES = [
  'verdicts',
  'samples',
  'accounting',
  'captures',
  'allocators',
  'growth_over_time',
  'flamegraph',
  'goroutines',
  'incidents',
  'alerts',
] as const;
export type QueryType = (typeof QUERY_TYPES)[number];

export interface LeaklineQuery extends DataQuery {
  queryType: QueryType;
  /** Name of a target; empty: all of them. */
  target?: string;
  sample?: string;
  /** Id of a capture; empty: the newest in the time range. */
  capture?: string;
  /** Id of the capture to compare with; empty: the newest baseline before it. "none": nothing. */
  base?: string;
  granularity?: 'functions' | 'lines';
  /** Regular expression that function names must match. */
  filter?: string;
  /** Of the allocators: growth over the captures, or the top of one. */
  mode?: 'growth' | 'top';
}

export interface VariableQuery extends DataQuery {
  kind: 'targets' | 'captures';
  target?: string;
}

export interface LeaklineSettings extends DataSourceJsonData {
  /** Address of the exporter. Here and not in the data source's own URL, so that only the declared routes pass. */
  url?: string;
  /** The header that carries a bearer token; its value is secret. */
  httpHeaderName1?: string;
}

export interface LeaklineSecrets {
  basicAuthPassword?: string;
  httpHeaderValue1?: string;
}

export const DEFAULT_QUERY: Partial<LeaklineQuery> = { queryType: 'verdicts', target: '' };
