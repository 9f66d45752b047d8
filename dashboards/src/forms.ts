// The two forms of a dashboard: for provisioning from files (data sources are chosen by variables), and for import by
// hand, where Grafana asks for them (`__inputs`) and checks what is needed (`__requires`).

import type { Dashboard, Panel, RowPanel } from '@grafana/grafana-foundation-sdk/dashboard';

/** The oldest Grafana that the app supports. */
const GRAFANA_VERSION = '12.3.0';

/** As the SDK built it, with ids in the order of the panels, as Grafana would number them. */
export function provisioningForm(built: Dashboard): Record<string, unknown> {
  let id = 0;
  const panels = (built.panels ?? []).map((panel) => ({ ...panel, id: ++id }));
  return plain({ ...built, panels });
}

interface Input {
  name: string;
  label: string;
  pluginId: string;
  pluginName: string;
  pluginVersion: string;
}

const INPUTS: (Input & { variable: string })[] = [
  {
    variable: 'prometheus_datasource',
    name: 'DS_PROMETHEUS',
    label: 'Prometheus',
    pluginId: 'prometheus',
    pluginName: 'Prometheus',
    pluginVersion: '1.0.0',
  },
  {
    variable: 'leakline_datasource',
    name: 'DS_LEAKLINE',
    label: 'Leakline',
    pluginId: 'leakline-memory-datasource',
    pluginName: 'Leakline',
    pluginVersion: '0.1.0',
  },
];

const PANEL_NAMES: Record<string, string> = {
  stat: 'Stat',
  table: 'Table',
  timeseries: 'Time series',
  'state-timeline': 'State timeline',
  'leakline-memory-panel': 'Leak diagnosis',
};

/** The variables of data sources are gone: the inputs take their place. */
export function importForm(built: Dashboard): Record<string, unknown> {
  const provisioned = provisioningForm(built);
  const text = JSON.stringify(provisioned);
  const inputs = INPUTS.filter(({ variable }) => text.includes(variable));
  let replaced = text;
  for (const { variable, name } of inputs) {
    // A link keeps the data source of the dashboard that it leads to.
    replaced = replaced
      .replaceAll(`\${${variable}:queryparam}&`, '')
      .replaceAll(`\${${variable}}`, `\${${name}}`);
  }
  const dashboard = JSON.parse(replaced) as { templating: { list: { type: string }[] } };
  dashboard.templating.list = dashboard.templating.list.filter(({ type }) => type !== 'datasource');
  const panelTypes = [...new Set((built.panels ?? []).filter(isPanel).map(({ type }) => type))].sort();
  return {
    __inputs: inputs.map(({ name, label, pluginId, pluginName }) => ({
      name,
      label,
      description: '',
      type: 'datasource',
      pluginId,
      pluginName,
    })),
    __requires: [
      { type: 'grafana', id: 'grafana', name: 'Grafana', version: GRAFANA_VERSION },
      ...inputs.map(({ pluginId, pluginName, pluginVersion }) => ({
        type: 'datasource',
        id: pluginId,
        name: pluginName,
        version: pluginVersion,
      })),
      ...panelTypes.map((type) => ({
        type: 'panel',
        id: type,
        name: PANEL_NAMES[type] ?? type,
        version: '',
      })),
    ],
    ...dashboard,
    id: null,
  };
}

function isPanel(panel: Panel | RowPanel): panel is Panel {
  return panel.type !== 'row';
}

/** Functions and what is undefined are no JSON. */
function plain(value: unknown): Record<string, unknown> {
  return JSON.parse(JSON.stringify(value)) as Record<string, unknown>;
}
