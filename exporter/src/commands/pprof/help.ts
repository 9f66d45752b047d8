// What `leakline pprof` says of itself.

import { COMMANDS } from './commands.js';
import { CHOICE_HELP, SETTINGS, settingOf } from './settings.js';

/** Column in which descriptions start. */
const NAME_WIDTH = 24;

function row(name: string, text: string): string {
  return `    ${name.padEnd(NAME_WIDTH)} ${text}`;
}

/** `flags`: as the command line takes them; else as the interactive mode does. */
export function usageText(flags: boolean): string {
  const dash = flags ? '-' : '';
  const commands = Object.entries(COMMANDS).map(([name, command]) =>
    row(`${dash}${name}${command.pattern ? ' REGEXP' : ''}`, command.help),
  );
  const settings = SETTINGS.filter(({ kind }) => kind !== 'choice').map(({ name, help }) =>
    row(dash + name, help),
  );
  const choices = SETTINGS.flatMap((setting) =>
    setting.kind === 'choice'
      ? setting.choices.map((choice) => row(dash + choice, CHOICE_HELP[choice]!))
      : [],
  );
  const head = flags
    ? [
        'Usage: leakline pprof [top|peek|list|…] [flags] FILE…',
        '       leakline pprof growth [--json] FILE FILE…',
        '',
        'FILE may be an address: http://127.0.0.1:6060/debug/pprof/heap, or 127.0.0.1:6060 for the heap.',
        'Reads profiles of Go programs; the flags are those of `go tool pprof` and may stand anywhere.',
        'Without a report an interactive session starts.',
        '',
        '  Reports (one at most; `top` and `-top` are the same):',
      ]
    : ['  Commands:'];
  const more = flags
    ? [
        '',
        '  Comparing:',
        row('-base FILE', 'Subtract this profile; equal stacks cancel'),
        row('-diff_base FILE', 'Subtract this profile; percentages are of it'),
        '',
        '  Growth:',
        row('-module PATH', 'Main module, whose functions are own code (go version -m PROGRAM tells it)'),
        '',
        '  Fetching from an address:',
        row('-seconds N', 'Take the profile over this time'),
        row('-timeout N', 'Wait this many seconds for the answer (default 60)'),
        row('-tls_ca FILE', 'Certificates to trust; -tls_cert and -tls_key to show'),
        '',
        '  Output:',
        row('--json', 'The report as data'),
        row('-compat 1.19|1.26', 'Word times, tags and raw as this version of Go does (default 1.19)'),
      ]
    : [
        row('o, options', 'The options with their values; NAME=VALUE sets one'),
        row('help NAME', 'What a command or an option does'),
        row(':', 'Clear focus, ignore, hide, tagfocus and tagignore'),
        row('q, quit, exit, Ctrl-D', 'End'),
      ];
  const parts = [
    ...head,
    ...commands,
    '',
    '  Options:',
    ...settings,
    '',
    '  One of a kind:',
    ...choices,
    ...more,
  ];
  return `${parts.join('\n')}\n`;
}

/** What one command or option does; undefined where there is none of the name. */
export function helpOn(name: string): string | undefined {
  const command = COMMANDS[name];
  if (command) {
    const usage = `${name}${command.pattern ? ' REGEXP' : ''} [N] [FOCUS]… [-IGNORE]… [-cum] [>FILE]`;
    return `${command.help}\n  ${usage}\n`;
  }
  if (name in CHOICE_HELP) return `${CHOICE_HELP[name]}\n`;
  const setting = settingOf(name);
  if (!setting) return undefined;
  return `${setting.help}${setting.kind === 'choice' ? `: ${setting.choices.join(', ')}` : ''}\n`;
}
