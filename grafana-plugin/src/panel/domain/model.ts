// Frames in, what the panel shows out. Pure: the panel's queries may come from Prometheus, from Leakline, or both.

import type { DataFrame, Field } from '@grafana/data';
import type { ApiCapture, ApiGrowth, ApiIncident, ApiSamples, ApiTarget } from 'leakline/api';
import { isCountSignal, SIGNALS, type Signal } from 'leakline/signals';
import { FIELD_TYPE } from '../../datasource/frames/field-type';
import { metaOf } from '../../datasource/frames/meta';

export interface TrendSeries {
  key: string;
  name: string;
  signal: Signal | null;
  /** By the series' label; null where it has none. */
  target: string | null;
  unit: 'bytes' | 'count';
  /** Unix ms, ascending. */
  atMs: number[];
  values: (number | null)[];
}

export interface DiagnosisData {
  targets: ApiTarget[];
  series: TrendSeries[];
  samples: ApiSamples[];
  captures: ApiCapture[];
  incidents: ApiIncident[];
  growth: { target: string; growth: ApiGrowth }[];
  /** Whether any query of the panel answered with rows. */
  empty: boolean;
}

const COUNT_UNITS = new Set(['short', 'none', 'cps']);

function isSignal(name: string | undefined): name is Signal {
  return (SIGNALS as readonly string[]).includes(name ?? '');
}

/** The signal that a metric of Prometheus stands for, by the names of the exporter's metrics. */
export function signalOfMetric(name: string): Signal | null {
  if (/heap_inuse/.test(name)) return 'heap_inuse';
  if (/live_heap/.test(name)) return 'live_heap';
  if (/private_working_set/.test(name)) return 'private_working_set';
  if (/working_set/.test(name)) return 'working_set';
  if (/commit/.test(name)) return 'commit';
  if (/goroutines/.test(name)) return 'goroutines';
  if (/handles/.test(name)) return 'handles';
  if (/stack/.test(name)) return 'stacks';
  return null;
}

function seriesOf(frame: DataFrame, index: number): TrendSeries[] {
  const time: Field<number> | undefined = frame.fields.find((field) => field.type === FIELD_TYPE.time);
  if (!time) return [];
  return frame.fields
    .filter((field) => field.type === FIELD_TYPE.number)
    .map((field, column) => {
      const labelled = field.labels?.signal;
      const name = field.config.displayNameFromDS ?? field.config.displayName ?? labelled ?? field.name;
      const metric = field.labels?.__name__ ?? (name === 'Value' ? (frame.name ?? name) : name);
      const signal = isSignal(labelled) ? labelled : signalOfMetric(metric);
      const unit = field.config.unit;
      const counts = signal ? isCountSignal(signal) : unit !== undefined && COUNT_UNITS.has(unit);
      return {
        key: `${index}.${column}`,
        name: name === 'Value' ? metric : name,
        signal,
        target: field.labels?.target ?? null,
        unit: counts ? ('count' as const) : ('bytes' as const),
        atMs: time.values,
        values: field.values,
      };
    });
}

export function readFrames(frames: readonly DataFrame[]): DiagnosisData {
  const data: DiagnosisData = {
    targets: [],
    series: [],
    samples: [],
    captures: [],
    incidents: [],
    growth: [],
    empty: frames.every((frame) => frame.length === 0),
  };
  frames.forEach((frame, index) => {
    const meta = metaOf(frame);
    switch (meta?.kind) {
      case 'targets':
        data.targets.push(...meta.targets);
        break;
      case 'captures':
        data.captures.push(...meta.captures);
        break;
      case 'incidents':
        data.incidents.push(...meta.incidents);
        break;
      case 'growth':
        data.growth.push({ target: meta.target, growth: meta.growth });
        break;
      case 'accounting':
        data.samples.push(meta.samples);
        break;
      case 'samples':
        data.samples.push(meta.samples);
        data.series.push(...seriesOf(frame, index));
        break;
      case undefined:
        data.series.push(...seriesOf(frame, index));
        break;
    }
  });
  return data;
}

/**
 * The target to show: the one that a person picked, as long as the queries give it (a variable of the dashboard may
 * have moved on); else the one of the options; else the only one.
 */
export function chooseTarget(
  targets: readonly ApiTarget[],
  wanted: string | null,
  picked: string | null = null,
): ApiTarget | null {
  const named = (name: string | null): ApiTarget | undefined =>
    name === null ? undefined : targets.find((target) => target.name === name);
  const found = named(picked) ?? named(wanted);
  if (found || wanted !== null) return found ?? null;
  return targets.length === 1 ? targets[0]! : null;
}
