// Writes a report to a file: whole or not at all.

import { randomBytes } from 'node:crypto';
import { rename, rm, writeFile } from 'node:fs/promises';
import { LeaklineError, messageOf } from '../errors.js';
import { renderReport, reportFormatOf, type ReportModel } from './index.js';

/** Rejects with a LeaklineError where the extension or the place is wrong. */
export async function writeReport(model: ReportModel, fileName: string): Promise<void> {
  await writeWhole(fileName, await renderReport(model, reportFormatOf(fileName)));
}

export async function writeWhole(fileName: string, content: string | Buffer): Promise<void> {
  const temporary = `${fileName}.${randomBytes(4).toString('hex')}.tmp`;
  try {
    // It tells names of code and hosts: for its owner alone, as profiles are.
    await writeFile(temporary, content, { mode: 0o600, flag: 'wx' });
    await rename(temporary, fileName);
  } catch (error) {
    await rm(temporary, { force: true });
    throw new LeaklineError('report_unwritable', `cannot write ${fileName}: ${messageOf(error)}`, {
      cause: error,
    });
  }
}
