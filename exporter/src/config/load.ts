// Reads leakline.yml: YAML in, a checked Config out, paths made absolute. Variables of the environment are not expanded:
// secrets come from files.

import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type { z } from 'zod';
import { UsageError } from '../errors.js';
import { fileProblem } from './file-cache.js';
import { childOf, metaOf } from './introspect.js';
import type { ValueProblem } from './problems.js';
import { configSchema, type Config } from './schema.js';
import { parseYaml } from './yaml-file.js';

/** The configuration without a file. */
export function defaultConfig(): Config {
  return configSchema.parse({});
}

/** Rejects with a UsageError: `config_unreadable`, or a ConfigError `bad_config`. */
export async function loadConfig(file: string): Promise<Config> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    throw new UsageError('config_unreadable', `cannot read the configuration ${file}: ${fileProblem(error)}`);
  }
  return parseConfig(text, file);
}

/** `fileName` stands in messages, and relative paths in the text are relative to its folder. Throws a ConfigError. */
export function parseConfig(text: string, fileName: string): Config {
  const config = parseYaml(text, fileName, configSchema, acrossFields);
  return withAbsolutePaths(config, configSchema, path.resolve(path.dirname(fileName))) as Config;
}

function acrossFields({ targets }: Config): ValueProblem[] {
  const problems: ValueProblem[] = [];
  const known = new Set<string>();
  for (const [index, { name }] of targets.entries()) {
    if (known.has(name)) {
      problems.push({ path: ['targets', index, 'name'], message: `"${name}" is the name of another target` });
    }
    known.add(name);
  }
  return problems;
}

/** Every field that is a path by the schema, relative to `folder`. */
function withAbsolutePaths(value: unknown, schema: z.core.$ZodType, folder: string): unknown {
  if (typeof value === 'string') return metaOf(schema).file ? path.resolve(folder, value) : value;
  const resolved = (child: unknown, key: PropertyKey) => {
    const at = childOf(schema, key);
    return at ? withAbsolutePaths(child, at, folder) : child;
  };
  if (Array.isArray(value)) return value.map(resolved);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, child]) => [key, resolved(child, key)]));
}
