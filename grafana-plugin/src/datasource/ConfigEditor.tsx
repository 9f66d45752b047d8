// Settings of the data source: where the exporter is and how to sign in. Secrets go to secureJsonData only.
import React from 'react';
import type { DataSourcePluginOptionsEditorProps } from '@grafana/data';
import { Field, Input, RadioButtonGroup, SecretInput } from '@grafana/ui';
import { t } from '../i18n';
import type { LeaklineSecrets, LeaklineSettings } from './types';

type Props = DataSourcePluginOptionsEditorProps<LeaklineSettings, LeaklineSecrets>;
type Auth = 'none' | 'basic' | 'bearer';

const BEARER = 'Bearer ';
const FIELD_WIDTH = 50;

export function ConfigEditor({ options, onOptionsChange }: Props): React.ReactElement {
  const { jsonData, secureJsonData, secureJsonFields } = options;
  const auth: Auth = options.basicAuth ? 'basic' : jsonData.httpHeaderName1 ? 'bearer' : 'none';
  const setSecret = (key: keyof LeaklineSecrets, value: string): void =>
    onOptionsChange({ ...options, secureJsonData: { ...secureJsonData, [key]: value } });
  const resetSecret = (key: keyof LeaklineSecrets): void =>
    onOptionsChange({
      ...options,
      secureJsonFields: { ...secureJsonFields, [key]: false },
      secureJsonData: { ...secureJsonData, [key]: '' },
    });
  return (
    <>
      <Field
        label={t('config.url', 'URL of the exporter')}
        description={t('config.urlHelp', 'As Grafana’s server reaches it')}
        invalid={Boolean(jsonData.url) && !isHttpUrl(jsonData.url)}
        error={t('config.urlError', 'An address such as http://127.0.0.1:9464')}
      >
        <Input
          id="leakline-url"
          width={FIELD_WIDTH}
          placeholder="http://127.0.0.1:9464"
          value={jsonData.url ?? ''}
          onChange={(event) =>
            onOptionsChange({
              ...options,
              jsonData: { ...jsonData, url: event.currentTarget.value.trim().replace(/\/+$/, '') },
            })
          }
        />
      </Field>
      <Field label={t('config.auth', 'Authentication')}>
        <RadioButtonGroup<Auth>
          value={auth}
          options={[
            { value: 'none', label: t('config.none', 'None') },
            { value: 'basic', label: t('config.basic', 'Basic') },
            { value: 'bearer', label: t('config.bearer', 'Bearer token') },
          ]}
          onChange={(value) =>
            onOptionsChange({
              ...options,
              basicAuth: value === 'basic',
              jsonData: { ...jsonData, httpHeaderName1: value === 'bearer' ? 'Authorization' : undefined },
            })
          }
        />
      </Field>
      {auth === 'basic' ? (
        <>
          <Field label={t('config.user', 'User')}>
            <Input
              id="leakline-user"
              width={FIELD_WIDTH}
              value={options.basicAuthUser}
              onChange={(event) => onOptionsChange({ ...options, basicAuthUser: event.currentTarget.value })}
            />
          </Field>
          <Field label={t('config.password', 'Password')}>
            <SecretInput
              id="leakline-password"
              width={FIELD_WIDTH}
              isConfigured={secureJsonFields.basicAuthPassword === true}
              value={secureJsonData?.basicAuthPassword ?? ''}
              onReset={() => resetSecret('basicAuthPassword')}
              onChange={(event) => setSecret('basicAuthPassword', event.currentTarget.value)}
            />
          </Field>
        </>
      ) : null}
      {auth === 'bearer' ? (
        <Field label={t('config.token', 'Token')}>
          <SecretInput
            id="leakline-token"
            width={FIELD_WIDTH}
            isConfigured={secureJsonFields.httpHeaderValue1 === true}
            value={(secureJsonData?.httpHeaderValue1 ?? '').replace(BEARER, '')}
            onReset={() => resetSecret('httpHeaderValue1')}
            onChange={(event) => setSecret('httpHeaderValue1', `${BEARER}${event.currentTarget.value}`)}
          />
        </Field>
      ) : null}
    </>
  );
}

export function isHttpUrl(text: string | undefined): boolean {
  return /^https?:\/\/[^/\s]+/.test(text ?? '');
}
