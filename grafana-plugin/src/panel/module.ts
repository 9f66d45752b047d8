// The panel plugin: options and wiring only.
import { PanelPlugin } from '@grafana/data';
import { translateThroughGrafana } from '../grafana-i18n';
import { t } from '../i18n';
import { GrafanaPanel } from './GrafanaPanel';
import { DEFAULT_OPTIONS, migrateOptions, type PanelOptions } from './options';

translateThroughGrafana();

export const plugin = new PanelPlugin<PanelOptions>(GrafanaPanel)
  .setMigrationHandler((panel) => migrateOptions(panel.options))
  .setPanelOptions((builder) =>
    builder
      .addTextInput({
        path: 'target',
        name: t('options.target', 'Target'),
        description: t('options.targetHelp', 'A name or a variable, where the queries give several'),
        defaultValue: DEFAULT_OPTIONS.target,
      })
      .addBooleanSwitch({
        path: 'showAccounting',
        name: t('options.accounting', 'Memory accounting'),
        defaultValue: DEFAULT_OPTIONS.showAccounting,
      })
      .addBooleanSwitch({
        path: 'showBaseline',
        name: t('options.baseline', 'Baseline against now'),
        defaultValue: DEFAULT_OPTIONS.showBaseline,
      })
      .addTextInput({
        path: 'sourceLink',
        name: t('options.sourceLink', 'Link to the source'),
        description: t(
          'options.sourceLinkHelp',
          'Address of a line of code, such as https://{module}/blob/{revision}/{path}#L{line}; empty: as the exporter is configured',
        ),
        defaultValue: DEFAULT_OPTIONS.sourceLink,
      }),
  );
