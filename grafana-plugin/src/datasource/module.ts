import { DataSourcePlugin } from '@grafana/data';
import { translateThroughGrafana } from '../grafana-i18n';
import { ConfigEditor } from './ConfigEditor';
import { LeaklineDataSource } from './datasource';
import { QueryEditor } from './QueryEditor';
import type { LeaklineQuery, LeaklineSecrets, LeaklineSettings } from './types';

translateThroughGrafana();

export const plugin = new DataSourcePlugin<
  LeaklineDataSource,
  LeaklineQuery,
  LeaklineSettings,
  LeaklineSecrets
>(LeaklineDataSource)
  .setConfigEditor(ConfigEditor)
  .setQueryEditor(QueryEditor);
