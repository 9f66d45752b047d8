import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { decodeProfile } from '../decode/decode.js';
import { compareProfiles, dotText, flameGraph, prepare } from '../report/index.js';
import { flamePage, flameSvg } from './flame.js';
import { graphPdf, graphSvg } from './graph.js';

const read = (name: string) =>
  decodeProfile(readFileSync(new URL(`../testdata/profiles/${name}.pb.gz`, import.meta.url)));
const profile = read('prometheus-b');

describe('call graph', () => {
  it('is SVG with all functions and the marks of inlined calls, and a script to move it', async () => {
    const svg = await graphSvg(dotText(prepare(profile, 'dot')));
    expect(svg).toMatch(/^<svg [^>]*viewBox="0 0 \d+ \d+"/);
    expect(svg.match(/class="node"/g)!.length).toBeGreaterThan(60);
    expect(svg).toContain('newStripeSeries');
    expect(svg).toContain('(inline)');
    expect(svg).toContain('prefers-color-scheme:dark');
    expect(svg).toContain('<script');
    expect(await graphSvg(dotText(prepare(profile, 'dot')), 'dark')).not.toContain('prefers-color-scheme');
  });

  it('lays many calls out in bounded time', async () => {
    const svg = await graphSvg(dotText(prepare(read('synthetic-b'), 'dot')));
    expect(svg.match(/class="node"/g)!.length).toBeGreaterThan(78);
  }, 120_000);

  it('is a PDF of one page with text', async () => {
    const pdf = Buffer.from(await graphPdf(dotText(prepare(profile, 'dot'))));
    expect(pdf.subarray(0, 5).toString()).toBe('%PDF-');
    expect(pdf.toString('latin1')).toContain('/Count 1');
  });
});

describe('flame graph', () => {
  it('is a page that needs nothing from elsewhere', () => {
    const page = flamePage(flameGraph(prepare(profile, 'flame')));
    expect(page).toContain('newStripeSeries');
    expect(page).not.toMatch(/(src|href)="?https?:/);
  });

  it('draws in a diff what grew, as wide as it grew', () => {
    const diff = compareProfiles({ sources: [profile], bases: [read('prometheus-a')], keepBase: true });
    const svg = flameSvg(flameGraph(prepare(diff, 'flame')));
    expect(svg).toMatch(/growth \+\d/);
    expect(svg).toContain('0 before, 1.76MB now');
  });

  it('escapes names', () => {
    const flame = flameGraph(prepare(profile, 'flame'));
    flame.label[1] = '<script>&"\u0001';
    expect(flameSvg(flame)).toContain('&lt;script&gt;&amp;&quot;\uFFFD');
  });
});
