// Small helpers to write frames: plain objects of Grafana's DataFrame shape, with no runtime of Grafana's behind them.

import type { DataFrame, Field, FieldConfig } from '@grafana/data';
import type { Signal } from 'leakline/signals';
import { isCountSignal } from 'leakline/signals';
import { FIELD_TYPE } from './field-type';
import { carry, type LeaklineMeta } from './meta';

export function timeField(name: string, values: (number | null)[]): Field<number | null> {
  return { name, type: FIELD_TYPE.time, config: {}, values };
}

export function numberField(
  name: string,
  values: (number | null)[],
  config: FieldConfig = {},
  labels?: Record<string, string>,
): Field<number | null> {
  return { name, type: FIELD_TYPE.number, config, values, ...(labels ? { labels } : {}) };
}

export function textField(
  name: string,
  values: (string | null)[],
  config: FieldConfig = {},
): Field<string | null> {
  return { name, type: FIELD_TYPE.string, config, values };
}

export function booleanField(name: string, values: (boolean | null)[]): Field<boolean | null> {
  return { name, type: FIELD_TYPE.boolean, config: {}, values };
}

export function frame(name: string, fields: Field[], meta?: LeaklineMeta, refId?: string): DataFrame {
  return {
    name,
    refId,
    fields,
    length: fields[0]?.values.length ?? 0,
    meta: meta ? { custom: carry(meta) } : {},
  };
}

/** Unix ms of an RFC 3339 time; null stays null. */
export function timeMs(time: string | null | undefined): number | null {
  if (time === null || time === undefined) return null;
  const ms = Date.parse(time);
  return Number.isNaN(ms) ? null : ms;
}

/** Grafana's unit ids of a signal and of its growth. */
export function signalUnit(signal: Signal): string {
  return isCountSignal(signal) ? 'short' : 'bytes';
}
export function slopeUnit(signal: Signal): string {
  return isCountSignal(signal) ? 'cps' : 'binBps';
}
