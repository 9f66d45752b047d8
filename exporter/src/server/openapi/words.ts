// The few words in which the API is described: JSON schemas of JSON Schema 2020-12, parameters and answers of OpenAPI
// 3.1. A concern of the API is a file beside this one that gives its paths and its schemas (`Description`).

import { MAX_LIMIT } from '../../capture/paging.js';

export type Schema = Record<string, unknown>;

/** Paths and schemas of one concern. */
export interface Description {
  paths: Record<string, Record<string, unknown>>;
  schemas: Record<string, Schema>;
}

export const text = { type: 'string' };
export const count = { type: 'integer', minimum: 0 };
export const number = { type: 'number' };
export const flag = { type: 'boolean' };
export const time = { type: 'string', format: 'date-time' };
export const list = (items: Schema): Schema => ({ type: 'array', items });
export const map = (values: Schema): Schema => ({ type: 'object', additionalProperties: values });
export const ref = (name: string): Schema => ({ $ref: `#/components/schemas/${name}` });
export const orNull = (schema: Schema): Schema => ({ anyOf: [schema, { type: 'null' }] });
/** Of a table told in columns; null where nothing was read. */
export const column = list(orNull(number));
export const choice = (...values: readonly string[]): Schema => ({ type: 'string', enum: values });

/** An object with the required fields first and the optional ones second; no others. */
export function object(required: Record<string, Schema>, optional: Record<string, Schema> = {}): Schema {
  return {
    type: 'object',
    required: Object.keys(required),
    properties: { ...required, ...optional },
    additionalProperties: false,
  };
}

export const query = (name: string, schema: Schema, description: string): Schema => ({
  name,
  in: 'query',
  required: false,
  schema,
  description,
});
export const path = (name: string): Schema => ({ name, in: 'path', required: true, schema: text });
export const timeRange = [
  query('from', text, 'A time: RFC 3339 or Unix milliseconds. Both ends belong to the range.'),
  query('to', text, 'A time: RFC 3339 or Unix milliseconds.'),
];

export const pages = [
  query('limit', { type: 'integer', minimum: 1, maximum: MAX_LIMIT, default: 100 }, 'Items of a page.'),
  query('cursor', text, 'The `next` of the page before.'),
];

export const json = (schema: Schema): Schema => ({ 'application/json': { schema } });
export const body = (name: string): Schema => ({ required: true, content: json(ref(name)) });

/** Answers of an operation: what it gives with status `ok`, and by status why it gives nothing. */
export function answers(
  ok: number,
  name: string,
  failures: Record<number, string> = {},
  headers?: Schema,
): Schema {
  return {
    [ok]: { description: name, content: json(ref(name)), ...(headers && { headers }) },
    ...refusals(failures),
  };
}

/** Statuses at which the answer is an Error, and why. */
export function refusals(failures: Record<number, string>): Schema {
  const described = Object.entries(failures).map(([status, description]) => [
    status,
    { description, content: json(ref('Error')) },
  ]);
  return Object.fromEntries(described) as Schema;
}
