import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';
import { interpolate, translateFrom } from './i18n';

const root = fileURLToPath(new URL('..', import.meta.url));

/** Every t('key', 'English') of the sources. */
function textsOfSources(): Map<string, string> {
  const texts = new Map<string, string>();
  const files = ['src', 'standalone'].flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
      .filter((file) => /\.tsx?$/.test(file) && !file.includes('.test.'))
      .map((file) => join(root, folder, file)),
  );
  for (const file of files) {
    const kind = file.endsWith('x') ? ts.ScriptKind.TSX : ts.ScriptKind.TS;
    const source = ts.createSourceFile(file, readFileSync(file, 'utf8'), ts.ScriptTarget.Latest, true, kind);
    const visit = (node: ts.Node): void => {
      if (ts.isCallExpression(node) && node.expression.getText() === 't' && node.arguments.length >= 2) {
        const [key, text] = node.arguments;
        if (key && text && ts.isStringLiteral(key) && ts.isStringLiteral(text)) {
          const before = texts.get(key.text);
          expect(before ?? text.text, `${key.text} has two texts`).toBe(text.text);
          texts.set(key.text, text.text);
        }
      }
      ts.forEachChild(node, visit);
    };
    visit(source);
  }
  return texts;
}

function flat(node: object, prefix = ''): [string, string][] {
  return Object.entries(node).flatMap(([key, value]: [string, unknown]) =>
    typeof value === 'object' && value !== null
      ? flat(value, `${prefix}${key}.`)
      : [[`${prefix}${key}`, String(value)] satisfies [string, string]],
  );
}

function locale(language: string): Map<string, string> {
  const path = join(root, 'src/locales', language, 'leakline-memory-app.json');
  const parsed: object = JSON.parse(readFileSync(path, 'utf8'));
  return new Map(flat(parsed));
}

const placeholders = (text: string): string[] => (text.match(/\{\{\w+\}\}/g) ?? []).sort();

describe('texts', () => {
  const used = textsOfSources();

  it('stand in the English resources as the sources have them', () => {
    expect(used.size).toBeGreaterThan(200);
    expect(locale('en-US')).toEqual(new Map([...used].sort(([a], [b]) => (a < b ? -1 : 1))));
  });

  it('are all translated into Simplified Chinese, with the same values filled in', () => {
    const chinese = locale('zh-Hans');
    expect([...chinese.keys()].sort()).toEqual([...used.keys()].sort());
    for (const [key, text] of used) expect(placeholders(chinese.get(key)!), key).toEqual(placeholders(text));
  });
});

describe('translateFrom', () => {
  it('finds nested keys, fills values in and falls back to the English', () => {
    const translate = translateFrom({ state: { leaking: '泄漏 {{n}}', empty: '' } });
    expect(translate('state.leaking', 'Leaking {{n}}', { n: 3 })).toBe('泄漏 3');
    expect(translate('state.missing', 'Missing {{n}}', { n: 3 })).toBe('Missing 3');
    expect(translate('state.empty', 'Empty')).toBe('Empty');
    expect(translate('state', 'Whole')).toBe('Whole');
  });

  it('leaves what it does not know', () => {
    expect(interpolate('{{a}} {{b}}', { a: 1 })).toBe('1 {{b}}');
  });
});
