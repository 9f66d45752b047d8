// The reference of leakline.yml: every field of the schema in a table of Markdown, for docs/configuration.md.

import { z } from 'zod';
import { core, defaultOf, fieldsOf, isOptional, metaOf } from './introspect.js';
import { configSchema } from './schema.js';

export interface FieldReference {
  /** "targets[].tls.caFile" */
  path: string;
  /** What may stand there, in words. */
  allowed: string;
  /** As it stands in the file; empty where there is none, "required" where there must be one. */
  preset: string;
  description: string;
}

/** Every field, in the order of the schema, groups before what is in them. */
export function fieldReferences(schema: z.core.$ZodType = configSchema, prefix = ''): FieldReference[] {
  return Object.entries(fieldsOf(schema) ?? {}).flatMap(([name, field]) => {
    const path = `${prefix}${name}`;
    const inner = core(field);
    const list = inner instanceof z.ZodArray ? inner.element : undefined;
    const own = {
      path,
      allowed: allowedIn(field),
      preset: presetOf(field),
      description: metaOf(field).description ?? '',
    };
    return [own, ...fieldReferences(list ?? inner, `${path}${list ? '[]' : ''}.`)];
  });
}

/** The rows of the table in Markdown: field, allowed, default, what it is for. */
export function referenceRows(): string[] {
  return fieldReferences().map(({ path, allowed, preset, description }) => {
    const cells = [`\`${path}\``, allowed, preset, description].map((cell) => cell.replaceAll('|', '\\|'));
    return `| ${cells.join(' | ')} |`.replace(/ +/g, ' ');
  });
}

function allowedIn(field: z.core.$ZodType): string {
  const { allowed } = metaOf(field);
  if (allowed !== undefined) return allowed;
  const inner = core(field);
  if (inner instanceof z.ZodEnum || inner instanceof z.ZodLiteral) {
    const values = inner instanceof z.ZodEnum ? inner.options : [...inner.values];
    return values.map((value) => `\`${String(value)}\``).join(', ');
  }
  if (inner instanceof z.ZodArray) return fieldsOf(inner.element) ? 'list of groups' : 'list of texts';
  if (inner instanceof z.ZodBoolean) return '`true`, `false`';
  if (inner instanceof z.ZodNumber) return rangeOf(inner);
  return fieldsOf(inner) ? 'group' : 'text';
}

function rangeOf({ minValue, maxValue }: z.ZodNumber): string {
  const isBound = (value: number | null) => value !== null && Math.abs(value) < Number.MAX_SAFE_INTEGER;
  if (isBound(minValue) && isBound(maxValue)) return `whole number, ${minValue} to ${maxValue}`;
  return isBound(minValue) ? `whole number from ${minValue}` : 'whole number';
}

function presetOf(field: z.core.$ZodType): string {
  if (!isOptional(field)) return 'required';
  const value = defaultOf(field);
  if (value === undefined) return '';
  const { written } = metaOf(field);
  if (typeof value === 'number' && written) return `\`${written(value)}\``;
  return Array.isArray(value) ? '`[]`' : typeof value === 'object' ? '' : `\`${String(value)}\``;
}
