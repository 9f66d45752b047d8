// Queries of panels: of Prometheus, and of the Leakline data source (its fields: grafana-plugin/src/datasource/types.ts).

import type { Builder, Dataquery } from '@grafana/grafana-foundation-sdk/cog';
import type { DataSourceRef } from '@grafana/grafana-foundation-sdk/common';
import { DataqueryBuilder, PromQueryFormat } from '@grafana/grafana-foundation-sdk/prometheus';

const REF_IDS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ';

/** A series over the time range. */
export function promQuery(expr: string, legend = ''): DataqueryBuilder {
  const query = new DataqueryBuilder().expr(expr).range();
  return legend === '' ? query : query.legendFormat(legend);
}

/** The value now, for stats. */
export function promNow(expr: string, legend = ''): DataqueryBuilder {
  const query = new DataqueryBuilder().expr(expr).instant();
  return legend === '' ? query : query.legendFormat(legend);
}

/** The values now as rows, for tables. */
export function promRows(expr: string): DataqueryBuilder {
  return new DataqueryBuilder().expr(expr).instant().format(PromQueryFormat.Table);
}

/** Queries are A, B, C … in their order: overrides and transformations go by that. */
export function lettered<T extends { refId(refId: string): unknown }>(queries: readonly T[]): T[] {
  queries.forEach((query, index) => query.refId(REF_IDS.charAt(index)));
  return [...queries];
}

export interface LeaklineFields {
  queryType: string;
  target?: string;
  sample?: string;
  mode?: string;
}

interface LeaklineQuery extends LeaklineFields, Dataquery {
  refId?: string;
  datasource: DataSourceRef;
}

/** A query of the Leakline data source. */
export class LeaklineQueryBuilder implements Builder<Dataquery> {
  readonly #query: LeaklineQuery;

  constructor(datasource: DataSourceRef, fields: LeaklineFields) {
    this.#query = { datasource, ...fields, _implementsDataqueryVariant: () => undefined };
  }

  refId(refId: string): this {
    this.#query.refId = refId;
    return this;
  }

  build(): LeaklineQuery {
    return this.#query;
  }
}
