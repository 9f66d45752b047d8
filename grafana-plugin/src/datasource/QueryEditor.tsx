// The query editor: what to show, of which target, and what the chosen kind needs beside it.
import React, { useCallback, useEffect, useState } from 'react';
import type { QueryEditorProps } from '@grafana/data';
import {
  Combobox,
  type ComboboxOption,
  InlineField,
  InlineFieldRow,
  Input,
  RadioButtonGroup,
} from '@grafana/ui';
import { t } from '../i18n';
import { SAMPLE_TYPES } from '../panel/domain/use-diagnosis';
import type { LeaklineDataSource } from './datasource';
import type { LeaklineQuery, LeaklineSettings, QueryType } from './types';

type Props = QueryEditorProps<LeaklineDataSource, LeaklineQuery, LeaklineSettings>;

const LABEL_WIDTH = 14;

/** What a kind of query asks for beside its target. */
const FIELDS: Record<QueryType, ReadonlySet<'sample' | 'captures' | 'granularity' | 'filter' | 'mode'>> = {
  verdicts: new Set(),
  samples: new Set(),
  accounting: new Set(),
  captures: new Set(),
  allocators: new Set(['sample', 'filter', 'mode']),
  growth_over_time: new Set(['sample']),
  flamegraph: new Set(['sample', 'captures', 'filter']),
  goroutines: new Set(['captures', 'filter']),
  incidents: new Set(),
  alerts: new Set(),
};

function typeOptions(): ComboboxOption<QueryType>[] {
  return [
    {
      value: 'verdicts',
      label: t('query.verdicts', 'Verdicts'),
      description: t('query.verdictsHelp', 'State, slope and time to limit of each target'),
    },
    {
      value: 'samples',
      label: t('query.samples', 'Samples'),
      description: t('query.samplesHelp', 'Recent series, for use without Prometheus'),
    },
    {
      value: 'accounting',
      label: t('query.accounting', 'Accounting'),
      description: t('query.accountingHelp', 'The parts of memory, to be stacked'),
    },
    {
      value: 'captures',
      label: t('query.captures', 'Captures'),
      description: t('query.capturesHelp', 'What was captured, when and why'),
    },
    {
      value: 'allocators',
      label: t('query.allocators', 'Allocators'),
      description: t('query.allocatorsHelp', 'Functions by growth or by bytes in use'),
    },
    {
      value: 'growth_over_time',
      label: t('query.growthOverTime', 'Growth over time'),
      description: t('query.growthOverTimeHelp', 'Bytes of the top functions over the captures'),
    },
    {
      value: 'flamegraph',
      label: t('query.flamegraph', 'Flame graph'),
      description: t('query.flamegraphHelp', 'For the flame graph panel and Explore'),
    },
    {
      value: 'goroutines',
      label: t('query.goroutines', 'Goroutines'),
      description: t('query.goroutinesHelp', 'By the function that they stand in'),
    },
    {
      value: 'incidents',
      label: t('query.incidents', 'Incidents'),
      description: t('query.incidentsHelp', 'From the first firing to the resolve'),
    },
    {
      value: 'alerts',
      label: t('query.alerts', 'Alerts'),
      description: t('query.alertsHelp', 'Of the incidents; for annotations'),
    },
  ];
}

export function QueryEditor({ query, onChange, onRunQuery, datasource }: Props): React.ReactElement {
  const [targets, setTargets] = useState<ComboboxOption[]>([]);
  useEffect(() => {
    const controller = new AbortController();
    datasource.leakline.targets(controller.signal).then(
      (all) => setTargets(all.map(({ name }) => ({ value: name }))),
      // The list only helps typing; the query itself tells what is wrong.
      () => setTargets([]),
    );
    return () => controller.abort();
  }, [datasource]);
  const set = useCallback(
    (change: Partial<LeaklineQuery>) => {
      onChange({ ...query, ...change });
      onRunQuery();
    },
    [query, onChange, onRunQuery],
  );
  const type = query.queryType ?? 'verdicts';
  const fields = FIELDS[type];
  const compares = fields.has('captures') || (type === 'allocators' && query.mode === 'top');
  return (
    <>
      <InlineFieldRow>
        <InlineField label={t('query.type', 'Show')} labelWidth={LABEL_WIDTH}>
          <Combobox
            width={30}
            value={type}
            options={typeOptions()}
            onChange={({ value }) => set({ queryType: value })}
            aria-label={t('query.type', 'Show')}
          />
        </InlineField>
        <InlineField
          label={t('query.target', 'Target')}
          labelWidth={LABEL_WIDTH}
          tooltip={t('query.targetHelp', 'A name or a variable; empty for all')}
        >
          <Combobox
            width={30}
            value={query.target || null}
            options={targets}
            createCustomValue
            isClearable
            placeholder={t('query.allTargets', 'all targets')}
            onChange={(option) => set({ target: option?.value ?? '' })}
            aria-label={t('query.target', 'Target')}
          />
        </InlineField>
      </InlineFieldRow>
      {fields.size > 0 ? (
        <InlineFieldRow>
          {fields.has('mode') ? (
            <InlineField label={t('query.mode', 'By')} labelWidth={LABEL_WIDTH}>
              <RadioButtonGroup<'growth' | 'top'>
                value={query.mode ?? 'growth'}
                options={[
                  { value: 'growth', label: t('query.growth', 'Growth') },
                  { value: 'top', label: t('query.top', 'In use') },
                ]}
                onChange={(mode) => set({ mode })}
              />
            </InlineField>
          ) : null}
          {fields.has('sample') ? (
            <InlineField label={t('query.sample', 'Sample type')} labelWidth={LABEL_WIDTH}>
              <Combobox
                width={20}
                value={query.sample || SAMPLE_TYPES[0]}
                options={SAMPLE_TYPES.map((value) => ({ value }))}
                onChange={({ value }) => set({ sample: value })}
                aria-label={t('query.sample', 'Sample type')}
              />
            </InlineField>
          ) : null}
          {compares ? (
            <>
              <TextField
                label={t('query.capture', 'Capture')}
                value={query.capture}
                placeholder={t('query.newest', 'newest')}
                onDone={(capture) => set({ capture })}
              />
              <TextField
                label={t('query.base', 'Base')}
                value={query.base}
                placeholder={t('query.baseline', 'baseline, or “none”')}
                onDone={(base) => set({ base })}
              />
            </>
          ) : null}
          {fields.has('filter') ? (
            <TextField
              label={t('query.filter', 'Functions')}
              value={query.filter}
              placeholder={t('query.filterHelp', 'regular expression')}
              onDone={(filter) => set({ filter })}
            />
          ) : null}
        </InlineFieldRow>
      ) : null}
    </>
  );
}

interface TextFieldProps {
  label: string;
  value: string | undefined;
  placeholder: string;
  onDone: (value: string) => void;
}

function TextField({ label, value, placeholder, onDone }: TextFieldProps): React.ReactElement {
  return (
    <InlineField label={label} labelWidth={LABEL_WIDTH}>
      <Input
        key={value}
        width={24}
        defaultValue={value ?? ''}
        placeholder={placeholder}
        aria-label={label}
        onBlur={(event) => onDone(event.currentTarget.value.trim())}
      />
    </InlineField>
  );
}
