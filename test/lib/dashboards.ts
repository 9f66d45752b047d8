// The queries of the shipped dashboards, as Grafana would ask them of Prometheus.

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { REPOSITORY } from './stack.js';

const FOLDER = join(REPOSITORY, 'dashboards/json/provisioning');

interface DashboardJson {
  uid: string;
  panels: { title: string; targets?: { refId: string; expr?: string }[] }[];
  templating: { list: { type: string; name: string; query?: string }[] };
  annotations: { list: { name: string; expr?: string }[] };
}

export interface PanelQuery {
  dashboard: string;
  panel: string;
  expr: string;
}

function dashboards(): DashboardJson[] {
  return readdirSync(FOLDER).map(
    (name) => JSON.parse(readFileSync(join(FOLDER, name), 'utf8')) as DashboardJson,
  );
}

/** Every query of every panel. */
export function panelQueries(): PanelQuery[] {
  return dashboards().flatMap(({ uid, panels }) =>
    panels.flatMap(({ title, targets = [] }) =>
      targets.flatMap(({ refId, expr }) =>
        expr === undefined ? [] : [{ dashboard: uid, panel: `${title} ${refId}`, expr }],
      ),
    ),
  );
}

/** The queries of annotations. */
export function annotationQueries(): PanelQuery[] {
  return dashboards().flatMap(({ uid, annotations }) =>
    annotations.list.flatMap(({ name, expr }) =>
      expr === undefined ? [] : [{ dashboard: uid, panel: name, expr }],
    ),
  );
}

/** The queries of variables: the series whose label is listed, and the label. */
export function variableQueries(): (PanelQuery & { label: string })[] {
  return dashboards().flatMap(({ uid, templating }) =>
    templating.list.flatMap(({ type, name, query = '' }) => {
      const [, expr, label] = /^label_values\((.+), (\w+)\)$/.exec(query) ?? [];
      return type === 'query' && expr && label ? [{ dashboard: uid, panel: `$${name}`, expr, label }] : [];
    }),
  );
}

/** A query with the dashboard's variables filled in. */
export function filledIn(expr: string, variables: Record<string, string>): string {
  return expr
    .replaceAll('$__rate_interval', variables.__rate_interval ?? '1m')
    .replaceAll('$__range', variables.__range ?? '1h')
    .replaceAll(/\$(job|instance|target)\b/g, (_, name: string) => variables[name] ?? '.+');
}
