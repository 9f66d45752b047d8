// The kinds of fields, as Grafana spells them. Its own enum would bring all of @grafana/data to the page, and cannot be
// loaded outside of a browser.
import type { FieldType } from '@grafana/data';

export const FIELD_TYPE = {
  time: 'time' as FieldType.time,
  number: 'number' as FieldType.number,
  string: 'string' as FieldType.string,
  boolean: 'boolean' as FieldType.boolean,
};
