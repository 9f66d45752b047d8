// What every form of a report promises: the figures are there, foreign texts stay texts, PDF pages can be searched and
// carry their fonts.

import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { renderReport, reportFormatOf, type ReportModel } from './index.js';
import { reportModel } from './report.testing.js';
import { writeReport } from './write.js';

let dir: string;
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'leakline-report-'));
});
afterAll(() => rmSync(dir, { recursive: true, force: true }));

/** Elements and attributes of the page whose name or value a text could have broken out into. */
const HOSTILE = [
  '<script>alert(1)</script>',
  '"><img src=x onerror=alert(1)>',
  "'onload='alert(1)",
  '</style><script>1</script>',
  ']]><x>',
];

describe('HTML', { timeout: 60_000 }, () => {
  it.each(HOSTILE)('keeps %s a text', async (name) => {
    const html = await renderReport(reportModel(name), 'html');
    const plain = tagsOf(await renderReport(reportModel('orders'), 'html'));
    expect(tagsOf(html).filter((tag) => !plain.includes(tag))).toEqual([]);
  });

  it('keeps any text a text', async () => {
    const plain = tagsOf(await renderReport(reportModel('orders'), 'html'));
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: 'grapheme', minLength: 1, maxLength: 30 }), async (name) => {
        const model: ReportModel = { ...reportModel(`o${name}`), callGraph: undefined, trend: undefined };
        const tags = tagsOf(await renderReport(model, 'html'));
        expect(tags.filter((tag) => !plain.includes(tag))).toEqual([]);
      }),
      { numRuns: 60 },
    );
  });

  it('has no script, loads nothing and says so', async () => {
    const html = await renderReport(reportModel(), 'html');
    expect(html).toMatch(/Content-Security-Policy" content="default-src 'none'; style-src 'sha256-/);
    expect(html).not.toMatch(/<(?:script|link|iframe|object|img)\b| on\w+=| style=|href=|src=/);
    expect(html.replaceAll('<wbr>', '')).toContain('<code>main.(*orders).Put</code>');
  });
});

describe('Markdown', () => {
  it.each([
    ['a|b', 'a\\|b'],
    ['`x`', '``main.(*`x`).Put``'],
    ['<b>', '&lt;b&gt;'],
    ['*a*_b_', '\\*a\\*\\_b\\_'],
    ['@team', '@<!-- -->team'],
    ['http://evil.example', 'http&#58;//evil.example'],
    ['a\u202eb', 'a\\\\u{202e}b'],
    ['a\nb', 'a b'],
  ])('keeps %j a text', async (name, written) => {
    const markdown = await renderReport(reportModel(name), 'md');
    expect(markdown).toContain(written);
    const plain = await renderReport(reportModel('orders'), 'md');
    // As many rows, and as many cells in each.
    const bars = (text: string) =>
      [...text.matchAll(/^\|.*$/gm)].map(([line]) => line.replaceAll('\\|', '').split('|').length);
    expect(bars(markdown)).toEqual(bars(plain));
  });

  it('ends no fence of code within it', async () => {
    const markdown = await renderReport(reportModel('```\n# x'), 'md');
    expect(markdown).toContain('\n````sh\necho ```\n# x\n````\n');
  });
});

// Loading what writes a PDF takes long on a busy machine.
describe('PDF', { timeout: 120_000 }, () => {
  it('can be searched, in Chinese too, and numbers its pages', async () => {
    const model = reportModel('订单缓存');
    const many = Array.from({ length: 120 }, (_, i) => ({
      at: '2026-06-01T12:00:00Z',
      kind: 'capture' as const,
      text: `event ${i}`,
    }));
    const text = pdfText(await renderReport({ ...model, events: many }, 'pdf'));
    expect(text).toContain('main.(*订单缓存).Put');
    expect(text).toContain('/src/订单缓存.go:77');
    expect(text).toMatch(/Page 1 of (\d)\n[^]*Page \1 of \1\n/);
    // The head of the table of events stands again where the table goes on.
    expect(text.match(/^When +What$/gm)!.length).toBeGreaterThan(1);
  });

  it('embeds every font', async () => {
    const file = join(dir, 'fonts.pdf');
    await writeReport(reportModel('内存 Ωмега'), file);
    const fonts = execFileSync('pdffonts', [file], { encoding: 'utf8' }).trim().split('\n').slice(2);
    expect(fonts.length).toBeGreaterThanOrEqual(4);
    for (const font of fonts) expect(font).toMatch(/ yes +yes +yes +\d+ +0$/);
  });

  it('writes what no font has by its number, and any name whole', async () => {
    expect(pdfText(await renderReport(reportModel('\u0627\u{1f600}'), 'pdf'))).toContain(
      '\\u{627}\\u{1f600} grows.',
    );
    const long = `Sharded[go.shape.struct { ${'Key string; '.repeat(40)}}]${'x'.repeat(300)}`;
    const text = pdfText(await renderReport(reportModel(long), 'pdf'));
    expect(text.replace(/\s/g, '')).toContain(`main.(*${long}).Put`.replace(/\s/g, ''));
  });

  it('has only what is known', async () => {
    const { title, generatedAt, generator } = reportModel();
    const bare: ReportModel = {
      ...{ title, generatedAt, generator },
      target: { name: 'orders' },
      events: [],
      advice: [],
      reproduce: [],
      missing: ['no capture was taken'],
    };
    const text = pdfText(await renderReport(bare, 'pdf'));
    expect(text).toContain('no capture was taken');
    expect(text).not.toMatch(/What grows|Trend|Verdict|undefined|NaN/);
  });
});

describe('a file', () => {
  it('has the form that its name says, and is whole or not there', async () => {
    expect(['a.md', 'b.HTML', 'c.x.pdf', 'd.htm'].map(reportFormatOf)).toEqual(['md', 'html', 'pdf', 'html']);
    expect(() => reportFormatOf('report.docx')).toThrow(/report\.docx: .*\.md, \.html or \.pdf/);
    const file = join(dir, 'report.md');
    await writeReport(reportModel(), file);
    expect(readFileSync(file, 'utf8')).toMatch(/^# orders leaks 512 KiB\/s\n/);
    await expect(writeReport(reportModel(), join(dir, 'none', 'report.md'))).rejects.toThrow(/cannot write/);
    expect(readdirSync(dir).filter((name) => name.endsWith('.tmp'))).toEqual([]);
  });
});

function tagsOf(html: string): string[] {
  const tags = html.match(/<[a-z/!][^>]*>/gi) ?? [];
  // Figures of pictures differ with the width of a label.
  return tags.map((tag) =>
    tag.replace(
      /aria-label="[^"]*"|\b(?:c?x|c?y|rx|ry|points|width|height|viewBox|textLength|id|d|transform)="[^"]*"/g,
      '',
    ),
  );
}

function pdfText(pdf: Buffer): string {
  const file = join(dir, 'text.pdf');
  writeFileSync(file, pdf);
  return execFileSync('pdftotext', ['-layout', file, '-'], { encoding: 'utf8' });
}
