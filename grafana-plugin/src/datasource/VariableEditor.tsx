// The editor of a template variable: targets, or the captures of one.
import React from 'react';
import type { QueryEditorProps } from '@grafana/data';
import { InlineField, InlineFieldRow, Input, RadioButtonGroup } from '@grafana/ui';
import { t } from '../i18n';
import type { LeaklineDataSource } from './datasource';
import type { LeaklineQuery, LeaklineSettings, VariableQuery } from './types';

export type VariableEditorProps = QueryEditorProps<
  LeaklineDataSource,
  LeaklineQuery,
  LeaklineSettings,
  VariableQuery
>;

export function VariableEditor({ query, onChange }: VariableEditorProps): React.ReactElement {
  const kind = query.kind ?? 'targets';
  return (
    <InlineFieldRow>
      <InlineField label={t('variable.values', 'Values')} labelWidth={14}>
        <RadioButtonGroup<VariableQuery['kind']>
          value={kind}
          options={[
            { value: 'targets', label: t('variable.targets', 'Targets') },
            { value: 'captures', label: t('variable.captures', 'Captures') },
          ]}
          onChange={(value) => onChange({ ...query, kind: value })}
        />
      </InlineField>
      {kind === 'captures' ? (
        <InlineField label={t('query.target', 'Target')} labelWidth={14}>
          <Input
            width={24}
            defaultValue={query.target ?? ''}
            placeholder="$target"
            onBlur={(event) => onChange({ ...query, kind, target: event.currentTarget.value })}
          />
        </InlineField>
      ) : null}
    </InlineFieldRow>
  );
}
