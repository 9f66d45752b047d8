// Panels in the house style: each with a title, a description and a unit.

import {
  BigValueColorMode,
  BigValueGraphMode,
  GraphGradientMode,
  LegendDisplayMode,
  LegendPlacement,
  SortOrder,
  StackingMode,
  TooltipDisplayMode,
  VisibilityMode,
} from '@grafana/grafana-foundation-sdk/common';
import {
  ReduceDataOptionsBuilder,
  StackingConfigBuilder,
  TableFooterOptionsBuilder,
  VizLegendOptionsBuilder,
  VizTooltipOptionsBuilder,
} from '@grafana/grafana-foundation-sdk/common';
import {
  type DynamicConfigValue,
  MappingType,
  RowBuilder,
  ThresholdsConfigBuilder,
  ThresholdsMode,
  type ValueMapping,
} from '@grafana/grafana-foundation-sdk/dashboard';
import type { DataqueryBuilder } from '@grafana/grafana-foundation-sdk/prometheus';
import { PanelBuilder as StatBuilder } from '@grafana/grafana-foundation-sdk/stat';
import { PanelBuilder as TableBuilder } from '@grafana/grafana-foundation-sdk/table';
import { PanelBuilder as TimeSeriesBuilder } from '@grafana/grafana-foundation-sdk/timeseries';
import { lettered } from './queries.js';
import { PROMETHEUS_SOURCE } from './shared.js';

interface PanelOptions {
  title: string;
  description: string;
  unit: string;
  /** Columns of 24. */
  width: number;
  height: number;
  queries: DataqueryBuilder[];
}

export function timeSeries(options: PanelOptions): TimeSeriesBuilder {
  return new TimeSeriesBuilder()
    .title(options.title)
    .description(options.description)
    .datasource(PROMETHEUS_SOURCE)
    .unit(options.unit)
    .span(options.width)
    .height(options.height)
    .targets(lettered(options.queries))
    .lineWidth(1)
    .fillOpacity(8)
    .gradientMode(GraphGradientMode.None)
    .showPoints(VisibilityMode.Never)
    .legend(
      new VizLegendOptionsBuilder()
        .displayMode(LegendDisplayMode.List)
        .placement(LegendPlacement.Bottom)
        .showLegend(true),
    )
    .tooltip(new VizTooltipOptionsBuilder().mode(TooltipDisplayMode.Multi).sort(SortOrder.Descending));
}

/** Series on top of each other, which add up to something. */
export function stacked(options: PanelOptions): TimeSeriesBuilder {
  return timeSeries(options)
    .stacking(new StackingConfigBuilder().mode(StackingMode.Normal).group('A'))
    .fillOpacity(60)
    .lineWidth(0);
}

/** One number now, six in a row. Colours: from each value on; the first counts from below. */
export function stat(
  options: Omit<PanelOptions, 'width' | 'height'> & { colours?: [from: number | null, colour: string][] },
): StatBuilder {
  const steps = options.colours ?? [[null, 'text'] as [null, string]];
  return new StatBuilder()
    .title(options.title)
    .description(options.description)
    .datasource(PROMETHEUS_SOURCE)
    .unit(options.unit)
    .span(4)
    .height(4)
    .targets(lettered(options.queries))
    .graphMode(BigValueGraphMode.None)
    .colorMode(BigValueColorMode.Value)
    .reduceOptions(new ReduceDataOptionsBuilder().calcs(['lastNotNull']).values(false).fields(''))
    .thresholds(
      new ThresholdsConfigBuilder()
        .mode(ThresholdsMode.Absolute)
        .steps(steps.map(([value, color]) => ({ value, color }))),
    );
}

export interface Column {
  /** What the query answers in: "Value #A", or the name of a label. */
  field: string;
  title: string;
  unit?: string;
  width?: number;
  more?: DynamicConfigValue[];
}

/** Rows of several queries that share labels, in columns. Labels that are no column are hidden. */
export function table(
  options: Omit<PanelOptions, 'unit'> & { columns: Column[]; hidden: string[] },
): TableBuilder {
  const panel = new TableBuilder()
    .title(options.title)
    .description(options.description)
    .datasource(PROMETHEUS_SOURCE)
    .span(options.width)
    .height(options.height)
    .targets(lettered(options.queries))
    .filterable(true)
    .footer(new TableFooterOptionsBuilder().show(false).reducer([]))
    .withTransformation({ id: 'merge', options: {} })
    .withTransformation({
      id: 'organize',
      options: {
        excludeByName: Object.fromEntries(['Time', ...options.hidden].map((name) => [name, true])),
        indexByName: Object.fromEntries(options.columns.map(({ field }, index) => [field, index])),
        renameByName: Object.fromEntries(options.columns.map(({ field, title }) => [field, title])),
      },
    });
  for (const { title, unit, width, more = [] } of options.columns) {
    const properties: DynamicConfigValue[] = [
      ...(unit === undefined ? [] : [{ id: 'unit', value: unit }]),
      ...(width === undefined ? [] : [{ id: 'custom.width', value: width }]),
      ...more,
    ];
    if (properties.length > 0) panel.overrideByName(title, properties);
  }
  return panel;
}

export function row(title: string): RowBuilder {
  return new RowBuilder(title);
}

/** The state of a verdict as a number, higher is worse: what stateOf() asks, and how it is shown. */
const STATES: [value: number, text: string, colour: string][] = [
  [0, 'no verdict', 'text'],
  [1, 'learning', 'blue'],
  [2, 'healthy', 'green'],
  [3, 'growing', 'orange'],
  [4, 'leaking', 'red'],
];

export const STATE_MAPPINGS: ValueMapping[] = [
  {
    type: MappingType.ValueToText,
    options: Object.fromEntries(
      STATES.map(([value, text, color], index) => [String(value), { text, color, index }]),
    ),
  },
];

/** The state of every target that `select` matches, as a number that STATE_MAPPINGS names. */
export function stateOf(select: (metric: string, more?: string) => string): string {
  const told = STATES.slice(1).map(
    ([value, state]) => `${select('leakline_leak_state', `state="${state}"`)} * ${value}`,
  );
  return `max by (job, instance, target) (${told.join(' or ')} or ${select('leakline_target_up')} * 0)`;
}
