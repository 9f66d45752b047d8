// Completion of the interactive mode: commands and options as the first word, functions of the profile after it.

import type { Profile } from '../../profile/profile.js';
import { COMMANDS } from './commands.js';
import { SETTINGS } from './settings.js';

/** Completions that are offered at most; more tell a person nothing. */
const MAX_OFFERED = 50;

/** Whole lines that `line` may become. */
export function completions(line: string, profile: Profile): string[] {
  const words = line.trimStart().split(/\s+/);
  const last = words.at(-1)!;
  const before = words.slice(0, -1);
  if (before.length === 0 || (before.length === 1 && before[0] === 'help')) {
    return firstWords(profile)
      .filter((word) => word.startsWith(last.toLowerCase()))
      .map((word) => [...before, COMMANDS[word]?.pattern ? `${word} ` : word].join(' '));
  }
  if (!(before[0]! in COMMANDS) || last === '') return [];
  const dash = last.startsWith('-') ? '-' : '';
  const part = last.slice(dash.length);
  const found = functionNames(profile).filter((name) => name.includes(part));
  return found.slice(0, MAX_OFFERED).map((name) => [...before, dash + name].join(' '));
}

function firstWords(profile: Profile): string[] {
  const settings = SETTINGS.flatMap((setting) =>
    setting.kind === 'choice' ? [`${setting.name}=`, ...setting.choices] : [`${setting.name}=`],
  );
  const types = profile.sampleTypes.map(({ type }) => type);
  return [...Object.keys(COMMANDS), ...settings, ...types, 'help', 'options', 'quit'].sort();
}

const names = new WeakMap<Profile, string[]>();

function functionNames(profile: Profile): string[] {
  let known = names.get(profile);
  if (!known) {
    const { functions, strings } = profile;
    known = [...new Set(Array.from(functions.name, (name) => strings.at(name)))].sort();
    names.set(profile, known);
  }
  return known;
}
