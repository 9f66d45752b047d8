// A report in the form that is asked for. Pure: model in, text or bytes out. The writers of HTML and PDF are loaded
// when they are needed.

import { UsageError } from '../errors.js';
import { documentOf } from './document.js';
import { markdownReport } from './markdown.js';
import { REPORT_FORMATS, type ReportFormat, type ReportModel } from './model.js';

export * from './model.js';

export function renderReport(model: ReportModel, format: 'md' | 'html'): Promise<string>;
export function renderReport(model: ReportModel, format: 'pdf'): Promise<Buffer>;
export function renderReport(model: ReportModel, format: ReportFormat): Promise<string | Buffer>;
export async function renderReport(model: ReportModel, format: ReportFormat): Promise<string | Buffer> {
  const report = documentOf(model);
  switch (format) {
    case 'md':
      return markdownReport(report);
    case 'html': {
      const { htmlReport } = await import('./html.js');
      return htmlReport(report);
    }
    case 'pdf': {
      const { pdfReport } = await import('./pdf/pdf.js');
      return pdfReport(report);
    }
  }
}

/** The form by the extension of a file's name; throws a UsageError that names the possible ones. */
export function reportFormatOf(fileName: string): ReportFormat {
  const extension = /\.([a-z]+)$/i.exec(fileName)?.[1]?.toLowerCase();
  const format = extension === 'htm' ? 'html' : extension === 'markdown' ? 'md' : extension;
  const known = REPORT_FORMATS.find((each) => each === format);
  if (known) return known;
  throw new UsageError(
    'report_format',
    `${fileName}: a report is written as .md, .html or .pdf; end the name with one of them`,
  );
}
