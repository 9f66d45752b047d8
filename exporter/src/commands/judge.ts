// `leakline judge`: series as JSON lines on stdin, a verdict a line on stdout.

import { createInterface } from 'node:readline';
import { once } from 'node:events';
import { Command, Option } from 'commander';
import { judgeSeries, parseSeries } from '../leak/series.js';

export function judgeCommand(): Command {
  return new Command('judge')
    .description('judge series of memory samples: JSON lines on stdin, a verdict a line on stdout')
    .option('--explain', 'add why, and every change of the verdict')
    .addOption(
      new Option('--mode <mode>', 'service: patience for slow growth; session: minutes under load')
        .choices(['service', 'session'])
        .default('service'),
    )
    .action(async (options: { explain?: boolean; mode: 'service' | 'session' }) => {
      let lineNumber = 0;
      for await (const line of createInterface({ input: process.stdin, crlfDelay: Infinity })) {
        lineNumber++;
        if (line.trim() === '') continue;
        const answer = judgeSeries(parseSeries(line, lineNumber), options.mode, options.explain ?? false);
        if (!process.stdout.write(`${JSON.stringify(answer)}\n`)) await once(process.stdout, 'drain');
      }
    });
}
