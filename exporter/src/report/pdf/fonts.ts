// The faces of a PDF report, embedded with the glyphs that are used: Source Sans 3 for text, Source Code Pro for code,
// Noto Sans SC (drawn to go with Source Sans) for Chinese and Japanese. They come as variable WOFF2 files, one a range
// of characters; HarfBuzz cuts out the weight and the glyphs, since pdfkit cannot vary a WOFF2.

import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import subsetFont from 'subset-font';

export type FontStyle = 'text' | 'bold' | 'code' | 'codeBold';

const PACKAGES = {
  sans: '@fontsource-variable/source-sans-3',
  mono: '@fontsource-variable/source-code-pro',
  chinese: '@fontsource-variable/noto-sans-sc',
} as const;
type PackageName = keyof typeof PACKAGES;

const STYLES: Record<FontStyle, { packages: readonly PackageName[]; weight: number }> = {
  text: { packages: ['sans', 'chinese'], weight: 400 },
  bold: { packages: ['sans', 'chinese'], weight: 650 },
  code: { packages: ['mono', 'chinese'], weight: 400 },
  codeBold: { packages: ['mono', 'chinese'], weight: 650 },
};

const require = createRequire(import.meta.url);

/** File of a package to the ranges of characters that it holds. */
interface FontFile {
  path: string;
  ranges: readonly (readonly [number, number])[];
}

export interface Face {
  /** Name under which pdfkit knows it. */
  id: string;
  bytes: Buffer;
  /** Characters whose glyph it holds. */
  characters: ReadonlySet<string>;
}

export interface FontSet {
  faces: readonly Face[];
  /** Face of a character; undefined where no font at hand has it. */
  faceOf(style: FontStyle, char: string): string | undefined;
}

/** Cuts the faces for these characters. Those that no font has are left to the caller. */
export async function loadFonts(used: Record<FontStyle, ReadonlySet<string>>): Promise<FontSet> {
  const faces: Face[] = [];
  const byStyle = new Map<FontStyle, Map<string, string>>();
  for (const style of Object.keys(STYLES) as FontStyle[]) {
    const { packages, weight } = STYLES[style];
    const faceOf = new Map<string, string>();
    byStyle.set(style, faceOf);
    let open = new Set(used[style]);
    for (const name of packages) {
      for (const { path, ranges } of await fontFiles(name)) {
        if (open.size === 0) break;
        const wanted = [...open].filter((char) => isWithin(char.codePointAt(0)!, ranges));
        if (wanted.length === 0) continue;
        const bytes = await subsetFont(await readFile(path), wanted.join(''), {
          targetFormat: 'sfnt',
          variationAxes: { wght: weight },
        });
        const has = await charactersOf(bytes);
        const held = wanted.filter((char) => has.has(char.codePointAt(0)!));
        if (held.length === 0) continue;
        const id = `${style}-${faces.length}`;
        faces.push({ id, bytes, characters: new Set(held) });
        for (const char of held) faceOf.set(char, id);
        open = new Set([...open].filter((char) => !faceOf.has(char)));
      }
    }
  }
  return { faces, faceOf: (style, char) => byStyle.get(style)?.get(char) };
}

const files = new Map<PackageName, Promise<FontFile[]>>();

function fontFiles(name: PackageName): Promise<FontFile[]> {
  let found = files.get(name);
  if (!found) files.set(name, (found = readFontFiles(name)));
  return found;
}

/** unicode.json of a Fontsource package: name of a subset to its ranges, as CSS writes them. */
async function readFontFiles(name: PackageName): Promise<FontFile[]> {
  const unicode = require.resolve(`${PACKAGES[name]}/unicode.json`);
  const subsets = JSON.parse(await readFile(unicode, 'utf8')) as Record<string, string>;
  const family = PACKAGES[name].slice(PACKAGES[name].indexOf('/') + 1);
  const listed = Object.entries(subsets).map(([subset, ranges]) => ({
    path: unicode.replace(
      /unicode\.json$/,
      `files/${family}-${subset.replace(/^\[(\d+)\]$/, '$1')}-wght-normal.woff2`,
    ),
    ranges: ranges.split(',').map((range): [number, number] => {
      const [from = '', to = from] = range.replace(/^U\+/i, '').split('-');
      return [Number.parseInt(from, 16), Number.parseInt(to, 16)];
    }),
  }));
  // Latin first: most texts need nothing else.
  return listed.reverse();
}

function isWithin(code: number, ranges: FontFile['ranges']): boolean {
  return ranges.some(([from, to]) => code >= from && code <= to);
}

/** A range of CSS promises more than every file holds. */
async function charactersOf(font: Buffer): Promise<Set<number>> {
  const { create } = await import('fontkit');
  try {
    const opened = create(font);
    return new Set('characterSet' in opened ? opened.characterSet : []);
  } catch {
    // Where nothing of the range was there, the font has no table of characters.
    return new Set();
  }
}
