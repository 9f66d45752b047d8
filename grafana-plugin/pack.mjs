// Packs the built plugin as Grafana and its catalogue take it: a zip with one folder named as the plugin. Refuses to
// write what the catalogue would refuse.
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { zipSync } from 'fflate';
import { catalogueFindings } from './package-rules.mjs';

const here = fileURLToPath(new URL('.', import.meta.url));
const dist = join(here, 'dist');
const { id, info } = JSON.parse(readFileSync(join(dist, 'plugin.json'), 'utf8'));
const files = new Map(
  readdirSync(dist, { recursive: true, encoding: 'utf8' })
    .filter((name) => statSync(join(dist, name)).isFile())
    .sort()
    .map((name) => [`${id}/${name.split(sep).join('/')}`, new Uint8Array(readFileSync(join(dist, name)))]),
);
const findings = catalogueFindings(files);
for (const finding of findings) console.error(finding);
if (findings.length > 0) process.exit(1);
const path = process.argv[2] ?? join(here, `${id}-${info.version}.zip`);
writeFileSync(path, zipSync(Object.fromEntries(files), { level: 9 }));
const size = (name) => `${name} ${Math.round((files.get(`${id}/${name}`)?.length ?? 0) / 1024)} KiB`;
console.log(`${path}: ${['module.js', 'datasource/module.js', 'panel/module.js'].map(size).join(', ')}`);
