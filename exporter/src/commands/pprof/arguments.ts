// The command line of `leakline pprof`, read as Go reads flags ("-lines", "-focus=re", "-focus re", "--focus=re"),
// except that flags may also follow the file names, and that the report may be named by a word ("top") instead of
// a flag ("-top").

import { UsageError } from '../../errors.js';
import { COMMANDS, GROWTH } from './commands.js';
import { DEFAULT_FETCH, type FetchOptions } from './source-url.js';
import { booleanOf, DEFAULT_SETTINGS, setValue, settingOf, SETTINGS, type Settings } from './settings.js';

export interface PprofArguments {
  /** Name of the report; undefined: the interactive mode. */
  command: string | undefined;
  /** The regular expression of a report that takes one. */
  pattern: string | undefined;
  sources: string[];
  bases: string[];
  /** -diff_base instead of -base. */
  keepBase: boolean;
  settings: Settings;
  fetch: FetchOptions;
  /** Path of the main module, for growth; undefined: as the file names tell. */
  mainModule: string | undefined;
  json: boolean;
  help: boolean;
}

/** Flags from before -sample_index that go on being used. */
const SAMPLE_FLAGS: Readonly<Record<string, string>> = {
  inuse_space: 'inuse_space',
  inuse_objects: 'inuse_objects',
  alloc_space: 'alloc_space',
  alloc_objects: 'alloc_objects',
  total_delay: 'delay',
  mean_delay: 'delay',
  contentions: 'contentions',
};

/** Flags of Go's tool that have no meaning here and no effect on the figures. */
const IGNORED_FLAGS: ReadonlySet<string> = new Set(['symbolize', 'buildid', 'tools', 'add_comment']);
const UNSUPPORTED: Readonly<Record<string, string>> = {
  http: '-web opens the call graph in the browser, -flame writes a flame graph as a page, `leakline serve` shows both live',
  no_browser: 'only of use with -http',
  disasm: 'machine code is not shown; -list shows what each line of source holds',
  weblist: '-list shows what each line of source holds',
  gif: 'pictures are vectors; use -svg or -pdf',
  png: 'pictures are vectors; use -svg or -pdf',
  ps: 'use -pdf',
  eog: 'use -web, or -svg with -output',
  evince: 'use -pdf with -output',
  gv: 'use -web, or -svg with -output',
  kcachegrind: 'use -callgrind with -output and open the file',
  topproto: 'use -proto, or -top --json',
};

/** A day: longer is a mistake. */
const MAX_SECONDS = 86_400;

/** Flags of fetching: numbers of seconds, and files. */
const FETCH_SECONDS: Readonly<Record<string, 'seconds' | 'timeoutSeconds'>> = {
  seconds: 'seconds',
  timeout: 'timeoutSeconds',
};
const FETCH_FILES: Readonly<Record<string, 'tlsCa' | 'tlsCert' | 'tlsKey'>> = {
  tls_ca: 'tlsCa',
  tls_cert: 'tlsCert',
  tls_key: 'tlsKey',
};

/** @param argv what stands after `leakline pprof`. @throws UsageError naming the flag. */
export function parseArguments(argv: readonly string[]): PprofArguments {
  const result: PprofArguments = {
    command: undefined,
    pattern: undefined,
    sources: [],
    bases: [],
    keepBase: false,
    settings: { ...DEFAULT_SETTINGS },
    fetch: { ...DEFAULT_FETCH },
    mainModule: undefined,
    json: false,
    help: false,
  };
  const words: string[] = [];
  const chosen = new Map<string, string>();
  const base: string[] = [];
  const diffBase: string[] = [];
  const setCommand = (name: string) => {
    if (result.command !== undefined && result.command !== name) {
      throw new UsageError('two_commands', 'must set at most one output format');
    }
    result.command = name;
  };
  for (let i = 0; i < argv.length; i++) {
    const word = argv[i]!;
    if (word === '--') {
      words.push(...argv.slice(i + 1));
      break;
    }
    const flag = /^--?([A-Za-z_][\w]*)(?:=([^]*))?$/.exec(word);
    if (!flag) {
      if (word.startsWith('-') && word !== '-') throw unknownFlag(word);
      words.push(word);
      continue;
    }
    const name = flag[1]!;
    const inline = flag[2];
    const value = (): string => {
      if (inline !== undefined) return inline;
      if (i + 1 >= argv.length) throw new UsageError('flag_needs_value', `flag needs an argument: -${name}`);
      return argv[++i]!;
    };
    const on = () => inline === undefined || booleanOf(name, inline);
    const command = COMMANDS[name];
    const setting = settingOf(name);
    if (name === 'json') result.json = on();
    else if (name === 'help' || name === 'h') result.help = on();
    else if (command?.pattern) {
      setCommand(name);
      result.pattern = value();
    } else if (command || name === GROWTH) {
      if (on()) setCommand(name);
    } else if (name === 'base') base.push(value());
    else if (name === 'diff_base') diffBase.push(value());
    else if (name === 'module') result.mainModule = value();
    else if (name === 'compat') result.settings.dialect = dialectOf(value());
    else if (name in SAMPLE_FLAGS) {
      if (on() && result.settings.sampleIndex === '') result.settings.sampleIndex = SAMPLE_FLAGS[name]!;
      if (name === 'mean_delay') result.settings.mean = true;
    } else if (setting?.kind === 'choice' && setting.name !== name) {
      if (!on()) continue;
      const other = chosen.get(setting.name);
      if (other !== undefined && other !== name) {
        throw new UsageError('conflicting_flags', `conflicting options set: [${other} ${name}]`);
      }
      chosen.set(setting.name, name);
      setValue(result.settings, setting, name);
    } else if (setting?.kind === 'boolean') setValue(result.settings, setting, inline ?? '');
    else if (setting) setValue(result.settings, setting, value());
    else if (name in FETCH_SECONDS) result.fetch[FETCH_SECONDS[name]!] = secondsOf(name, value());
    else if (name in FETCH_FILES) result.fetch[FETCH_FILES[name]!] = value();
    else if (name in UNSUPPORTED) throw new UsageError('unsupported_flag', `-${name}: ${UNSUPPORTED[name]}`);
    else if (IGNORED_FLAGS.has(name)) value();
    else throw unknownFlag(word);
  }
  takeCommandWord(result, words, setCommand);
  result.sources = words;
  const bases = base.filter((file) => file !== '');
  const diffBases = diffBase.filter((file) => file !== '');
  if (bases.length > 0 && diffBases.length > 0) {
    throw new UsageError('two_bases', '-base and -diff_base flags cannot both be specified');
  }
  result.keepBase = diffBases.length > 0;
  result.bases = result.keepBase ? diffBases : bases;
  if (!result.help && result.sources.length === 0) {
    throw new UsageError('no_source', 'no profile source specified: name a file or an address');
  }
  return result;
}

/**
 * "top FILE", "peek REGEXP FILE", "FILE top": the report by a word. A flag that names the report leaves words as files,
 * and "./top" is always one.
 */
function takeCommandWord(result: PprofArguments, words: string[], setCommand: (name: string) => void): void {
  if (result.command !== undefined) return;
  const at = words.findIndex((word) => word === GROWTH || Object.hasOwn(COMMANDS, word));
  if (at < 0) {
    const first = words[0];
    if (first === undefined || words.length < 2) return;
    if (Object.hasOwn(UNSUPPORTED, first)) {
      throw new UsageError('unsupported_report', `${first}: ${UNSUPPORTED[first]}`);
    }
    // "top20", as in the interactive mode.
    const numbered = /^(top|tree|dot|svg|pdf|web)(\d{1,6})$/.exec(first);
    if (!numbered) return;
    words.shift();
    setCommand(numbered[1]!);
    result.settings.nodeCount = Number(numbered[2]);
    return;
  }
  const [name] = words.splice(at, 1) as [string];
  setCommand(name);
  if (!COMMANDS[name]?.pattern) return;
  const [pattern] = words.splice(at, 1);
  if (pattern === undefined)
    throw new UsageError('no_pattern', `${name}: name a regular expression of functions`);
  result.pattern = pattern;
}

function secondsOf(name: string, value: string): number {
  const seconds = Number(value);
  if (!/^\d+$/.test(value) || seconds > MAX_SECONDS) {
    throw new UsageError(
      'bad_value',
      `${name}: ${JSON.stringify(value)} is not a number of seconds up to ${MAX_SECONDS}`,
    );
  }
  return seconds;
}

function dialectOf(value: string): 'go1.19' | 'go1.26' {
  if (/^(go)?1\.19$/.test(value)) return 'go1.19';
  if (/^(go)?1\.26$/.test(value)) return 'go1.26';
  throw new UsageError('bad_value', `compat: ${JSON.stringify(value)} is neither 1.19 nor 1.26`);
}

function unknownFlag(word: string): UsageError {
  const name = word.replace(/^-+/, '').replace(/=.*$/, '');
  const near = [...Object.keys(COMMANDS), ...SETTINGS.map((setting) => setting.name)].find(
    (known) => known.startsWith(name) || name.startsWith(known),
  );
  return new UsageError(
    'unknown_flag',
    `flag provided but not defined: ${word.slice(0, 80)}${near === undefined ? '' : `; did you mean -${near}?`}`,
  );
}
