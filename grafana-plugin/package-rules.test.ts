import { describe, expect, it } from 'vitest';
import { catalogueFindings } from './package-rules.mjs';

const ROOT = 'acme-shop-app';
const PNG = new Uint8Array([0x89, 0x50, 0x4e, 0x47]);
const encode = (text: string): Uint8Array => new TextEncoder().encode(text);

function manifest(id: string, type: string, more: object = {}): object {
  return {
    id,
    type,
    info: {
      description: 'what it does',
      author: { name: 'Acme' },
      keywords: ['go'],
      logos: { small: 'img/logo.svg', large: 'img/logo.svg' },
      version: '1.0.0',
      updated: '2026-03-01',
      screenshots: type === 'app' ? [{ name: 'one', path: 'img/one.png' }] : [],
    },
    dependencies: { grafanaDependency: '>=12.3.0' },
    ...more,
  };
}

/** An archive in which all is well. */
function archive(): Map<string, Uint8Array> {
  const files = new Map<string, Uint8Array>();
  const plugin = (folder: string, content: object): void => {
    files.set(`${ROOT}/${folder}plugin.json`, encode(JSON.stringify(content)));
    for (const name of ['module.js', 'module.js.map', 'img/logo.svg'])
      files.set(`${ROOT}/${folder}${name}`, encode('x'));
  };
  plugin(
    '',
    manifest(ROOT, 'app', { includes: [{ type: 'panel', name: 'Shop', path: 'panel/plugin.json' }] }),
  );
  plugin('panel/', manifest('acme-shop-panel', 'panel'));
  files.set(`${ROOT}/img/one.png`, PNG);
  files.set(`${ROOT}/README.md`, encode('word '.repeat(200)));
  files.set(`${ROOT}/LICENSE`, encode('x'));
  files.set(`${ROOT}/CHANGELOG.md`, encode('x'));
  return files;
}

function changed(
  path: string,
  change: (content: ReturnType<typeof manifest> & Record<string, unknown>) => void,
): Map<string, Uint8Array> {
  const files = archive();
  const content: ReturnType<typeof manifest> & Record<string, unknown> = JSON.parse(
    new TextDecoder().decode(files.get(`${ROOT}/${path}`)),
  );
  change(content);
  return files.set(`${ROOT}/${path}`, encode(JSON.stringify(content)));
}

function without(path: string): Map<string, Uint8Array> {
  const files = archive();
  files.delete(`${ROOT}/${path}`);
  return files;
}

describe('the rules of the catalogue', () => {
  it('are kept by an archive in which all is well', () => expect(catalogueFindings(archive())).toEqual([]));

  it.each<[string, Map<string, Uint8Array>, RegExp]>([
    ['no manifest', without('plugin.json'), /plugin\.json: is missing/],
    ['a manifest that is no JSON', archive().set(`${ROOT}/panel/plugin.json`, encode('{')), /is no JSON/],
    ['two top folders', archive().set('other/x', encode('x')), /2 top folders/],
    [
      'an id that is not the folder',
      changed('plugin.json', (it) => (it.id = 'acme-other-app')),
      /id is acme-other-app/,
    ],
    ['an id of another form', changed('panel/plugin.json', (it) => (it.id = 'Acme_Panel')), /ORG-NAME-TYPE/],
    [
      'a suffix of another type',
      changed('panel/plugin.json', (it) => (it.id = 'acme-shop-app')),
      /ends in -panel/,
    ],
    [
      'versions that differ',
      changed('panel/plugin.json', (it) => Object.assign(it.info as object, { version: '1.0.1' })),
      /not the app's/,
    ],
    [
      'a version that is a placeholder',
      changed('plugin.json', (it) => Object.assign(it.info as object, { version: '%VERSION%' })),
      /is no version/,
    ],
    [
      'no date',
      changed('plugin.json', (it) => Object.assign(it.info as object, { updated: '%TODAY%' })),
      /is no date/,
    ],
    [
      'a nested plugin that is not declared',
      changed('plugin.json', (it) => (it.includes = [])),
      /not declared/,
    ],
    [
      'one declared as another type',
      changed('plugin.json', (it) => (it.includes = [{ type: 'datasource', path: 'panel/plugin.json' }])),
      /another type/,
    ],
    [
      'one declared that is not there',
      changed(
        'plugin.json',
        (it) =>
          (it.includes = [
            { type: 'panel', path: 'panel/plugin.json' },
            { type: 'panel', path: 'x/plugin.json' },
          ]),
      ),
      /not there/,
    ],
    ['no logo', without('panel/img/logo.svg'), /small logo is missing/],
    ['no source map', without('panel/module.js.map'), /module\.js\.map: is missing/],
    ['no module', without('module.js'), /module\.js: is missing/],
    [
      'no screenshot',
      changed('plugin.json', (it) => Object.assign(it.info as object, { screenshots: [] })),
      /has no screenshot/,
    ],
    [
      'a screenshot that is no picture',
      archive().set(`${ROOT}/img/one.png`, encode('<svg>')),
      /no PNG or JPEG/,
    ],
    ['an empty README', archive().set(`${ROOT}/README.md`, encode('# Shop')), /next to nothing/],
    [
      'the README of the template',
      archive().set(`${ROOT}/README.md`, encode('create-plugin '.repeat(200))),
      /template's/,
    ],
    ['no licence', without('LICENSE'), /LICENSE: is missing/],
    ['no changelog', without('CHANGELOG.md'), /CHANGELOG\.md: is missing/],
    ['a program', archive().set(`${ROOT}/run.exe`, encode('x')), /does not belong/],
    ['a path that leads out', archive().set(`${ROOT}/../x`, encode('x')), /leads out/],
    [
      'no version of Grafana',
      changed('panel/plugin.json', (it) => (it.dependencies = {})),
      /grafanaDependency/,
    ],
  ])('find %s', (_, files, finding) => {
    expect(catalogueFindings(files).join('\n')).toMatch(finding);
  });
});
