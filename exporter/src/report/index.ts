// A report in the form that is asked for. Pure: model in, text or bytes out. The writers of HTML and PDF are loaded
// when they are needed.

import { documentOf } from './document.js';
import { markdownReport } from './markdown.js';
import type { ReportFormat, ReportModel } from './model.js';

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
