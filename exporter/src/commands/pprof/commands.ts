// The reports of `leakline pprof`: names, what they take, what they say. One table for flags, the interactive mode
// and help.

import type { ReportForm } from '../../profile/report/options.js';

export type Format = 'text' | 'svg' | 'pdf' | 'html' | 'bytes' | 'web';

export interface PprofCommand {
  form: ReportForm;
  /** Takes a regular expression of functions. */
  pattern: boolean;
  format: Format;
  /** Ending of the file that it is written to where it does not fit the terminal. */
  extension?: string;
  help: string;
}

const text = (form: ReportForm, help: string): PprofCommand => ({
  form,
  pattern: false,
  format: 'text',
  help,
});
const matching = (form: ReportForm, help: string): PprofCommand => ({
  form,
  pattern: true,
  format: 'text',
  help,
});

export const COMMANDS: Readonly<Record<string, PprofCommand>> = {
  top: text('top', 'The functions that hold most'),
  text: text('top', 'As top'),
  peek: matching('peek', 'Functions that match a regexp, with their callers and callees'),
  list: matching('list', 'Source of the functions that match a regexp, with what each line holds'),
  tree: text('tree', 'Every function with its callers and callees'),
  traces: text('traces', 'Every sample with its stack'),
  tags: text('tags', 'The labels of the samples'),
  raw: text('raw', 'The profile itself in words'),
  comments: text('comments', 'The comments of the profile'),
  dot: text('dot', "Call graph in Graphviz's language"),
  callgrind: text('callgrind', "Call graph in callgrind's format, for KCachegrind"),
  proto: {
    form: 'proto',
    pattern: false,
    format: 'bytes',
    extension: 'pb.gz',
    help: 'The profile, filtered and merged',
  },
  svg: { form: 'dot', pattern: false, format: 'svg', extension: 'svg', help: 'Call graph as SVG' },
  pdf: { form: 'dot', pattern: false, format: 'pdf', extension: 'pdf', help: 'Call graph as PDF' },
  web: { form: 'dot', pattern: false, format: 'web', extension: 'svg', help: 'Call graph in the browser' },
  flame: {
    form: 'flame',
    pattern: false,
    format: 'html',
    extension: 'html',
    help: 'Flame graph as an HTML page',
  },
  flamesvg: { form: 'flame', pattern: false, format: 'svg', extension: 'svg', help: 'Flame graph as SVG' },
};

/** The report over several profiles; all others are of one. */
export const GROWTH = 'growth';
