// The regular expressions of a user, in Go's syntax (RE2, https://github.com/google/re2/wiki/Syntax). They are
// matched in time linear in the text, so that no pattern that arrives over HTTP can hold up a worker.

import { createRequire } from 'node:module';
import type * as Re2js from 're2js';
import { UsageError, messageOf } from '../../errors.js';

/** Longest pattern that is compiled: RE2's automaton grows with it, and a repeat may multiply that. */
const MAX_PATTERN_LENGTH = 4096;

/** Largest automaton: what x{1000}{10} and its like come to is refused, as Go does. */
const MAX_PROGRAM_SIZE = 200_000;

/** Whether a text holds a match. Answers are kept: the same few thousand names are asked again and again. */
export type Matcher = (text: string) => boolean;

/** `name` says whose pattern it is in the error ("focus", "argument"). Undefined for an empty pattern. */
export function compilePattern(name: string, pattern: string | undefined): Matcher | undefined {
  if (pattern === undefined || pattern === '') return undefined;
  return compile(name, pattern);
}

/** As compilePattern; an empty pattern matches everything. */
export function compile(name: string, pattern: string): Matcher {
  if (pattern.length > MAX_PATTERN_LENGTH) {
    throw new UsageError(
      'pattern_too_long',
      `${name}: the regular expression has ${pattern.length} characters; ${MAX_PATTERN_LENGTH} is the most`,
    );
  }
  const find = literalSearch(pattern) ?? automaton(name, pattern);
  const known = new Map<string, boolean>();
  return (text) => {
    let found = known.get(text);
    if (found === undefined) {
      found = find(text);
      known.set(text, found);
    }
    return found;
  };
}

function automaton(name: string, pattern: string): Matcher {
  const { RE2JS } = re2js();
  try {
    const expression = RE2JS.compile(pattern);
    if (expression.programSize() > MAX_PROGRAM_SIZE) throw new Error('expression too large');
    return (text) => expression.test(text);
  } catch (error) {
    throw new UsageError('bad_pattern', `parsing ${name} regexp: ${messageOf(error)}`, { cause: error });
  }
}

/** Loaded by the first pattern that needs it: to read it takes longer than to analyse a profile of ordinary size. */
function re2js(): typeof Re2js {
  return createRequire(import.meta.url)('re2js') as typeof Re2js;
}

/** Names and alternatives of names, what people type most, need no automaton. */
function literalSearch(pattern: string): Matcher | undefined {
  if (!/^[\w/ :,@%<>=&;'"#~!-]+(\|[\w/ :,@%<>=&;'"#~!-]+)*$/.test(pattern)) return undefined;
  const words = pattern.split('|');
  return (text) => words.some((word) => text.includes(word));
}
