// A YAML file checked by a schema, with the place of every problem: file, line, column. Used for leakline.yml and for the
// web configuration.

import {
  LineCounter,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  parseDocument,
  visit,
  type Document,
  type Node,
  type YAMLError,
} from 'yaml';
import type { z } from 'zod';
import { UsageError } from '../errors.js';
import { problemsOf, type ValueProblem } from './problems.js';

/** A thousand targets with everything set are below this. */
const MAX_TEXT_LENGTH = 2_000_000;

/** Aliases unfold: some few spare repetition, many are the "billion laughs". */
const MAX_ALIASES = 100;

/** So many problems are listed; more do not help at once. */
const MAX_PROBLEMS = 20;

export interface ConfigProblem {
  line: number;
  column: number;
  /** "targets[0].memoryLimit"; empty for the whole file. */
  path: string;
  message: string;
}

/** Code `bad_config`. The message has one line a problem: `FILE:LINE:COLUMN: PATH: what stands there and what is allowed`. */
export class ConfigError extends UsageError {
  constructor(
    readonly file: string,
    readonly problems: ConfigProblem[],
  ) {
    const lines = problems
      .slice(0, MAX_PROBLEMS)
      .map(
        ({ line, column, path, message }) => `${file}:${line}:${column}: ${path}${path && ': '}${message}`,
      );
    if (problems.length > MAX_PROBLEMS) lines.push(`… and ${problems.length - MAX_PROBLEMS} more`);
    super('bad_config', lines.join('\n'));
    this.name = 'ConfigError';
  }
}

/**
 * The value of `text`, checked. An empty file and an empty group are as if left out. `check` adds problems that
 * concern several fields. Throws a ConfigError with every problem that was found.
 */
export function parseYaml<S extends z.ZodType>(
  text: string,
  file: string,
  schema: S,
  check: (value: z.infer<S>) => ValueProblem[] = () => [],
): z.infer<S> {
  if (text.length > MAX_TEXT_LENGTH) {
    throw new ConfigError(file, [{ line: 1, column: 1, path: '', message: 'the file is too large' }]);
  }
  const lines = new LineCounter();
  const { document, value } = read(text, file, lines);
  const fail = (problems: ValueProblem[]): never => {
    const placed = problems.map((problem) => {
      const { line, col } = lines.linePos(offsetOf(document, problem));
      const path = problem.key === undefined ? problem.path : [...problem.path, problem.key];
      return { line, column: col, path: writePath(path), message: problem.message };
    });
    throw new ConfigError(
      file,
      placed.sort((a, b) => a.line - b.line || a.column - b.column),
    );
  };
  const result = schema.safeParse(value);
  if (!result.success) {
    const valueAt = (path: readonly PropertyKey[]) => path.reduce<unknown>(child, value);
    return fail(problemsOf(result.error.issues, schema, valueAt));
  }
  const problems = check(result.data);
  return problems.length > 0 ? fail(problems) : result.data;
}

function read(text: string, file: string, lines: LineCounter): { document: Document; value: unknown } {
  const whole = (message: string) => new ConfigError(file, [{ line: 1, column: 1, path: '', message }]);
  let document: Document;
  try {
    document = parseDocument(text, { lineCounter: lines, prettyErrors: false, uniqueKeys: true });
  } catch {
    // The parser recurses; a file nested a thousand times deep is no configuration.
    throw whole('is nested too deeply');
  }
  if (document.errors.some(({ code }) => code === 'RESOURCE_EXHAUSTION')) throw whole('is nested too deeply');
  const faults = [...document.errors, ...document.warnings].map((fault) => ({
    offset: fault.pos[0],
    message: syntaxProblem(fault),
  }));
  visit(document, {
    Alias(_, alias) {
      if (!alias.resolve(document)) faults.push({ offset: startOf(alias), message: BAD_ALIAS });
    },
  });
  if (faults.length > 0) {
    throw new ConfigError(
      file,
      faults.map(({ offset, message }) => {
        const { line, col } = lines.linePos(offset);
        return { line, column: col, path: '', message };
      }),
    );
  }
  try {
    return { document, value: withoutNulls(document.toJS({ maxAliasCount: MAX_ALIASES })) ?? {} };
  } catch {
    throw whole('has too many aliases, or is nested too deeply');
  }
}

const UNCLOSED = 'a bracket, a quote, a comma or a colon is missing';
const BAD_ALIAS = 'is an alias ("*…") without an anchor; quote texts that begin with "*"';

/** The library's own messages repeat the text at the place, which may be a password. */
function syntaxProblem({ code, message }: YAMLError): string {
  // The one code stands for two faults.
  if (code === 'BAD_INDENT' && message.startsWith('Flow')) return UNCLOSED;
  switch (code) {
    case 'DUPLICATE_KEY':
      return 'the same field stands twice';
    case 'TAB_AS_INDENT':
      return 'is indented by a tab; YAML wants spaces';
    case 'BAD_ALIAS':
      return BAD_ALIAS;
    case 'MULTIPLE_DOCS':
      return 'there must be one document in the file, without "---" between';
    case 'BAD_SCALAR_START':
      return 'a text that begins with "@", "`" or "%" must be quoted';
    case 'TAG_RESOLVE_FAILED':
      return 'tags ("!…") are not allowed; quote texts that begin with "!"';
    case 'BAD_INDENT':
      return 'is not indented like the lines that it belongs to';
    case 'MISSING_CHAR':
      return UNCLOSED;
    case 'MULTILINE_IMPLICIT_KEY':
    case 'BLOCK_AS_IMPLICIT_KEY':
      return 'is not YAML: is a ":" missing, or a space after it?';
    default:
      return `is not YAML (${code.toLowerCase().replaceAll('_', ' ')})`;
  }
}

/** A field without a value ("capture:") counts as left out, at every depth. */
function withoutNulls(value: unknown): unknown {
  if (value === null) return undefined;
  if (Array.isArray(value)) return value.map(withoutNulls);
  if (typeof value !== 'object') return value;
  return Object.fromEntries(
    Object.entries(value as object).map(([key, child]) => [key, withoutNulls(child)]),
  );
}

function child(value: unknown, key: PropertyKey): unknown {
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return undefined;
  return (value as Record<PropertyKey, unknown>)[key];
}

/** Where the problem stands; of what is missing, where it would belong. */
function offsetOf(document: Document, { path, key }: ValueProblem): number {
  let node: unknown = resolve(document.contents, document);
  let offset = startOf(node);
  for (const step of path) {
    const next = isSeq(node)
      ? node.items[Number(step)]
      : isMap(node)
        ? node.items.find((pair) => keyOf(pair.key) === String(step))?.value
        : undefined;
    if (next === undefined || next === null) return offset;
    offset = startOf(next);
    node = resolve(next, document);
  }
  if (key !== undefined && isMap(node)) {
    const pair = node.items.find((item) => keyOf(item.key) === key);
    if (pair) return startOf(pair.key);
  }
  return offset;
}

function resolve(node: unknown, document: Document): unknown {
  return isAlias(node) ? node.resolve(document) : node;
}

function keyOf(key: unknown): string {
  return String(isScalar(key) ? key.value : key);
}

function startOf(node: unknown): number {
  return (node as Node | null)?.range?.[0] ?? 0;
}

/** targets[0].tls.caFile */
function writePath(path: readonly PropertyKey[]): string {
  return path
    .map((step) => {
      if (typeof step === 'number') return `[${step}]`;
      const name = String(step);
      return /^[A-Za-z_][\w-]{0,63}$/.test(name) ? `.${name}` : `[${JSON.stringify(name.slice(0, 64))}]`;
    })
    .join('')
    .replace(/^\./, '');
}
