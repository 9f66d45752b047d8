// The app: it brings the data source and the panel, and says where to begin.
import React from 'react';
import { AppPlugin, type AppRootProps } from '@grafana/data';
import { LinkButton, Stack, Text } from '@grafana/ui';
import { translateThroughGrafana } from './grafana-i18n';
import { t } from './i18n';

translateThroughGrafana();

function Start(_props: AppRootProps): React.ReactElement {
  return (
    <Stack direction="column" gap={2}>
      <Text element="h1">Leakline</Text>
      <Text>
        {t(
          'app.start',
          'Add a Leakline data source that leads to an exporter, then a panel of the type “Leak diagnosis” to a dashboard.',
        )}
      </Text>
      <Stack direction="row" gap={1}>
        <LinkButton href="connections/datasources/leakline-memory-datasource">
          {t('app.addSource', 'Add a data source')}
        </LinkButton>
        <LinkButton variant="secondary" href="dashboard/new">
          {t('app.newDashboard', 'New dashboard')}
        </LinkButton>
      </Stack>
    </Stack>
  );
}

export const plugin = new AppPlugin().setRootPage(Start);
