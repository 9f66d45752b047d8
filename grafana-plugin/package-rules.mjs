// What Grafana's plugin catalogue asks of a packed plugin (grafana/plugin-validator, the rules that need no network and
// no signature), as far as they concern an app with nested plugins and no backend.

import { TextDecoder } from 'node:util';

const TYPE_SUFFIX = { app: '-app', datasource: '-datasource', panel: '-panel' };
const PICTURE = { png: [0x89, 0x50, 0x4e, 0x47], jpg: [0xff, 0xd8, 0xff], jpeg: [0xff, 0xd8, 0xff] };
/** Words that only the template of @grafana/create-plugin has. */
const TEMPLATE = /create-plugin|This README|Add a screenshot|# Changelog\s+## 1\.0\.0\s+Initial release\./i;
const LEAST_README_WORDS = 100;

/**
 * `files`: path in the archive → bytes. Answers one line a finding, none where all is well; each names the file.
 */
export function catalogueFindings(files) {
  const findings = [];
  const ask = (holds, finding) => {
    if (!holds) findings.push(finding);
  };
  const text = (path) => new TextDecoder().decode(files.get(path) ?? new Uint8Array());
  const paths = [...files.keys()];
  const roots = new Set(paths.map((path) => path.split('/')[0]));
  ask(roots.size === 1, `the archive has ${roots.size} top folders: one, named as the plugin, is asked for`);
  const [root] = roots;
  const manifests = new Map();
  for (const path of paths.filter((one) => /(^|\/)plugin\.json$/.test(one))) {
    try {
      manifests.set(path, JSON.parse(text(path)));
    } catch {
      findings.push(`${path}: is no JSON`);
    }
  }
  const app = manifests.get(`${root}/plugin.json`);
  if (!app) return [...findings, `${root}/plugin.json: is missing`];
  ask(app.id === root, `${root}/plugin.json: id is ${app.id}, the folder ${root}`);

  for (const [path, manifest] of manifests) {
    const folder = path.slice(0, -'plugin.json'.length);
    const info = manifest.info ?? {};
    const suffix = TYPE_SUFFIX[manifest.type];
    ask(suffix, `${path}: type is ${manifest.type}`);
    ask(/^[a-z0-9]+-[a-z0-9]+-[a-z]+$/.test(manifest.id ?? ''), `${path}: id must be ORG-NAME-TYPE`);
    ask(suffix && manifest.id?.endsWith(suffix), `${path}: the id of a ${manifest.type} ends in ${suffix}`);
    ask(/^\d+\.\d+\.\d+/.test(info.version ?? ''), `${path}: info.version is no version: ${info.version}`);
    ask(info.version === app.info?.version, `${path}: its version is not the app's`);
    ask(/^\d{4}-\d\d-\d\d$/.test(info.updated ?? ''), `${path}: info.updated is no date: ${info.updated}`);
    ask(info.description, `${path}: info.description is empty`);
    ask(info.author?.name, `${path}: info.author.name is empty`);
    ask(info.keywords?.length > 0, `${path}: info.keywords is empty`);
    ask(manifest.dependencies?.grafanaDependency, `${path}: dependencies.grafanaDependency is missing`);
    for (const size of ['small', 'large']) {
      const logo = info.logos?.[size];
      ask(logo && files.has(folder + logo), `${path}: its ${size} logo is missing`);
    }
    ask(files.has(`${folder}module.js`), `${folder}module.js: is missing`);
    ask(files.has(`${folder}module.js.map`), `${folder}module.js.map: is missing`);
    for (const { path: picture } of info.screenshots ?? []) {
      const bytes = files.get(folder + picture);
      const magic = PICTURE[picture.split('.').at(-1)];
      const fits = bytes && magic?.every((byte, at) => bytes[at] === byte);
      ask(fits, `${path}: the screenshot ${picture} is no PNG or JPEG`);
    }
  }
  ask(app.info?.screenshots?.length > 0, `${root}/plugin.json: has no screenshot`);

  const nested = [...manifests.keys()].filter((path) => path !== `${root}/plugin.json`);
  const declared = (app.includes ?? []).filter((one) => one.path?.endsWith('plugin.json'));
  for (const path of nested) {
    const inside = path.slice(root.length + 1);
    const entry = declared.find((one) => one.path === inside);
    ask(entry, `${path}: is not declared in the app's includes`);
    ask(!entry || entry.type === manifests.get(path).type, `${path}: is declared as another type`);
  }
  for (const { path } of declared) {
    ask(files.has(`${root}/${path}`), `${root}/plugin.json: includes ${path}, which is not there`);
  }

  const readme = text(`${root}/README.md`);
  ask(readme.split(/\s+/).length >= LEAST_README_WORDS, `${root}/README.md: says next to nothing`);
  ask(!TEMPLATE.test(readme), `${root}/README.md: is the template's`);
  ask(text(`${root}/LICENSE`).length > 0, `${root}/LICENSE: is missing`);
  ask(text(`${root}/CHANGELOG.md`).length > 0, `${root}/CHANGELOG.md: is missing`);
  for (const path of paths) {
    ask(
      !/(^|\/)(node_modules|\.git|\.env)(\/|$)|\.(exe|sh|bat|zip)$/.test(path),
      `${path}: does not belong there`,
    );
    ask(!path.split('/').includes('..'), `${path}: leads out of the archive`);
    ask(
      !/%(VERSION|TODAY|PLUGIN_ID)%/.test(path.endsWith('.json') ? text(path) : ''),
      `${path}: has placeholders`,
    );
  }
  return findings;
}
