// Runs one report of `leakline pprof` on a profile.

import type { Profile } from '../../profile/profile.js';
import { mergeProfiles } from '../../profile/merge.js';
import {
  callgrindText,
  callGraph,
  commentsText,
  compactProfile,
  dotText,
  filteredProfile,
  flameGraph,
  listReport,
  listText,
  peekReport,
  peekText,
  prepare,
  rawText,
  tagsReport,
  tagsText,
  topReport,
  topText,
  tracesReport,
  tracesText,
} from '../../profile/report/index.js';
import { compile } from '../../profile/report/pattern.js';
import { UsageError } from '../../errors.js';
import { COMMANDS } from './commands.js';
import type { PprofIo } from './io.js';
import type { Settings } from './settings.js';

export interface Rendered {
  content: string | Uint8Array;
  warnings: readonly string[];
}

export interface RenderRequest {
  profile: Profile;
  /** Whether it was put together from several. */
  merged: boolean;
  /** Name in COMMANDS. */
  command: string;
  pattern: string | undefined;
  settings: Settings;
  json: boolean;
  /** Where sources are looked for. */
  io: Pick<PprofIo, 'cwd' | 'home' | 'env'>;
}

export async function render(request: RenderRequest): Promise<Rendered> {
  const { command, settings } = request;
  const { form, format } = COMMANDS[command]!;
  const whole = form === 'traces' || form === 'raw' || form === 'proto';
  // Go 1.19 merges even a single profile, which shows where samples are listed one by one.
  const profile =
    whole && (request.merged || settings.dialect === 'go1.19')
      ? compactProfile(mergeProfiles([request.profile]))
      : request.profile;
  const report = prepare(profile, form, settings);
  const { warnings } = report;
  const pattern = request.pattern ?? '';
  const symbol = request.pattern === undefined ? undefined : compile('argument', pattern);
  const needSymbol = () => {
    if (!symbol) throw new UsageError('no_pattern', `${command}: name a regular expression of functions`);
    return symbol;
  };
  const json = (data: unknown): Rendered => ({ content: `${JSON.stringify(data)}\n`, warnings });
  const done = (content: string | Uint8Array): Rendered => ({ content, warnings });
  switch (form) {
    case 'top':
      return request.json ? json(topReport(report)) : done(topText(report));
    case 'peek':
      needSymbol();
      return request.json
        ? json(peekReport(report, symbol, pattern))
        : done(peekText(report, symbol, pattern));
    case 'tree':
      return request.json ? json(peekReport(report, undefined)) : done(peekText(report, undefined));
    case 'list': {
      const { sourceReaderFor } = await import('../../source-files/source-reader.js');
      const readSource = sourceReaderFor(settings, request.io);
      return request.json
        ? json(listReport(report, needSymbol(), pattern, readSource))
        : done(listText(report, needSymbol(), pattern, readSource));
    }
    case 'traces':
      return request.json ? json(tracesReport(report)) : done(tracesText(report));
    case 'tags':
      return request.json ? json(tagsReport(report)) : done(tagsText(report));
    case 'comments':
      return request.json ? json({ comments: profile.comments }) : done(commentsText(profile));
    case 'raw':
      return request.json ? json(tracesReport(report)) : done(rawText(report, profile));
    case 'callgrind':
      return request.json ? json(callGraph(report)) : done(callgrindText(report));
    case 'proto': {
      const { encodeProfile } = await import('../../profile/encode.js');
      return done(encodeProfile(filteredProfile(report, profile)));
    }
    case 'flame': {
      const flame = flameGraph(report);
      if (request.json) return json(flame);
      const { flamePage, flameSvg } = await import('../../profile/picture/flame.js');
      return done(format === 'html' ? flamePage(flame) : flameSvg(flame));
    }
    case 'dot': {
      if (request.json) return json(callGraph(report));
      const dot = dotText(report);
      if (format === 'text') return done(dot);
      const { graphPdf, graphSvg } = await import('../../profile/picture/graph.js');
      return done(format === 'pdf' ? await graphPdf(dot) : await graphSvg(dot));
    }
  }
}
