// The interactive mode of `leakline pprof`: commands as in `go tool pprof`, with history and completion.

import readline from 'node:readline/promises';
import { LeaklineError, UsageError } from '../../errors.js';
import type { Profile } from '../../profile/profile.js';
import { prepare, profileHeader, sampleTypeOf } from '../../profile/report/index.js';
import { COMMANDS } from './commands.js';
import { completions } from './completion.js';
import { helpOn, usageText } from './help.js';
import { loadHistory, saveHistory } from './history.js';
import type { PprofIo } from './io.js';
import { render } from './render.js';
import { deliver } from './run.js';
import { settingOf, SETTINGS, setValue, valueOf, type Settings } from './settings.js';

const PROMPT = '(pprof) ';

/** Rows of `top` where none are asked for: what fits a screen beside the header. */
const TOP_ROWS = 10;

export async function interactive(
  profile: Profile,
  merged: boolean,
  given: Settings,
  io: PprofIo,
): Promise<void> {
  const session = new Session(profile, merged, { ...given, compactLabels: true }, io);
  session.greet();
  const history = await loadHistory(io);
  const lines = readline.createInterface({
    input: io.input,
    output: io.output,
    prompt: PROMPT,
    terminal: io.isTerminal,
    history: [...history],
    completer: (line: string): [string[], string] => [completions(line, profile), line],
  });
  // Ctrl-C takes back what is typed, and ends the session where nothing is.
  lines.on('SIGINT', () => {
    if (lines.line === '') {
      lines.close();
      return;
    }
    lines.write(null, { ctrl: true, name: 'e' });
    lines.write(null, { ctrl: true, name: 'u' });
  });
  const entered: string[] = [];
  let quit = false;
  lines.prompt();
  for await (const line of lines) {
    if (line.trim() !== '') entered.push(line);
    quit = !(await session.run(line));
    if (quit) break;
    lines.prompt();
  }
  lines.close();
  // The shell's prompt shall not stand behind ours.
  if (!quit && io.isTerminal) io.out('\n');
  await saveHistory(io, history, entered);
}

/** A profile with the options as they stand. */
export class Session {
  constructor(
    private readonly profile: Profile,
    private readonly merged: boolean,
    private readonly settings: Settings,
    private readonly io: PprofIo,
  ) {}

  greet(): void {
    const report = prepare(this.profile, 'top', this.settings);
    const lines = profileHeader(report);
    if (report.total === 0 && this.profile.sampleTypes.length > 1) {
      lines.push('No samples were found with the default sample value type.');
      lines.push('Try "sample_index" command to analyze different sample values.');
    }
    lines.push('Entering interactive mode (type "help" for commands, "o" for options)');
    this.io.out(`${lines.join('\n')}\n`);
  }

  /** Runs one line. False where it ends the session. */
  async run(line: string): Promise<boolean> {
    try {
      for (const step of this.expand(line.trim())) {
        if (step === 'q' || step === 'quit' || step === 'exit') return false;
        await this.step(step);
      }
    } catch (error) {
      if (!(error instanceof LeaklineError)) throw error;
      this.io.error(`${error.message}\n`);
    }
    return true;
  }

  /** The name of a sample type chooses it; ":" clears the filters. */
  private expand(line: string): string[] {
    if (line === ':') return ['focus=', 'ignore=', 'hide=', 'tagfocus=', 'tagignore='];
    for (const { type } of this.profile.sampleTypes) {
      const choose = `sample_index=${type}`;
      if (line === type) return [choose];
      if (line === `total_${type}`) return ['mean=0', choose];
      if (line === `mean_${type}`) return ['mean=1', choose];
    }
    return [line];
  }

  private async step(line: string): Promise<void> {
    if (line === '' || this.assign(line)) return;
    const words = line.split(/\s+/);
    const [name, ...rest] = words as [string, ...string[]];
    if (name === 'o' || name === 'options') this.io.out(this.optionsText());
    else if (name === 'help') this.help(rest.join(' '));
    else await this.report(name, rest);
  }

  /** "name=value", or the name of an option that is on or off. False where the line is neither. */
  private assign(line: string): boolean {
    const equals = line.indexOf('=');
    const name = (equals < 0 ? line : line.slice(0, equals)).trim();
    const setting = settingOf(name);
    if (!setting) return false;
    const value =
      equals < 0
        ? undefined
        : line
            .slice(equals + 1)
            .replace(/\/\/:.*$/, '')
            .trim();
    const isChoice = setting.kind === 'choice' && setting.name !== name;
    if (value === undefined && setting.kind !== 'boolean' && !isChoice) {
      throw new UsageError('no_value', `please specify a value, e.g. ${name}=<val>`);
    }
    if (isChoice) {
      if (value !== undefined && !/^(true|t|1)$/i.test(value)) {
        throw new UsageError('bad_value', `${name}: set ${setting.name} to another value instead`);
      }
      setValue(this.settings, setting, name);
    } else if (name === 'sample_index') {
      const type = sampleTypeOf(this.profile, value ?? '');
      this.settings.sampleIndex = this.profile.sampleTypes[type]!.type;
    } else setValue(this.settings, setting, value ?? '');
    return true;
  }

  private help(name: string): void {
    if (name === '') this.io.out(usageText(false));
    else {
      const text = helpOn(name);
      if (text === undefined) this.io.error(`Unknown command: ${name}\n`);
      else this.io.out(text);
    }
  }

  private optionsText(): string {
    const types = this.profile.sampleTypes.map(({ type }) => type);
    const rows = SETTINGS.map((setting) => {
      let value = valueOf(this.settings, setting);
      let comment = '';
      if (setting.kind === 'choice') comment = `[${[...setting.choices].sort().join(' | ')}]`;
      else if (setting.name === 'sample_index') {
        value ||= types[sampleTypeOf(this.profile, '')]!;
        comment = `[${types.join(' | ')}]`;
      } else if (setting.name === 'nodecount' && value === '-1') comment = 'default';
      else if (value === '') value = '""';
      return `  ${setting.name.padEnd(25)} = ${value.padEnd(20)} ${comment === '' ? '' : `//: ${comment}`}`.trimEnd();
    });
    return `${rows.join('\n')}\n`;
  }

  /** "top10 -cum focus -ignore >file". */
  private async report(word: string, rest: readonly string[]): Promise<void> {
    let name = word;
    let args = [...rest];
    const digits = /^(\D+)(\d+)$/.exec(word);
    if (!(name in COMMANDS) && digits && digits[1]! in COMMANDS) {
      name = digits[1]!;
      args = [digits[2]!, ...args];
    }
    const command = COMMANDS[name];
    if (!command) throw new UsageError('unknown_command', `unrecognized command: ${JSON.stringify(word)}`);
    let pattern: string | undefined;
    if (command.pattern) {
      pattern = args.shift();
      if (pattern === undefined) throw new UsageError('no_pattern', `command ${name} requires an argument`);
    }
    const settings = { ...this.settings };
    readArguments(settings, name, args);
    if (settings.nodeCount === -1 && command.form === 'top') settings.nodeCount = TOP_ROWS;
    const { profile, merged, io } = this;
    const request = { profile, merged, command: name, pattern, settings, json: false, io };
    const { content, warnings } = await render(request);
    for (const warning of warnings) this.io.error(`${warning}\n`);
    await deliver(content, name, settings.output, false, this.io);
  }
}

function readArguments(settings: Settings, command: string, args: readonly string[]): void {
  const focus: string[] = [];
  const ignore: string[] = [];
  for (let i = 0; i < args.length; i++) {
    const word = args[i]!;
    if (/^[+-]?\d+$/.test(word)) settings.nodeCount = Number(word);
    else if (word.startsWith('>')) {
      settings.output = word.length > 1 ? word.slice(1) : (args[++i] ?? '');
      if (settings.output === '') throw new UsageError('no_file', 'unexpected end of line after >');
    } else if (word === '-cum' || word === '--cum') settings.cum = true;
    else if (word.startsWith('-')) ignore.push(word.slice(1));
    else focus.push(word);
  }
  const tags = command === 'tags';
  if (focus.length > 0) settings[tags ? 'tagFocus' : 'focus'] = focus.join('|');
  if (ignore.length > 0) settings[tags ? 'tagIgnore' : 'ignore'] = ignore.join('|');
}
