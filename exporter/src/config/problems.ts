// What is wrong with a value of the configuration, in words: what stands there and what is allowed. Secrets are never shown.

import type { z } from 'zod';
import { childOf, fieldsOf, metaOf } from './introspect.js';

type Schema = z.core.$ZodType;
type Path = readonly PropertyKey[];

/** Longest piece of the file that a message repeats. */
const MAX_SHOWN = 60;

/** One problem at one place. `key` is set where the name of a field is wrong, not its value. */
export interface ValueProblem {
  path: Path;
  key?: string;
  message: string;
}

/** The problems of what the schema found; `valueAt` gives what stands in the file. One a place: the first is the cause. */
export function problemsOf(
  issues: readonly z.core.$ZodIssue[],
  schema: Schema,
  valueAt: (path: Path) => unknown,
): ValueProblem[] {
  const problems: ValueProblem[] = [];
  for (const issue of issues) {
    // A rule about a whole group says little while single fields in it are wrong: the misspelled one may be the missing one.
    const hasCause = issues.some(
      (other) => other !== issue && other.code !== 'custom' && isWithin(other.path, issue.path),
    );
    if (issue.code === 'custom' && hasCause) continue;
    const known = problems.some(({ path, key }) => key === undefined && samePath(path, issue.path));
    if (!known) problems.push(...problemsOfIssue(issue, schema, valueAt));
  }
  return problems;
}

function isWithin(path: Path, group: Path): boolean {
  return path.length >= group.length && group.every((step, i) => path[i] === step);
}

function samePath(a: Path, b: Path): boolean {
  return a.length === b.length && isWithin(a, b);
}

function problemsOfIssue(
  issue: z.core.$ZodIssue,
  schema: Schema,
  valueAt: (path: Path) => unknown,
): ValueProblem[] {
  const { path } = issue;
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({ path, key, message: unknownField(key, schemaAt(schema, path)) }));
  }
  if (issue.code === 'invalid_key') {
    const message = issue.issues[0]?.message ?? 'is not allowed';
    return [{ path: path.slice(0, -1), key: String(path.at(-1)), message }];
  }
  const value = valueAt(path);
  const allowed = allowedBy(issue);
  if (value === undefined) return [{ path, message: `is missing; ${allowed}` }];
  const shown = isSecret(schema, path) ? undefined : show(value);
  return [{ path, message: shown === undefined ? allowed : `${shown} ${allowed}` }];
}

const TYPES: Record<string, string> = {
  string: 'a text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'a group of fields',
  record: 'a group of fields',
};

function allowedBy(issue: z.core.$ZodIssue): string {
  switch (issue.code) {
    case 'invalid_type':
      // Kinds of fields that say themselves what they want (durations, sizes).
      if (!issue.message.startsWith('Invalid input')) return issue.message;
      return `must be ${TYPES[issue.expected] ?? issue.expected}`;
    case 'invalid_value':
      return `must be ${orList(issue.values.map((value) => JSON.stringify(value)))}`;
    case 'too_small':
      if (issue.origin === 'string') return 'must not be empty';
      return `must be at least ${issue.minimum}`;
    case 'too_big':
      if (issue.origin === 'array') return `must have at most ${issue.maximum} entries`;
      return `must be at most ${issue.maximum}`;
    case 'invalid_union':
      if (!('options' in issue) || !issue.options) return issue.message;
      return `must be ${orList(issue.options.map((value) => JSON.stringify(value)))}`;
    default:
      return issue.message;
  }
}

function orList(words: string[]): string {
  return words.length > 1 ? `${words.slice(0, -1).join(', ')} or ${words.at(-1)}` : words.join('');
}

function unknownField(key: string, schema: Schema | undefined): string {
  const names = Object.keys((schema && fieldsOf(schema)) ?? {});
  const meant = nearest(key, names);
  if (meant !== undefined) return `is unknown; did you mean ${JSON.stringify(meant)}?`;
  return names.length === 0 ? 'is unknown' : `is unknown; there are ${names.join(', ')}`;
}

function schemaAt(schema: Schema, path: Path): Schema | undefined {
  return path.reduce<Schema | undefined>((at, key) => at && childOf(at, key), schema);
}

/** A secret, or a group that holds one and was written as a text. */
function isSecret(schema: Schema, path: Path): boolean {
  const at = schemaAt(schema, path);
  if (!at) return true;
  return (
    metaOf(at).secret === true || Object.values(fieldsOf(at) ?? {}).some((f) => metaOf(f).secret === true)
  );
}

/** Scalars as JSON, escaped and bounded; of lists and groups nothing, as they may hold anything. */
function show(value: unknown): string | undefined {
  if (typeof value === 'string') {
    // A password in an address is no address that Leakline takes, but it is still a password.
    const text = value.replace(/\/\/[^/]*@/, '//…@');
    return JSON.stringify(text.length > MAX_SHOWN ? `${text.slice(0, MAX_SHOWN)}…` : text);
  }
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : undefined;
}

/** The name that was probably meant: same letters in another spelling, or at most two letters off. */
export function nearest(name: string, names: readonly string[]): string | undefined {
  const plain = (text: string) => text.replace(/[_-]/g, '').toLowerCase();
  const wanted = plain(name.slice(0, MAX_SHOWN));
  const ranked = names
    .map((candidate) => ({ candidate, distance: editDistance(wanted, plain(candidate)) }))
    .sort((a, b) => a.distance - b.distance);
  const [best] = ranked;
  // In a short name two letters are most of it.
  return best && best.distance <= Math.min(2, Math.floor(wanted.length / 3)) ? best.candidate : undefined;
}

/** Letters to insert, delete or replace (Levenshtein). */
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      next.push(Math.min(row[j]! + 1, next[j - 1]! + 1, row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1)));
    }
    row = next;
  }
  return row[b.length]!;
}
