// Looking into the schema: which fields there are, for messages, for the reference and for what holds of a kind of field.

import { z } from 'zod';

type Schema = z.core.$ZodType;

/** Layers around a schema that do not change which fields it has. */
function layers(schema: Schema): Schema[] {
  const found = [schema];
  for (let inner = schema; ; found.push(inner)) {
    if (inner instanceof z.ZodOptional || inner instanceof z.ZodDefault || inner instanceof z.ZodPrefault) {
      inner = inner.unwrap();
    } else if (inner instanceof z.ZodPipe) {
      inner = inner.in;
    } else {
      return found;
    }
  }
}

/** The schema without default, optional and transform. */
export function core(schema: Schema): Schema {
  return layers(schema).at(-1)!;
}

/** What is said of a field, on whichever layer. The outermost wins. */
export function metaOf(schema: Schema): z.GlobalMeta {
  return Object.assign(
    {},
    ...layers(schema)
      .map((layer) => z.globalRegistry.get(layer) ?? {})
      .reverse(),
  );
}

/** The value that holds without the field, as the code sees it; undefined where there is none or the field is a group. */
export function defaultOf(schema: Schema): unknown {
  const layer = layers(schema).find((candidate) => candidate instanceof z.ZodDefault);
  return layer instanceof z.ZodDefault ? layer.def.defaultValue : undefined;
}

export function isOptional(schema: Schema): boolean {
  return layers(schema).some(
    (layer) =>
      layer instanceof z.ZodOptional || layer instanceof z.ZodDefault || layer instanceof z.ZodPrefault,
  );
}

/** The fields of a group, or undefined where the schema is none. Of a choice of groups, the fields of all. */
export function fieldsOf(schema: Schema): Record<string, Schema> | undefined {
  const inner = core(schema);
  if (inner instanceof z.ZodObject) return inner.shape;
  if (inner instanceof z.ZodDiscriminatedUnion) {
    return Object.assign({}, ...inner.options.map((option) => fieldsOf(option) ?? {}));
  }
  return undefined;
}

/** The schema of what stands under `key` in a value of `schema`, or undefined. */
export function childOf(schema: Schema, key: PropertyKey): Schema | undefined {
  const inner = core(schema);
  if (inner instanceof z.ZodArray && typeof key === 'number') return inner.element;
  if (inner instanceof z.ZodRecord) return inner.valueType;
  const fields = fieldsOf(inner);
  return typeof key === 'string' && fields && Object.hasOwn(fields, key) ? fields[key] : undefined;
}
