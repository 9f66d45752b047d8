// The options of `leakline pprof` under the names of `go tool pprof`: flags on the command line and variables of
// the interactive mode.

import { UsageError } from '../../errors.js';
import { DEFAULT_OPTIONS, GRANULARITIES, type ReportOptions } from '../../profile/report/options.js';

/** All that can be set: the options of a report, how profiles are compared, where the report goes. */
export interface Settings extends ReportOptions {
  normalize: boolean;
  /** File that the report is written to; empty for standard output. */
  output: string;
}

export const DEFAULT_SETTINGS: Readonly<Settings> = { ...DEFAULT_OPTIONS, normalize: false, output: '' };

type KeyOf<T> = { [K in keyof Settings]-?: Settings[K] extends T ? K : never }[keyof Settings];
/** Keys of plain text; granularity and dialect are texts of a few values. */
type TextKey = Exclude<KeyOf<string>, 'granularity' | 'dialect'>;

export type Setting = { name: string; help: string } & (
  | { kind: 'text'; key: TextKey }
  | { kind: 'boolean'; key: KeyOf<boolean> }
  | { kind: 'number' | 'integer'; key: KeyOf<number> }
  /** Each choice is a flag of its own. */
  | { kind: 'choice'; key: 'granularity' | 'cum'; choices: readonly string[] }
);

const SORTS: readonly string[] = ['cum', 'flat'];

/** What each choice means. */
export const CHOICE_HELP: Readonly<Record<string, string>> = {
  functions: 'Merge by function',
  filefunctions: 'Merge by function and the file that it stands in',
  files: 'Merge by file',
  lines: 'Merge by source line',
  addresses: 'Merge by address; shows the addresses',
  cum: 'Sort by what a function and its callees hold',
  flat: 'Sort by what a function itself holds',
};

export const SETTINGS: readonly Setting[] = [
  {
    name: 'call_tree',
    kind: 'boolean',
    key: 'callTree',
    help: 'Graph with one node for each path on which a function is called',
  },
  {
    name: 'compact_labels',
    kind: 'boolean',
    key: 'compactLabels',
    help: 'Leave the lines about the profile out of the header',
  },
  { name: 'divide_by', kind: 'number', key: 'divideBy', help: 'Divide all values by this number' },
  { name: 'drop_negative', kind: 'boolean', key: 'dropNegative', help: 'Leave out what shrank' },
  {
    name: 'edgefraction',
    kind: 'number',
    key: 'edgeFraction',
    help: 'Leave out calls below this share of the total',
  },
  {
    name: 'focus',
    kind: 'text',
    key: 'focus',
    help: 'Keep only samples with a function that matches this regexp',
  },
  {
    name: 'granularity',
    kind: 'choice',
    key: 'granularity',
    choices: GRANULARITIES,
    help: 'What is merged into one row',
  },
  { name: 'hide', kind: 'text', key: 'hide', help: 'Leave out functions that match this regexp' },
  {
    name: 'ignore',
    kind: 'text',
    key: 'ignore',
    help: 'Leave out samples with a function that matches this regexp',
  },
  { name: 'mean', kind: 'boolean', key: 'mean', help: 'Average over the first value: bytes an object' },
  { name: 'nodecount', kind: 'integer', key: 'nodeCount', help: 'Show at most this many rows or nodes' },
  {
    name: 'nodefraction',
    kind: 'number',
    key: 'nodeFraction',
    help: 'Leave out rows below this share of the total',
  },
  {
    name: 'noinlines',
    kind: 'boolean',
    key: 'noInlines',
    help: 'Count inlined calls for the function that they are inlined into',
  },
  {
    name: 'normalize',
    kind: 'boolean',
    key: 'normalize',
    help: "Scale to the base's total before comparing",
  },
  { name: 'output', kind: 'text', key: 'output', help: 'Write to this file' },
  {
    name: 'prune_from',
    kind: 'text',
    key: 'pruneFrom',
    help: 'Leave out callees of functions that match this regexp',
  },
  {
    name: 'relative_percentages',
    kind: 'boolean',
    key: 'relativePercentages',
    help: 'Percentages of what the filters leave',
  },
  { name: 'sample_index', kind: 'text', key: 'sampleIndex', help: 'Sample type, by name or number' },
  { name: 'show', kind: 'text', key: 'show', help: 'Show only functions that match this regexp' },
  {
    name: 'show_from',
    kind: 'text',
    key: 'showFrom',
    help: 'Leave out callers above the first function that matches this regexp',
  },
  { name: 'showcolumns', kind: 'boolean', key: 'showColumns', help: 'Tell columns of a line apart' },
  { name: 'sort', kind: 'choice', key: 'cum', choices: SORTS, help: 'Order of the rows' },
  {
    name: 'source_path',
    kind: 'text',
    key: 'sourcePath',
    help: 'Directories in which sources are looked for',
  },
  {
    name: 'tagfocus',
    kind: 'text',
    key: 'tagFocus',
    help: 'Keep only samples with a label in this range or matching this regexp',
  },
  { name: 'taghide', kind: 'text', key: 'tagHide', help: 'Leave out labels that match this regexp' },
  {
    name: 'tagignore',
    kind: 'text',
    key: 'tagIgnore',
    help: 'Leave out samples with a label in this range or matching this regexp',
  },
  { name: 'tagleaf', kind: 'text', key: 'tagLeaf', help: 'Labels (a,b) shown as functions at the leaf' },
  { name: 'tagroot', kind: 'text', key: 'tagRoot', help: 'Labels (a,b) shown as functions at the root' },
  { name: 'tagshow', kind: 'text', key: 'tagShow', help: 'Show only labels that match this regexp' },
  { name: 'trim', kind: 'boolean', key: 'trim', help: 'Honour nodecount, nodefraction and edgefraction' },
  {
    name: 'trim_path',
    kind: 'text',
    key: 'trimPath',
    help: 'Prefixes taken off the file names of the profile',
  },
  { name: 'unit', kind: 'text', key: 'unit', help: 'Unit of the values; "auto": each its own' },
];

const BY_NAME: ReadonlyMap<string, Setting> = new Map(SETTINGS.map((setting) => [setting.name, setting]));

/** A setting by its name or by one of its choices. */
export function settingOf(name: string): Setting | undefined {
  return (
    BY_NAME.get(name) ??
    SETTINGS.find((setting) => setting.kind === 'choice' && setting.choices.includes(name))
  );
}

/** The value as it would be typed. */
export function valueOf(settings: Settings, setting: Setting): string {
  if (setting.key === 'cum') return settings.cum ? 'cum' : 'flat';
  return String(settings[setting.key]);
}

/** Sets from text. @throws UsageError for a value of the wrong kind. */
export function setValue(settings: Settings, setting: Setting, value: string): void {
  switch (setting.kind) {
    case 'text':
      settings[setting.key] = value;
      return;
    case 'boolean':
      settings[setting.key] = booleanOf(setting.name, value);
      return;
    case 'number':
    case 'integer':
      settings[setting.key] = numberOf(setting.name, value, setting.kind === 'integer');
      return;
    case 'choice': {
      if (!setting.choices.includes(value))
        throw badValue(setting.name, value, `one of ${setting.choices.join(', ')}`);
      if (setting.key === 'cum') settings.cum = value === 'cum';
      else settings.granularity = GRANULARITIES.find((granularity) => granularity === value)!;
    }
  }
}

/** As pprof reads them: an empty value is yes. */
export function booleanOf(name: string, value: string): boolean {
  const text = value.toLowerCase();
  if (['true', 't', 'yes', 'y', '1', ''].includes(text)) return true;
  if (['false', 'f', 'no', 'n', '0'].includes(text)) return false;
  throw badValue(name, value, 'true or false');
}

function numberOf(name: string, value: string, whole: boolean): number {
  const number = value.trim() === '' ? NaN : Number(value);
  if (!Number.isFinite(number) || (whole && !Number.isInteger(number))) {
    throw badValue(name, value, whole ? 'a whole number' : 'a number');
  }
  return number;
}

function badValue(name: string, value: string, wanted: string): UsageError {
  return new UsageError('bad_value', `${name}: ${JSON.stringify(value)} is not ${wanted}`);
}
